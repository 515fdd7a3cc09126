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

/// Which ways a measurement of this name is better; both where its words contradict each other.
struct Directions {
  bool least = false, most = false;

  void add(std::optional<Direction> known) {
    least = least || known == Direction::minimise;
    most = most || known == Direction::maximise;
  }
};

Directions directions_of(const std::string& name) {
  Directions all;
  all.add(known_direction(name));
  if (all.least || all.most) return all;
  all.least = is_called_a_time(name);
  all.most = holds_any(in_small_letters(name), {"score", "gflop/s", "gflops", "gb/s"});
  return all;
}

/// Whether a value of this name is something else than a time, whatever is said of it: an energy, a rate.
bool cannot_be_time(const std::string& name) {
  const bool general = in_small_letters(name) == "cost" || in_small_letters(name) == "loss";
  const Directions directions = directions_of(name);
  return directions.most || (directions.least && !general && !is_called_a_time(name));
}

/// Errors: invalid_input, naming the flag.
Result<Direction> direction_of(const std::string& name, const std::string& unit) {
  Directions all = directions_of(name);
  if (all.least && all.most)
    return invalid_input(
        fmt::format("one part of the name {} says that a small one is good and another that a large one is; "
                    "--objective NAME[:UNIT][:min|max] says what is meant",
                    name));
  all.add(known_direction(unit));
  if (all.least && all.most)
    return invalid_input(
        fmt::format("the objective {} is in {}, and a small {} is good but a large {} or the other way "
                    "round; --objective NAME[:UNIT][:min|max] says what is meant",
                    name, unit, name, unit));
  if (all.least || all.most) return all.most ? Direction::maximise : Direction::minimise;
  const std::string named = unit.empty() ? name : name + ":" + unit;
  return invalid_input(
      fmt::format("nothing says whether a small or a large {} is good; --objective {}:min or --objective "
                  "{}:max does",
                  name, named, named));
}

/// What the file alone says.
Result<Objective> objective_of(const ForeignObjective& file) {
  if (file.name.empty()) return Objective{};
  Objective objective{file.name, file.unit, Direction::minimise};
  if (file.direction) {
    objective.direction = *file.direction;
  } else {
    TAMIS_ASSIGN(objective.direction, direction_of(file.name, file.unit));
  }
  const bool time = time_unit_ns(file.unit) || (file.unit.empty() && is_called_a_time(file.name));
  return time && objective.direction == Direction::minimise ? Objective{} : std::move(objective);
}

/// Errors: invalid_input where the user's unit is another one than the file's.
Status check_unit(const ForeignObjective& file, const ObjectiveRequest& asked) {
  if (asked.unit.empty() || file.unit.empty() || asked.unit == file.unit) return {};
  const std::optional<double> own = time_unit_ns(file.unit);
  if (own && own == time_unit_ns(asked.unit)) return {};
  return invalid_input(
      fmt::format("its {} is in {}, not in {}; leave the unit out of --objective, and it is the file's",
                  file.name, file.unit, asked.unit));
}

Error no_latency(const ForeignObjective& file) {
  return invalid_input(
      fmt::format("its objective is {}, which is not a latency; where it is one, --objective {}:ms says in "
                  "which unit of time",
                  file.name, file.name));
}

/// What the user says, with what they leave open as the file has it.
Result<Objective> objective_of(const ForeignObjective& file, const ReadOptions& options) {
  const ObjectiveRequest& asked = *options.objective;
  if (asks_for_latency(options) && asked.unit.empty()) {
    TAMIS_ASSIGN(const Objective own, objective_of(file));
    return own.is_latency() ? Result<Objective>(own) : no_latency(file);
  }
  TAMIS_TRY(check_unit(file, asked));
  if (asks_for_latency(options) && asked.name != file.name && cannot_be_time(file.name))
    return no_latency(file);
  Objective objective{asked.name, asked.unit.empty() ? file.unit : asked.unit, Direction::minimise};
  const std::optional<Direction> said = asked.direction ? asked.direction : file.direction;
  if (said) {
    objective.direction = *said;
  } else {
    TAMIS_ASSIGN(objective.direction, direction_of(objective.name, objective.unit));
  }
  const bool time = objective.direction == Direction::minimise && is_called_a_time(objective.name);
  if (time && objective.unit.empty()) objective.unit = "ns";
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

bool is_called_a_time(std::string_view name) {
  return holds_any(in_small_letters(name), {"time", "latency", "duration"});
}

bool asks_for_latency(const ReadOptions& options) {
  if (!options.objective || options.objective->direction == Direction::maximise) return false;
  return options.objective->name == "latency" || options.objective->name == "time";
}

Result<ValueScale> scale_of(const ForeignObjective& file, const ReadOptions& options) {
  ValueScale scale;
  TAMIS_ASSIGN(scale.objective, options.objective ? objective_of(file, options) : objective_of(file));
  if (!scale.objective.is_latency()) return scale;
  scale.plain = 0;
  for (const std::string& unit :
       {options.objective ? options.objective->unit : "", file.unit, file.time_unit})
    if (const auto ns = time_unit_ns(unit); ns && scale.plain == 0) scale.plain = *ns;
  return scale;
}

Result<ValueScale> plain_scale_of(const ForeignObjective& file, const ReadOptions& options) {
  TAMIS_ASSIGN(ValueScale scale, scale_of(file, options));
  if (scale.plain != 0) return scale;
  if (!file.unit.empty())
    return invalid_input(
        fmt::format("its {} is in {}, not in {}", file.name, file.unit, scale.objective.unit));
  return invalid_input(
      fmt::format("nothing says in which unit of time {} is; --objective {}:ms does", file.name, file.name));
}

Result<ValueScale> only_scale_of(const ForeignObjective& file, const ReadOptions& options) {
  if (options.objective && options.objective->name != file.name && !asks_for_latency(options))
    return invalid_input(
        fmt::format("it has no measurement \"{}\"; it has {}", options.objective->name, file.name));
  return plain_scale_of(file, options);
}

}  // namespace tamis
