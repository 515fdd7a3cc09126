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
/// The text is parsed here and never handed to an interpreter: lists and tuples, `+` and `*` of lists,
/// arithmetic, comparisons and `and`, `or`, `not` of numbers, comprehensions with any number of `for` and
/// `if`, and the functions list, tuple, sorted, range, len, min, max, abs, int, float. Booleans are 1 and 0.
/// A list inside the list becomes the text that Python prints: `(1, 2)`.
///
/// `origin` names the text in errors. Errors: invalid_input, which shows the place: anything else than these,
/// a text longer than 64 KiB, more than 100000 values, more than a million steps. Thread safe.
Result<std::vector<KnobValue>> parse_python_values(std::string_view text, const std::string& origin);

}  // namespace tamis
