#include "targets/command/latency_rule.h"

#include "base/json.h"
#include "base/text.h"
#include "tamis/trial.h"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace tamis::command {
namespace {

constexpr std::array<std::pair<std::string_view, double>, 4> kUnits = {
    {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}}};

Result<double> parse_unit(const std::string& word) {
  for (const auto& [name, ns] : kUnits)
    if (name == word) return ns;
  return invalid_input(fmt::format("\"{}\" is no unit of time; it must be ns, us, ms or s", word));
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
    const std::optional<double> number = parse_number(group);
    if (!number)
      return invalid_input(
          fmt::format("the pattern \"{}\" found \"{}\", which is no number", rule.pattern->text(), group));
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
