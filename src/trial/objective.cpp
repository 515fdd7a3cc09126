#include "tamis/objective.h"

#include "base/json.h"
#include "base/text.h"
#include "tamis/trial.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

struct TimeUnit {
  std::string_view name;
  double ns;
};

// Both signs that are printed as a micro: U+00B5 and the Greek letter, U+03BC. "milisecond" is what published
// tables write.
constexpr std::array kTimeUnits = {TimeUnit{"s", 1e9},           TimeUnit{"sec", 1e9},
                                   TimeUnit{"second", 1e9},      TimeUnit{"ms", 1e6},
                                   TimeUnit{"msec", 1e6},        TimeUnit{"millisec", 1e6},
                                   TimeUnit{"millisecond", 1e6}, TimeUnit{"milisecond", 1e6},
                                   TimeUnit{"us", 1e3},          TimeUnit{"\xC2\xB5s", 1e3},
                                   TimeUnit{"\xCE\xBCs", 1e3},   TimeUnit{"usec", 1e3},
                                   TimeUnit{"\xC2\xB5sec", 1e3}, TimeUnit{"microsec", 1e3},
                                   TimeUnit{"microsecond", 1e3}, TimeUnit{"ns", 1},
                                   TimeUnit{"nsec", 1},          TimeUnit{"nanosec", 1},
                                   TimeUnit{"nanosecond", 1},    TimeUnit{"min", 60e9},
                                   TimeUnit{"minute", 60e9}};

constexpr std::array<std::string_view, 15> kLeast = {"time", "runtime", "latency", "duration", "energy",
                                                     "cost", "loss",    "size",    "power",    "j",
                                                     "mj",   "w",       "b",       "byte",     "bytes"};
constexpr std::array<std::string_view, 10> kMost = {"fitness", "gflop/s",   "tflop/s",  "gb/s",
                                                    "tb/s",    "gflops/w",  "tflops/w", "gflop/j",
                                                    "tflop/j", "throughput"};
// How the GFLOP/s of Kernel Tuner are spelt elsewhere.
constexpr std::array<std::string_view, 6> kMostElsewhere = {"gflops", "tflops", "mflop/s",
                                                            "mflops", "flop/s", "flops"};

template <size_t N>
bool holds(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::optional<Direction> parse_direction(std::string_view word) {
  const std::string small = in_small_letters(word);
  if (small == "min" || small == "minimise" || small == "minimize") return Direction::minimise;
  if (small == "max" || small == "maximise" || small == "maximize") return Direction::maximise;
  return std::nullopt;
}

/// A latency whose unit nobody named is the one that is meant where no objective is.
Objective complete(Objective objective) {
  const bool is_plain = (objective.name == "latency" || objective.name == "time") && objective.unit.empty() &&
                        objective.direction == Direction::minimise;
  return is_plain ? Objective{} : std::move(objective);
}

}  // namespace

bool Objective::is_latency() const {
  return direction == Direction::minimise && (unit == "ns" || time_unit_ns(unit));
}

double Objective::cost_of(double value) const {
  // Not the negative of 0, which would be another number in a log.
  if (direction == Direction::maximise) return 0.0 - value;
  return unit == "ns" ? value : value * time_unit_ns(unit).value_or(1);
}

double Objective::value_of(double cost) const {
  if (direction == Direction::maximise) return 0.0 - cost;
  return unit == "ns" ? cost : cost / time_unit_ns(unit).value_or(1);
}

Status Objective::check(double cost) const {
  if (is_latency()) return check_latency_ns(cost);
  if (std::isfinite(cost)) return {};
  return invalid_input(fmt::format("a value of {} cannot be {}; it must be a finite number", name,
                                   std::isnan(cost) ? "no number" : "infinite"));
}

bool Objective::is_within(double cost, double best, double percent) {
  return cost <= best + std::abs(best) * percent / 100.0;
}

std::string Objective::show(double cost) const {
  if (!std::isfinite(cost)) return "-";
  if (is_latency()) return format_latency(cost);
  const std::string number = fmt::format("{:.6g}", value_of(cost));
  return unit.empty() ? number : number + " " + unit;
}

std::optional<double> Objective::gain(double cost, double over) const {
  const double value = value_of(cost);
  const double other = value_of(over);
  if (!(value > 0) || !(other > 0) || !std::isfinite(value) || !std::isfinite(other)) return std::nullopt;
  return direction == Direction::maximise ? value / other : other / value;
}

