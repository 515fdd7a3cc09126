#pragma once

#include "tamis/result.h"
#include "tamis/space.h"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tamis {

/// What came of trying a config.
enum class Verdict {
  valid,              ///< built, ran, and computed the reference result
  rejected,           ///< a declared constraint excludes it; only from imported data
  build_failed,       ///< no program could be made
  build_timeout,      ///< making the program took longer than allowed
  resource_exceeded,  ///< a program exists but does not fit: memories, registers, instruction fields
  launch_failed,      ///< the device did not accept the program
  run_failed,         ///< the device reported an error while running it
  crashed,            ///< the process that ran it died
  run_timeout,        ///< it hung
  wrong_result,       ///< it ran and computed something else than the reference
  device_lost,  ///< the device went away: not the config's fault, tried again elsewhere, never learnt from
};

/// Every verdict, in the order of the enum.
inline constexpr std::array kVerdicts = {
    Verdict::valid,         Verdict::rejected,          Verdict::build_failed,
    Verdict::build_timeout, Verdict::resource_exceeded, Verdict::launch_failed,
    Verdict::run_failed,    Verdict::crashed,           Verdict::run_timeout,
    Verdict::wrong_result,  Verdict::device_lost};

/// `valid`, `resource_exceeded`, ...: the word in logs, messages and files.
std::string_view to_string(Verdict verdict);
/// The verdict of a word. Errors: corrupt.
Result<Verdict> parse_verdict(std::string_view word);

/// Named numbers that building or running a config revealed (cycles, bytes moved, operations, ...), in a
/// fixed order. Names are chosen by the target and documented there.
struct Features {
  std::vector<std::pair<std::string, double>> values;

  void set(std::string name, double value) { values.emplace_back(std::move(name), value); }
  /// The named value, or NaN.
  double get(std::string_view name) const {
    for (const auto& [key, value] : values)
      if (key == name) return value;
    return std::numeric_limits<double>::quiet_NaN();
  }
  bool has(std::string_view name) const {
    for (const auto& [key, value] : values)
      if (key == name) return true;
    return false;
  }
  friend bool operator==(const Features&, const Features&) = default;
};

/// How the names of features begin that count what a program makes the device do (instructions, bytes, steps)
/// and that building reveals: more of it never makes a program faster.
inline constexpr std::string_view kWorkPrefix = "program_";

/// The latencies that tamis takes, ns: from a thousandth of a nanosecond to eleven days and a half. What lies
/// outside is not a time that a program took, but a clock that did not tick, a wrong unit or an overflow.
inline constexpr double kLeastLatencyNs = 1e-3;
inline constexpr double kMostLatencyNs = 1e15;

/// Whether a valid trial may have this latency. Everything that takes latencies from outside (devices, users'
/// programs, tell, import) asks it, so that all refuse the same in the same words, and what is written can be
/// read back. Errors: invalid_input, also for what is not a number.
Status check_latency_ns(double latency_ns);

/// A config that was tried, with all that is known of it.
struct Trial {
  uint64_t number = 0;  ///< position among the trials of its session in the order of proposal, from 0
  Config config;
  Verdict verdict = Verdict::valid;
  bool measured = false;  ///< whether it reached the device: it then counts as a measurement
  /// What is minimised, a sample each time it ran, empty unless valid: latencies in ns, or the costs of
  /// another objective (tamis/objective.h).
  std::vector<double> costs;
  Features features;
  std::string message;           ///< why it is not valid, in the words of whoever found out; empty when valid
  std::string device;            ///< the device that ran it, empty when none did
  std::string proposer;          ///< the initializer or strategy that proposed it
  int64_t build_ns = 0;          ///< time spent building, ns
  int64_t run_ns = 0;            ///< time spent running and checking, ns
  int64_t finished_unix_ms = 0;  ///< wall clock when it finished
  std::string code_hash = {};    ///< Artifact::code_hash of its program; empty where it is not known
  /// The number of the earlier trial of its session that ran the same program, so that this one did not run:
  /// verdict, costs and device are of that trial. Nothing: it ran itself, or never came to that.
  std::optional<uint64_t> same_code_as = {};

  /// The cost that ranks it: the median of the samples, infinity when there is none.
  double cost() const;
  friend bool operator==(const Trial&, const Trial&) = default;
};

/// One of the best configs of a session, measured again in turn with the others.
struct Finalist {
  uint64_t number = 0;  ///< Trial::number
  Verdict verdict = Verdict::valid;
  std::string message;        ///< why it failed now, empty when it is valid
  uint64_t runs = 0;          ///< how often it was tried again
  std::vector<double> costs;  ///< the median of each of its runs, empty unless valid

  /// The cost that ranks it: the median of the runs, infinity when it is not valid.
  double cost() const;
  friend bool operator==(const Finalist&, const Finalist&) = default;
};

/// What measuring the best configs of a session again gave: where latencies vary, the least of many measured
/// once is more likely a lucky one than the best.
struct Finals {
  uint64_t after_trials =
      0;  ///< how many trials the session had; with more of them these finals are out of date
  std::string device;
  int64_t finished_unix_ms = 0;
  std::vector<Finalist> finalists;  ///< by rank, the fastest first

  /// Puts the finalists in order: by cost, and of equal ones the first tried.
  void rank();
  /// Nothing when every finalist failed.
  const Finalist* winner() const;
  friend bool operator==(const Finals&, const Finals&) = default;
};

/// The finals if nothing was tried since, or nothing.
std::optional<Finals> discard_if_stale(std::optional<Finals> finals, uint64_t trials);

/// The best of a session's trials: the winner of its finals, with the costs measured there, where there is
/// one, else the valid trial of least cost, and of equal ones the first. Nothing when none was
/// valid. The finals must be up to date.
std::optional<Trial> best_trial(std::span<const Trial> trials, const std::optional<Finals>& finals);

}  // namespace tamis
