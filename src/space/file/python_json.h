#pragma once

#include "tamis/json_fwd.h"

#include <string>

namespace tamis {

/// JSON as Python's `json.dumps` writes it with its usual settings: a blank after commas and colons, ASCII
/// only, a real number always with a point or an exponent. Logs of Python programs come out as they went in.
/// Thread safe.
std::string python_json(const Json& json);

}  // namespace tamis
