#include "network/operators/window.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

constexpr int64_t kMostAlongAxis = int64_t{1} << 30;

enum class AutoPad { none, same_upper, same_lower, valid };

Result<AutoPad> auto_pad_of(const Call& call, BothPaddings both) {
  TAMIS_ASSIGN(const std::string word, call.text("auto_pad", "NOTSET"));
  if (word.empty() || word == "NOTSET") return AutoPad::none;
  if (both == BothPaddings::refused && call.attribute("pads") != nullptr)
    return call.invalid("it has both \"auto_pad\" " + word + " and \"pads\"; leave one of them out");
  if (word == "SAME_UPPER") return AutoPad::same_upper;
  if (word == "SAME_LOWER") return AutoPad::same_lower;
  if (word == "VALID") return AutoPad::valid;
  return call.invalid("auto_pad \"" + word + "\" is none of NOTSET, SAME_UPPER, SAME_LOWER, VALID");
}

/// A list attribute of `count` numbers from `least` on.
Result<std::vector<int64_t>> sizes(const Call& call, std::string_view name, size_t count, int64_t least,
                                   int64_t otherwise) {
  TAMIS_ASSIGN(const auto given, call.integer_list(name));
  const std::vector<int64_t> values = given ? *given : std::vector<int64_t>(count, otherwise);
  if (values.size() != count)
    return call.invalid("attribute \"" + std::string(name) + "\" must have " + std::to_string(count) +
                        " numbers, not " + std::to_string(values.size()));
  for (const int64_t value : values) {
    if (value < least)
      return call.invalid("attribute \"" + std::string(name) + "\" must be at least " +
                          std::to_string(least) + ", not " + std::to_string(value));
    if (value > kMostAlongAxis)
      return call.cannot("attribute \"" + std::string(name) + "\" has " + std::to_string(value) +
                         ", more than 2^30");
  }
  return values;
}

/// Axes with all but padding and places.
Result<Window> unpadded(const Call& call, std::span<const int64_t> input, std::span<const int64_t> kernel) {
  if (input.empty())
    return call.invalid("its input must have a batch, channels and at least one spatial dimension");
  if (input.size() > 3)
    return call.cannot("it has " + std::to_string(input.size()) + " spatial dimensions, more than 3");
  TAMIS_ASSIGN(const std::vector<int64_t> strides, sizes(call, "strides", input.size(), 1, 1));
  TAMIS_ASSIGN(const std::vector<int64_t> dilations, sizes(call, "dilations", input.size(), 1, 1));
  Window window;
  for (size_t i = 0; i < input.size(); ++i) {
    if (kernel[i] < 1) return call.invalid("its kernel has no taps");
    if (input[i] > kMostAlongAxis || kernel[i] > kMostAlongAxis)
      return call.cannot("a spatial size is more than 2^30");
    window.push_back(
        {.input = input[i], .kernel = kernel[i], .stride = strides[i], .dilation = dilations[i]});
  }
  return window;
}

Status read_pads(const Call& call, Window& window) {
  TAMIS_ASSIGN(const std::vector<int64_t> pads, sizes(call, "pads", 2 * window.size(), 0, 0));
  for (size_t i = 0; i < window.size(); ++i) {
    window[i].pad_begin = pads[i];
    window[i].pad_end = pads[window.size() + i];
  }
  return {};
}

/// Divides padding on both ends; of an odd one the larger half goes to the end for SAME_UPPER.
void distribute(WindowAxis& axis, int64_t total, bool more_at_end) {
  axis.pad_begin = more_at_end ? total / 2 : total - total / 2;
  axis.pad_end = total - axis.pad_begin;
}

void pad_same(WindowAxis& axis, bool more_at_end) {
  axis.output = (axis.input + axis.stride - 1) / axis.stride;
  distribute(axis, std::max<int64_t>(0, (axis.output - 1) * axis.stride + axis.span() - axis.input),
             more_at_end);
}

Status count_places(const Call& call, WindowAxis& axis, bool round_up) {
  const int64_t room = axis.input + axis.pad_begin + axis.pad_end - axis.span();
  if (room < 0)
    return call.invalid("its window spans " + std::to_string(axis.span()) +
                        " elements, but the padded input has only " + std::to_string(room + axis.span()));
  axis.output = (room + (round_up ? axis.stride - 1 : 0)) / axis.stride + 1;
  if (round_up && (axis.output - 1) * axis.stride >= axis.input + axis.pad_begin) --axis.output;
  return {};
}

