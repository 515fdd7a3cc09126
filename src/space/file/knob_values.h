#pragma once

#include "tamis/json_fwd.h"
#include "tamis/result.h"
#include "tamis/space.h"

#include <string>
#include <vector>

namespace tamis {

/// A value of a knob from JSON: a number, a text, a truth (1 or 0), or an array of whole numbers, which is a
/// split. Errors: invalid_input for anything else and for numbers that are not finite.
Result<KnobValue> knob_value_from_json(const Json& json, const std::string& origin);

/// A knob of values as a file lists them, in their order: numbers, splits of one extent, or names; where
/// numbers and names are mixed all become names. Errors: invalid_input, naming the knob, for no value, one
/// that is listed twice, or splits that do not match. Thread safe.
Result<Knob> knob_of_values(std::string name, std::vector<KnobValue> values, const std::string& origin);

/// The same of values as JSON: an array of values, or a text with Python values (format/python_values.h).
Result<Knob> knob_from_json(std::string name, const Json& values, const std::string& origin);

}  // namespace tamis
