#pragma once

#include "space/python/syntax.h"
#include "tamis/result.h"

#include <functional>
#include <string>

namespace tamis::python {

/// A formula, whose names are resolved, as Python reads it: `or`, `and`, `not`, blanks around every operator.
/// `name_of_column` gives the knob of a column, or an error where Python cannot name it.
Result<std::string> print(const Syntax& root,
                          const std::function<Result<std::string>(uint32_t)>& name_of_column);

/// The same of a condition of T1: with ` and True` behind it where Kernel Tuner 1.5.0 would not hand it to
/// Python. What has neither `and` nor `or` it looks into by search for symbols (parser.py of
/// python-constraint2), and so takes `a - (b - c) <= d` for `a <= d + (b + c)` and `a < 32768` for `a <=
/// 32768`, and raises at functions.
Result<std::string> print_condition(const Syntax& root,
                                    const std::function<Result<std::string>(uint32_t)>& name_of_column);

/// Whether a text is a name in Python: ASCII letters, digits and `_`, no digit first, no keyword.
bool is_python_name(std::string_view text);

}  // namespace tamis::python
