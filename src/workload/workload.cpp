#include "workload/workload.h"

#include "base/text.h"

#include <array>
#include <initializer_list>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr int64_t kMaxElements = int64_t{1} << 31;

constexpr std::array<std::string_view, 6> kOperatorWords = {
    "conv2d", "grouped_conv2d", "depthwise_conv2d", "conv2d_transpose", "dense", "external"};

/// Output positions along one axis; may be below 1 for a shape that was not validated.
int64_t output_extent(bool transposed, int64_t extent, int64_t kernel, int64_t stride, int64_t pad,
                      int64_t extra) {
  if (transposed) return (extent - 1) * stride - 2 * pad + kernel + extra;
  if (extent + 2 * pad < kernel) return 0;
  return (extent + 2 * pad - kernel) / stride + 1;
}

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
  if (workload.shape == ConvShape{} && workload.epilogue == Epilogue{}) return {};
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

Status check_epilogue(const Epilogue& epilogue) {
  if (epilogue.shift < 0 || epilogue.shift > 31)
    return invalid_input(fmt::format("shift is {}; it must lie between 0 and 31", epilogue.shift));
  if (epilogue.clip_min >= -128 && epilogue.clip_min <= epilogue.clip_max && epilogue.clip_max <= 127)
    return {};
  return invalid_input(fmt::format("clip_min {} and clip_max {} must be in order and between -128 and 127",
                                   epilogue.clip_min, epilogue.clip_max));
}

Status check_output(const Workload& workload) {
  const int64_t rows = output_height(workload), columns = output_width(workload);
  if (rows < 1 || columns < 1)
    return invalid_input(fmt::format(
        "the output would be empty ({} rows, {} columns): the kernel or the padding does not suit the input",
        rows, columns));
  return check_elements("output", {workload.shape.n, workload.shape.co, rows, columns});
}

}  // namespace

std::string_view to_string(Operator op) { return kOperatorWords[static_cast<size_t>(op)]; }

Result<Operator> parse_operator(std::string_view word) {
  for (size_t i = 0; i < kOperatorWords.size(); ++i)
    if (kOperatorWords[i] == word) return static_cast<Operator>(i);
  return invalid_input(fmt::format("there is no operator \"{}\"{}", word,
                                   did_you_mean(word, {kOperatorWords.begin(), kOperatorWords.end()})));
}

int64_t output_height(const Workload& workload) {
  const ConvShape& shape = workload.shape;
  return output_extent(workload.op == Operator::conv2d_transpose, shape.h, shape.kernel_h, shape.stride_h,
                       shape.pad_h, shape.output_pad_h);
}

int64_t output_width(const Workload& workload) {
  const ConvShape& shape = workload.shape;
  return output_extent(workload.op == Operator::conv2d_transpose, shape.w, shape.kernel_w, shape.stride_w,
                       shape.pad_w, shape.output_pad_w);
}

int64_t multiply_accumulates(const Workload& workload) {
  if (workload.op == Operator::external) return 0;
  const ConvShape& shape = workload.shape;
  const bool transposed = workload.op == Operator::conv2d_transpose;
  const int64_t pixels = transposed ? shape.h * shape.w : output_height(workload) * output_width(workload);
  return shape.n * shape.co * pixels * shape.kernel_h * shape.kernel_w * (shape.ci / shape.groups);
}

Status validate(const Workload& workload) {
  TAMIS_TRY(check_source(workload));
  const ConvShape& s = workload.shape;
  TAMIS_TRY(check_ranges({{"n", s.n, 1}, {"ci", s.ci, 1}, {"h", s.h, 1}, {"w", s.w, 1}, {"co", s.co, 1}}));
  TAMIS_TRY(check_ranges({{"kh", s.kernel_h, 1}, {"kw", s.kernel_w, 1}, {"stride_h", s.stride_h, 1}}));
  TAMIS_TRY(check_ranges({{"stride_w", s.stride_w, 1}, {"pad_h", s.pad_h, 0}, {"pad_w", s.pad_w, 0}}));
  TAMIS_TRY(check_ranges({{"output_pad_h", s.output_pad_h, 0}, {"output_pad_w", s.output_pad_w, 0}}));
  TAMIS_TRY(check_ranges({{"groups", s.groups, 1}}));
  TAMIS_TRY(check_groups(workload));
  if (workload.op == Operator::dense) TAMIS_TRY(check_dense(s));
  TAMIS_TRY(check_output_pad(workload));
  TAMIS_TRY(check_epilogue(workload.epilogue));
  TAMIS_TRY(check_elements("input", {s.n, s.ci, s.h, s.w}));
  TAMIS_TRY(check_elements("weights", {s.co, s.ci / s.groups, s.kernel_h, s.kernel_w}));
  return check_output(workload);
}

}  // namespace tamis
