#pragma once

#include "tamis/json_fwd.h"
#include "tamis/result.h"
#include "targets/command/pattern.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tamis::command {

/// Where a one-shot program's latency comes from.
struct LatencyRule {
  enum class Source {
    json,     ///< the last line of standard output: an outcome as a JSON object (outcome.h)
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
/// output, or is no number or no latency (check_latency_ns).
Result<std::vector<double>> find_latencies(const LatencyRule& rule, std::string_view output);

}  // namespace tamis::command
