#pragma once

#include "measure/attempt.h"
#include "measure/device_guard.h"
#include "measure/protocol.h"
#include "measure/shared_data.h"
#include "measure/timing_gate.h"
#include "measure/worker_process.h"
#include "tamis/measurer.h"

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace tamis {

/// What the workers of all jobs are told of programs that others are compared with (RunOptions::referring),
/// and what they told of them. Thread safe.
class SharedReferences {
 public:
  std::map<size_t, std::string> failed() const;
  void add_failed(size_t number, const std::string& why);
  /// Whether people have not been told this yet.
  bool is_news(const std::string& notice);

 private:
  mutable std::mutex mutex_;
  std::map<size_t, std::string> failed_;
  std::set<std::string> told_;
};

/// What the workers of all jobs are started with.
struct WorkerPlan {
  WorkerPlan(std::string worker_program, SharedTask of, const MeasureOptions& measure_options);

  std::string program;
  SharedTask task;
  MeasureOptions options;
  SharedData data;                ///< what workers inherit
  std::string space_fingerprint;  ///< knobs_fingerprint() of the task: a worker with another one is refused
  TimingGate gate;                ///< that all jobs share
  SharedReferences references;
};

/// A device behind a worker process, which it keeps: whatever becomes of the process while it tries a config
/// becomes a trial. A death is `crashed` (`build_failed` in the build), a deadline that passes
/// `build_timeout` or `run_timeout`. After either the worker is replaced before the next config. Where it was
/// another program that ended the process, one that the config was to be compared with, the config is tried
/// again, and that program no more. Used by one thread at a time.
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
  std::vector<std::string> take_notices() override { return std::exchange(notices_, {}); }

 private:
  /// How far a worker is with a config.
  struct Course;

  bool only_builds(const MeasureRequest& request) const;
  bool deliver(const TryMessage& message);
  Result<std::optional<Trial>> try_once(const MeasureRequest& request, Course& course, TimingGate::Pass& pass,
                                        const std::stop_token& stop);
  Result<Trial> follow(const MeasureRequest& request, Course& course, TimingGate::Pass& pass,
                       const std::stop_token& stop);
  bool take_reference(const Message& message, Course& course);
  void blame_reference(Course& course, const std::string& why);
  Result<Trial> end_worker(const AttemptClock& clock, const WorkerEvent& event);

  std::shared_ptr<WorkerPlan> plan_;
  int slot_;
  std::string device_;  ///< the name that the user gave it; empty: none
  std::unique_ptr<WorkerProcess> worker_;
  std::vector<std::string> notices_;
};

}  // namespace tamis
