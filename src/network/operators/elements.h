#pragma once

#include "network/graph/array.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace tamis::network {

/// An element as a double, which holds every element but large ones of 64 bits exactly.
template <class T>
double as_double(T element) {
  if constexpr (std::is_same_v<T, Float16> || std::is_same_v<T, Bfloat16>)
    return static_cast<float>(element);
  else
    return static_cast<double>(element);
}

/// A double as an element that holds fractions: rounded once to float32 or float64, twice to the narrow ones.
/// Sums, differences, products, quotients and roots of float32 are right to the last bit so.
template <class T>
T from_double(double value) {
  static_assert(kIsFloating<T>);
  if constexpr (std::is_same_v<T, Float16> || std::is_same_v<T, Bfloat16>)
    return T(static_cast<float>(value));
  else
    return static_cast<T>(value);
}

/// An integer as a narrower one: the lowest bits, as all runtimes have it.
template <class T>
T from_integer(int64_t value) {
  if constexpr (std::is_same_v<T, bool>)
    return value != 0;
  else
    return static_cast<T>(value);
}

}  // namespace tamis::network
