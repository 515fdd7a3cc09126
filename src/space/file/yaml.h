#pragma once

#include "tamis/json_fwd.h"
#include "tamis/result.h"

#include <string>

namespace tamis {

/// Reads one YAML document as JSON: mappings, lists and scalars, which are null, true, false, whole and real
/// numbers as YAML 1.2's core schema has them, else texts (all that is quoted). A number that JSON cannot
/// hold is marked (unheld_number). Members keep their order. `origin` names the text in errors, which give
/// the line. Errors: corrupt for text that is not YAML, several documents, a key that a mapping has twice or
/// that is not a string; nesting deeper than 64 levels, and aliases that make a document of more than a
/// million values, are refused. Thread safe.
Result<Json> parse_yaml(const std::string& text, const std::string& origin);

}  // namespace tamis
