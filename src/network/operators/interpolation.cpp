#include "network/operators/interpolation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace tamis::network {
namespace {

template <class Value>
struct Word {
  std::string_view word;
  Value value;
  int64_t since = 0;   ///< first opset that knows it
  int64_t until = 99;  ///< last one
};

constexpr std::array kModes{Word<Interpolation>{"nearest", Interpolation::nearest},
                            Word<Interpolation>{"linear", Interpolation::linear},
                            Word<Interpolation>{"cubic", Interpolation::cubic, 11}};
constexpr std::array kCoordinates{
    Word<Coordinates>{"half_pixel", Coordinates::half_pixel},
    Word<Coordinates>{"half_pixel_symmetric", Coordinates::half_pixel_symmetric, 19},
    Word<Coordinates>{"pytorch_half_pixel", Coordinates::pytorch_half_pixel},
    Word<Coordinates>{"align_corners", Coordinates::align_corners},
    Word<Coordinates>{"asymmetric", Coordinates::asymmetric},
    Word<Coordinates>{"tf_half_pixel_for_nn", Coordinates::tf_half_pixel_for_nn, 11, 12},
    Word<Coordinates>{"tf_crop_and_resize", Coordinates::tf_crop_and_resize}};
constexpr std::array kNearestRules{Word<NearestRule>{"round_prefer_floor", NearestRule::round_prefer_floor},
                                   Word<NearestRule>{"round_prefer_ceil", NearestRule::round_prefer_ceil},
                                   Word<NearestRule>{"floor", NearestRule::floor},
                                   Word<NearestRule>{"ceil", NearestRule::ceil}};

/// The value of a word in an attribute.
template <class Table>
auto word_of(const Call& call, const char* attribute, const char* otherwise, const Table& table)
    -> Result<decltype(table[0].value)> {
  TAMIS_ASSIGN(const std::string word, call.text(attribute, otherwise));
  std::string known;
  for (const auto& row : table) {
    if (call.opset() < row.since || call.opset() > row.until) continue;
    if (row.word == word) return row.value;
    known += (known.empty() ? "" : ", ") + std::string(row.word);
  }
  return call.invalid(std::string(attribute) + " \"" + word + "\" is none of " + known);
}

float coordinate_of(Coordinates mode, const ResizedAxis& axis, int64_t index) {
  const auto x = static_cast<float>(index);
  const auto from = static_cast<float>(axis.from);
  const auto to = static_cast<float>(axis.to);
  switch (mode) {
    case Coordinates::half_pixel:
      return (x + 0.5F) / axis.scale - 0.5F;
    case Coordinates::half_pixel_symmetric: {
      const float adjustment = to / (axis.scale * from);
      return from / 2 * (1 - adjustment) + (x + 0.5F) / axis.scale - 0.5F;
    }
    case Coordinates::pytorch_half_pixel:
      return axis.to > 1 ? (x + 0.5F) / axis.scale - 0.5F : 0.0F;
    case Coordinates::align_corners:
      return axis.to == 1 ? 0 : x * (from - 1) / (to - 1);
    case Coordinates::asymmetric:
      return x / axis.scale;
    case Coordinates::tf_half_pixel_for_nn:
      return (x + 0.5F) / axis.scale;
    case Coordinates::tf_crop_and_resize:
      break;
  }
  return axis.to > 1
             ? axis.roi_start * (from - 1) + x * (axis.roi_end - axis.roi_start) * (from - 1) / (to - 1)
             : 0.5F * (axis.roi_start + axis.roi_end) * (from - 1);
}

float nearest_of(NearestRule rule, float x, bool shrinks) {
  switch (rule) {
    case NearestRule::round_prefer_floor:
      return std::ceil(x - 0.5F);
    case NearestRule::round_prefer_ceil:
      return std::floor(x + 0.5F);
    case NearestRule::floor:
      return std::floor(x);
    case NearestRule::ceil:
      return std::ceil(x);
    case NearestRule::before_11:
      break;
  }
  return shrinks ? std::ceil(x) : std::floor(x);
}

/// The nearest element that there is.
int64_t held(double index, int64_t size) {
  return static_cast<int64_t>(std::clamp(index, 0.0, static_cast<double>(size - 1)));
}

/// The weights of the elements from `first` on become taps; those beyond the ends fall to the outermost
/// element, or with `exclude_outside` to all others.
Taps taps_from(double first, const std::vector<double>& weights, int64_t size, bool exclude_outside) {
  Taps result;
  double sum = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    const double index = first + static_cast<double>(i);
    if (exclude_outside && (index < 0 || index > static_cast<double>(size - 1))) continue;
    result.taps.push_back({held(index, size), weights[i]});
    sum += weights[i];
  }
  if (exclude_outside)
    for (Tap& tap : result.taps) tap.weight /= sum;
  return result;
}

