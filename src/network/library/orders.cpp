#include "network/library/orders.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace tamis::network {
namespace {

PhysicalOrder without_single_places(const Shape& shape, const PhysicalOrder& order) {
  PhysicalOrder kept;
  std::copy_if(order.begin(), order.end(), std::back_inserter(kept),
               [&](size_t axis) { return shape[axis] != 1; });
  return kept;
}

}  // namespace

PhysicalOrder physical(Order order, size_t rank) {
  PhysicalOrder axes(rank);
  std::iota(axes.begin(), axes.end(), size_t{0});
  if (order == Order::channels_last && rank > 2) std::rotate(axes.begin() + 1, axes.begin() + 2, axes.end());
  return axes;
}

bool same_memory(const Shape& shape, const PhysicalOrder& a, const PhysicalOrder& b) {
  return without_single_places(shape, a) == without_single_places(shape, b);
}

PhysicalOrder transposed_order(const PhysicalOrder& input, const std::vector<size_t>& permutation) {
  PhysicalOrder output;
  for (const size_t axis : input) {
    const auto place = std::find(permutation.begin(), permutation.end(), axis);
    output.push_back(static_cast<size_t>(place - permutation.begin()));
  }
  return output;
}

std::vector<std::byte> laid_out(const Array& array, const PhysicalOrder& order) {
  const std::span<const std::byte> from = array.bytes();
  std::vector<std::byte> to(from.begin(), from.end());
  const Shape& shape = array.shape();
  if (same_memory(shape, order, physical(Order::plain, shape.size()))) return to;
  const std::vector<int64_t> steps = row_major_steps(shape);
  const size_t size = element_size(array.type());
  std::vector<int64_t> index(shape.size(), 0);  // in the physical order
  for (size_t at = 0; at + size <= to.size(); at += size) {
    int64_t place = 0;
    for (size_t i = 0; i < order.size(); ++i) place += index[i] * steps[order[i]];
    std::memcpy(to.data() + at, from.data() + static_cast<size_t>(place) * size, size);
    for (size_t i = order.size(); i-- > 0;) {
      if (++index[i] < shape[order[i]]) break;
      index[i] = 0;
    }
  }
  return to;
}

}  // namespace tamis::network
