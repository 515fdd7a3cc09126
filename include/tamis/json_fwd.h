#pragma once

#include <nlohmann/json_fwd.hpp>

namespace tamis {

/// JSON with members in the order they were written, so that documents come out the same every time. Headers
/// that only name the type include this file; the complete type needs <nlohmann/json.hpp>, which is slow to
/// compile.
using Json = nlohmann::ordered_json;

}  // namespace tamis