double triangle(double distance) { return std::fmax(0, 1 - std::fabs(distance)); }

double cubic(double distance, double a) {
  const double x = std::fabs(distance);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/// The kernel is stretched over all elements that shrink into one.
Taps antialiased_taps(const InterpolationRules& rules, const ResizedAxis& axis, double x) {
  const bool linear = rules.mode == Interpolation::linear;
  const double reach = (linear ? 1 : 2) / static_cast<double>(axis.scale);
  const double first = std::ceil(x - reach);
  std::vector<double> weights;
  double sum = 0;
  for (double index = first; index <= x + reach; ++index) {
    const double distance = (index - x) * static_cast<double>(axis.scale);
    weights.push_back(linear ? triangle(distance) : cubic(distance, rules.cubic_a));
    sum += weights.back();
  }
  for (double& weight : weights) weight /= sum;
  return taps_from(first, weights, axis.from, rules.exclude_outside);
}

}  // namespace

Result<InterpolationRules> interpolation_rules(const Call& call) {
  InterpolationRules rules;
  TAMIS_ASSIGN(rules.mode, word_of(call, "mode", "nearest", kModes));
  if (call.opset() < 11) {
    rules.coordinates = Coordinates::asymmetric;
    rules.nearest = NearestRule::before_11;
    return rules;
  }
  TAMIS_ASSIGN(rules.coordinates,
               word_of(call, "coordinate_transformation_mode", "half_pixel", kCoordinates));
  TAMIS_ASSIGN(rules.nearest, word_of(call, "nearest_mode", "round_prefer_floor", kNearestRules));
  TAMIS_ASSIGN(rules.cubic_a, call.number("cubic_coeff_a", -0.75F));
  TAMIS_ASSIGN(const int64_t exclude, call.integer("exclude_outside", 0));
  TAMIS_ASSIGN(const int64_t antialias, call.integer("antialias", 0));
  rules.exclude_outside = exclude != 0;
  rules.antialias = antialias != 0;
  return rules;
}

bool is_unchanged(const InterpolationRules& rules, const ResizedAxis& axis) {
  return axis.scale == 1 && axis.from == axis.to && rules.coordinates != Coordinates::tf_crop_and_resize;
}

Taps taps_of(const InterpolationRules& rules, const ResizedAxis& axis, int64_t index) {
  if (is_unchanged(rules, axis)) return {false, {{index, 1}}};
  const float x = coordinate_of(rules.coordinates, axis, index);
  const auto last = static_cast<float>(axis.from - 1);
  if (rules.coordinates == Coordinates::tf_crop_and_resize && !(x >= 0 && x <= last)) return {true, {}};
  if (rules.mode == Interpolation::nearest)
    return {false, {{held(nearest_of(rules.nearest, x, axis.scale < 1), axis.from), 1}}};
  if (rules.antialias && axis.scale < 1) return antialiased_taps(rules, axis, x);
  if (rules.mode == Interpolation::cubic) {
    const double first = std::floor(x);
    return taps_from(first - 1, cubic_weights(x - first, rules.cubic_a), axis.from, rules.exclude_outside);
  }
  const double held_x = std::clamp(x, 0.0F, last);
  const double first = std::floor(held_x);
  return taps_from(first, {1 - (held_x - first), held_x - first}, axis.from, false);
}

std::vector<double> cubic_weights(double fraction, double a) {
  return {cubic(fraction + 1, a), cubic(fraction, a), cubic(1 - fraction, a), cubic(2 - fraction, a)};
}

}  // namespace tamis::network
