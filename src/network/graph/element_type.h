#pragma once

#include "tamis/result.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include <Eigen/Core>

namespace tamis::network {

/// What an element of an Array is. `boolean` is a byte, 0 or 1, as bool is here.
enum class ElementType {
  float32,
  float64,
  float16,
  bfloat16,
  int8,
  uint8,
  int16,
  uint16,
  int32,
  uint32,
  int64,
  uint64,
  boolean,
};

/// Half precision as IEEE 754 has it, and the upper half of a float32. Both convert to float and back,
/// rounding to nearest, ties to even.
using Float16 = Eigen::half;
using Bfloat16 = Eigen::bfloat16;

/// Calls `visit` with a std::type_identity of the C++ type of the elements, and returns what it returns.
template <class Visit>
auto visit_type(ElementType type, Visit&& visit) {
  switch (type) {
    case ElementType::float32:
      break;
    case ElementType::float64:
      return visit(std::type_identity<double>{});
    case ElementType::float16:
      return visit(std::type_identity<Float16>{});
    case ElementType::bfloat16:
      return visit(std::type_identity<Bfloat16>{});
    case ElementType::int8:
      return visit(std::type_identity<int8_t>{});
    case ElementType::uint8:
      return visit(std::type_identity<uint8_t>{});
    case ElementType::int16:
      return visit(std::type_identity<int16_t>{});
    case ElementType::uint16:
      return visit(std::type_identity<uint16_t>{});
    case ElementType::int32:
      return visit(std::type_identity<int32_t>{});
    case ElementType::uint32:
      return visit(std::type_identity<uint32_t>{});
    case ElementType::int64:
      return visit(std::type_identity<int64_t>{});
    case ElementType::uint64:
      return visit(std::type_identity<uint64_t>{});
    case ElementType::boolean:
      return visit(std::type_identity<bool>{});
  }
  return visit(std::type_identity<float>{});
}

/// Whether T holds a fraction: float, double, Float16 or Bfloat16.
template <class T>
inline constexpr bool kIsFloating =
    std::is_floating_point_v<T> || std::is_same_v<T, Float16> || std::is_same_v<T, Bfloat16>;

/// The ElementType whose C++ type is T.
template <class T>
constexpr ElementType element_type_of() {
  if constexpr (std::is_same_v<T, double>)
    return ElementType::float64;
  else if constexpr (std::is_same_v<T, Float16>)
    return ElementType::float16;
  else if constexpr (std::is_same_v<T, Bfloat16>)
    return ElementType::bfloat16;
  else if constexpr (std::is_same_v<T, int8_t>)
    return ElementType::int8;
  else if constexpr (std::is_same_v<T, uint8_t>)
    return ElementType::uint8;
  else if constexpr (std::is_same_v<T, int16_t>)
    return ElementType::int16;
  else if constexpr (std::is_same_v<T, uint16_t>)
    return ElementType::uint16;
  else if constexpr (std::is_same_v<T, int32_t>)
    return ElementType::int32;
  else if constexpr (std::is_same_v<T, uint32_t>)
    return ElementType::uint32;
  else if constexpr (std::is_same_v<T, int64_t>)
    return ElementType::int64;
  else if constexpr (std::is_same_v<T, uint64_t>)
    return ElementType::uint64;
  else if constexpr (std::is_same_v<T, bool>)
    return ElementType::boolean;
  else {
    static_assert(std::is_same_v<T, float>);
    return ElementType::float32;
  }
}

/// Bytes of an element.
inline size_t element_size(ElementType type) {
  return visit_type(type, [](auto identity) { return sizeof(typename decltype(identity)::type); });
}

/// `float32`, `int8`, `boolean`, ...
std::string_view to_string(ElementType type);
/// The type of a word. Errors: invalid_input, with the nearest word.
Result<ElementType> parse_element_type(std::string_view word);

}  // namespace tamis::network
