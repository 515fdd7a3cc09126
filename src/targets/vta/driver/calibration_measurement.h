#pragma once

#include "tamis/result.h"
#include "targets/vta/driver/calibration_programs.h"
#include "targets/vta/isa/hardware.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace tamis::vta {

/// Runs a calibration program once or several times: wall-clock times, ns, at least one and all above 0.
/// Errors: whatever keeps it from running, which ends the calibration.
using MeasureCalibration = std::function<Result<std::vector<double>>(Calibration program, uint64_t repeats)>;

struct CalibrationPlan {
  double program_ns = 1e7;  ///< how long a program is to take, roughly; more lets less of it be launching
  int rounds = 7;           ///< how often all programs are measured, one after another; at least 1
  /// Told how many measurements of the rounds there were and will be; may be empty.
  std::function<void(size_t done, size_t total)> progress = nullptr;
};

/// What came of measuring one program.
struct CalibrationTime {
  Calibration program = Calibration::empty;
  uint64_t repeats = 1;
  double ns = 0;        ///< the median of all runs
  double error_ns = 0;  ///< its standard error, above 0
  size_t runs = 0;
};

/// Finds how often each program must repeat what it does to take as long as planned, then measures all in
/// turn, so that what changes with time meets all of them. Errors: invalid_input for a plan that is none;
/// those of `measure`; io for times that cannot be.
Result<std::vector<CalibrationTime>> measure_calibration(const Hardware& hardware,
                                                         const CalibrationPlan& plan,
                                                         const MeasureCalibration& measure);

}  // namespace tamis::vta
