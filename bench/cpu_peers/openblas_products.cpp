#include "cpu_peers/openblas.h"

#include <cblas.h>
#include <fmt/format.h>

namespace tamis::peers {
namespace {

/// A dense layer as the matmul that it is: the weights (co, ci) are the transposed second operand.
MatmulShape product_of(const Workload& workload) {
  if (workload.op == Operator::matmul) return workload.matmul;
  const ConvShape& shape = workload.shape;
  return {1, shape.n, shape.co, shape.ci, false, true};
}

/// Columns [first, first + count) of the products [batch, batch + 1).
struct Part {
  int64_t batch, first, count;
};

/// The buffers of a product.
struct Buffers {
  const float *a, *b, *bias;
  float* output;
};

void multiply(const MatmulShape& shape, const Epilogue& epilogue, const Buffers& buffers, const Part& part) {
  const auto lead_a = shape.transpose_a ? shape.m : shape.k;
  const auto lead_b = shape.transpose_b ? shape.k : shape.n;
  const float* a = buffers.a + part.batch * shape.m * shape.k;
  const float* b =
      buffers.b + part.batch * shape.k * shape.n + part.first * (shape.transpose_b ? shape.k : 1);
  float* output = buffers.output + part.batch * shape.m * shape.n + part.first;
  if (shape.m == 1 && shape.transpose_b) {
    cblas_sgemv(CblasRowMajor, CblasNoTrans, static_cast<int>(part.count), static_cast<int>(shape.k), 1.0F, b,
                static_cast<int>(lead_b), a, 1, 0.0F, output, 1);
  } else {
    cblas_sgemm(CblasRowMajor, shape.transpose_a ? CblasTrans : CblasNoTrans,
                shape.transpose_b ? CblasTrans : CblasNoTrans, static_cast<int>(shape.m),
                static_cast<int>(part.count), static_cast<int>(shape.k), 1.0F, a, static_cast<int>(lead_a), b,
                static_cast<int>(lead_b), 0.0F, output, static_cast<int>(shape.n));
  }
  finish_columns(epilogue, buffers.bias + part.first, {output, shape.m, part.count, shape.n});
}

/// The whole product, one after another, with the threads of OpenBLAS.
void multiply_all(const MatmulShape& shape, const Epilogue& epilogue, const Buffers& buffers, int threads) {
  openblas_set_num_threads(threads);
  for (int64_t batch = 0; batch < shape.batch; ++batch)
    multiply(shape, epilogue, buffers, {batch, 0, shape.n});
}

/// The whole product, shared among threads of ours, each of which uses OpenBLAS on its own: by products where
/// there are enough, otherwise by columns.
void multiply_shared(const MatmulShape& shape, const Epilogue& epilogue, const Buffers& buffers,
                     int threads) {
  openblas_set_num_threads(1);
  const int64_t shares = shape.batch >= threads ? 1 : threads;
#pragma omp parallel for num_threads(threads) schedule(static)
  for (int64_t part = 0; part < shape.batch * shares; ++part) {
    const int64_t first = shape.n * (part % shares) / shares, end = shape.n * (part % shares + 1) / shares;
    if (first < end) multiply(shape, epilogue, buffers, {part / shares, first, end - first});
  }
}

/// A dense layer or matmul by sgemm (sgemv for a single row), then a pass for bias and clip.
class OpenblasProduct final : public OpenblasPeer {
 public:
  OpenblasProduct(std::string name, bool shared) : OpenblasPeer(std::move(name)), shared_(shared) {}

  Result<PreparedCall> prepare(const Task& task) const override {
    if (task.workload.op != Operator::dense && task.workload.op != Operator::matmul)
      return unsupported(fmt::format("{} is for dense layers and matmul", name()));
    if (shared_ && task.threads == 1)
      return unsupported(fmt::format("{} with one thread is what openblas product measures", name()));
    const MatmulShape shape = product_of(task.workload);
    auto output = std::make_shared<std::vector<float>>(task.data.output.size());
    PreparedCall call;
    call.implementation = openblas_implementation(shape.m == 1 && shape.transpose_b ? "sgemv" : "sgemm");
    call.own_threads = !shared_ && task.threads > 1;
    call.run = [this, &task, shape, output] {
      const Buffers buffers = {task.input().data(), task.weights().data(), task.bias().data(),
                               output->data()};
      (shared_ ? multiply_shared : multiply_all)(shape, task.workload.epilogue, buffers, task.threads);
    };
    call.output = [output] { return *output; };
    return call;
  }

 private:
  bool shared_;
};

}  // namespace

Peers openblas_products() {
  Peers peers;
  peers.push_back(std::make_unique<OpenblasProduct>("openblas product", false));
  peers.push_back(std::make_unique<OpenblasProduct>("openblas product shared", true));
  return peers;
}

}  // namespace tamis::peers
