#include "network/kernels/generators.h"
#include "network/kernels/quantised_values.h"
#include "network/kernels/rows.h"
#include "network/operators/window.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace tamis::network {
namespace {

constexpr size_t kMostParts = 256;  ///< nests of a pool, one for each way in which windows lie at the border

/// Neighbouring places of a window along one axis that have the same taps inside the input.
struct Stretch {
  int64_t first = 0;
  int64_t places = 0;
  int64_t first_tap = 0;
  int64_t taps = 0;
  int64_t counted = 0;  ///< taps that an average divides by
};

Stretch place_of(const WindowAxis& axis, int64_t place, bool padding_counts) {
  const int64_t begin = place * axis.stride - axis.pad_begin;
  Stretch stretch{place, 1, 0, 0, 0};
  for (int64_t tap = 0; tap < axis.kernel; ++tap) {
    const int64_t at = begin + tap * axis.dilation;
    const bool inside = at >= 0 && at < axis.input;
    if (inside && stretch.taps++ == 0) stretch.first_tap = tap;
    if (inside || (padding_counts && at < axis.input + axis.pad_end)) ++stretch.counted;
  }
  return stretch;
}

std::vector<Stretch> stretches_of(const WindowAxis& axis, bool padding_counts) {
  std::vector<Stretch> all;
  for (int64_t place = 0; place < axis.output; ++place) {
    const Stretch next = place_of(axis, place, padding_counts);
    const bool same = !all.empty() && all.back().first_tap == next.first_tap &&
                      all.back().taps == next.taps && all.back().counted == next.counted;
    if (same) {
      ++all.back().places;
    } else {
      all.push_back(next);
    }
  }
  return all;
}

struct PoolForm {
  bool averages = false;
  bool padding_counts = false;
};

/// What a MaxPool gives where its window sees nothing.
loop::Value least_of(loop::Element element) {
  if (element == loop::Element::float32)
    return loop::Value::constant(std::numeric_limits<float>::lowest(), element);
  return loop::Value::constant(element == loop::Element::int8 ? -kByteShift : 0, element);
}

/// The nests of those places that lie in one stretch along each axis: without conditions, since they all have
/// the same taps.
void add_part(KernelBuilder& builder, const Operand& x, const Operand& y, const Window& window,
              const std::vector<Stretch>& part, const PoolForm& form) {
  Space space{{{x.shape[0], {y.steps[0], x.steps[0]}}, {x.shape[1], {y.steps[1], x.steps[1]}}}, {0, 0}};
  double counted = 1;
  int64_t taps = 1;
  for (size_t i = 0; i < part.size(); ++i) {
    const Stretch& stretch = part[i];
    const WindowAxis& axis = window[i];
    const int64_t y_step = y.steps[i + 2];
    const int64_t x_step = x.steps[i + 2];
    space.axes.push_back({stretch.places, {y_step, axis.stride * x_step}});
    space.axes.push_back({stretch.taps, {0, axis.dilation * x_step}, true});
    space.offsets[0] += stretch.first * y_step;
    space.offsets[1] +=
        (stretch.first * axis.stride - axis.pad_begin + stretch.first_tap * axis.dilation) * x_step;
    counted *= static_cast<double>(stretch.counted);
    taps *= stretch.taps;
  }
  if (taps == 0) {  // a window that sees nothing but padding
    std::erase_if(space.axes, [](const Axis& axis) { return axis.reduced; });
    loop::Value nothing = form.averages ? loop::Value::constant(0) : least_of(y.element);
    builder.add(store_everywhere(
        space, y.buffer, [&](std::span<const loop::Affine>) { return nothing; }, builder.shape()));
    return;
  }
  Rows::make(builder, space, LanesAlong::kept, [&](Rows& rows) {
    const auto element = [&](std::span<const loop::Affine> places) { return load_of(x, places[1]); };
    if (form.averages) {
      const loop::Value sum = sum_of_row(rows, element);
      rows.store(0, y.buffer,
                 [&](std::span<const loop::Affine>) { return sum * loop::Value::constant(1 / counted); });
    } else if (y.element != loop::Element::float32) {
      const loop::Value most =
          rows.reduce(loop::Value::constant(-kByteShift, loop::Element::int8), maximum,
                      [&](std::span<const loop::Affine> places) { return shifted_weight(element(places)); });
      rows.store(0, y.buffer, [&](std::span<const loop::Affine>) {
        return y.element == loop::Element::uint8 ? shifted_activation(most) : most;
      });
    } else {
      loop::Value most = largest_of_row(rows, element);
      rows.store(0, y.buffer, [&](std::span<const loop::Affine>) { return most; });
    }
  });
}

/// Where all elements of a window are NaN, its largest is minus infinity.
Status pool(const Call& call, KernelBuilder& builder) {
  PoolForm form{call.node().type == "AveragePool"};
  TAMIS_ASSIGN(const int64_t padding_counts, call.integer("count_include_pad", 0));
  form.padding_counts = padding_counts != 0;
  if (call.wants(1)) return without_generator(call, "MaxPool with indices");
  TAMIS_ASSIGN(const Operand x, builder.input(call, 0));
  const bool is_byte = x.element == loop::Element::int8 || x.element == loop::Element::uint8;
  if (x.element != loop::Element::float32 && !(is_byte && !form.averages))
    return without_generator(call, call.node().type + " of " + loop::to_string(x.element));
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  if (y.elements() == 0) return {};
  TAMIS_ASSIGN(const std::vector<int64_t> kernel, kernel_shape(call, x.shape.size() - 2));
  TAMIS_ASSIGN(const Window window,
               sliding_window(call, std::span(x.shape).subspan(2), kernel, BothPaddings::automatic));
  std::vector<std::vector<Stretch>> parts{{}};
  for (const WindowAxis& axis : window) {
    std::vector<std::vector<Stretch>> longer;
    for (const std::vector<Stretch>& part : parts)
      for (const Stretch& stretch : stretches_of(axis, form.padding_counts)) {
        longer.push_back(part);
        longer.back().push_back(stretch);
      }
    parts = std::move(longer);
    if (parts.size() > kMostParts) return without_generator(call, "a pool with so wide a border");
  }
  for (const std::vector<Stretch>& part : parts) add_part(builder, x, y, window, part, form);
  return {};
}

constexpr std::array kPoolGenerators{
    Generator{"AveragePool", nullptr, pool},
    Generator{"MaxPool", nullptr, pool},
};

}  // namespace

std::span<const Generator> pool_generators() { return kPoolGenerators; }

}  // namespace tamis::network
