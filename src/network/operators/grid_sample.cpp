#include "network/operators/families.h"
#include "network/operators/interpolation.h"
#include "network/operators/moving.h"
#include "network/operators/numbers.h"
#include "network/operators/settings.h"
#include "network/operators/wide.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

enum class GridPadding { zeros, border, reflection };

struct GridRules {
  Interpolation mode = Interpolation::linear;
  GridPadding padding = GridPadding::zeros;
  bool align_corners = false;
};

Result<GridRules> grid_rules(const Call& call) {
  const bool is_16 = call.opset() < 20;
  const std::string linear = is_16 ? "bilinear" : "linear";
  const std::string cubic = is_16 ? "bicubic" : "cubic";
  TAMIS_ASSIGN(const std::string mode, call.text("mode", linear));
  TAMIS_ASSIGN(const std::string padding, call.text("padding_mode", "zeros"));
  TAMIS_ASSIGN(const int64_t align, call.integer("align_corners", 0));
  GridRules rules;
  rules.align_corners = align != 0;
  if (mode == "nearest")
    rules.mode = Interpolation::nearest;
  else if (mode == cubic)
    rules.mode = Interpolation::cubic;
  else if (mode != linear)
    return call.invalid("mode \"" + mode + "\" is none of " + linear + ", nearest, " + cubic);
  if (padding == "border")
    rules.padding = GridPadding::border;
  else if (padding == "reflection")
    rules.padding = GridPadding::reflection;
  else if (padding != "zeros")
    return call.invalid("padding_mode \"" + padding + "\" is none of zeros, border, reflection");
  return rules;
}

Result<std::vector<Fact>> infer_grid_sample(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_ASSIGN(const Fact* grid, call.input(1));
  TAMIS_ASSIGN(const GridRules rules, grid_rules(call));
  if (!x->shape || !grid->shape) return one_fact(x->type, std::nullopt);
  const Shape& of_x = *x->shape;
  const Shape& of_grid = *grid->shape;
  if (of_x.size() < 3 || of_grid.size() != of_x.size() || of_grid[0] != of_x[0] ||
      of_grid.back() != static_cast<int64_t>(of_x.size()) - 2)
    return call.invalid("a grid of shape " + to_string(of_grid) + " does not go with an input of shape " +
                        to_string(of_x));
  if (rules.mode == Interpolation::cubic && of_x.size() != 4)
    return call.invalid("cubic interpolation needs an input of four dimensions, not " + to_string(of_x));
  Shape shape{of_x[0], of_x[1]};
  shape.insert(shape.end(), of_grid.begin() + 1, of_grid.end() - 1);
  if (element_count(shape) != 0 && element_count(of_x) == 0)
    return call.invalid("an input of shape " + to_string(of_x) + " has nothing to sample");
  return one_fact(x->type, std::move(shape));
}

/// A coordinate from -1 to 1 as one of elements, in the precision of the grid, as in onnxruntime.
template <class T>
double in_elements(double given, int64_t size, bool align_corners) {
  const T x = static_cast<T>(given);
  const T length = static_cast<T>(size);
  return align_corners ? (x + 1) / 2 * (length - 1) : ((x + 1) * length - 1) / 2;
}

/// Folds a coordinate back at both ends until it lies within.
double reflected(double x, double least, double most) {
  const double range = most - least;
  if (range <= 0) return least;
  const double beyond = x < least ? least - x : x - most;
  if (!(beyond > 0)) return x;
  const double turns = std::floor(beyond / range);
  const double rest = beyond - turns * range;
  const bool from_least = (x < least) == (std::fmod(turns, 2) == 0);
  return from_least ? least + rest : most - rest;
}

/// One dimension of the input.
struct SampledAxis {
  int64_t size = 0;
  double least = 0;  ///< between which coordinates are reflected
  double most = 0;
};

/// The element at a whole coordinate, kOutside for 0.
int64_t padded_index(GridPadding padding, const SampledAxis& axis, double index) {
  const auto last = static_cast<double>(axis.size - 1);
  if (index >= 0 && index <= last) return static_cast<int64_t>(index);
  if (padding == GridPadding::zeros || std::isnan(index)) return kOutside;
  if (padding == GridPadding::reflection) index = reflected(index, axis.least, axis.most);
  return static_cast<int64_t>(std::clamp(index, 0.0, last));
}

