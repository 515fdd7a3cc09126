#pragma once

#include "tamis/result.h"
#include "tamis/space.h"
#include "targets/gpu/kernel/description.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tamis::gpu {

/// A type of a kernel file: `float32`, `float32x4`, OpenCL's `float4`.
struct ArgumentType {
  ElementType element = ElementType::float32;
  int lanes = 1;
};

/// Errors: invalid_input with the nearest name.
Result<ArgumentType> parse_type(std::string_view text, const std::string& place);
/// What a parameter of a function is, by its text: `__global const float4 *a`. Nothing for a type that the
/// text alone does not tell, as a structure's or a macro's.
struct ParameterType {
  ArgumentType type;
  bool pointer = false;
};
std::optional<ParameterType> type_of_parameter(std::string_view text);
/// `float32`.
std::string_view to_string(ElementType type);
/// Bytes of an element.
size_t element_size(ElementType type);
bool is_real(ElementType type);
/// NumPy's letter and bytes: `f4`.
std::string_view npy_type(ElementType type);

/// `from -128 to 127`: the numbers that a type holds.
std::string range_text(ElementType type);
/// Writes a number as an element; false where the type has no such number: it is a name, has a fraction that
/// an integer lacks, or lies beyond the range. A real type takes the nearest number that it has.
bool store(const KnobValue& value, ElementType type, std::byte* to);
/// An element as a real number: exact but for integers beyond 2^53.
double load(ElementType type, const std::byte* from);
/// An element as people read it.
std::string element_text(ElementType type, const std::byte* from);

}  // namespace tamis::gpu
