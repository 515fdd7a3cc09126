#include "network/operators/moving.h"

#include "network/operators/elements.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <utility>

namespace tamis::network {
namespace {

constexpr size_t kWord = sizeof(uint64_t);

/// For each dimension what each index adds.
std::vector<std::vector<int64_t>> offset_tables(const Shape& shape, const OffsetOf& offset) {
  std::vector<std::vector<int64_t>> tables(shape.size());
  for (size_t dimension = 0; dimension < shape.size(); ++dimension)
    for (int64_t index = 0; index < shape[dimension]; ++index)
      tables[dimension].push_back(offset(dimension, index));
  return tables;
}

int64_t plus(int64_t a, int64_t b) { return a == kOutside || b == kOutside ? kOutside : a + b; }

/// `Word` has as many bytes as an element.
template <class Word>
void pick(const std::byte* from, const std::byte* fill, const Shape& shape,
          const std::vector<std::vector<int64_t>>& tables, std::byte* to) {
  std::vector<int64_t> index(shape.size(), 0);
  do {
    int64_t row = 0;
    for (size_t dimension = 0; dimension + 1 < shape.size(); ++dimension)
      row = plus(row, tables[dimension][static_cast<size_t>(index[dimension])]);
    for (const int64_t offset : tables.back()) {
      const int64_t place = plus(row, offset);
      std::memcpy(to, place == kOutside ? fill : from + place * static_cast<int64_t>(sizeof(Word)),
                  sizeof(Word));
      to += sizeof(Word);
    }
  } while (next_index(shape, index, shape.size() - 1));
}

template <class T>
T clamped(double value) {
  if constexpr (kIsFloating<T>) {
    return from_double<T>(value);
  } else if constexpr (std::is_same_v<T, bool>) {
    return value != 0;
  } else {
    using Limits = std::numeric_limits<T>;
    if (std::isnan(value)) return 0;
    if (value <= static_cast<double>(Limits::min())) return Limits::min();
    if (value >= static_cast<double>(Limits::max())) return Limits::max();
    return static_cast<T>(value);
  }
}

}  // namespace

NewBytes::NewBytes(ElementType type, Shape shape)
    : type_(type),
      shape_(std::move(shape)),
      element_bytes_(element_size(type)),
      byte_count_(static_cast<size_t>(*element_count(shape_)) * element_bytes_),
      words_(std::make_shared<uint64_t[]>((byte_count_ + kWord - 1) / kWord)) {}

NewBytes::NewBytes(const Array& other) : NewBytes(other.type(), other.shape()) {
  copy(0, other, 0, other.elements());
}

void NewBytes::copy(int64_t to, const Array& from, int64_t place, int64_t elements) {
  assert(from.type() == type_);
  const size_t size = static_cast<size_t>(elements) * element_bytes_;
  if (size == 0) return;
  std::memcpy(begin() + static_cast<size_t>(to) * element_bytes_,
              from.bytes().data() + static_cast<size_t>(place) * element_bytes_, size);
}

Array NewBytes::finish() && {
  const std::byte* bytes = begin();
  return {type_, std::move(shape_), bytes, std::move(words_)};
}

Array filled(Shape shape, const Array& one) {
  NewBytes y(one.type(), std::move(shape));
  for (size_t at = 0; at < y.bytes().size(); at += y.element_bytes())
    std::memcpy(y.bytes().data() + at, one.bytes().data(), y.element_bytes());
  return std::move(y).finish();
}

std::vector<int64_t> safe_steps(const Array& x) {
  return x.elements() == 0 ? std::vector<int64_t>(x.shape().size(), 0) : row_major_steps(x.shape());
}

bool next_index(const Shape& shape, std::vector<int64_t>& index, size_t dimensions) {
  for (size_t dimension = dimensions; dimension-- > 0;) {
    if (++index[dimension] < shape[dimension]) return true;
    index[dimension] = 0;
  }
  return false;
}

Blocks blocks_of(const Shape& shape, size_t axis) {
  const auto middle = shape.begin() + static_cast<ptrdiff_t>(axis);
  return {*element_count(Shape(shape.begin(), middle)), *element_count(Shape(middle + 1, shape.end()))};
}

Array picked(const Array& x, Shape shape, const OffsetOf& offset, const std::optional<Array>& fill) {
  NewBytes y(x.type(), shape);
  if (y.bytes().empty()) return std::move(y).finish();
  std::vector<std::vector<int64_t>> tables = offset_tables(shape, offset);
  if (shape.empty()) {  // a scalar is a row of one
    shape = {1};
    tables = {{0}};
  }
  const Array zero = NewBytes(x.type(), {1}).finish();
  const std::byte* from = x.bytes().data();
  const std::byte* outside = (fill ? *fill : zero).bytes().data();
  std::byte* to = y.bytes().data();
  switch (y.element_bytes()) {
    case 1:
      pick<uint8_t>(from, outside, shape, tables, to);
      break;
    case 2:
      pick<uint16_t>(from, outside, shape, tables, to);
      break;
    case 4:
      pick<uint32_t>(from, outside, shape, tables, to);
      break;
    default:
      pick<uint64_t>(from, outside, shape, tables, to);
  }
  return std::move(y).finish();
}

Array array_held(ElementType type, Shape shape, std::span<const double> values) {
  return visit_type(type, [&](auto identity) {
    using T = typename decltype(identity)::type;
    NewArray<T> y(std::move(shape));
    std::transform(values.begin(), values.end(), y.values().begin(), clamped<T>);
    return std::move(y).finish();
  });
}

}  // namespace tamis::network
