#pragma once

#include "space/python/syntax.h"
#include "space/python/value.h"
#include "tamis/result.h"

#include <span>
#include <string>
#include <string_view>

namespace tamis::python {

/// `a operation b` of arithmetic and bits. Errors: invalid_input where Python raises, and for what is too
/// large to be held: an integer beyond 127 bits, NaN, a sequence heavier than kMostValues.
Result<Value> calculate(Operator operation, const Value& a, const Value& b);
/// Whether `a operation b` of a comparison. Errors: invalid_input where Python raises.
Result<bool> compare(Operator operation, const Value& a, const Value& b);
/// `-a`, `+a`, `~a`, `not a`. Errors: as calculate.
Result<Value> calculate(Form sign, const Value& a);

/// How often a function may be told arguments; nothing for a function that there is not.
struct Arity {
  size_t least;
  size_t most;
};
std::optional<Arity> arity_of(std::string_view function);
/// How an error about an unknown function ends: the nearest one.
std::string nearest_function(std::string_view function);
/// The value of a function of Python: abs, all, any, bool, float, int, len, list, max, min, pow, range,
/// round, set, sorted, str, sum or tuple. Errors: invalid_input where Python raises, and for what is too
/// large.
Result<Value> call(std::string_view function, std::span<const Value> arguments);

/// The items of a sequence, a range or a text. Errors: invalid_input for anything else, or too many.
Result<Values> items(const Value& value);
/// A set of these, each once. Errors: invalid_input for a list among them.
Result<Value> make_set(Values values);

}  // namespace tamis::python
