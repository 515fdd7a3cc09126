#pragma once

#include "experiment/report/part.h"
#include "experiment/report/subject.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace tamis::report {

/// How much programs_of() shows at most. The document follows from these and the subjects alone.
struct ProgramLimits {
  size_t programs = 8;
  size_t spans = 20'000;  ///< of a program's timeline, all engines together
  /// Where there are more, neighbouring spans become one that are shorter than this share of the cycles.
  uint64_t pixels = 4'000;
  /// Of all programs together, which bounds the time that they take: about a second.
  uint64_t instructions = 400'000;
};

/// The programs of the best configs of subjects on `vta`, built and simulated again, as the schema's
/// `programs`: the longest latency first. `how` counts those that are left out, for the limits or because
/// they cannot be built here, and says why. No device is needed, also where the log's trials ran on a driver.
/// Thread safe.
Part programs_of(std::span<const Subject> subjects, const ProgramLimits& limits = {});

}  // namespace tamis::report
