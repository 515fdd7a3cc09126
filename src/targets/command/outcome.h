#pragma once

#include "tamis/json_fwd.h"
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

/// Where a one-shot program's latency comes from.
struct LatencyRule {
  enum class Source {
    json,     ///< the last line of standard output: an outcome as a JSON object (read_outcome)
    wall,     ///< the time from the program's start to its end
    pattern,  ///< the matches of a pattern in standard output, each a sample
  };
  Source source = Source::json;
  std::optional<Pattern> pattern;  ///< Source::pattern only; has exactly one group
  double unit_ns = 1;              ///< what the group's number counts, ns
};

/// Reads `json`, `wall`, or a pattern whose only group is called by its unit: `time (?P<ms>[0-9.]+)`. Errors:
/// invalid_input.
Result<LatencyRule> parse_latency_rule(const std::string& text);
/// The same, or {"pattern": "time ([0-9.]+)", "unit": "ms"}. `origin` names the JSON in errors.
Result<LatencyRule> latency_rule_from_json(const Json& json, const std::string& origin);

/// The samples that a pattern finds, in ns. Errors: invalid_input, for people: what was not found in the
/// output, or is not a number or not a latency (check_latency_ns).
Result<std::vector<double>> find_latencies(const LatencyRule& rule, std::string_view output);

}  // namespace tamis::command
