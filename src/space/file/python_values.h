#pragma once

#include "tamis/result.h"
#include "tamis/space.h"

#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// The values that a Python text gives, as T1 files write those of a parameter
/// (https://github.com/odgaard/TuningSchema): `[16, 32, 64]`, `list(range(1, 9))`, `(1, 2) + (4,)`,
/// `[2**i for i in range(0, 6) if i % 2 == 0]`, `['nchw', 'nhwc']`, `[True, False]`.
///
/// The text is parsed here and never handed to an interpreter. What it may hold is what a formula may
/// (docs/reference/constraint-expressions), comprehensions among it. Booleans are 1 and 0; a list inside the
/// list becomes the text that Python prints: `(1, 2)`.
///
/// `origin` names the text in errors. Errors: invalid_input, which shows the place: anything else than these,
/// an integer that does not fit 64 bits, a text longer than 64 KiB, more than 100000 values, more than a
/// million steps. Thread safe.
Result<std::vector<KnobValue>> parse_python_values(std::string_view text, const std::string& origin);

}  // namespace tamis
