#pragma once

#include "base/result.h"
#include "space/space.h"
#include "trial/verdict.h"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace tamis {

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
/// outside is no time that a program took, but a clock that did not tick, a wrong unit or an overflow.
inline constexpr double kLeastLatencyNs = 1e-3;
inline constexpr double kMostLatencyNs = 1e15;

/// Whether a valid trial may have this latency. Everything that takes latencies from outside (devices, users'
/// programs, tell, import) asks it, so that all refuse the same in the same words, and what is written can be
/// read back. Errors: invalid_input, also for what is no number.
Status check_latency_ns(double latency_ns);

/// A config that was tried, with all that is known of it.
struct Trial {
  uint64_t number = 0;  ///< position among the trials of its session in the order of proposal, from 0
  Config config;
  Verdict verdict = Verdict::valid;
  bool measured = false;             ///< whether it reached the device: it then counts as a measurement
  std::vector<double> latencies_ns;  ///< latency samples in ns, empty unless valid
  Features features;
  std::string message;           ///< why it is not valid, in the words of whoever found out; empty when valid
  std::string device;            ///< the device that ran it, empty when none did
  std::string proposer;          ///< the initializer or strategy that proposed it
  int64_t build_ns = 0;          ///< time spent building, ns
  int64_t run_ns = 0;            ///< time spent running and checking, ns
  int64_t finished_unix_ms = 0;  ///< wall clock when it finished

  /// The latency that ranks it: the median of the samples in ns, infinity when there is none.
  double latency_ns() const;
  friend bool operator==(const Trial&, const Trial&) = default;
};

}  // namespace tamis
