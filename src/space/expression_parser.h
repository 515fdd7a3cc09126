#pragma once

#include "space/expression_program.h"
#include "tamis/result.h"
#include "tamis/space.h"

#include <span>
#include <string_view>

namespace tamis::expression {

/// Compiles a formula by recursive descent, lowest precedence first:
///
///     or  and  not  comparison (chained) and in  + -  * / // %  unary + - !  **  a value
///
/// Errors: invalid_input, as Expression::parse.
Result<Program> compile(std::string_view text, std::span<const Knob> knobs);

}  // namespace tamis::expression
