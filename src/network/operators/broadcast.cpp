#include "network/operators/broadcast.h"

#include <algorithm>
#include <utility>

namespace tamis::network {

Result<Shape> broadcast(const Call& call, const Shape& a, const Shape& b) {
  Shape shape(std::max(a.size(), b.size()), 1);
  for (size_t i = 0; i < shape.size(); ++i) {
    const int64_t of_a = i < a.size() ? a[a.size() - 1 - i] : 1;
    const int64_t of_b = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (of_a != of_b && of_a != 1 && of_b != 1)
      return call.invalid("shapes " + to_string(a) + " and " + to_string(b) + " do not go together");
    shape[shape.size() - 1 - i] = of_a == 1 ? of_b : of_a;
  }
  return shape;
}

Result<Shape> broadcast_inputs(const Call& call) {
  Shape shape;
  for (size_t i = 0; i < call.inputs(); ++i) {
    TAMIS_ASSIGN(const Shape other, call.shape(i));
    TAMIS_ASSIGN(shape, broadcast(call, shape, other));
  }
  return shape;
}

BroadcastWalk::BroadcastWalk(Shape shape, const std::vector<Shape>& arrays)
    : shape_(std::move(shape)), index_(shape_.size(), 0), places_(arrays.size(), 0) {
  for (const Shape& array : arrays) {
    const std::vector<int64_t> own = row_major_steps(array);
    std::vector<int64_t> steps(shape_.size(), 0);
    for (size_t i = 0; i < array.size(); ++i)
      if (array[i] != 1) steps[shape_.size() - array.size() + i] = own[i];
    steps_.push_back(std::move(steps));
  }
}

void BroadcastWalk::next() {
  for (size_t dimension = shape_.size(); dimension-- > 0;) {
    const bool ends = ++index_[dimension] == shape_[dimension];
    for (size_t array = 0; array < places_.size(); ++array) {
      const int64_t step = steps_[array][dimension];
      places_[array] += static_cast<size_t>(ends ? -step * (shape_[dimension] - 1) : step);
    }
    if (!ends) return;
    index_[dimension] = 0;
  }
}

}  // namespace tamis::network
