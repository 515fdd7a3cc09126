#pragma once

#include "tamis/json_fwd.h"
#include "tamis/result.h"
#include "tamis/target.h"

#include <string>

namespace tamis::command {

/// What came of a config in the words of a user's program, a JSON object with any of
///
///     {"latency_ns": 1234.5, "latencies_ns": [1, 2, 3], "verdict": "valid", "message": "...",
///      "features": {"bytes": 4096}}
///
/// A latency alone means valid; without one and without a verdict it is an error. Errors: invalid_input that
/// names the member. `origin` names the object in errors.
Result<RunOutcome> read_outcome(const Json& json, const std::string& origin);

/// The same for a build, which has no latency; no member at all means that it succeeded. The artifact is left
/// to the caller. Verdicts that only a run can have are refused.
Result<BuildOutcome> read_build_outcome(const Json& json, const std::string& origin);

/// A JSON object of names and numbers. Errors: invalid_input.
Result<Features> read_features(const Json& json, const std::string& origin);

}  // namespace tamis::command
