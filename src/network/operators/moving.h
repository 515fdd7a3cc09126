#pragma once

#include "network/operators/operator.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace tamis::network {

// What moves elements asks for their size only, so that it is compiled once and not for each type.

/// Elements of a type that is only known when the program runs, still being written; `finish` makes an Array
/// of them.
class NewBytes {
 public:
  /// All bytes 0.
  NewBytes(ElementType type, Shape shape);
  /// All elements those of another array, in its shape.
  explicit NewBytes(const Array& other);

  [[nodiscard]] size_t element_bytes() const { return element_bytes_; }
  [[nodiscard]] std::span<std::byte> bytes() { return {begin(), byte_count_}; }
  /// Copies elements of an array of this type; both places count elements and must exist.
  void copy(int64_t to, const Array& from, int64_t place, int64_t elements = 1);
  [[nodiscard]] Array finish() &&;

 private:
  [[nodiscard]] std::byte* begin() { return reinterpret_cast<std::byte*>(words_.get()); }

  ElementType type_;
  Shape shape_;
  size_t element_bytes_;
  size_t byte_count_;
  std::shared_ptr<uint64_t[]> words_;  ///< so that the bytes are aligned for every type
};

/// All elements of a shape those of one: `one` holds at least one element, and the first is taken.
Array filled(Shape shape, const Array& one);

/// row_major_steps of an array's shape; 0 where it has no elements, whose sizes may be absurd.
std::vector<int64_t> safe_steps(const Array& x);

/// To the next index of a shape, row-major: of its first `dimensions` only, where fewer than all. False after
/// the last one, which is followed by the first. All these sizes are at least 1.
bool next_index(const Shape& shape, std::vector<int64_t>& index, size_t dimensions);

/// A shape seen from one axis: how many blocks lie before it, and how many elements each of its indices
/// holds.
struct Blocks {
  int64_t outer = 1;
  int64_t inner = 1;
};
/// The shape must be that of an array with elements.
Blocks blocks_of(const Shape& shape, size_t axis);

/// A place outside of an array.
inline constexpr int64_t kOutside = std::numeric_limits<int64_t>::min();

/// What an index along one dimension adds to the place in the source, or kOutside.
using OffsetOf = std::function<int64_t(size_t dimension, int64_t index)>;

/// An array of this shape whose every element is that of `x` at the sum of what `offset` says for its
/// indices; where one of them is kOutside, that of `fill` (0 where there is none). `offset` is asked once for
/// each index of each dimension, and not at all where there are no elements; the sums must exist in `x`.
Array picked(const Array& x, Shape shape, const OffsetOf& offset,
             const std::optional<Array>& fill = std::nullopt);

/// Doubles as elements of any type: integers are cut towards 0, and those out of range become the nearest,
/// NaN becomes 0. They are as many as the shape has.
Array array_held(ElementType type, Shape shape, std::span<const double> values);

}  // namespace tamis::network
