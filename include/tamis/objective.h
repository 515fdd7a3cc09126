#pragma once

#include "tamis/json_fwd.h"
#include "tamis/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace tamis {

/// Which way the value of an objective is better.
enum class Direction { minimise, maximise };

/// What a search optimises: a latency, unless something says otherwise; or energy, throughput, size, a score.
///
/// Everything that compares trials compares *costs*, of which the least is the best: ns of a latency, the
/// value of any other objective that is to be minimised, the negated value of one to be maximised. What
/// people and files see is the value in its own unit.
struct Objective {
  std::string name = "latency";
  std::string unit = "ns";  ///< of values; may be empty
  Direction direction = Direction::minimise;

  /// Whether it is a time to be minimised, whose costs are in ns.
  bool is_latency() const;
  /// The cost of a value in `unit`, and back.
  double cost_of(double value) const;
  double value_of(double cost) const;
  /// Whether a trial may have this cost: any finite number, of a latency one that check_latency_ns takes.
  /// Errors: invalid_input.
  Status check(double cost) const;
  /// Whether a cost is within so many percent of the best one's magnitude.
  static bool is_within(double cost, double best, double percent);
  /// The value of a cost for people: `53.5 us`, `1000 GFLOP/s`, `-3.5`; `-` for a cost that is not finite.
  std::string show(double cost) const;
  /// How many times better a cost is than another: 2 for half the latency or twice the throughput. Nothing
  /// where both values are not above 0, as ratios then say nothing.
  std::optional<double> gain(double cost, double over) const;

  friend bool operator==(const Objective&, const Objective&) = default;
};

/// `latency`, or `NAME:UNIT:min`, `NAME::max`: what parse_objective reads.
std::string to_string(const Objective& objective);

/// An objective as people write it, `NAME[:UNIT][:min|max]`: `energy:J`, `GFLOP/s:max`, `score`. Where the
/// direction is missing, known_direction of the name or the unit is taken. `latency` and
/// `time` alone are the objective that is meant where none is named. Errors: invalid_input for an empty name,
/// for more parts than three, and where nothing tells the direction.
Result<Objective> parse_objective(std::string_view text);

/// An objective as a user asks for it of a file that may say the rest itself: of the measurement of this
/// name, with what is left open as the file has it.
struct ObjectiveRequest {
  ObjectiveRequest() = default;
  /// Everything is said; but `latency` in ns is what the file says its latency is.
  ObjectiveRequest(const Objective& objective);

  std::string name;
  std::string unit = {};                    ///< empty: the file's
  std::optional<Direction> direction = {};  ///< nothing: the file's, or what name and unit tell

  friend bool operator==(const ObjectiveRequest&, const ObjectiveRequest&) = default;
};

/// The same form as parse_objective reads, `NAME[:UNIT][:min|max]`, whose direction may be left open. Errors:
/// invalid_input for an empty name and for more parts than three. Thread safe.
Result<ObjectiveRequest> parse_objective_request(std::string_view text);

/// `{"name": "energy", "unit": "J", "direction": "min"}`, and back; a text is read as by
/// parse_objective. Errors: invalid_input that names the member; `origin` names the JSON.
Json to_json(const Objective& objective);
Result<Objective> objective_from_json(const Json& json, const std::string& origin);

/// Which way an objective of this name, or in this unit, is better, as Kernel Tuner 1.5.0 has it by default
/// (`time`, `energy`, `cost`, `loss` least; `fitness`, `GFLOP/s`, `GB/s`, `GFLOPS/W` and their relatives
/// most), in any case; units of time, energy, power and size are better small. Nothing for others.
std::optional<Direction> known_direction(std::string_view name_or_unit);

/// How many ns a unit of time is, in any of the spellings that files have: `s`, `sec`, `second(s)`, `ms`,
/// `msec`, `millisecond(s)`, `us`, `µs`, `usec`, `microsecond(s)`, `ns`, ..., in any case. Nothing for
/// others.
std::optional<double> time_unit_ns(std::string_view unit);

/// A latency for people, in the unit that fits: `1.234 ms`, `56.7 us`, `41.5 ns`.
std::string format_latency(double ns);

}  // namespace tamis
