#pragma once

#include "network/graph/array.h"

#include <cstdint>
#include <random>
#include <utility>

namespace tamis::network {

/// Integers of all sizes that the type has, always the same for a seed.
template <class T>
Array integers(const Shape& shape, uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  NewArray<T> array(shape);
  for (T& value : array.values()) value = static_cast<T>(random());
  return std::move(array).finish();
}

inline Array scale_of(float value) { return Array::scalar<float>(value); }

}  // namespace tamis::network