std::string to_string(const Objective& objective) {
  if (objective == Objective{}) return objective.name;
  return fmt::format("{}:{}:{}", objective.name, objective.unit,
                     objective.direction == Direction::maximise ? "max" : "min");
}

ObjectiveRequest::ObjectiveRequest(const Objective& objective)
    : name(objective.name),
      unit(objective == Objective{} ? "" : objective.unit),
      direction(objective.direction) {}

Result<ObjectiveRequest> parse_objective_request(std::string_view text) {
  std::vector<std::string> parts = split_text(text, ':');
  ObjectiveRequest request;
  if (parts.size() > 1) request.direction = parse_direction(parts.back());
  if (request.direction) parts.pop_back();
  if (parts.size() > 2 || parts.front().empty())
    return invalid_input(fmt::format(
        "the objective \"{}\" is not of the form NAME[:UNIT][:min|max], as in energy:J:min", text));
  request.name = parts.front();
  if (parts.size() > 1) request.unit = parts[1];
  return request;
}

Result<Objective> parse_objective(std::string_view text) {
  TAMIS_ASSIGN(const ObjectiveRequest request, parse_objective_request(text));
  Objective objective{request.name, request.unit, Direction::minimise};
  std::optional<Direction> direction = request.direction;
  if (!direction) direction = known_direction(objective.name);
  if (!direction) direction = known_direction(objective.unit);
  if (!direction)
    return invalid_input(
        fmt::format("nothing says whether a small or a large {} is good; write {}:{}:min or {}:{}:max as the "
                    "objective",
                    objective.name, objective.name, objective.unit, objective.name, objective.unit));
  objective.direction = *direction;
  return complete(std::move(objective));
}

Json to_json(const Objective& objective) {
  return {{"name", objective.name},
          {"unit", objective.unit},
          {"direction", objective.direction == Direction::maximise ? "max" : "min"}};
}

Result<Objective> objective_from_json(const Json& json, const std::string& origin) {
  if (json.is_string()) {
    Result<Objective> parsed = parse_objective(json.get<std::string>());
    return parsed.ok() ? parsed : parsed.error().within(origin);
  }
  const JsonObject object(json, origin);
  TAMIS_TRY(object.allow_only({"name", "unit", "direction"}));
  TAMIS_ASSIGN(const std::string name, object.string("name"));
  TAMIS_ASSIGN(const std::string unit, object.string_or("unit", ""));
  TAMIS_ASSIGN(const std::string word, object.string_or("direction", ""));
  if (name.empty()) return invalid_input(origin + ": the objective has no name");
  std::optional<Direction> direction = parse_direction(word);
  if (!word.empty() && !direction)
    return invalid_input(fmt::format("{}: the direction \"{}\" is neither min nor max", origin, word));
  if (!direction) direction = known_direction(name);
  if (!direction) direction = known_direction(unit);
  if (!direction)
    return invalid_input(
        fmt::format("{}: nothing says whether a small or a large {} is good; add the direction min or max",
                    origin, name));
  return complete({name, unit, *direction});
}

std::optional<Direction> known_direction(std::string_view name_or_unit) {
  const std::string small = in_small_letters(name_or_unit);
  if (holds(kMost, small) || holds(kMostElsewhere, small)) return Direction::maximise;
  if (holds(kLeast, small) || time_unit_ns(small)) return Direction::minimise;
  return std::nullopt;
}

std::optional<double> time_unit_ns(std::string_view unit) {
  std::string small = in_small_letters(unit);
  for (int letters = 0; letters < 2; ++letters) {
    for (const TimeUnit& known : kTimeUnits)
      if (known.name == small) return known.ns;
    // The plural of the longer names; "ss" or "mss" are none.
    if (small.size() < 4 || !small.ends_with('s')) return std::nullopt;
    small.pop_back();
  }
  return std::nullopt;
}

std::string format_latency(double ns) {
  if (ns >= 1e9) return fmt::format("{:.3f} s", ns / 1e9);
  if (ns >= 1e6) return fmt::format("{:.3f} ms", ns / 1e6);
  if (ns >= 1e3) return fmt::format("{:.1f} us", ns / 1e3);
  return fmt::format("{:.4g} ns", ns);
}

}  // namespace tamis
