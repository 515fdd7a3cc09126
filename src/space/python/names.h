#pragma once

#include "space/python/parser.h"
#include "tamis/result.h"
#include "tamis/space.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace tamis::python {

/// Gives the row of the column that holds a factor of a knob, counted from the outermost; of what is not a
/// split factor 0.
using AddColumn = std::function<uint32_t(size_t knob, size_t factor)>;

/// Looks up what a formula names: knobs become columns (a split its innermost factor, `tile[0]` that one, and
/// `p['tile']` of a lambda over p), variables of comprehensions stay names, functions must exist and take so
/// many arguments. `text` is what it was read from. Errors: invalid_input that shows the place and the
/// nearest name.
Status resolve(Formula& formula, std::string_view text, std::span<const Knob> knobs, const AddColumn& add);

/// The same of a text that has no knobs, as the values of one.
Status resolve_values(Formula& formula, std::string_view text);

}  // namespace tamis::python
