#pragma once

#include "tamis/json_fwd.h"
#include "tamis/objective.h"
#include "tamis/result.h"
#include "tamis/target.h"
#include "targets/command/pattern.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tamis::command {

/// What came of a config in the words of a user's program, a JSON object with any of
///
///     {"latency_ns": 1234.5, "latencies_ns": [1, 2, 3], "value": 7.5, "values": [7, 8], "verdict": "valid",
///      "message": "...", "features": {"bytes": 4096}}
///
/// `value` and `values` are in the unit of the objective. Where it is no latency they count, or else the
/// feature that is called like it; a latency is then one more feature. What counts, alone, means valid;
/// without it and without a verdict it is an error. Errors: invalid_input that names the member. `origin`
/// names the object in errors.
Result<RunOutcome> read_outcome(const Json& json, const std::string& origin, const Objective& objective);

/// The same for a build, which has no latency; no member at all means that it succeeded. The artifact is left
/// to the caller. Verdicts that only a run can have are refused.
Result<BuildOutcome> read_build_outcome(const Json& json, const std::string& origin);

/// A JSON object of names and numbers. Errors: invalid_input.
Result<Features> read_features(const Json& json, const std::string& origin);

/// Where a one-shot program's latency comes from.
struct LatencyRule {
  enum class Source {
    json,     ///< the last line of standard output: an outcome as a JSON object (read_outcome)
    wall,     ///< the time from the program's start to its end
    pattern,  ///< the matches of a pattern in standard output, each a sample
  };
  Source source = Source::json;
  std::optional<Pattern> pattern;  ///< Source::pattern only; has exactly one group
  /// What the group's number is in; that of a latency is a unit of time, that of another objective may be
  /// empty.
  std::string unit = {};
};

/// Reads `json`, `wall`, or a pattern with one group, which may be called by the unit of its number:
/// `time (?P<ms>[0-9.]+)`. Errors: invalid_input.
Result<LatencyRule> parse_latency_rule(const std::string& text);
/// The same, or {"pattern": "time ([0-9.]+)", "unit": "ms"}. `origin` names the JSON in errors.
Result<LatencyRule> latency_rule_from_json(const Json& json, const std::string& origin);

/// Whether a rule can give values of the objective. Errors: invalid_input: `wall` gives latencies only, and a
/// pattern of a latency must say in which unit it is.
Status check_rule(const LatencyRule& rule, const Objective& objective);

/// The costs of the values that a pattern finds. Errors: invalid_input, for people: what was not found in the
/// output, or is not a number or not a value of the objective (Objective::check).
Result<std::vector<double>> find_costs(const LatencyRule& rule, std::string_view output,
                                       const Objective& objective);

}  // namespace tamis::command
