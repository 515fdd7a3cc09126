#include "cpu_peers/onednn.h"

#include <fmt/format.h>

namespace tamis::peers {
namespace {

using Tag = dnnl::memory::format_tag;
using Dims = dnnl::memory::dims;
using Algorithm = dnnl::algorithm;
using Forward = dnnl::convolution_forward;

/// Format of the activations (`any`: whatever oneDNN likes best) and algorithm.
struct Form {
  const char* name;
  const char* family;
  Tag activations;
  Algorithm algorithm;
};

constexpr Form kForms[] = {
    {"onednn nhwc direct", kOnednn, Tag::nhwc, Algorithm::convolution_direct},
    {"onednn nhwc auto", kOnednn, Tag::nhwc, Algorithm::convolution_auto},
    {"onednn nchw direct", kOnednn, Tag::nchw, Algorithm::convolution_direct},
    {"onednn nchw auto", kOnednn, Tag::nchw, Algorithm::convolution_auto},
    {"onednn nchw16c direct", kOnednn, Tag::nChw16c, Algorithm::convolution_direct},
    {"onednn blocked direct", kOnednn, Tag::any, Algorithm::convolution_direct},
    {"onednn blocked auto", kOnednn, Tag::any, Algorithm::convolution_auto},
    {"onednn blocked winograd", kOnednnWinograd, Tag::any, Algorithm::convolution_winograd},
};

/// The sizes of a convolution as oneDNN wants them.
struct Sizes {
  Dims source, weights, bias, target, strides, dilations, padding, end_padding;
};

Sizes sizes_of(const Workload& workload) {
  const ConvShape& shape = workload.shape;
  Sizes sizes;
  sizes.source = {shape.n, shape.ci, shape.h, shape.w};
  sizes.weights = {shape.co / shape.groups, shape.ci / shape.groups, shape.kernel_h, shape.kernel_w};
  if (shape.groups > 1) sizes.weights.insert(sizes.weights.begin(), shape.groups);
  sizes.bias = {shape.co};
  sizes.target = {shape.n, shape.co, output_height(workload), output_width(workload)};
  sizes.strides = {shape.stride_h, shape.stride_w};
  sizes.dilations = {shape.dilation_h - 1, shape.dilation_w - 1};  // oneDNN counts the rows skipped
  sizes.padding = {shape.pad_h, shape.pad_w};
  sizes.end_padding = {shape.pad_bottom(), shape.pad_right()};
  return sizes;
}

Tag tag_of(Layout layout) {
  switch (layout) {
    case Layout::nchw:
      break;
    case Layout::nhwc:
      return Tag::nhwc;
    case Layout::nchw16c:
      return Tag::nChw16c;
  }
  return Tag::nchw;
}

class OnednnConvolution final : public OnednnPeer {
 public:
  explicit OnednnConvolution(const Form& form) : OnednnPeer(form.name, form.family), form_(form) {}

 protected:
  Result<PreparedCall> prepare_or_throw(const Task& task) const override;

 private:
  Forward::primitive_desc plan(const Task& task, Algorithm algorithm) const;
  Form form_;
};

Forward::primitive_desc OnednnConvolution::plan(const Task& task, Algorithm algorithm) const {
  const Sizes sizes = sizes_of(task.workload);
  const auto any = Tag::any;
  // An image of three channels has no blocks; a network's first layer makes them.
  const bool first = form_.activations == Tag::nChw16c && task.workload.shape.ci % kLayoutBlock != 0;
  const auto bias = task.workload.epilogue.bias ? describe(sizes.bias, Tag::a) : dnnl::memory::desc();
  const Forward::desc convolution(
      dnnl::prop_kind::forward_inference, algorithm, describe(sizes.source, first ? any : form_.activations),
      describe(sizes.weights, any), bias, describe(sizes.target, form_.activations), sizes.strides,
      sizes.dilations, sizes.padding, sizes.end_padding);
  return {convolution, fused_clip(task.workload.epilogue), engine_};
}

Result<PreparedCall> OnednnConvolution::prepare_or_throw(const Task& task) const {
  const Operator op = task.workload.op;
  if (op != Operator::conv2d && op != Operator::grouped_conv2d && op != Operator::depthwise_conv2d)
    return unsupported(fmt::format("{} is for convolutions", name()));
  const Forward::primitive_desc plan = this->plan(task, form_.algorithm);
  const std::string implementation = plan.impl_info_str();
  if (implementation.starts_with("ref"))
    return unsupported(fmt::format("{} would use the reference implementation, which nobody times", name()));
  if (form_.algorithm == Algorithm::convolution_auto &&
      implementation == this->plan(task, Algorithm::convolution_direct).impl_info_str())
    return unsupported(fmt::format("{} chooses the direct algorithm, which is measured already", name()));
  const Sizes sizes = sizes_of(task.workload);
  const Tag plain = tag_of(task.workload.layout);
  const Tag plain_weights = task.workload.shape.groups > 1 ? Tag::goihw : Tag::oihw;
  std::unordered_map<int, dnnl::memory> arguments = {
      {DNNL_ARG_SRC, import(task.input(), describe(sizes.source, plain), plan.src_desc())},
      {DNNL_ARG_WEIGHTS, import(task.weights(), describe(sizes.weights, plain_weights), plan.weights_desc())},
      {DNNL_ARG_DST, empty(plan.dst_desc())}};
  if (task.workload.epilogue.bias)
    arguments[DNNL_ARG_BIAS] = import(task.bias(), describe(sizes.bias, Tag::a), plan.bias_desc());
  return call(Forward(plan), implementation, std::move(arguments), describe(sizes.target, plain));
}

}  // namespace

Peers onednn_convolutions() {
  Peers peers;
  for (const Form& form : kForms) peers.push_back(std::make_unique<OnednnConvolution>(form));
  return peers;
}

}  // namespace tamis::peers
