#include "network/operators/families.h"
#include "network/operators/interpolation.h"
#include "network/operators/moving.h"
#include "network/operators/numbers.h"
#include "network/operators/settings.h"
#include "network/operators/wide.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

using ResizedAxes = std::vector<ResizedAxis>;

/// Numbers of an input, or of an attribute of Upsample 7.
struct Numbers {
  bool given = false;
  std::optional<std::vector<double>> values;  ///< nothing where they are only known when the network runs
};

/// Numbers of an input; one without elements counts as absent, as exporters write it.
Numbers numbers_of(const Call& call, size_t input) {
  const Fact* fact = call.optional_input(input);
  if (fact == nullptr || fact->shape == Shape{0}) return {};
  if (!fact->value) return {true, std::nullopt};
  return {true, to_doubles(*fact->value)};
}

/// The axes that scales, sizes and the region are of: all where none are given.
Result<std::vector<size_t>> resized_axes(const Call& call, size_t rank) {
  TAMIS_ASSIGN(const auto given, call.integer_list("axes"));
  if (given) return distinct_axes(call, *given, rank);
  std::vector<size_t> axes(rank);
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

Status check_number(const Call& call, const std::string& what, size_t count, size_t expected) {
  if (count == expected) return {};
  return call.invalid("there are " + std::to_string(count) + " " + what + ", but " +
                      std::to_string(expected) + " are needed");
}

constexpr float kMostSize = 1099511627776.0F;

/// Sizes follow from the scales: rounded down from a product of float32, as runtimes have it (10 * 2.6 is
/// 26).
Status apply_scales(const Call& call, const std::vector<double>& scales, const std::vector<size_t>& axes,
                    bool is_crop, ResizedAxes& all) {
  TAMIS_TRY(check_number(call, "scales", scales.size(), axes.size()));
  for (size_t i = 0; i < axes.size(); ++i) {
    ResizedAxis& axis = all[axes[i]];
    axis.scale = static_cast<float>(scales[i]);
    if (!(axis.scale > 0)) return call.invalid("a scale is not more than 0");
    if (call.node().type == "Upsample" && axis.scale < 1)
      return call.invalid("a scale of Upsample is less than 1");
    const float part = is_crop ? axis.roi_end - axis.roi_start : 1.0F;
    const float size = std::floor(static_cast<float>(axis.from) * part * axis.scale);
    if (!(size >= 0 && size <= kMostSize))
      return call.invalid("a scale leads to a size that no network holds");
    axis.to = static_cast<int64_t>(size);
  }
  return {};
}

/// One scale for all axes: the least of what the sizes ask for, or the greatest.
float common_scale(const ResizedAxes& all, const std::vector<size_t>& axes, bool least) {
  float scale = all[axes[0]].scale;
  for (const size_t axis : axes)
    scale = least ? std::min(scale, all[axis].scale) : std::max(scale, all[axis].scale);
  return scale;
}

Status apply_policy(const Call& call, const std::vector<size_t>& axes, ResizedAxes& all) {
  TAMIS_ASSIGN(const std::string policy, call.text("keep_aspect_ratio_policy", "stretch"));
  if (policy == "stretch" || axes.empty()) return {};
  if (policy != "not_larger" && policy != "not_smaller")
    return call.invalid("keep_aspect_ratio_policy \"" + policy +
                        "\" is none of stretch, not_larger, not_smaller");
  const float scale = common_scale(all, axes, policy == "not_larger");
  for (const size_t index : axes) {
    ResizedAxis& axis = all[index];
    axis.scale = scale;
    const float size = std::floor(scale * static_cast<float>(axis.from) + 0.5F);
    if (!(size <= kMostSize)) return call.invalid("the policy leads to a size that no network holds");
    axis.to = static_cast<int64_t>(size);
  }
  return {};
}

Status apply_sizes(const Call& call, const std::vector<double>& sizes, const std::vector<size_t>& axes,
                   ResizedAxes& all) {
  TAMIS_TRY(check_number(call, "sizes", sizes.size(), axes.size()));
  for (size_t i = 0; i < axes.size(); ++i) {
    ResizedAxis& axis = all[axes[i]];
    if (!(sizes[i] >= 0 && sizes[i] <= kMostSize)) return call.invalid("a size is negative or absurd");
    axis.to = static_cast<int64_t>(sizes[i]);
    axis.scale = static_cast<float>(axis.to) / static_cast<float>(std::max<int64_t>(axis.from, 1));
  }
  return apply_policy(call, axes, all);
}

Status apply_region(const Call& call, const Numbers& region, const std::vector<size_t>& axes,
                    ResizedAxes& all) {
  if (!region.given) return call.invalid("tf_crop_and_resize needs input 1 (roi)");
  TAMIS_TRY(check_number(call, "numbers of roi", region.values->size(), 2 * axes.size()));
  for (size_t i = 0; i < axes.size(); ++i) {
    all[axes[i]].roi_start = static_cast<float>((*region.values)[i]);
    all[axes[i]].roi_end = static_cast<float>((*region.values)[i + axes.size()]);
  }
  return {};
}

/// What a node says of sizes, from where its opset has it.
struct ResizeInputs {
  Numbers region;
  Numbers scales;
  Numbers sizes;
};

Result<ResizeInputs> resize_inputs(const Call& call) {
  ResizeInputs inputs;
  if (call.node().type == "Upsample" && call.opset() < 9) {
    TAMIS_ASSIGN(const auto scales, call.number_list("scales"));
    if (scales) inputs.scales = {true, std::vector<double>(scales->begin(), scales->end())};
  } else if (call.opset() < 11) {
    inputs.scales = numbers_of(call, 1);
  } else {
    inputs.region = numbers_of(call, 1);
    inputs.scales = numbers_of(call, 2);
    inputs.sizes = numbers_of(call, 3);
  }
  if (inputs.scales.given == inputs.sizes.given)
    return call.invalid(inputs.sizes.given ? "scales and sizes are both given"
                                           : "neither scales nor sizes are given");
  return inputs;
}

/// Errors: invalid_input where there is nothing to read, or where antialiasing would read far beyond the
/// input.
Status check_axis(const Call& call, const InterpolationRules& rules, const ResizedAxis& axis) {
  if (axis.from == 0 && axis.to > 0)
    return call.invalid("a size of 0 cannot become " + std::to_string(axis.to));
  if (rules.antialias && axis.to > 0 && !(axis.scale * static_cast<float>(axis.from) >= 0.25F))
    return call.invalid("a scale leaves nothing of a size of " + std::to_string(axis.from));
  return {};
}

Result<std::vector<Fact>> infer_resize(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  if (call.node().type == "Upsample" && call.opset() >= 10)
    return call.invalid("there is no Upsample since opset 10; use Resize");
  if (!x->shape) return one_fact(x->type, std::nullopt);
  TAMIS_ASSIGN(const std::optional<ResizedAxes> axes, resized_axes_of(call, *x->shape));
  if (!axes) return one_fact(x->type, std::nullopt);
  Shape shape;
  for (const ResizedAxis& axis : *axes) shape.push_back(axis.to);
  return one_fact(x->type, std::move(shape));
}

/// Weights along one axis.
void interpolate(std::vector<double>& values, Shape& shape, size_t axis, const std::vector<Taps>& taps) {
  const Blocks blocks = blocks_of(shape, axis);
  const int64_t from = shape[axis];
  shape[axis] = static_cast<int64_t>(taps.size());
  std::vector<double> result;
  result.reserve(static_cast<size_t>(*element_count(shape)));
  for (int64_t outer = 0; outer < blocks.outer; ++outer)
    for (const Taps& each : taps)
      for (int64_t inner = 0; inner < blocks.inner; ++inner) {
        double sum = 0;
        for (const Tap& tap : each.taps)
          sum += tap.weight * values[static_cast<size_t>((outer * from + tap.index) * blocks.inner + inner)];
        result.push_back(sum);
      }
  values = std::move(result);
}

/// The array with the value where an index of any axis lies outside.
Array with_outside(const Array& y, const std::vector<std::vector<Taps>>& taps, const Array& value) {
  const std::vector<int64_t> steps = safe_steps(y);
  return picked(
      y, y.shape(),
      [&](size_t dimension, int64_t index) {
        const bool outside = taps[dimension][static_cast<size_t>(index)].outside;
        return outside ? kOutside : index * steps[dimension];
      },
      value);
}

Result<std::vector<Array>> resize(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const InterpolationRules rules, interpolation_rules(call));
  TAMIS_ASSIGN(const std::optional<ResizedAxes> axes, resized_axes_of(call, x.shape()));
  TAMIS_ASSIGN(const double extrapolation, call.number("extrapolation_value", 0));
  const Array beyond = array_held(x.type(), {1}, std::array{extrapolation});
  if (element_count(*outputs[0].shape) == 0)
    return std::vector{NewBytes(x.type(), *outputs[0].shape).finish()};
  std::vector<std::vector<Taps>> taps(axes->size());
  for (size_t i = 0; i < axes->size(); ++i)
    for (int64_t index = 0; index < (*axes)[i].to; ++index)
      taps[i].push_back(taps_of(rules, (*axes)[i], index));
  if (rules.mode == Interpolation::nearest) {
    const std::vector<int64_t> steps = safe_steps(x);
    return std::vector{picked(
        x, *outputs[0].shape,
        [&](size_t dimension, int64_t index) {
          const Taps& each = taps[dimension][static_cast<size_t>(index)];
          return each.outside ? kOutside : each.taps[0].index * steps[dimension];
        },
        beyond)};
  }
  std::vector<double> values = to_doubles(x);
  Shape shape = x.shape();
  // Those that shrink come first, so that no array between is larger than the input and the output.
  for (const bool shrinks : {true, false})
    for (size_t i = 0; i < axes->size(); ++i)
      if (!is_unchanged(rules, (*axes)[i]) && ((*axes)[i].to < (*axes)[i].from) == shrinks)
        interpolate(values, shape, i, taps[i]);
  return std::vector{with_outside(array_held(x.type(), shape, values), taps, beyond)};
}