std::vector<Tap> grid_taps(const GridRules& rules, const SampledAxis& axis, double x) {
  if (rules.mode == Interpolation::nearest) x = std::nearbyint(x);
  if (rules.padding == GridPadding::border && rules.mode != Interpolation::cubic)
    x = std::clamp(x, 0.0, static_cast<double>(axis.size - 1));
  if (rules.padding == GridPadding::reflection) x = reflected(x, axis.least, axis.most);
  if (rules.mode == Interpolation::nearest) return {{padded_index(rules.padding, axis, x), 1}};
  constexpr double kCubicA = -0.75;
  const double first = std::floor(x);
  const bool cubic = rules.mode == Interpolation::cubic;
  const std::vector<double> weights =
      cubic ? cubic_weights(x - first, kCubicA) : std::vector<double>{1 - (x - first), x - first};
  std::vector<Tap> taps;
  for (size_t i = 0; i < weights.size(); ++i)
    taps.push_back(
        {padded_index(rules.padding, axis, first + static_cast<double>(i) - (cubic ? 1 : 0)), weights[i]});
  return taps;
}

/// Elements of the input, and what each counts for: all combinations of the taps of the dimensions.
std::vector<Tap> combined(const std::vector<std::vector<Tap>>& taps, const std::vector<int64_t>& steps) {
  std::vector<Tap> all{{0, 1}};
  for (size_t dimension = 0; dimension < taps.size(); ++dimension) {
    std::vector<Tap> longer;
    for (const Tap& so_far : all)
      for (const Tap& tap : taps[dimension])
        if (tap.index != kOutside)
          longer.push_back({so_far.index + tap.index * steps[dimension], so_far.weight * tap.weight});
    all = std::move(longer);
  }
  return all;
}

std::vector<SampledAxis> sampled_axes(const Shape& x, bool align_corners) {
  std::vector<SampledAxis> axes;
  for (size_t i = 2; i < x.size(); ++i) {
    const auto size = static_cast<double>(x[i]);
    axes.push_back(align_corners ? SampledAxis{x[i], 0, size - 1} : SampledAxis{x[i], -0.5, size - 0.5});
  }
  return axes;
}

Result<std::vector<Array>> grid_sample(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const Array grid, call.value(1));
  TAMIS_ASSIGN(const GridRules rules, grid_rules(call));
  const Shape& shape = *outputs[0].shape;
  if (element_count(shape) == 0) return std::vector{NewBytes(x.type(), shape).finish()};
  const std::vector<SampledAxis> axes = sampled_axes(x.shape(), rules.align_corners);
  const bool wide = grid.type() == ElementType::float64;
  const std::vector<double> places = to_doubles(grid);
  const std::vector<double> from = to_doubles(x);
  const std::vector<int64_t> steps = row_major_steps(x.shape());
  const std::vector<int64_t> inner_steps(steps.begin() + 2, steps.end());
  const int64_t points = *element_count(Shape(shape.begin() + 2, shape.end()));
  std::vector<double> values(static_cast<size_t>(*element_count(shape)));
  for (int64_t point = 0; point < shape[0] * points; ++point) {
    std::vector<std::vector<Tap>> taps;
    for (size_t i = 0; i < axes.size(); ++i) {  // the grid names the last dimension first
      const double given = places[(static_cast<size_t>(point) + 1) * axes.size() - 1 - i];
      taps.push_back(grid_taps(rules, axes[i],
                               wide ? in_elements<double>(given, axes[i].size, rules.align_corners)
                                    : in_elements<float>(given, axes[i].size, rules.align_corners)));
    }
    const std::vector<Tap> all = combined(taps, inner_steps);
    for (int64_t channel = 0; channel < shape[1]; ++channel) {
      const int64_t image = point / points * shape[1] + channel;
      double& value = values[static_cast<size_t>(image * points + point % points)];
      for (const Tap& tap : all)
        value += tap.weight * from[static_cast<size_t>(image * steps[1] + tap.index)];
    }
  }
  return std::vector{array_held(x.type(), shape, values)};
}

constexpr std::array kGridSampleOperators{OperatorDefinition{"GridSample", infer_grid_sample, grid_sample}};

}  // namespace

std::span<const OperatorDefinition> grid_sample_operators() { return kGridSampleOperators; }

}  // namespace tamis::network
