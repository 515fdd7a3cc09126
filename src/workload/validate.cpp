#include "base/text.h"
#include "tamis/workload.h"

#include <cmath>
#include <initializer_list>
#include <limits>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr int64_t kMaxElements = int64_t{1} << 31;

struct NamedSize {
  std::string_view name;
  int64_t value;
  int64_t low;
};

/// Every size between its least value and 2^31, so that sums and products of two of them fit 64 bits.
Status check_ranges(std::initializer_list<NamedSize> sizes) {
  for (const NamedSize& size : sizes)
    if (size.value < size.low || size.value > kMaxElements)
      return invalid_input(fmt::format("{} is {}; it must lie between {} and {}", size.name, size.value,
                                       size.low, kMaxElements));
  return {};
}

Status check_elements(std::string_view tensor, std::initializer_list<int64_t> extents) {
  int64_t elements = 1;
  for (const int64_t extent : extents)
    if (__builtin_mul_overflow(elements, extent, &elements) || elements > kMaxElements)
      return invalid_input(fmt::format("the {} would have more than {} elements; make the shape smaller",
                                       tensor, kMaxElements));
  return {};
}

Status check_groups(const Workload& workload) {
  const ConvShape& shape = workload.shape;
  if (shape.ci % shape.groups != 0 || shape.co % shape.groups != 0)
    return invalid_input(
        fmt::format("groups is {}; it must divide ci ({}) and co ({})", shape.groups, shape.ci, shape.co));
  if (workload.op == Operator::conv2d && shape.groups != 1)
    return invalid_input(fmt::format("groups is {} for conv2d; use grouped_conv2d", shape.groups));
  if (workload.op == Operator::separable_conv2d && shape.groups != 1)
    return invalid_input(
        fmt::format("groups is {} for separable_conv2d, which has one for each channel", shape.groups));
  if (workload.op == Operator::depthwise_conv2d && (shape.groups != shape.ci || shape.co != shape.ci))
    return invalid_input(
        fmt::format("depthwise_conv2d needs groups and co equal to ci; they are {}, {} and {}", shape.groups,
                    shape.co, shape.ci));
  return {};
}

Status check_dense(const ConvShape& shape) {
  ConvShape plain;
  plain.n = shape.n;
  plain.ci = shape.ci;
  plain.co = shape.co;
  if (shape == plain) return {};
  return invalid_input("dense has n, ci and co only; its other sizes must be left at their defaults");
}

/// Whether an external workload, and no other, has a source and nothing else.
Status check_source(const Workload& workload) {
  if (workload.op != Operator::external) {
    if (workload.source.empty()) return {};
    return invalid_input(
        fmt::format("a source is for external workloads only, not for {}", to_string(workload.op)));
  }
  if (workload.source.empty())
    return invalid_input("an external workload needs a source, such as the path of a recorded table");
  Workload plain;
  plain.name = workload.name;
  plain.op = workload.op;
  plain.source = workload.source;
  if (workload == plain) return {};
  return invalid_input("an external workload has a source only; its sizes must be left at their defaults");
}

Status check_output_pad(const Workload& workload) {
  const ConvShape& shape = workload.shape;
  if (workload.op == Operator::conv2d_transpose) {
    if (shape.output_pad_h < shape.stride_h && shape.output_pad_w < shape.stride_w) return {};
    return invalid_input(fmt::format("output_pad {}x{} must be below the stride {}x{}", shape.output_pad_h,
                                     shape.output_pad_w, shape.stride_h, shape.stride_w));
  }
  if (shape.output_pad_h == 0 && shape.output_pad_w == 0) return {};
  return invalid_input(
      fmt::format("output_pad is for conv2d_transpose only, not for {}", to_string(workload.op)));
}

Status check_dilation(const Workload& workload) {
  const ConvShape& shape = workload.shape;
  if (workload.op != Operator::conv2d_transpose || (shape.dilation_h == 1 && shape.dilation_w == 1))
    return {};
  return invalid_input(
      fmt::format("dilation is {}x{}; conv2d_transpose has none", shape.dilation_h, shape.dilation_w));
}

