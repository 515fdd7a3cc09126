#include "workload/padding.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr int64_t kMostPadding = int64_t{1} << 31;

bool fits(int64_t pad) { return pad >= 0 && pad <= kMostPadding; }

Status check_sides(const PaddedSides& sides, const char* first, const char* last) {
  if (sides.first == sides.last) return {};
  for (const auto& [key, pad] : {std::pair(first, sides.first), std::pair(last, sides.last)})
    if (!fits(pad))
      return invalid_input(fmt::format("{} is {}; it must lie between 0 and {}", key, pad, kMostPadding));
  return {};
}

/// One axis of a convolution.
struct SameAxis {
  int64_t input, kernel, stride, output_pad, dilation;

  bool in_range() const {
    const std::initializer_list<int64_t> sizes = {input, kernel, stride, dilation};
    return fits(output_pad) &&
           std::all_of(sizes.begin(), sizes.end(), [](int64_t size) { return size >= 1 && fits(size); });
  }
};

PaddedSides same_sides(const SameAxis& axis, bool transposed) {
  if (!axis.in_range()) return {};
  const int64_t reach = (axis.kernel - 1) * axis.dilation + 1;
  const int64_t output = (axis.input + axis.stride - 1) / axis.stride;
  const int64_t needed =
      transposed ? reach + axis.output_pad - axis.stride : (output - 1) * axis.stride + reach - axis.input;
  const int64_t total = std::max<int64_t>(needed, 0);
  return {total / 2, total - total / 2};
}

void put(ConvShape& shape, const PaddedAxes& axes) {
  shape.pad_d = axes.planes.first;
  shape.pad_h = axes.rows.first;
  shape.pad_w = axes.columns.first;
  shape.extra_pad_d = axes.planes.last - axes.planes.first;
  shape.extra_pad_h = axes.rows.last - axes.rows.first;
  shape.extra_pad_w = axes.columns.last - axes.columns.first;
}

}  // namespace

Status set_padding(ConvShape& shape, const PaddedAxes& axes) {
  TAMIS_TRY(check_sides(axes.planes, "pad_front", "pad_back"));
  TAMIS_TRY(check_sides(axes.rows, "pad_top", "pad_bottom"));
  TAMIS_TRY(check_sides(axes.columns, "pad_left", "pad_right"));
  put(shape, axes);
  return {};
}

void set_same_padding(Workload& workload) {
  ConvShape& shape = workload.shape;
  const bool transposed = workload.op == Operator::conv2d_transpose;
  PaddedSides planes;
  if (workload.op == Operator::conv3d)
    planes = same_sides({shape.d, shape.kernel_d, shape.stride_d, 0, shape.dilation_d}, false);
  const PaddedSides rows =
      same_sides({shape.h, shape.kernel_h, shape.stride_h, shape.output_pad_h, shape.dilation_h}, transposed);
  const PaddedSides columns =
      same_sides({shape.w, shape.kernel_w, shape.stride_w, shape.output_pad_w, shape.dilation_w}, transposed);
  put(shape, {planes, rows, columns});
}

}  // namespace tamis
