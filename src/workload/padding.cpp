#include "workload/padding.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

/// One axis of a workload, and what the keys of its sizes are called.
struct PaddedAxis {
  char axis;  ///< `h` or `w`
  const char* first;
  const char* last;
  PaddedSides sides;
  int64_t input, stride, output_pad;

  bool uneven() const { return sides.first != sides.last; }
  int64_t least() const { return std::min(sides.first, sides.last); }
  int64_t rest() const { return std::max(sides.first, sides.last) - least(); }
};

/// Zeros on one side alone may as well come with the input.
std::string same_convolution(const PaddedAxis& axis) {
  return fmt::format("{}={},pad_{}={}", axis.axis, axis.input + axis.rest(), axis.axis, axis.least());
}

/// Of a transposed convolution padding is cut off the output, and output_pad is what the end keeps.
std::string nearest_transposed(const PaddedAxis& axis) {
  if (axis.sides.first > axis.sides.last && axis.output_pad + axis.rest() < axis.stride)
    return fmt::format("pad_{}={},output_pad_{}={}", axis.axis, axis.sides.first, axis.axis,
                       axis.output_pad + axis.rest());
  return fmt::format("pad_{}={} (which leaves {} more at the {})", axis.axis, axis.least(), axis.rest(),
                     axis.sides.first > axis.sides.last ? "beginning" : "end");
}

Error uneven_padding(const Workload& workload, const std::vector<PaddedAxis>& axes) {
  const bool transposed = workload.op == Operator::conv2d_transpose;
  std::string given;
  std::string nearest;
  for (const PaddedAxis& axis : axes) {
    given += fmt::format("{}{} is {} and {} is {}", given.empty() ? "" : ", ", axis.first, axis.sides.first,
                         axis.last, axis.sides.last);
    nearest += fmt::format("{}{}", nearest.empty() ? "" : ",",
                           transposed ? nearest_transposed(axis) : same_convolution(axis));
  }
  const std::string way =
      transposed ? fmt::format("the nearest that is supported is {}", nearest)
                 : fmt::format("the same work is {}, where the other zeros are part of the input", nearest);
  return invalid_input(
      fmt::format("{}: padding that differs between two sides is not supported; {}", given, way));
}

}  // namespace

Status set_padding(Workload& workload, const PaddedSides& rows, const PaddedSides& columns) {
  ConvShape& shape = workload.shape;
  constexpr int64_t kMost = int64_t{1} << 31;
  const auto fits = [](int64_t pad) { return pad >= 0 && pad <= kMost; };
  std::vector<PaddedAxis> uneven;
  for (const PaddedAxis& axis :
       {PaddedAxis{'h', "pad_top", "pad_bottom", rows, shape.h, shape.stride_h, shape.output_pad_h},
        PaddedAxis{'w', "pad_left", "pad_right", columns, shape.w, shape.stride_w, shape.output_pad_w}}) {
    if (!axis.uneven() || !fits(axis.input)) continue;  // what else is wrong is named by validate()
    for (const auto& [key, pad] :
         {std::pair(axis.first, axis.sides.first), std::pair(axis.last, axis.sides.last)})
      if (!fits(pad))
        return invalid_input(fmt::format("{} is {}; it must lie between 0 and {}", key, pad, kMost));
    uneven.push_back(axis);
  }
  if (!uneven.empty()) return uneven_padding(workload, uneven);
  shape.pad_h = rows.first;
  shape.pad_w = columns.first;
  return {};
}

}  // namespace tamis
