#pragma once

#include "space/python/syntax.h"
#include "space/python/value.h"
#include "tamis/result.h"

#include <cstddef>
#include <functional>
#include <string_view>

namespace tamis::python {

/// The value of a column of a formula; nothing where the config has none.
using Columns = std::function<std::optional<Value>(uint32_t column)>;

/// Evaluates a formula as Python does, in at most `most_steps` steps: going to a part is one, as is every
/// item of a sequence that is made. `text` is what it was read from, for errors. Errors: invalid_input that
/// shows the place, where Python raises and where it takes too many steps. Thread safe.
Result<Value> evaluate(const Syntax& root, std::string_view text, size_t most_steps, const Columns& columns);

}  // namespace tamis::python
