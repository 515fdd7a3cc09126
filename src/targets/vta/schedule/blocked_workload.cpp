#include "targets/vta/schedule/blocked_workload.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace tamis::vta {
namespace {

int64_t floor_div(int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

Axis plain_axis(int64_t input, int64_t kernel, int64_t stride, int64_t pad, int64_t output) {
  return {input, kernel, output, stride, pad, kernel, {Taps{0, 1, kernel, 0}}};
}

/// With the kernel flipped, output row y reads input row (y + pad - kernel + 1 + tap) / stride where that
/// divides.
Axis transposed_axis(int64_t input, int64_t kernel, int64_t stride, int64_t pad, int64_t output) {
  Axis axis{input, kernel, (output + stride - 1) / stride, 1, 0, 1, {}};
  int64_t lowest = INT64_MAX;
  int64_t highest = INT64_MIN;
  for (int64_t phase = 0; phase < stride; ++phase) {
    const int64_t shifted = phase + pad - kernel + 1;
    Taps taps{((-shifted) % stride + stride) % stride, stride, 0, 0};
    taps.offset = floor_div(shifted + taps.first, stride);
    taps.count = taps.first < kernel ? (kernel - taps.first + stride - 1) / stride : 0;
    if (taps.count > 0) {
      lowest = std::min(lowest, taps.offset);
      highest = std::max(highest, taps.offset + taps.count);
    }
    axis.phases.push_back(taps);
  }
  for (Taps& taps : axis.phases) taps.offset -= lowest;
  axis.pad = -lowest;
  axis.window = highest - lowest;
  return axis;
}

/// The fewest groups whose channels together fill whole blocks on both sides.
Result<int64_t> groups_to_merge(const Workload& workload, int64_t block) {
  const ConvShape& shape = workload.shape;
  const int64_t ci = shape.ci / shape.groups;
  const int64_t co = shape.co / shape.groups;
  const int64_t merged = std::lcm(block / std::gcd(ci, block), block / std::gcd(co, block));
  if (shape.groups == 1 && merged > 1) {
    const char* field = ci % block != 0 ? "ci" : "co";
    return unsupported(fmt::format(
        "{}: VTA computes in blocks of {} channels, and {} = {} is not a multiple; pad the channels",
        workload.name, block, field, ci % block != 0 ? ci : co));
  }
  if (shape.groups % merged != 0)
    return unsupported(
        fmt::format("{}: VTA computes in blocks of {} channels; {} groups of {} input and {} output channels "
                    "do not fill them",
                    workload.name, block, shape.groups, ci, co));
  return merged;
}

/// How to say the same work with even padding: the other zeros come with the input, and of a transposed
/// convolution output_pad gives the end what the even padding cuts off too much.
std::string evened(const Workload& workload) {
  if (workload.op == Operator::conv2d_transpose) return "cut the rest off the output of an evenly padded one";
  const ConvShape& shape = workload.shape;
  const int64_t pad_h = std::min(shape.pad_h, shape.pad_bottom());
  const int64_t pad_w = std::min(shape.pad_w, shape.pad_right());
  return fmt::format(
      "h={},pad_h={},w={},pad_w={} is the same work, where the other zeros are part of the input",
      shape.h + shape.pad_h + shape.pad_bottom() - 2 * pad_h, pad_h,
      shape.w + shape.pad_w + shape.pad_right() - 2 * pad_w, pad_w);
}

/// Whether this is an operator that VTA has instructions for, on operands that it can read.
Status check_supported(const Workload& workload) {
  const auto refuse = [&](std::string_view what) {
    return Status(unsupported(fmt::format("{}: VTA {}", workload.name, what)));
  };
  if (workload.op == Operator::external) return refuse("cannot run an external workload");
  if (workload.op == Operator::conv3d)
    return refuse("has no convolution of three axes (conv3d); write --target cpu");
  if (workload.op == Operator::matmul)
    return refuse("cannot multiply two activations (matmul), as its weights are packed ahead; use dense");
  if (workload.op == Operator::separable_conv2d)
    return refuse("has no separable_conv2d; say depthwise_conv2d and conv2d");
  if (workload.type != DataType::int8)
    return refuse(fmt::format("computes in int8, not in {}; say type=int8", to_string(workload.type)));
  if (workload.layout != Layout::nchw)
    return refuse(fmt::format("takes the layout nchw, not {}", to_string(workload.layout)));
  const ConvShape& shape = workload.shape;
  if (shape.dilation_h != 1 || shape.dilation_w != 1)
    return refuse(fmt::format("has no dilation, and this one is {}x{}", shape.dilation_h, shape.dilation_w));
  if (!shape.evenly_padded())
    return refuse(fmt::format(
        "pads both sides of an axis alike, and this one has pad_top {}, pad_bottom {}, pad_left {} "
        "and pad_right {}; {}",
        shape.pad_h, shape.pad_bottom(), shape.pad_w, shape.pad_right(), evened(workload)));
  return {};
}

}  // namespace

int64_t BlockedWorkload::gemm_uops() const {
  const auto taps = [](const Axis& axis) {
    return std::accumulate(axis.phases.begin(), axis.phases.end(), int64_t{0},
                           [](int64_t sum, const Taps& phase) { return sum + phase.count; });
  };
  return batch_blocks * groups * ci_blocks * co_blocks * h.positions * taps(h) * w.positions * taps(w);
}

Result<BlockedWorkload> block_workload(const Workload& workload, const Hardware& hardware) {
  TAMIS_TRY(validate(workload));
  TAMIS_TRY(check_supported(workload));
  const ConvShape& shape = workload.shape;
  BlockedWorkload blocked;
  TAMIS_ASSIGN(blocked.merged, groups_to_merge(workload, hardware.block()));
  blocked.batch_blocks = (shape.n + hardware.batch() - 1) / hardware.batch();
  blocked.groups = shape.groups / blocked.merged;
  blocked.ci_blocks = shape.ci / blocked.groups / hardware.block();
  blocked.co_blocks = shape.co / blocked.groups / hardware.block();
  const auto axis = workload.op == Operator::conv2d_transpose ? transposed_axis : plain_axis;
  blocked.h = axis(shape.h, shape.kernel_h, shape.stride_h, shape.pad_h, output_height(workload));
  blocked.w = axis(shape.w, shape.kernel_w, shape.stride_w, shape.pad_w, output_width(workload));
  return blocked;
}

}  // namespace tamis::vta