/// Without what the output's size follows from where the node does not give it.
Result<int64_t> reach(const Call& call, const WindowAxis& axis, int64_t output_padding) {
  if (output_padding >= std::max(axis.stride, axis.dilation))
    return call.invalid("output_padding " + std::to_string(output_padding) +
                        " must be less than the stride or the dilation");
  return (axis.output - 1) * axis.stride + axis.span() + output_padding;
}

/// Padding that crops what X reaches to `size`, as it is given. A size that the next element of X would reach
/// is beyond what onnxruntime takes.
Status crop_to(const Call& call, WindowAxis& axis, int64_t reached, int64_t size, bool more_at_end) {
  if (size >= reached + axis.stride)
    return call.invalid("output_shape " + std::to_string(size) + " is more than the " +
                        std::to_string(reached) + " that its input reaches");
  distribute(axis, std::max<int64_t>(0, reached - size), more_at_end);
  axis.input = size;
  return {};
}

/// The taps, first and one beyond the last, that lie inside the input at any place.
std::pair<int64_t, int64_t> taps_inside(const WindowAxis& axis) {
  const int64_t before = axis.pad_begin - (axis.output - 1) * axis.stride;
  const int64_t first = before <= 0 ? 0 : (before + axis.dilation - 1) / axis.dilation;
  const int64_t last = (axis.input - 1 + axis.pad_begin) / axis.dilation;
  return {first, std::min(axis.kernel, last + 1)};
}

/// The places, first and one beyond the last, at which a tap lies inside the input.
std::pair<int64_t, int64_t> places_inside(const WindowAxis& axis, int64_t tap) {
  const int64_t offset = tap * axis.dilation - axis.pad_begin;
  const int64_t first = offset >= 0 ? 0 : (axis.stride - 1 - offset) / axis.stride;
  const int64_t last = offset >= axis.input ? -1 : (axis.input - 1 - offset) / axis.stride;
  return {first, std::min(axis.output, last + 1)};
}

bool passes_through(const WindowAxis& axis) {
  return axis.kernel == 1 && axis.stride == 1 && axis.pad_begin == 0 && axis.pad_end == 0 &&
         axis.input == axis.output;
}

/// Three axes of the same meaning.
std::array<WindowAxis, 3> three_axes(const Window& window) {
  std::array<WindowAxis, 3> axes;
  size_t used = 0;
  for (auto axis = window.rbegin(); axis != window.rend(); ++axis) {
    if (used > 0 && passes_through(*axis) && passes_through(axes[3 - used])) {
      axes[3 - used].input *= axis->input;
      axes[3 - used].output *= axis->output;
    } else {
      axes[3 - ++used] = *axis;
    }
  }
  return axes;
}

/// Of every row so far, the rows along one more axis.
std::vector<TapRun> along(const WindowAxis& axis, const std::vector<TapRun>& rows) {
  std::vector<TapRun> more;
  const auto [first_tap, end_tap] = taps_inside(axis);
  for (const TapRun& row : rows) {
    for (int64_t tap = first_tap; tap < end_tap; ++tap) {
      const auto [first, end] = places_inside(axis, tap);
      for (int64_t place = first; place < end; ++place)
        more.push_back({row.tap * static_cast<size_t>(axis.kernel) + static_cast<size_t>(tap),
                        row.input * static_cast<size_t>(axis.input) +
                            static_cast<size_t>(place * axis.stride + tap * axis.dilation - axis.pad_begin),
                        row.output * static_cast<size_t>(axis.output) + static_cast<size_t>(place), 1});
    }
  }
  return more;
}

/// The runs along the last axis.
std::vector<TapRun> along_last(const WindowAxis& axis) {
  std::vector<TapRun> runs;
  const auto [first_tap, end_tap] = taps_inside(axis);
  for (int64_t tap = first_tap; tap < end_tap; ++tap) {
    const auto [first, end] = places_inside(axis, tap);
    if (first >= end) continue;
    const int64_t element = first * axis.stride + tap * axis.dilation - axis.pad_begin;
    runs.push_back({static_cast<size_t>(tap), static_cast<size_t>(element), static_cast<size_t>(first),
                    static_cast<size_t>(end - first)});
  }
  return runs;
}

