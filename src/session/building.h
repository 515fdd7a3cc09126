#pragma once

#include "tamis/counts.h"
#include "tamis/log.h"
#include "tamis/measurer.h"
#include "tamis/result.h"
#include "tamis/task.h"
#include "tamis/trial.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace tamis {

/// The strategy that a log names for a session whose configs were only built.
inline constexpr const char* kBuildStrategy = "build";

/// Which configs are built, and how.
struct BuildingOptions {
  std::optional<uint64_t> trials;  ///< so many at random, none twice; nothing: all that the space allows
  uint64_t seed = 0;               ///< of the choice
  MeasureOptions measure;          ///< only_build is set
};

/// What a feature of the configs that build was, over all of them.
struct FeatureRange {
  std::string name;
  double least = 0;
  double median = 0;
  double most = 0;
};

/// What building the configs of a space came to.
struct BuildingResult {
  Counts counts;
  Reasons reasons;                     ///< why configs do not build
  std::vector<FeatureRange> features;  ///< in the order in which they came
  uint64_t programs = 0;               ///< programs that differ, of those that build and tell their code
  int64_t wall_ns = 0;
  int64_t build_ns = 0;  ///< Trial::build_ns of all together
  int jobs = 1;
};

/// Configs of a space, none twice: all that it allows, or so many at random. Of a space that is too large to
/// be listed only some can be had. Errors: unsupported for all of such a space, saying so; invalid_input
/// where it allows nothing.
Result<std::vector<Config>> choose_configs(const Space& space, std::optional<uint64_t> trials, uint64_t seed);

/// Builds one config without running it, in a worker process where the target asks for one: a config that
/// ends or hangs the compiler is a verdict. Errors: as make_measurer.
Result<Trial> build_config(const SharedTask& task, const Config& config);

/// Builds configs without running them, in worker processes where the target asks for them; needs no device.
/// With a log the trials are kept in a session of its own (kBuildStrategy): a config that builds is valid
/// there without costs, which counts for `tamis explain` and never for what is best. `progress` is told after
/// every trial, how many there are, and may be empty. Errors: as choose_configs, make_measurer and Log.
Result<BuildingResult> build_configs(const SharedTask& task, Log* log, const BuildingOptions& options,
                                     const std::function<void(const Counts&, uint64_t all)>& progress,
                                     const std::stop_token& stop);

}  // namespace tamis
