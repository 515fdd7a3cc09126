#include "exchange/foreign_objective.h"

#include "base/text.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace tamis {
namespace {

bool holds_any(const std::string& small, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return small.find(word) != std::string::npos; });
}

/// Whether a measurement of this name is a time where no unit says what it is.
bool is_called_a_time(std::string_view name) {
  return holds_any(in_small_letters(name), {"time", "latency", "duration"});
}

/// Which way a measurement of this name is better.
std::optional<Direction> direction_of_name(std::string_view name) {
  if (const auto known = known_direction(name)) return known;
  const std::string small = in_small_letters(name);
  if (is_called_a_time(small)) return Direction::minimise;
  if (holds_any(small, {"score", "gflop/s", "gflops", "gb/s"})) return Direction::maximise;
  return std::nullopt;
}

Error unknown_direction(const ForeignObjective& file) {
  const std::string named = file.unit.empty() ? file.name : file.name + ":" + file.unit;
  return invalid_input(
      fmt::format("nothing says whether a small or a large {} is good; --objective {}:min or --objective "
                  "{}:max does",
                  file.name, named, named));
}

/// What the file alone says.
Result<Objective> objective_of(const ForeignObjective& file) {
  if (file.name.empty() || time_unit_ns(file.unit) || (file.unit.empty() && is_called_a_time(file.name)))
    return Objective{};
  const std::optional<Direction> by_name = direction_of_name(file.name);
  const std::optional<Direction> by_unit = known_direction(file.unit);
  if (by_name && by_unit && *by_name != *by_unit)
    return invalid_input(
        fmt::format("the objective {} is in {}, and a small {} is good but a large {} or the other way "
                    "round; --objective NAME[:UNIT][:min|max] says what is meant",
                    file.name, file.unit, file.name, file.unit));
  if (!by_name && !by_unit) return unknown_direction(file);
  return Objective{file.name, file.unit, by_name ? *by_name : *by_unit};
}

/// What the user says, with the unit of the file where it names none.
Objective objective_of(const ForeignObjective& file, const ReadOptions& options) {
  Objective objective = *options.objective;
  if (!objective.unit.empty()) return objective;
  const bool is_time = file.unit.empty() && is_called_a_time(objective.name);
  objective.unit = is_time && objective.direction == Direction::minimise ? "ns" : file.unit;
  return objective;
}

}  // namespace

double ValueScale::of(std::string_view unit) const {
  if (unit.empty()) return plain;
  const std::optional<double> ns = time_unit_ns(unit);
  if (objective.is_latency()) return ns.value_or(0);
  if (unit == objective.unit || objective.unit.empty()) return 1;
  const std::optional<double> own = time_unit_ns(objective.unit);
  return ns && own ? *ns / *own : 0;
}

Result<ValueScale> scale_of(const ForeignObjective& file, const ReadOptions& options) {
  ValueScale scale;
  if (options.objective) {
    scale.objective = objective_of(file, options);
  } else {
    TAMIS_ASSIGN(scale.objective, objective_of(file));
  }
  if (!scale.objective.is_latency()) return scale;
  scale.plain = 0;
  const bool said = options.objective && options.objective->is_latency() && *options.objective != Objective{};
  for (const std::string& unit : {said ? options.objective->unit : "", file.unit, file.time_unit})
    if (const auto ns = time_unit_ns(unit); ns && scale.plain == 0) scale.plain = *ns;
  return scale;
}

std::optional<std::string> picked_measurement(const ReadOptions& options) {
  if (!options.objective || *options.objective == Objective{}) return std::nullopt;
  return options.objective->name;
}

Result<ValueScale> plain_scale_of(const ForeignObjective& file, const ReadOptions& options) {
  const bool picked = picked_measurement(options).has_value();
  TAMIS_ASSIGN(ValueScale scale, scale_of(file, picked ? options : ReadOptions{}));
  if (options.objective && !picked && !scale.objective.is_latency())
    return invalid_input(
        fmt::format("its objective is {}, which is not a latency; where it is one, --objective {}:ms says in "
                    "which unit of time",
                    file.name, file.name));
  scale.plain = scale.of(file.unit);
  if (scale.plain != 0) return scale;
  if (!file.unit.empty())
    return invalid_input(
        fmt::format("its {} is in {}, not in {}", file.name, file.unit, scale.objective.unit));
  return invalid_input(
      fmt::format("nothing says in which unit of time {} is; --objective {}:ms does", file.name, file.name));
}

Result<ValueScale> only_scale_of(const ForeignObjective& file, const ReadOptions& options) {
  const std::optional<std::string> picked = picked_measurement(options);
  const bool is_other = picked && *picked != file.name &&
                        !(options.objective->is_latency() && (*picked == "latency" || *picked == "time"));
  if (is_other)
    return invalid_input(fmt::format("it has no measurement \"{}\"; it has {}", *picked, file.name));
  return plain_scale_of(file, options);
}

}  // namespace tamis
