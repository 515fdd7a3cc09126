#include "cpu_peers/onednn.h"

#include <fmt/format.h>

namespace tamis::peers {
namespace {

using Tag = dnnl::memory::format_tag;
using Desc = dnnl::memory::desc;

/// A dense layer as oneDNN's inner product: plain activations, weights packed ahead.
class OnednnInnerProduct final : public OnednnPeer {
 public:
  OnednnInnerProduct() : OnednnPeer("onednn inner product", kOnednn) {}

 protected:
  Result<PreparedCall> prepare_or_throw(const Task& task) const override {
    if (task.workload.op != Operator::dense)
      return unsupported(fmt::format("{} is for dense layers", name()));
    const ConvShape& shape = task.workload.shape;
    const Desc source = describe({shape.n, shape.ci}, Tag::ab),
               target = describe({shape.n, shape.co}, Tag::ab);
    const Dims weights = {shape.co, shape.ci};
    const Desc bias = task.workload.epilogue.bias ? describe({shape.co}, Tag::a) : Desc();
    using Product = dnnl::inner_product_forward;
    const Product::primitive_desc plan(
        Product::desc(dnnl::prop_kind::forward_inference, source, describe(weights, Tag::any), bias, target),
        fused_clip(task.workload.epilogue), engine_);
    std::unordered_map<int, dnnl::memory> arguments = {
        {DNNL_ARG_SRC, import(task.input(), source, plan.src_desc())},
        {DNNL_ARG_WEIGHTS, import(task.weights(), describe(weights, Tag::ab), plan.weights_desc())},
        {DNNL_ARG_DST, empty(plan.dst_desc())}};
    if (task.workload.epilogue.bias) arguments[DNNL_ARG_BIAS] = import(task.bias(), bias, plan.bias_desc());
    return call(Product(plan), plan.impl_info_str(), std::move(arguments), target);
  }
};

/// The operands of a product as matmul takes them: where the second one is constant it may be packed ahead.
struct Operands {
  Desc source, weights, chosen_weights, bias, target;
};

/// A dense layer, or products of activations with activations, as oneDNN's matmul.
class OnednnMatmul final : public OnednnPeer {
 public:
  OnednnMatmul() : OnednnPeer("onednn matmul", kOnednn) {}

 protected:
  Result<PreparedCall> prepare_or_throw(const Task& task) const override {
    const Operator op = task.workload.op;
    if (op != Operator::dense && op != Operator::matmul)
      return unsupported(fmt::format("{} is for dense layers and matmul", name()));
    Operands operands =
        op == Operator::dense ? of_dense(task.workload.shape) : of_matmul(task.workload.matmul);
    const bool bias = task.workload.epilogue.bias;
    if (!bias) operands.bias = Desc();
    const dnnl::matmul::primitive_desc plan(
        dnnl::matmul::desc(operands.source, operands.chosen_weights, operands.bias, operands.target),
        fused_clip(task.workload.epilogue), engine_);
    std::unordered_map<int, dnnl::memory> arguments = {
        {DNNL_ARG_SRC, import(task.input(), operands.source, plan.src_desc())},
        {DNNL_ARG_WEIGHTS, import(task.weights(), operands.weights, plan.weights_desc())},
        {DNNL_ARG_DST, empty(plan.dst_desc())}};
    if (bias) arguments[DNNL_ARG_BIAS] = import(task.bias(), operands.bias, plan.bias_desc());
    return call(dnnl::matmul(plan), plan.impl_info_str(), std::move(arguments), operands.target);
  }

 private:
  static Operands of_dense(const ConvShape& shape) {
    const Dims weights = {shape.ci, shape.co};
    return {describe({shape.n, shape.ci}, Tag::ab), describe(weights, Tag::ba), describe(weights, Tag::any),
            describe({1, shape.co}, Tag::ab), describe({shape.n, shape.co}, Tag::ab)};
  }

  static Operands of_matmul(const MatmulShape& shape) {
    const Tag a = shape.transpose_a ? Tag::acb : Tag::abc, b = shape.transpose_b ? Tag::acb : Tag::abc;
    const Desc second = describe({shape.batch, shape.k, shape.n}, b);
    return {describe({shape.batch, shape.m, shape.k}, a), second, second, describe({1, 1, shape.n}, Tag::abc),
            describe({shape.batch, shape.m, shape.n}, Tag::abc)};
  }
};

}  // namespace

Peers onednn_products() {
  Peers peers;
  peers.push_back(std::make_unique<OnednnInnerProduct>());
  peers.push_back(std::make_unique<OnednnMatmul>());
  return peers;
}

}  // namespace tamis::peers
