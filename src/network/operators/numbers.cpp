#include "network/operators/numbers.h"

#include "network/operators/elements.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

namespace tamis::network {

bool holds_fractions(ElementType type) {
  return visit_type(type, [](auto identity) { return kIsFloating<typename decltype(identity)::type>; });
}

std::vector<double> to_doubles(const Array& array) {
  return visit_type(array.type(), [&](auto identity) {
    using T = typename decltype(identity)::type;
    std::vector<double> all;
    all.reserve(array.values<T>().size());
    for (const T element : array.values<T>()) all.push_back(as_double(element));
    return all;
  });
}

std::vector<Wide> to_wide(const Array& array) {
  return visit_type(array.type(), [&](auto identity) -> std::vector<Wide> {
    using T = typename decltype(identity)::type;
    if constexpr (kIsFloating<T>) {
      assert(false);
      return {};
    } else {
      return {array.values<T>().begin(), array.values<T>().end()};
    }
  });
}

Array from_doubles(ElementType type, Shape shape, const std::vector<double>& values) {
  return visit_type(type, [&](auto identity) -> Array {
    using T = typename decltype(identity)::type;
    NewArray<T> array(std::move(shape));
    if constexpr (kIsFloating<T>)
      std::transform(values.begin(), values.end(), array.values().begin(), from_double<T>);
    else
      assert(false);
    return std::move(array).finish();
  });
}

Array from_wide(ElementType type, Shape shape, const std::vector<Wide>& values) {
  return visit_type(type, [&](auto identity) -> Array {
    using T = typename decltype(identity)::type;
    NewArray<T> array(std::move(shape));
    if constexpr (kIsFloating<T>)
      assert(false);
    else
      std::transform(values.begin(), values.end(), array.values().begin(),
                     [](Wide value) { return from_integer<T>(static_cast<int64_t>(value)); });
    return std::move(array).finish();
  });
}

void round_to(std::vector<double>& values, ElementType type) {
  visit_type(type, [&](auto identity) {
    using T = typename decltype(identity)::type;
    if constexpr (kIsFloating<T>)
      for (double& value : values) value = as_double(from_double<T>(value));
  });
}

Wide truncated(double value, ElementType type) {
  const double whole = std::trunc(value);
  // The bounds are exact: those above are compared as 2^64 or the like where a double cannot hold them.
  const bool fits =
      whole >= static_cast<double>(least(type)) && whole < static_cast<double>(largest(type) + 1);
  return fits ? static_cast<Wide>(whole) : least(type);
}

Wide saturated(Wide value, ElementType type) { return std::clamp(value, least(type), largest(type)); }

Wide least(ElementType type) {
  return visit_type(type, [](auto identity) -> Wide {
    using T = typename decltype(identity)::type;
    if constexpr (kIsFloating<T>) {
      assert(false);
      return 0;
    } else {
      return static_cast<Wide>(std::numeric_limits<T>::min());
    }
  });
}

Wide largest(ElementType type) {
  return visit_type(type, [](auto identity) -> Wide {
    using T = typename decltype(identity)::type;
    if constexpr (kIsFloating<T>) {
      assert(false);
      return 0;
    } else {
      return static_cast<Wide>(std::numeric_limits<T>::max());
    }
  });
}

double largest_fraction(ElementType type) {
  return visit_type(type, [](auto identity) -> double {
    using T = typename decltype(identity)::type;
    if constexpr (kIsFloating<T>) {
      return as_double(std::numeric_limits<T>::max());
    } else {
      assert(false);
      return 0;
    }
  });
}

double least_fraction(ElementType type) { return -largest_fraction(type); }

}  // namespace tamis::network