constexpr std::array kResizeOperators{
    OperatorDefinition{"Resize", infer_resize, resize},
    OperatorDefinition{"Upsample", infer_resize, resize},
};

}  // namespace

Result<std::optional<std::vector<ResizedAxis>>> resized_axes_of(const Call& call, const Shape& x) {
  TAMIS_ASSIGN(const InterpolationRules rules, interpolation_rules(call));
  TAMIS_ASSIGN(const ResizeInputs inputs, resize_inputs(call));
  TAMIS_ASSIGN(const std::vector<size_t> axes, resized_axes(call, x.size()));
  const bool is_crop = rules.coordinates == Coordinates::tf_crop_and_resize;
  const Numbers& asked = inputs.scales.given ? inputs.scales : inputs.sizes;
  if (!asked.values || (is_crop && inputs.region.given && !inputs.region.values))
    return std::optional<ResizedAxes>();
  ResizedAxes all;
  for (const int64_t size : x) all.push_back({.from = size, .to = size});
  if (is_crop) TAMIS_TRY(apply_region(call, inputs.region, axes, all));
  if (inputs.scales.given) {
    TAMIS_TRY(apply_scales(call, *asked.values, axes, is_crop, all));
  } else {
    TAMIS_TRY(apply_sizes(call, *asked.values, axes, all));
  }
  for (const ResizedAxis& axis : all) TAMIS_TRY(check_axis(call, rules, axis));
  return std::optional(std::move(all));
}

std::span<const OperatorDefinition> resize_operators() { return kResizeOperators; }

}  // namespace tamis::network