/// Errors: where the places or elements of all axes together are more than arrays have.
Status check_extent(const Call& call, const Window& window) {
  for (const Shape& shape : {inputs_of(window), outputs_of(window)})
    if (!element_count(shape))
      return call.cannot("spatial sizes of " + to_string(shape) + " are more than any network holds");
  return {};
}

Shape each_axis(const Window& window, int64_t WindowAxis::*size) {
  Shape shape;
  for (const WindowAxis& axis : window) shape.push_back(axis.*size);
  return shape;
}

}  // namespace

Result<Window> sliding_window(const Call& call, std::span<const int64_t> input,
                              std::span<const int64_t> kernel, BothPaddings both) {
  TAMIS_ASSIGN(Window window, unpadded(call, input, kernel));
  TAMIS_ASSIGN(const AutoPad automatic, auto_pad_of(call, both));
  TAMIS_ASSIGN(const int64_t ceil_mode, call.integer("ceil_mode", 0));
  if (automatic == AutoPad::none) TAMIS_TRY(read_pads(call, window));
  for (WindowAxis& axis : window) {
    if (automatic == AutoPad::same_upper || automatic == AutoPad::same_lower)
      pad_same(axis, automatic == AutoPad::same_upper);
    else
      TAMIS_TRY(count_places(call, axis, automatic == AutoPad::none && ceil_mode != 0));
  }
  TAMIS_TRY(check_extent(call, window));
  return window;
}

Result<Window> transposed_window(const Call& call, std::span<const int64_t> input,
                                 std::span<const int64_t> kernel) {
  TAMIS_ASSIGN(Window window, unpadded(call, input, kernel));
  TAMIS_ASSIGN(const AutoPad automatic, auto_pad_of(call, BothPaddings::refused));
  TAMIS_ASSIGN(const auto paddings, sizes(call, "output_padding", window.size(), 0, 0));
  TAMIS_ASSIGN(const auto wanted, sizes(call, "output_shape", window.size(), 0, 0));
  const bool given = call.attribute("output_shape") != nullptr;
  if (automatic == AutoPad::none && !given) TAMIS_TRY(read_pads(call, window));
  const bool more_at_end = automatic == AutoPad::same_upper;
  for (size_t i = 0; i < window.size(); ++i) {
    WindowAxis& axis = window[i];
    axis.output = axis.input;
    if (axis.output < 1) return call.invalid("its input has a spatial dimension without elements");
    TAMIS_ASSIGN(const int64_t reached, reach(call, axis, paddings[i]));
    if (given)
      TAMIS_TRY(crop_to(call, axis, reached, wanted[i], more_at_end));
    else if (more_at_end || automatic == AutoPad::same_lower)
      TAMIS_TRY(crop_to(call, axis, reached, std::min(reached, axis.output * axis.stride), more_at_end));
    else
      axis.input = reached - axis.pad_begin - axis.pad_end;
    if (axis.input < 1)
      return call.invalid("its padding crops all " + std::to_string(reached) + " elements of the output");
    if (axis.input > kMostAlongAxis) return call.cannot("a spatial size is more than 2^30");
  }
  TAMIS_TRY(check_extent(call, window));
  return window;
}

Result<std::vector<int64_t>> kernel_shape(const Call& call, size_t spatial_rank) {
  if (call.attribute("kernel_shape") == nullptr) return call.invalid("attribute \"kernel_shape\" is missing");
  return sizes(call, "kernel_shape", spatial_rank, 1, 1);
}

Shape inputs_of(const Window& window) { return each_axis(window, &WindowAxis::input); }

Shape outputs_of(const Window& window) { return each_axis(window, &WindowAxis::output); }

TapRuns::TapRuns(const Window& window) {
  const std::array<WindowAxis, 3> axes = three_axes(window);
  rows_ = along(axes[1], along(axes[0], {{0, 0, 0, 1}}));
  for (TapRun& row : rows_) {
    row.tap *= static_cast<size_t>(axes[2].kernel);
    row.input *= static_cast<size_t>(axes[2].input);
    row.output *= static_cast<size_t>(axes[2].output);
  }
  parts_ = along_last(axes[2]);
}

}  // namespace tamis::network
