#pragma once

#include "space/expression_program.h"
#include "tamis/result.h"
#include "tamis/space.h"

#include <span>
#include <string>
#include <string_view>

namespace tamis::expression {

/// Compiles a formula: to code where it calculates with numbers only and asks for names only whether they are
/// the same, and everything of a list that stands in `in (...)`, min, max, sum, any or all is such. Any other
/// formula has no code. Errors: invalid_input, as Expression::parse.
Result<Program> compile(std::string_view text, std::span<const Knob> knobs);

/// The same formula as Python reads it, whatever it was written like: `or`, `and`, `not`, names without
/// backquotes, blanks around every operator, and so that Kernel Tuner does not misread it
/// (python::print_condition). Errors: those of compile; unsupported for a knob whose name is
/// no name in Python.
Result<std::string> t1_condition(std::string_view text, std::span<const Knob> knobs);

}  // namespace tamis::expression
