#pragma once

#include "measure/attempt.h"
#include "measure/device_guard.h"
#include "measure/protocol.h"
#include "measure/shared_data.h"
#include "measure/timing_gate.h"
#include "measure/worker_process.h"
#include "tamis/measurer.h"

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace tamis {

/// What the workers of all jobs are started with.
struct WorkerPlan {
  WorkerPlan(std::string worker_program, SharedTask of, const MeasureOptions& measure_options);

  std::string program;
  SharedTask task;
  MeasureOptions options;
  SharedData data;                ///< what workers inherit
  std::string space_fingerprint;  ///< knobs_fingerprint() of the task: a worker with another one is refused
  TimingGate gate;                ///< that all jobs share
};

/// A device behind a worker process, which it keeps: whatever becomes of the process while it tries a config
/// becomes a trial. A death is `crashed` (`build_failed` in the build), a deadline that passes
/// `build_timeout` or `run_timeout`. After either the worker is replaced before the next config. Used by one
/// thread at a time.
class Supervisor final : public DeviceLink {
 public:
  /// `slot` is DeviceOptions::slot.
  Supervisor(std::shared_ptr<WorkerPlan> plan, int slot);

  /// Makes a worker ready unless one is. Errors: interrupted by a stop, which kills it; a worker that cannot
  /// be started, that does not know the target, or one of another version or space.
  Status open(const std::stop_token& stop) override;
  /// Errors: interrupted by a stop, which kills the worker; what a worker reports that cannot go on.
  Result<std::optional<Trial>> try_config(const MeasureRequest& request,
                                          const std::stop_token& stop) override;
  /// Ends the worker, so that the next config gets a new one with a device opened anew.
  void close() override { worker_.reset(); }

 private:
  bool deliver(const TryMessage& message);
  Result<Trial> follow(const MeasureRequest& request, TimingGate::Pass& pass, const std::stop_token& stop);
  Result<Trial> end_worker(const AttemptClock& clock, const WorkerEvent& event);

  std::shared_ptr<WorkerPlan> plan_;
  int slot_;
  std::string device_;  ///< the name that the user gave it; empty: none
  std::unique_ptr<WorkerProcess> worker_;
};

}  // namespace tamis
