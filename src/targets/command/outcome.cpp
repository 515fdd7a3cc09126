#include "targets/command/outcome.h"

#include "base/json.h"
#include "base/not_finite.h"
#include "tamis/trial.h"
#include "trial/inferred.h"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace tamis::command {
namespace {

Error wrong(const std::string& origin, const std::string& what) {
  return invalid_input(fmt::format("{}: {}", origin, what));
}

Result<std::vector<double>> read_latencies(const JsonObject& object) {
  std::vector<double> samples;
  if (object.has("latency_ns")) {
    TAMIS_ASSIGN(const double one, object.number("latency_ns"));
    samples.push_back(one);
  }
  if (!object.has("latencies_ns")) return samples;
  TAMIS_ASSIGN(const Json* list, object.member("latencies_ns"));
  if (!samples.empty()) return wrong(object.origin(), "it has both \"latency_ns\" and \"latencies_ns\"");
  if (!list->is_array()) return wrong(object.origin(), "\"latencies_ns\" must be an array of numbers");
  for (const Json& sample : *list) {
    if (!sample.is_number()) return wrong(object.origin(), "\"latencies_ns\" must be an array of numbers");
    samples.push_back(sample.get<double>());
  }
  return samples;
}

/// What builds and runs have in common. A missing verdict is valid.
template <class Outcome>
Status read_common(const JsonObject& object, Outcome& outcome) {
  TAMIS_ASSIGN(const std::string word, object.string_or("verdict", std::string(to_string(Verdict::valid))));
  TAMIS_ASSIGN(outcome.verdict, parse_verdict(word));
  TAMIS_ASSIGN(outcome.message, object.string_or("message", ""));
  if (outcome.verdict != Verdict::valid && outcome.message.empty())
    outcome.message = "the program gave no reason";
  if (!object.has("features")) return {};
  TAMIS_ASSIGN(const Json* features, object.member("features"));
  TAMIS_ASSIGN(outcome.features, read_features(*features, object.origin()));
  return {};
}

constexpr std::array<std::pair<std::string_view, double>, 4> kUnits = {
    {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}}};

Result<double> parse_unit(const std::string& word) {
  for (const auto& [name, ns] : kUnits)
    if (name == word) return ns;
  return invalid_input(fmt::format("\"{}\" is not a unit of time; it must be ns, us, ms or s", word));
}

/// The rule of a pattern; without a unit the group must be called by it.
Result<LatencyRule> pattern_rule(const std::string& text, const std::optional<std::string>& unit) {
  TAMIS_ASSIGN(Pattern pattern, Pattern::parse(text));
  const std::vector<std::string> groups = pattern.group_names();
  if (groups.size() != 1)
    return invalid_input(fmt::format(
        "the pattern \"{}\" has {} groups; it must have one, in parentheses, around the number (other "
        "parentheses are written (?:...))",
        text, groups.size()));
  if (!unit && groups.front().empty())
    return invalid_input(fmt::format(
        "the pattern \"{}\" does not say in which unit the number is; call the group by it, as in "
        "(?P<ms>[0-9.]+)",
        text));
  LatencyRule rule{LatencyRule::Source::pattern, std::move(pattern), 1};
  TAMIS_ASSIGN(rule.unit_ns, parse_unit(unit.value_or(groups.front())));
  return rule;
}

}  // namespace

Result<Features> read_features(const Json& json, const std::string& origin) {
  if (!json.is_object()) return wrong(origin, "\"features\" must be an object of names and numbers");
  Features features;
  for (const auto& [name, value] : json.items()) {
    if (!value.is_number()) return wrong(origin, fmt::format("the feature \"{}\" must be a number", name));
    features.set(name, value.get<double>());
  }
  if (const Status checked = check_features(features); !checked.ok()) return checked.error().within(origin);
  return features;
}

Result<RunOutcome> read_outcome(const Json& json, const std::string& origin) {
  const JsonObject object(json, origin);
  TAMIS_TRY(object.allow_only({"latency_ns", "latencies_ns", "verdict", "message", "features"}));
  RunOutcome outcome;
  TAMIS_TRY(read_common(object, outcome));
  TAMIS_ASSIGN(outcome.costs, read_latencies(object));
  if (outcome.verdict == Verdict::rejected)
    return wrong(origin, "the verdict \"rejected\" belongs to declared constraints, not to programs");
  if (outcome.verdict != Verdict::valid) {
    outcome.costs.clear();
  } else if (outcome.costs.empty()) {
    return wrong(origin, "it has neither \"latency_ns\" nor \"latencies_ns\" nor a verdict other than valid");
  }
  for (const double latency : outcome.costs)
    if (const Status checked = check_latency_ns(latency); !checked.ok())
      return checked.error().within(origin);
  return outcome;
}

Result<BuildOutcome> read_build_outcome(const Json& json, const std::string& origin) {
  const JsonObject object(json, origin);
  TAMIS_TRY(object.allow_only({"verdict", "message", "features"}));
  BuildOutcome outcome;
  TAMIS_TRY(read_common(object, outcome));
  if (outcome.verdict != Verdict::valid &&
      (reaches_device(outcome.verdict) || outcome.verdict == Verdict::rejected))
    return wrong(
        origin,
        fmt::format("a build cannot have the verdict {}; it has valid, build_failed, build_timeout or "
                    "resource_exceeded",
                    to_string(outcome.verdict)));
  return outcome;
}

Result<LatencyRule> parse_latency_rule(const std::string& text) {
  if (text == "json") return LatencyRule{LatencyRule::Source::json, std::nullopt, 1};
  if (text == "wall") return LatencyRule{LatencyRule::Source::wall, std::nullopt, 1};
  if (text.find('(') == std::string::npos)
    return invalid_input(fmt::format(
        "latency \"{}\": it must be json, wall, or a pattern such as 'time (?P<ms>[0-9.]+)'", text));
  return pattern_rule(text, std::nullopt);
}

Result<LatencyRule> latency_rule_from_json(const Json& json, const std::string& origin) {
  const auto read = [&]() -> Result<LatencyRule> {
    if (json.is_string()) return parse_latency_rule(json.get<std::string>());
    const JsonObject object(json, "latency");
    TAMIS_TRY(object.allow_only({"pattern", "unit"}));
    TAMIS_ASSIGN(const std::string pattern, object.string("pattern"));
    if (!object.has("unit")) return pattern_rule(pattern, std::nullopt);
    TAMIS_ASSIGN(const std::string unit, object.string("unit"));
    return pattern_rule(pattern, unit);
  };
  Result<LatencyRule> rule = read();
  if (!rule.ok()) return rule.error().within(origin);
  return rule;
}

Result<std::vector<double>> find_latencies(const LatencyRule& rule, std::string_view output) {
  std::vector<double> samples;
  for (const std::string& group : rule.pattern->groups(output)) {
    const std::optional<double> number = parse_any_number(group);
    if (!number)
      return invalid_input(
          fmt::format("the pattern \"{}\" found \"{}\", which is not a number", rule.pattern->text(), group));
    const double latency_ns = *number * rule.unit_ns;
    if (const Status checked = check_latency_ns(latency_ns); !checked.ok())
      return checked.error().within(
          fmt::format("the pattern \"{}\" found \"{}\"", rule.pattern->text(), group));
    samples.push_back(latency_ns);
  }
  if (samples.empty())
    return invalid_input(
        fmt::format("the pattern of the latency, \"{}\", is not in the output", rule.pattern->text()));
  return samples;
}

}  // namespace tamis::command
