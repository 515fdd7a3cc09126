#pragma once

#include "tamis/result.h"
#include "targets/vta/driver/calibration_measurement.h"
#include "targets/vta/isa/hardware.h"
#include "targets/vta/isa/memory_profile.h"
#include "targets/vta/isa/program.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

namespace tamis::vta {

/// How launching and the clock turn the cycles of programs into their times.
struct CalibrationLine {
  double launch_ns = 0;
  double cycle_ns = 0;
  double cycle_error_ns = 0;  ///< standard error of cycle_ns; 0 where the clock is given
  double misfit = 0;          ///< squares of errors in units of the times' standard errors, summed
};

/// Measured times beside the cycles that the simulator counts before any memory. Not thread safe.
class [[gnu::visibility("hidden")]] CalibrationModel {
 public:
  /// Errors: invalid_input where a program is missing.
  static Result<CalibrationModel> make(const Hardware& hardware, std::span<const CalibrationTime> times,
                                       std::optional<double> clock_mhz, const std::stop_token& stop);

  const std::vector<CalibrationTime>& times() const { return times_; }
  /// Of the time at a position of times(); simulated once.
  double cycles(const MemoryProfile& profile, size_t position);
  /// The line that fits the named programs' times best; infinite misfit after a stop was requested.
  CalibrationLine line(const MemoryProfile& profile, std::span<const Calibration> programs);
  /// Of all programs.
  CalibrationLine line(const MemoryProfile& profile);
  /// The misfit of the named programs' times to a line that is not theirs.
  double misfit(const MemoryProfile& profile, const CalibrationLine& line,
                std::span<const Calibration> programs);
  /// The value of a parameter, from 1 to `most`, with which a program takes nearest to as long as measured;
  /// it must take longer the larger the value.
  uint64_t solve(MemoryProfile profile, uint64_t MemoryProfile::*parameter, uint64_t most,
                 Calibration program, const CalibrationLine& line);
  /// Whether every launch was simulated to its end.
  Status simulated() const { return simulated_; }
  /// Times that are left when what a fit chooses is taken off, at least 1.
  double degrees_of_freedom() const;

 private:
  CalibrationModel() = default;
  CalibrationLine fit(const std::vector<size_t>& positions, const std::vector<double>& cycles) const;
  double misfit(size_t position, const CalibrationLine& line, double cycles) const;

  Hardware hardware_;
  std::vector<CalibrationTime> times_;
  std::vector<Launch> launches_;
  std::array<size_t, kCalibrations> positions_{};
  std::optional<double> clock_mhz_;
  std::stop_token stop_;
  Status simulated_;
  std::map<std::array<uint64_t, 6>, double> known_;
};

}  // namespace tamis::vta
