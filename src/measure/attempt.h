#pragma once

#include "measure/measurer.h"
#include "task/target.h"
#include "trial/trial.h"
#include "workload/data.h"

#include <chrono>
#include <functional>
#include <limits>
#include <string>

namespace tamis {

/// How far an attempt has come.
enum class Phase {
  building,  ///< Target::build is about to be called
  running,   ///< Device::run is about to be called
};

struct AttemptOptions {
  std::chrono::milliseconds run_deadline{10'000};  ///< handed to the device, which may give up by itself
  std::string save_program;                        ///< as RunOptions::save_program
  double incumbent_ns = std::numeric_limits<double>::infinity();  ///< as RunOptions::incumbent_ns
};

/// Tries one config once: build, run, check the output against `data.output`. Both kinds of measurers go
/// through here, so a verdict means the same in both. The trial's number and proposer are left to the caller.
///
/// Errors: io when the program ran but could not be saved; then it is no use to try others.
/// `announce` is called before each phase. Thread safe as long as no two calls share a device.
Result<Trial> attempt(const MeasureTask& task, Device& device, const WorkloadData& data, const Config& config,
                      const AttemptOptions& options, const std::function<void(Phase)>& announce);

/// Where the program of a config is saved: `DIRECTORY/WORKLOAD-INDEX.json.gz`, with every character of the
/// workload's name that is not a letter, a digit, `.`, `-` or `_` replaced by `_`. Empty when `directory` is.
std::string program_path(const std::string& directory, const MeasureTask& task, const Config& config);

}  // namespace tamis