/// Whether only a conv3d has a depth, and no groups with it.
Status check_depth(const Workload& workload) {
  const ConvShape& s = workload.shape;
  if (workload.op != Operator::conv3d) {
    const bool flat = s.d == 1 && s.kernel_d == 1 && s.stride_d == 1 && s.pad_d == 0 && s.dilation_d == 1 &&
                      s.extra_pad_d == 0;
    if (flat) return {};
    return invalid_input(
        fmt::format("the sizes of the depth are for conv3d only, not for {}; leave them at "
                    "their defaults",
                    to_string(workload.op)));
  }
  TAMIS_TRY(check_ranges({{"d", s.d, 1}, {"kd", s.kernel_d, 1}, {"stride_d", s.stride_d, 1}}));
  TAMIS_TRY(check_ranges({{"pad_d", s.pad_d, 0}, {"extra_pad_d", s.extra_pad_d, -kMaxElements}}));
  TAMIS_TRY(check_ranges({{"pad_back", s.pad_back(), 0}, {"dilation_d", s.dilation_d, 1}}));
  if (s.groups == 1) return {};
  return invalid_input(fmt::format("groups is {}; conv3d has none, so it must be 1", s.groups));
}

Status check_layout(const Workload& workload) {
  if (workload.layout == Layout::nchw) return {};
  if (workload.op == Operator::dense || workload.op == Operator::matmul)
    return invalid_input(fmt::format("layout is {}; {} has rows and columns only, so no layout to choose",
                                     to_string(workload.layout), to_string(workload.op)));
  const ConvShape& shape = workload.shape;
  if (workload.layout != Layout::nchw16c || (shape.ci % kLayoutBlock == 0 && shape.co % kLayoutBlock == 0))
    return {};
  return invalid_input(fmt::format("layout nchw16c needs ci and co to be multiples of {}; they are {} and {}",
                                   kLayoutBlock, shape.ci, shape.co));
}

Status check_int8_epilogue(const Epilogue& epilogue) {
  constexpr const char* kOnlyClip =
      "of int8 the epilogue is shift, bias and clip; write type=float32, which the target cpu computes";
  if (epilogue.activation != Activation::none)
    return invalid_input(fmt::format("activation is {}; {}", to_string(epilogue.activation), kOnlyClip));
  if (epilogue.residual) return invalid_input(fmt::format("residual is 1; {}", kOnlyClip));
  if (epilogue.shift < 0 || epilogue.shift > 31)
    return invalid_input(fmt::format("shift is {}; it must lie between 0 and 31", epilogue.shift));
  for (const double bound : {epilogue.clip_min, epilogue.clip_max})
    if (std::isfinite(bound) && std::trunc(bound) != bound)
      return invalid_input(fmt::format("a bound of the clip is {}; of int8 it must be an integer", bound));
  if (epilogue.clip_min >= -128 && epilogue.clip_min <= epilogue.clip_max && epilogue.clip_max <= 127)
    return {};
  return invalid_input(fmt::format("clip_min {} and clip_max {} must be in order and between -128 and 127",
                                   epilogue.clip_min, epilogue.clip_max));
}

Status check_float_epilogue(const Epilogue& epilogue, DataType type) {
  if (epilogue.shift != 0)
    return invalid_input(
        fmt::format("shift is {}; {} has none, so it must be 0", epilogue.shift, to_string(type)));
  if (epilogue.activation != Activation::none &&
      !(std::isinf(epilogue.clip_min) && std::isinf(epilogue.clip_max)))
    return invalid_input(fmt::format(
        "activation is {}, and the clip is from {} to {}; an activation takes the place of the clip, "
        "so leave relu, clip_min and clip_max out",
        to_string(epilogue.activation), epilogue.clip_min, epilogue.clip_max));
  constexpr double kLargest = std::numeric_limits<float>::max();
  // A bound that float32 cannot hold, or that leaves no finite output, is a mistake. NaN fails every
  // comparison.
  const double low = epilogue.clip_min, high = epilogue.clip_max;
  const bool low_fits = low <= kLargest && (low >= -kLargest || std::isinf(low));
  const bool high_fits = high >= -kLargest && (high <= kLargest || std::isinf(high));
  if (low_fits && high_fits && low <= high) return {};
  return invalid_input(
      fmt::format("clip_min {} and clip_max {} must be in order and either within float32 or none",
                  epilogue.clip_min, epilogue.clip_max));
}

/// Whether a separable convolution, and no other workload, has the epilogue of a first part.
Status check_inner(const Workload& workload) {
  if (workload.op != Operator::separable_conv2d) {
    if (!workload.inner) return {};
    return invalid_input(
        fmt::format("an inner epilogue is for separable_conv2d only, not for {}", to_string(workload.op)));
  }
  if (workload.type != DataType::float32)
    return invalid_input(
        "separable_conv2d is of float32 only; write type=float32, or depthwise_conv2d and conv2d for other "
        "types");
  if (!workload.inner) return invalid_input("separable_conv2d needs the epilogue of its depthwise part");
  if (workload.inner->residual)
    return invalid_input("the depthwise part of separable_conv2d has no residual");
  const Status valid = check_float_epilogue(*workload.inner, workload.type);
  return valid.ok() ? valid : valid.error().within("the depthwise part");
}

