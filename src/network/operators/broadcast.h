#pragma once

#include "network/operators/operator.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tamis::network {

/// The shape of what two values become together: aligned at the last dimension, a size of 1 is repeated.
/// Errors: invalid_input where two sizes differ and neither is 1.
Result<Shape> broadcast(const Call& call, const Shape& a, const Shape& b);
/// The shape of all shapes of a call's inputs together. Errors: also as Call::shape.
Result<Shape> broadcast_inputs(const Call& call);

/// Walks over the elements of a shape in row-major order, and knows for each of several arrays that broadcast
/// to it which element belongs there.
class BroadcastWalk {
 public:
  /// Each of `arrays` broadcasts to `shape`.
  BroadcastWalk(Shape shape, const std::vector<Shape>& arrays);

  /// The element of one of the arrays at this place.
  [[nodiscard]] size_t at(size_t array) const { return places_[array]; }
  /// To the next place; beyond the last nothing may be asked.
  void next();

 private:
  Shape shape_;
  std::vector<std::vector<int64_t>> steps_;  ///< of each array, along each dimension of the shape
  std::vector<int64_t> index_;
  std::vector<size_t> places_;
};

}  // namespace tamis::network
