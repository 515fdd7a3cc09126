#pragma once

#include "tamis/json_fwd.h"
#include "tamis/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace tamis {

// Programs print infinity and NaN where a measurement went wrong. What reads a measurement takes them as
// numbers, so that it can refuse the one measurement, and say why.

/// `text` as a decimal number, `inf`, `infinity` and `nan` in any case among them; a number too large for a
/// double is infinite, one too small is 0. Nothing when any character is left over. Thread safe.
std::optional<double> parse_any_number(std::string_view text);

/// A JSON text in which `NaN`, `Infinity` and `-Infinity` (Python's json.dumps writes them) and `nan`, `inf`,
/// `-nan` and `-inf` (C's printf does) stand in quotes. Other bytes stay, strings too. Thread safe.
std::string quote_not_finite(std::string_view json);

/// The same as parse_json, but takes these words as the numbers that they are. Thread safe.
Result<Json> parse_python_json(std::string_view text, const std::string& origin);

}  // namespace tamis
