#include "network/graph/array.h"

namespace tamis::network {
namespace {

constexpr int64_t kMostElements = int64_t{1} << 40;

}  // namespace

std::string to_string(const Shape& shape) {
  if (shape.empty()) return "scalar";
  std::string text;
  for (const int64_t size : shape) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

std::optional<int64_t> element_count(const Shape& shape) {
  int64_t count = 1;
  bool empty = false;
  for (const int64_t size : shape) {
    if (size < 0) return std::nullopt;
    empty = empty || size == 0;
    if (empty) continue;
    if (size > kMostElements / count) return std::nullopt;
    count *= size;
  }
  return empty ? 0 : count;
}

std::vector<int64_t> row_major_steps(const Shape& shape) {
  std::vector<int64_t> steps(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;) steps[i - 1] = steps[i] * shape[i];
  return steps;
}

Array Array::reshaped(Shape shape) const {
  assert(element_count(shape) == elements());
  Array other = *this;
  other.shape_ = std::move(shape);
  return other;
}

std::optional<std::vector<int64_t>> Array::integers() const {
  return visit_type(type_, [&](auto identity) -> std::optional<std::vector<int64_t>> {
    using T = typename decltype(identity)::type;
    if constexpr (kIsFloating<T>) {
      return std::nullopt;
    } else {
      const std::span<const T> all = values<T>();
      return std::vector<int64_t>(all.begin(), all.end());
    }
  });
}

}  // namespace tamis::network
