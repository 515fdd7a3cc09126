#include "network/operators/quantize.h"

#include "network/operators/broadcast.h"
#include "network/operators/numbers.h"
#include "network/operators/settings.h"
#include "network/operators/wide.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

size_t count_of(const Shape& shape, size_t begin, size_t end) {
  return static_cast<size_t>(*element_count(
      Shape(shape.begin() + static_cast<ptrdiff_t>(begin), shape.begin() + static_cast<ptrdiff_t>(end))));
}

bool one_element(const Shape& shape) {
  return std::all_of(shape.begin(), shape.end(), [](int64_t size) { return size == 1; });
}

}  // namespace

double QuantizedRange::quantized(float steps) const {
  if (std::isnan(steps)) return least;
  return std::clamp(static_cast<double>(std::nearbyint(steps)) + zero_point, least, most);
}

QuantizedRange range_of(ElementType type, double zero_point) {
  return visit_type(type, [&](auto identity) {
    using T = typename decltype(identity)::type;
    if constexpr (kIsFloating<T>)
      return QuantizedRange{0, 0, zero_point};
    else
      return QuantizedRange{static_cast<double>(std::numeric_limits<T>::lowest()),
                            static_cast<double>(std::numeric_limits<T>::max()), zero_point};
  });
}

Result<ScaleLayout> ScaleLayout::of(const Call& call, const Shape& elements, const Shape& scales) {
  ScaleLayout layout;
  TAMIS_ASSIGN(const int64_t block, call.integer("block_size", 0));
  if (block < 0) return call.invalid("block_size must be positive, not " + std::to_string(block));
  if (!element_count(elements) || element_count(elements) == 0) {
    layout.outer_ = 0;
    return layout;
  }
  if (block == 0 && scales.size() <= 1 && one_element(scales)) {
    layout.inner_ = count_of(elements, 0, elements.size());
    return layout;
  }
  TAMIS_ASSIGN(const int64_t given, call.integer("axis", 1));
  TAMIS_ASSIGN(const size_t axis, call.axis(given, elements.size()));
  Shape wanted{elements[axis]};
  if (block > 0) {
    wanted = elements;
    wanted[axis] = (elements[axis] - 1) / block + 1;
  }
  if (scales != wanted)
    return call.invalid("scales of shape " + to_string(scales) + " do not go with elements of shape " +
                        to_string(elements) + " along axis " + std::to_string(axis) + "; they must be " +
                        to_string(wanted));
  layout.outer_ = count_of(elements, 0, axis);
  layout.places_ = static_cast<size_t>(elements[axis]);
  layout.inner_ = count_of(elements, axis + 1, elements.size());
  layout.place_step_ = 1;
  if (block == 0) return layout;
  layout.block_ = static_cast<size_t>(block);
  layout.inner_step_ = 1;
  layout.place_step_ = layout.inner_;
  layout.outer_step_ = static_cast<size_t>(wanted[axis]) * layout.inner_;
  return layout;
}

Result<std::optional<ElementType>> type_attribute(const Call& call, std::string_view name,
                                                  std::initializer_list<ElementType> allowed) {
  TAMIS_ASSIGN(const int64_t number, call.integer(name, 0));
  if (number == 0) return std::optional<ElementType>();
  const auto type = type_of_code(call, number);
  if (type.ok() && std::find(allowed.begin(), allowed.end(), *type) != allowed.end())
    return std::optional(*type);
  return call.cannot("attribute \"" + std::string(name) + "\" names type " + std::to_string(number) +
                     ", which is not supported here");
}

Status check_single(const Call& call, size_t input) {
  const Fact* fact = call.optional_input(input);
  if (fact == nullptr || !fact->shape || one_element(*fact->shape)) return {};
  return call.invalid("input \"" + call.node().inputs[input] + "\" of shape " + to_string(*fact->shape) +
                      " must have one element");
}

Array centred(const Array& elements, const Array& zero_points) {
  std::vector<double> values = to_doubles(elements);
  const std::vector<double> zeros = to_doubles(zero_points);
  BroadcastWalk walk(elements.shape(), {zero_points.shape()});
  for (double& value : values) {
    value -= zeros[walk.at(0)];
    walk.next();
  }
  return array_from(ElementType::float64, elements.shape(), std::span<const double>(values));
}

bool is_added_first(const Shape& a, const Shape& result) {
  for (size_t i = 0; i < result.size(); ++i) {
    if (result[result.size() - 1 - i] == 1) continue;
    return i >= a.size() || a[a.size() - 1 - i] == 1;
  }
  return false;
}

Array requantized(ElementType type, const Shape& shape, std::span<const double> sums, const Array& scales,
                  double zero_point) {
  const QuantizedRange range = range_of(type, zero_point);
  const std::vector<double> factors = to_doubles(scales);
  std::vector<double> values(sums.size());
  BroadcastWalk walk(shape, {scales.shape()});
  for (size_t i = 0; i < sums.size(); ++i) {
    const auto sum = static_cast<float>(static_cast<int32_t>(static_cast<int64_t>(sums[i])));
    values[i] = range.quantized(sum * static_cast<float>(factors[walk.at(0)]));
    walk.next();
  }
  return array_from(type, shape, std::span<const double>(values));
}

}  // namespace tamis::network
