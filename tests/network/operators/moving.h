#pragma once

#include "network/operators/lists.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tamis::network {

/// A row of integers, for tests: axes, sizes, indices.
inline Array integers(const std::vector<int64_t>& values) {
  return Array::of<int64_t>({static_cast<int64_t>(values.size())}, values);
}

/// 0, 1, 2, ... in a shape.
inline Array ascending(const Shape& shape) {
  NewArray<float> array(shape);
  for (size_t i = 0; i < array.values().size(); ++i) array.values()[i] = static_cast<float>(i);
  return std::move(array).finish();
}

/// The shape of the first output, of which a value is known.
inline Shape shape_of(const TestCall& call) { return run(call).value().front().shape(); }

/// What is known of the first output's shape before the values of inputs are.
inline std::optional<Shape> early_shape_of(const TestCall& call) {
  return facts_of(call, false).value().front().shape;
}

}  // namespace tamis::network
