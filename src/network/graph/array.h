#pragma once

#include "network/graph/element_type.h"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tamis::network {

/// The sizes of an array, outermost first; none for a scalar. A size may be 0, and then there are no
/// elements.
using Shape = std::vector<int64_t>;

/// `1x3x224x224`; `scalar` for no sizes.
std::string to_string(const Shape& shape);
/// The product of the sizes; nothing where a size is negative or the product exceeds 2^40, more than any
/// network holds.
std::optional<int64_t> element_count(const Shape& shape);
/// How many elements further the next of each dimension lies, row-major.
std::vector<int64_t> row_major_steps(const Shape& shape);

template <class T>
class NewArray;

/// Elements of one type in a shape, row-major. Immutable, and cheap to copy: copies share the elements. The
/// elements may lie in memory of somebody else (a mapped file), which the array keeps alive. Thread safe.
class Array {
 public:
  /// No elements, of shape 0.
  Array() : shape_{0} {}
  /// The elements begin at `bytes`, aligned for their type, and live as long as `owner`.
  Array(ElementType type, Shape shape, const std::byte* bytes, std::shared_ptr<const void> owner)
      : type_(type), shape_(std::move(shape)), bytes_(bytes), owner_(std::move(owner)) {
    assert(element_count(shape_).has_value());
  }
  /// An array of these elements, which must be as many as the shape has.
  template <class T>
  static Array of(Shape shape, const std::vector<T>& values);
  /// An array of one element and no sizes.
  template <class T>
  static Array scalar(T value);

  [[nodiscard]] ElementType type() const { return type_; }
  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] int64_t elements() const { return *element_count(shape_); }
  [[nodiscard]] std::span<const std::byte> bytes() const {
    return {bytes_, static_cast<size_t>(elements()) * element_size(type_)};
  }
  /// The elements. Asking for another type than the array holds is a programming error (asserted).
  template <class T>
  [[nodiscard]] std::span<const T> values() const {
    assert(type_ == element_type_of<T>());
    return {reinterpret_cast<const T*>(bytes_), static_cast<size_t>(elements())};
  }
  /// The same elements in another shape of as many (asserted).
  [[nodiscard]] Array reshaped(Shape shape) const;
  /// The elements as integers, of any integer type or boolean; nothing for another.
  [[nodiscard]] std::optional<std::vector<int64_t>> integers() const;

 private:
  ElementType type_ = ElementType::float32;
  Shape shape_;
  const std::byte* bytes_ = nullptr;
  std::shared_ptr<const void> owner_;
};

/// Elements that are still being written; `finish` makes an Array of them.
template <class T>
class NewArray {
 public:
  /// All elements 0 (false).
  explicit NewArray(Shape shape)
      : shape_(std::move(shape)),
        count_(static_cast<size_t>(*element_count(shape_))),
        values_(std::make_shared<T[]>(count_)) {}

  [[nodiscard]] std::span<T> values() { return {values_.get(), count_}; }
  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] Array finish() && {
    const auto* bytes = reinterpret_cast<const std::byte*>(values_.get());
    return {element_type_of<T>(), std::move(shape_), bytes, std::move(values_)};
  }

 private:
  Shape shape_;
  size_t count_;
  std::shared_ptr<T[]> values_;
};

template <class T>
Array Array::of(Shape shape, const std::vector<T>& values) {
  NewArray<T> array(std::move(shape));
  assert(array.values().size() == values.size());
  for (size_t i = 0; i < values.size(); ++i) array.values()[i] = values[i];
  return std::move(array).finish();
}

template <class T>
Array Array::scalar(T value) {
  NewArray<T> array({});
  array.values()[0] = value;
  return std::move(array).finish();
}

}  // namespace tamis::network
