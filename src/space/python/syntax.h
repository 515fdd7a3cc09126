#pragma once

#include "space/python/value.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tamis::python {

enum class Operator : uint8_t {
  add,
  subtract,
  multiply,
  divide,
  floor_divide,
  modulo,
  power,
  shift_left,
  shift_right,
  bit_and,
  bit_xor,
  bit_or,
  less,
  less_equal,
  greater,
  greater_equal,
  equal,
  not_equal,
  in,
  not_in,
};

enum class Form : uint8_t {
  constant,
  name,      ///< of a knob or a variable; `name`
  column,    ///< a knob, or a factor of a split, once names are known: row of Program::columns
  negative,  ///< of one part, as the next three
  positive,
  inverted,     ///< `~a`
  negation,     ///< `not a`, and C's `!a`
  arithmetic,   ///< parts with `operators` between them, which bind equally: `a + b - c`
  comparison,   ///< a chain: `a < b <= c`
  conjunction,  ///< parts joined by `and`
  disjunction,  ///< parts joined by `or`
  conditional,  ///< parts[1] if parts[0] else parts[2]
  call,         ///< of the function `name`
  list,
  tuple,
  set,
  comprehension,  ///< parts[0] for each of its clauses, which are the other parts; a list or a set
  for_clause,     ///< of the variable `name` over parts[0]
  if_clause,      ///< of parts[0]
  subscript,      ///< parts[0][parts[1]]
  slice,          ///< parts[0][parts[1]:parts[2]:parts[3]]; None where one is left out
};

/// A part of a formula as it is written.
struct Syntax {
  Form form = Form::constant;
  size_t position = 0;  ///< in the text, for errors
  Value constant;
  std::string name;
  uint32_t column = 0;
  bool is_set = false;   ///< a comprehension in braces
  bool is_lazy = false;  ///< a comprehension without brackets, which any and all go through as far as needed
  std::vector<Operator> operators;
  std::vector<Syntax> parts;
};

/// As it is written: `+`, `not in`.
const char* symbol_of(Operator operation);

}  // namespace tamis::python
