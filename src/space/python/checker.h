#pragma once

#include "space/python/syntax.h"
#include "tamis/result.h"

#include <cstdint>
#include <functional>
#include <string_view>

namespace tamis::python {

/// What the value of a part may be, as a set of bits.
using Types = uint8_t;
inline constexpr Types kWhole = 1;  ///< an integer or a boolean
inline constexpr Types kReal = 2;
inline constexpr Types kText = 4;
inline constexpr Types kSequence = 8;  ///< a list, a tuple, a set or a range
inline constexpr Types kNone = 16;
/// The text of a list, which is one value of a knob: it can be compared as a whole and that is all.
inline constexpr Types kOpaque = 32;
inline constexpr Types kNumber = kWhole | kReal;
inline constexpr Types kAnything = kNumber | kText | kSequence | kNone;

/// What the values of a column are.
using ColumnTypes = std::function<Types(uint32_t column)>;

/// What the value of a formula may be, whose names are resolved. Errors: invalid_input that shows the place
/// of what can never be calculated, and of what would be false for every config without a word: a name that
/// is compared with a number, a name where a number is needed.
Result<Types> check_types(const Syntax& root, std::string_view text, const ColumnTypes& columns);

}  // namespace tamis::python
