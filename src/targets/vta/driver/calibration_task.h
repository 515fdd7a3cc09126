#pragma once

#include "tamis/device.h"
#include "tamis/result.h"
#include "tamis/task.h"
#include "tamis/workload.h"
#include "targets/vta/driver/calibration_programs.h"
#include "targets/vta/isa/hardware.h"
#include "targets/vta/isa/program.h"

#include <memory>

namespace tamis::vta {

/// What a task of calibration builds: a driver's device times it and yields no output.
class CalibrationArtifact : public Artifact {
 public:
  CalibrationArtifact(Hardware of, Launch program) : hardware(std::move(of)), launch(std::move(program)) {}

  Hardware hardware;
  Launch launch;
};

/// The workload by which calibration programs are asked for, of any target on a driver: no user's workload
/// equals it.
Workload calibration_workload();
bool is_calibration(const Workload& workload);

/// The task whose configs are all calibration programs with all numbers of repeats, so that a worker process
/// runs them as it runs any other config. Errors: those of Space::create.
Result<std::unique_ptr<Task>> bind_calibration(const Hardware& hardware);
/// The config of such a task.
Config calibration_config(const Space& space, Calibration program, uint64_t repeats);

}  // namespace tamis::vta
