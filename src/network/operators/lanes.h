#pragma once

#include "network/graph/array.h"

#include <cstddef>
#include <vector>

namespace tamis::network {

/// Numbers that lie `step` apart, to be changed in place.
struct Lane {
  double* first;
  size_t count;
  size_t step;

  double& operator[](size_t i) const { return first[i * step]; }
};

/// An array seen as `outer` times `count` times `inner` elements; the `count` of each lane go together.
struct Lanes {
  size_t outer = 1;
  size_t count = 1;
  size_t inner = 1;
};

/// The lanes of a shape along the dimensions from `begin` to before `end`, which are taken for one.
inline Lanes lanes_along(const Shape& shape, size_t begin, size_t end) {
  Lanes lanes;
  for (size_t i = 0; i < shape.size(); ++i) {
    size_t& part = i < begin ? lanes.outer : i < end ? lanes.count : lanes.inner;
    part *= static_cast<size_t>(shape[i]);
  }
  return lanes;
}

/// Calls `change` with each Lane of the values. No lane has no elements.
template <class Change>
void for_each_lane(std::vector<double>& values, const Lanes& lanes, Change change) {
  if (values.empty()) return;
  for (size_t i = 0; i < lanes.outer; ++i)
    for (size_t j = 0; j < lanes.inner; ++j)
      change(Lane{&values[i * lanes.count * lanes.inner + j], lanes.count, lanes.inner});
}

}  // namespace tamis::network
