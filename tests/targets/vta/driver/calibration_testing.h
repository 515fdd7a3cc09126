#pragma once

#include "tamis/random.h"
#include "targets/vta/driver/calibration.h"
#include "targets/vta/driver/calibration_measurement.h"
#include "targets/vta/driver/calibration_programs.h"
#include "targets/vta/simulator/simulator.h"

#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tamis::vta::testing {

/// A board whose memory the calibration does not know: it takes the cycles of its memory and launches
/// unevenly.
class Board {
 public:
  Board(const Hardware& hardware, const MemoryProfile& memory, double noise, uint64_t seed = 1)
      : hardware_(hardware), noise_(noise), random_(seed) {
    hardware_.memory = memory;
  }

  /// Three runs.
  Result<std::vector<double>> run(Calibration program, uint64_t repeats) {
    const double ns = launch_ns + hardware_.memory.to_ns(cycles(program, repeats));
    std::vector<double> runs;
    for (int i = 0; i < 3; ++i) runs.push_back(ns * (1 + noise_ * random_.normal()));
    return runs;
  }
  MeasureCalibration measure() {
    return [this](Calibration program, uint64_t repeats) { return run(program, repeats); };
  }
  /// Programs of so many cycles, roughly.
  CalibrationPlan plan() const {
    CalibrationPlan plan;
    plan.program_ns = hardware_.memory.to_ns(program_cycles);
    return plan;
  }
  Result<CalibrationFit> calibrate(std::optional<double> clock_mhz) {
    Hardware unknown = hardware_;
    unknown.memory = {};
    TAMIS_ASSIGN(const auto times, measure_calibration(unknown, plan(), measure()));
    return fit_calibration(unknown, times, clock_mhz);
  }
  const MemoryProfile& memory() const { return hardware_.memory; }

  double launch_ns = 30'000;
  double program_cycles = 2e5;

 private:
  double cycles(Calibration program, uint64_t repeats) {
    const auto [found, is_new] = known_.try_emplace({program, repeats}, 0.0);
    if (is_new) {
      Launch launch = calibration_launch(hardware_, program, repeats);
      SimulationOptions options;
      options.functional = false;
      const SimulationOutcome outcome = simulate(hardware_, launch, options);
      EXPECT_EQ(outcome.stop, Stop::finished) << outcome.message;
      found->second = static_cast<double>(outcome.counters.cycles);
    }
    return found->second;
  }

  Hardware hardware_;
  double noise_;
  Random random_;
  std::map<std::pair<Calibration, uint64_t>, double> known_;
};

/// What a fit says of a board, for a failure.
inline std::string text_of(const CalibrationFit& fit) {
  std::string text = to_json(fit.profile).dump();
  const auto add = [&](const char* name, const auto& fitted) {
    text += fmt::format("\n  {} {} ({} to {})", name, fitted.value, fitted.low, fitted.high);
  };
  add("read latency", fit.read_latency);
  add("write latency", fit.write_latency);
  add("burst beats", fit.burst_beats);
  add("outstanding reads", fit.outstanding_reads);
  add("clock", fit.clock_mhz);
  for (const MemoryKind kind : fit.kinds) text += fmt::format("\n  {}", to_string(kind));
  return text + fmt::format("\n  launch {} ns, error {}, noise {}", fit.launch_ns, fit.error, fit.noise);
}

/// Whether a number lies in its range, twice as far from the fitted value as that says: ranges are three
/// standard errors long, of noise that is itself only measured.
template <class Number>
bool holds(const vta::Fitted<Number>& fitted, Number truth) {
  const auto value = static_cast<double>(fitted.value), sought = static_cast<double>(truth);
  const double below = 2 * (value - static_cast<double>(fitted.low)),
               above = 2 * (static_cast<double>(fitted.high) - value);
  return sought >= value - below - 1 && sought <= value + above + 1;
}

}  // namespace tamis::vta::testing
