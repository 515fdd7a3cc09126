#pragma once

#include "tamis/result.h"
#include "targets/vta/driver/calibration_measurement.h"
#include "targets/vta/isa/hardware.h"
#include "targets/vta/isa/memory_profile.h"

#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

namespace tamis::vta {

/// A fitted number, and between which ones the times fit as well: three standard errors, all else as fitted.
template <class Number>
struct Fitted {
  Number value{}, low{}, high{};
};

/// The memory and the launching that explain measured times best.
struct CalibrationFit {
  /// INSTRUCTION_BATCH is not fitted: it is 0, half of the bursts. Of outstanding reads that measurements
  /// cannot bound from above it has VTA's own number, or the least that fits.
  MemoryProfile profile;
  double launch_ns = 0;      ///< of every launch, whatever it runs
  Fitted<double> clock_mhz;  ///< exactly what was given, where it was
  Fitted<uint64_t> read_latency, write_latency, burst_beats, outstanding_reads;
  std::vector<MemoryKind> kinds;  ///< that the times cannot tell apart: the profile's first
  std::vector<double> errors;     ///< of each time: (fitted - measured) / measured
  double error = 0;  ///< their root mean square, without that of `empty`, which is short and launches only
  double noise = 0;  ///< the same of the times' standard errors

  /// Whether the noise is so large that whatever is fitted follows it rather than the memory.
  bool too_noisy() const;
  /// Whether the errors are about as small as the noise, and that not too_noisy(). Where they are not, the
  /// memory is of no kind that MemoryKind knows, FETCH reads other batches than half a burst, or what ran was
  /// not VTA's clock: a simulator.
  bool explains_times() const;
};

/// Searches the exact simulator for the profile whose cycles explain the times: times = launch + cycles /
/// clock, weighted by their errors. Deterministic; takes seconds for programs of a million cycles. Errors:
/// invalid_input where a program is missing or a clock or hardware cannot be; interrupted.
Result<CalibrationFit> fit_calibration(const Hardware& hardware, std::span<const CalibrationTime> times,
                                       std::optional<double> clock_mhz, const std::stop_token& stop = {});

}  // namespace tamis::vta
