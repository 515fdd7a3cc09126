#include "targets/command/outcome.h"

#include "base/json.h"
#include "base/median.h"
#include "base/not_finite.h"
#include "tamis/trial.h"
#include "trial/inferred.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tamis::command {
namespace {

Error wrong(const std::string& origin, const std::string& what) {
  return invalid_input(fmt::format("{}: {}", origin, what));
}

/// The number of one member, or the numbers of the other.
Result<std::vector<double>> read_samples(const JsonObject& object, const char* one, const char* several) {
  std::vector<double> samples;
  if (object.has(one)) {
    TAMIS_ASSIGN(const double sample, object.number(one));
    samples.push_back(sample);
  }
  if (!object.has(several)) return samples;
  TAMIS_ASSIGN(const Json* list, object.member(several));
  if (!samples.empty())
    return wrong(object.origin(), fmt::format("it has both \"{}\" and \"{}\"", one, several));
  const bool numbers = list->is_array() && std::all_of(list->begin(), list->end(),
                                                       [](const Json& sample) { return sample.is_number(); });
  if (!numbers) return wrong(object.origin(), fmt::format("\"{}\" must be an array of numbers", several));
  for (const Json& sample : *list) samples.push_back(sample.get<double>());
  return samples;
}

/// The costs of a valid outcome, whose features were read: of the values, of a latency, or of the feature
/// that is called like the objective.
Result<std::vector<double>> read_costs(const JsonObject& object, const Objective& objective,
                                       Features& features) {
  TAMIS_ASSIGN(std::vector<double> costs, read_samples(object, "value", "values"));
  for (double& cost : costs) cost = objective.cost_of(cost);
  TAMIS_ASSIGN(std::vector<double> latencies, read_samples(object, "latency_ns", "latencies_ns"));
  if (objective.is_latency()) {
    if (costs.empty()) return latencies;
    if (!latencies.empty())
      return wrong(object.origin(), "it has both a latency and a value, which is one too");
    return costs;
  }
  if (costs.empty() && features.has(objective.name))
    costs.push_back(objective.cost_of(features.get(objective.name)));
  if (!latencies.empty() && !features.has("latency_ns")) features.set("latency_ns", median(latencies));
  return costs;
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

/// The rule of a pattern; without a unit the group may be called by it.
Result<LatencyRule> pattern_rule(const std::string& text, const std::optional<std::string>& unit) {
  TAMIS_ASSIGN(Pattern pattern, Pattern::parse(text));
  const std::vector<std::string> groups = pattern.group_names();
  if (groups.size() != 1)
    return invalid_input(fmt::format(
        "the pattern \"{}\" has {} groups; it must have one, in parentheses, around the number (other "
        "parentheses are written (?:...))",
        text, groups.size()));
  return LatencyRule{LatencyRule::Source::pattern, std::move(pattern), unit.value_or(groups.front())};
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

Result<RunOutcome> read_outcome(const Json& json, const std::string& origin, const Objective& objective) {
  const JsonObject object(json, origin);
  TAMIS_TRY(
      object.allow_only({"latency_ns", "latencies_ns", "value", "values", "verdict", "message", "features"}));
  RunOutcome outcome;
  TAMIS_TRY(read_common(object, outcome));
  if (outcome.verdict == Verdict::rejected)
    return wrong(origin, "the verdict \"rejected\" belongs to declared constraints, not to programs");
  TAMIS_ASSIGN(std::vector<double> costs, read_costs(object, objective, outcome.features));
  if (outcome.verdict != Verdict::valid) return outcome;
  outcome.costs = std::move(costs);
  if (outcome.costs.empty() && objective.is_latency())
    return wrong(origin, "it has neither \"latency_ns\" nor \"latencies_ns\" nor a verdict other than valid");
  if (outcome.costs.empty())
    return wrong(
        origin,
        fmt::format("it has neither \"value\" nor \"values\" for the {} nor a verdict other than valid",
                    objective.name));
  for (const double cost : outcome.costs)
    if (const Status checked = objective.check(cost); !checked.ok()) return checked.error().within(origin);
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
  if (text == "json") return LatencyRule{LatencyRule::Source::json, std::nullopt};
  if (text == "wall") return LatencyRule{LatencyRule::Source::wall, std::nullopt};
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

Status check_rule(const LatencyRule& rule, const Objective& objective) {
  const bool timed = objective.is_latency() && rule.source == LatencyRule::Source::pattern;
  if (timed && !rule.unit.empty() && !time_unit_ns(rule.unit))
    return invalid_input(
        fmt::format("the pattern \"{}\": \"{}\" is not a unit of time; it must be ns, us, ms or s",
                    rule.pattern->text(), rule.unit));
  if (timed && rule.unit.empty())
    return invalid_input(fmt::format(
        "the pattern \"{}\" does not say in which unit the number is; call the group by it, as in "
        "(?P<ms>[0-9.]+)",
        rule.pattern->text()));
  if (!objective.is_latency() && rule.source == LatencyRule::Source::wall)
    return invalid_input(fmt::format(
        "the wall clock gives no {}; the latency rule must be json or a pattern such as '{} ([0-9.]+)'",
        objective.name, objective.name));
  return {};
}

Result<std::vector<double>> find_costs(const LatencyRule& rule, std::string_view output,
                                       const Objective& objective) {
  std::vector<double> costs;
  for (const std::string& group : rule.pattern->groups(output)) {
    const std::optional<double> number = parse_any_number(group);
    if (!number)
      return invalid_input(
          fmt::format("the pattern \"{}\" found \"{}\", which is not a number", rule.pattern->text(), group));
    const double cost =
        objective.is_latency() ? *number * time_unit_ns(rule.unit).value_or(1) : objective.cost_of(*number);
    if (const Status checked = objective.check(cost); !checked.ok())
      return checked.error().within(
          fmt::format("the pattern \"{}\" found \"{}\"", rule.pattern->text(), group));
    costs.push_back(cost);
  }
  if (costs.empty())
    return invalid_input(fmt::format("the pattern of the {}, \"{}\", is not in the output", objective.name,
                                     rule.pattern->text()));
  return costs;
}

}  // namespace tamis::command
