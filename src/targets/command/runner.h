#pragma once

#include "tamis/device.h"
#include "tamis/json_fwd.h"
#include "tamis/objective.h"
#include "tamis/result.h"
#include "tamis/space.h"
#include "targets/command/description.h"

#include <memory>
#include <string>

namespace tamis::command {

/// Builds and runs configs of one space through a user's program, on one device. Thread safe.
class Runner {
 public:
  virtual ~Runner() = default;
  virtual BuildOutcome build(const Config& config) = 0;
  /// Runs what build() of the same runner made.
  virtual RunOutcome run(const Artifact& artifact, const RunOptions& options) = 0;
};

/// What a runner runs configs of.
struct RunnerOptions {
  Space space;
  ProgramDescription program;
  std::string workload;  ///< what a server is told to serve
  std::string device;    ///< the name of the device; empty where there is only one
  Objective objective = {};
};

/// The config as its programs are told it: an object of names and values, a split as an array of its factors.
Json config_to_json(const Space& space, const Config& config);

/// Runs a program anew for each config. Errors: as TextTemplate::parse; io.
Result<std::unique_ptr<Runner>> make_one_shot_runner(const RunnerOptions& options);
/// Starts a server when it is first needed, and again after its end. Errors: none now.
Result<std::unique_ptr<Runner>> make_server_runner(const RunnerOptions& options);

}  // namespace tamis::command
