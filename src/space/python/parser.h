#pragma once

#include "space/python/syntax.h"
#include "tamis/result.h"

#include <string>
#include <string_view>

namespace tamis::python {

/// What a text means: a formula, and the name by which a lambda reaches its knobs.
struct Formula {
  Syntax root;
  /// Of `lambda p: p['a'] > 1`: its parameters; empty of other formulas.
  std::vector<std::string> parameters;
};

/// Reads a formula of Python by recursive descent, lowest precedence first:
///
///     lambda  if-else  or  and  not  comparison (chained), in  |  ^  &  << >>  + -  * / // %
///     unary + - ~ and C's !  **  subscripts and calls
///
/// Names are not looked up. Errors: invalid_input that shows the place; nesting that is too deep.
Result<Formula> parse(std::string_view text);

}  // namespace tamis::python