Status check_epilogue(const Workload& workload) {
  return workload.type == DataType::int8 ? check_int8_epilogue(workload.epilogue)
                                         : check_float_epilogue(workload.epilogue, workload.type);
}

Status check_output(const Workload& workload) {
  const int64_t rows = output_height(workload), columns = output_width(workload);
  const int64_t planes = output_depth(workload);
  if (planes < 1)
    return invalid_input(
        "the output would be empty (no plane): the kernel or the padding does not suit the depth of the "
        "input");
  if (rows < 1 || columns < 1)
    return invalid_input(
        fmt::format("the output would be empty ({}, {}): the kernel or the padding does not suit the input",
                    counted(rows, "row"), counted(columns, "column")));
  return check_elements("output", {workload.shape.n, workload.shape.co, planes, rows, columns});
}

Status check_matmul(const Workload& workload) {
  const MatmulShape& s = workload.matmul;
  if (workload.shape != ConvShape{})
    return invalid_input("matmul has batch, m, n and k only; the sizes of a convolution must be left at 1");
  TAMIS_TRY(check_ranges({{"batch", s.batch, 1}, {"m", s.m, 1}, {"n", s.n, 1}, {"k", s.k, 1}}));
  TAMIS_TRY(check_elements("first operand", {s.batch, s.m, s.k}));
  TAMIS_TRY(check_elements("second operand", {s.batch, s.k, s.n}));
  return check_elements("output", {s.batch, s.m, s.n});
}

Status check_convolution(const Workload& workload) {
  const ConvShape& s = workload.shape;
  if (workload.matmul != MatmulShape{})
    return invalid_input(fmt::format("m, n, k and batch of a product are for matmul only, not for {}",
                                     to_string(workload.op)));
  TAMIS_TRY(check_ranges({{"n", s.n, 1}, {"ci", s.ci, 1}, {"h", s.h, 1}, {"w", s.w, 1}, {"co", s.co, 1}}));
  TAMIS_TRY(check_ranges({{"kh", s.kernel_h, 1}, {"kw", s.kernel_w, 1}, {"stride_h", s.stride_h, 1}}));
  TAMIS_TRY(check_ranges({{"stride_w", s.stride_w, 1}, {"pad_h", s.pad_h, 0}, {"pad_w", s.pad_w, 0}}));
  TAMIS_TRY(check_ranges(
      {{"extra_pad_h", s.extra_pad_h, -kMaxElements}, {"extra_pad_w", s.extra_pad_w, -kMaxElements}}));
  TAMIS_TRY(check_ranges({{"pad_bottom", s.pad_bottom(), 0}, {"pad_right", s.pad_right(), 0}}));
  TAMIS_TRY(check_ranges({{"output_pad_h", s.output_pad_h, 0}, {"output_pad_w", s.output_pad_w, 0}}));
  TAMIS_TRY(check_ranges(
      {{"groups", s.groups, 1}, {"dilation_h", s.dilation_h, 1}, {"dilation_w", s.dilation_w, 1}}));
  TAMIS_TRY(check_depth(workload));
  TAMIS_TRY(check_groups(workload));
  if (workload.op == Operator::dense) TAMIS_TRY(check_dense(s));
  TAMIS_TRY(check_output_pad(workload));
  TAMIS_TRY(check_dilation(workload));
  TAMIS_TRY(check_elements("input", {s.n, s.ci, s.d, s.h, s.w}));
  if (workload.op == Operator::separable_conv2d) {
    TAMIS_TRY(check_elements("weights", {s.co, s.ci}));
    TAMIS_TRY(check_elements("depthwise weights", {s.ci, s.kernel_h, s.kernel_w}));
    TAMIS_TRY(check_elements("output of the depthwise part",
                             {s.n, s.ci, output_height(workload), output_width(workload)}));
    return check_output(workload);
  }
  TAMIS_TRY(check_elements("weights", {s.co, s.ci / s.groups, s.kernel_d, s.kernel_h, s.kernel_w}));
  return check_output(workload);
}

}  // namespace

Status validate(const Workload& workload) {
  TAMIS_TRY(check_source(workload));
  if (workload.op == Operator::external) return {};
  TAMIS_TRY(check_inner(workload));
  TAMIS_TRY(check_epilogue(workload));
  TAMIS_TRY(check_layout(workload));
  return workload.op == Operator::matmul ? check_matmul(workload) : check_convolution(workload);
}

}  // namespace tamis
