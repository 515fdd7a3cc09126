#include "tamis/data.h"

#include "tamis/random.h"
#include "tamis/workload.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace tamis {
namespace {

/// Half the widths of the ranges that inputs and weights are drawn from, and the middles of the ranges.
struct Ranges {
  double input_half, input_middle;
  double weight_half, weight_middle;
  double bias_half, bias_middle;
};

/// Products in the sum of one output.
double terms_of(const Workload& workload) {
  const ConvShape& shape = workload.shape;
  if (workload.op == Operator::matmul) return static_cast<double>(workload.matmul.k);
  const int64_t channels = shape.ci / shape.groups;
  const auto terms = static_cast<double>(shape.kernel_d * shape.kernel_h * shape.kernel_w * channels);
  if (workload.op != Operator::conv2d_transpose) return terms;
  return std::max(1.0, terms / static_cast<double>(shape.stride_h * shape.stride_w));
}

/// Chosen so that outputs spread over about the clip range: the sum of `terms` products of uniform values
/// with half widths a and b has the standard deviation sqrt(terms) * a * b / 3. The bias moves the outputs to
/// the middle of the clip range; without one the weights are given a mean that does.
Ranges choose_ranges(const Workload& workload) {
  const Epilogue& epilogue = workload.epilogue;
  const double terms = terms_of(workload);
  const double scale = std::ldexp(1.0, static_cast<int>(epilogue.shift));
  const double width = epilogue.clip_max - epilogue.clip_min;
  const double middle = (epilogue.clip_max + epilogue.clip_min) / 2.0;
  const double half =
      std::clamp(std::round(std::sqrt(3.0 * width / 5.0 * scale / std::sqrt(terms))), 1.0, 127.0);
  if (epilogue.bias) return {half, 0.0, half, 0.0, width / 8.0, middle};
  const double mean = std::clamp(middle * scale / terms / std::max(1.0, half / 2.0), -64.0, 64.0);
  return {half / 2.0, half / 2.0, std::min(half, 127.0 - std::abs(mean)), mean, 0.0, 0.0};
}

/// Integers close to uniform between middle - half and middle + half, eight from each random word.
std::vector<int8_t> draw_int8(int64_t count, double half, double middle, Random random) {
  std::vector<int8_t> values(static_cast<size_t>(count));
  const auto low = static_cast<int>(std::lround(middle - half));
  const auto range = static_cast<int>(std::lround(middle + half)) - low + 1;
  uint64_t word = 0;
  for (size_t i = 0; i < values.size(); ++i, word >>= 8) {
    if (i % 8 == 0) word = random.next();
    values[i] = static_cast<int8_t>(low + ((static_cast<int>(word & 255) * range) >> 8));
  }
  return values;
}

std::vector<int32_t> draw_int32(int64_t count, double half, double middle, Random random) {
  std::vector<int32_t> values(static_cast<size_t>(count));
  for (int32_t& value : values)
    value = static_cast<int32_t>(std::lround(middle + half * (2.0 * random.uniform() - 1.0)));
  return values;
}

/// Multiples of 2^-23 uniform in [-1, 1), two from each random word.
std::vector<float> draw_float(int64_t count, Random random) {
  std::vector<float> values(static_cast<size_t>(count));
  uint64_t word = 0;
  for (size_t i = 0; i < values.size(); ++i, word >>= 32) {
    if (i % 2 == 0) word = random.next();
    const auto whole = static_cast<int32_t>((word & 0xffffffff) >> 8) - (1 << 23);
    values[i] = static_cast<float>(whole) * 0x1p-23F;
  }
  return values;
}

/// Operands in NCHW, so that workloads of other layouts get the same.
void draw_operands(const Workload& workload, uint64_t seed, WorkloadData& data) {
  const TensorSizes sizes = tensor_sizes(workload);
  const ConvShape& shape = workload.shape;
  const Random inputs = Random::stream(seed, "input"), weights = Random::stream(seed, "weights"),
               biases = Random::stream(seed, "bias");
  const auto in_layout = [&](auto input) {
    return to_layout(workload.layout, shape.ci, shape.d * shape.h * shape.w, std::move(input));
  };
  if (is_real(workload.type)) {
    const auto stored = [&](std::vector<float> values) {
      return is_half(workload.type) ? narrowed(workload.type, values) : Tensor(std::move(values));
    };
    data.input = stored(in_layout(draw_float(sizes.input, inputs)));
    data.weights = stored(draw_float(sizes.weights, weights));
    data.bias = workload.epilogue.bias ? draw_float(sizes.bias, biases)
                                       : std::vector<float>(static_cast<size_t>(sizes.bias));
    if (workload.inner) {
      data.inner.weights = draw_float(sizes.inner_weights, Random::stream(seed, "inner weights"));
      data.inner.bias = workload.inner->bias
                            ? draw_float(sizes.inner_bias, Random::stream(seed, "inner bias"))
                            : std::vector<float>(static_cast<size_t>(sizes.inner_bias));
    }
    const int64_t pixels = output_depth(workload) * output_height(workload) * output_width(workload);
    if (workload.epilogue.residual)
      data.residual = stored(to_layout(workload.layout, shape.co, pixels,
                                       draw_float(sizes.residual, Random::stream(seed, "residual"))));
    return;
  }
  const Ranges ranges = choose_ranges(workload);
  data.input = in_layout(draw_int8(sizes.input, ranges.input_half, ranges.input_middle, inputs));
  data.weights = draw_int8(sizes.weights, ranges.weight_half, ranges.weight_middle, weights);
  data.bias = draw_int32(sizes.bias, ranges.bias_half, ranges.bias_middle, biases);
}

}  // namespace

WorkloadData make_data(const Workload& workload, uint64_t seed) {
  WorkloadData data;
  if (workload.op == Operator::external) return data;
  draw_operands(workload, seed, data);
  Reference reference =
      reference_result(workload, data.input, data.weights, data.bias, data.residual, data.inner);
  data.output = std::move(reference.output);
  data.tolerance = reference.tolerance;
  data.relative_tolerance = reference.relative_tolerance;
  return data;
}

}  // namespace tamis
