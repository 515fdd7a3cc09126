#pragma once

#include "network/operators/broadcast.h"
#include "network/operators/operator.h"

#include <cstddef>
#include <vector>

namespace tamis::network {

/// What becomes of the first two inputs: the type of the first, in the shape that both broadcast to; no shape
/// where one is not known. Errors: invalid_input where an input is missing or the shapes do not go together.
Result<std::vector<Fact>> infer_pair(const Call& call);

/// `function` of each pair of elements of two arrays that broadcast to a shape. `of_a` and `of_b` are their
/// elements.
template <class A, class B, class Function>
auto pairwise(const Shape& shape, const Array& a, const std::vector<A>& of_a, const Array& b,
              const std::vector<B>& of_b, Function function) {
  std::vector<decltype(function(of_a[0], of_b[0]))> values(static_cast<size_t>(*element_count(shape)));
  BroadcastWalk walk(shape, {a.shape(), b.shape()});
  for (auto&& value : values) {
    value = function(of_a[walk.at(0)], of_b[walk.at(1)]);
    walk.next();
  }
  return values;
}

}  // namespace tamis::network
