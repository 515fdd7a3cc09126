#pragma once

#include "measure/measurer.h"
#include "measure/protocol.h"
#include "measure/shared_data.h"
#include "measure/worker_process.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace tamis {

/// What a supervisor starts its workers with.
struct WorkerPlan {
  std::string program;
  HelloMessage hello;
  std::shared_ptr<SharedData> data;  ///< what its workers inherit; nothing: each computes its own
  std::string
      space_fingerprint;  ///< knobs_fingerprint() of the tuner's space: a worker with another one is refused
  std::chrono::milliseconds start_deadline{120'000};  ///< from the start of the program to `ready`
  std::chrono::milliseconds build_deadline{60'000};
  std::chrono::milliseconds run_deadline{10'000};
  uint64_t memory_limit_bytes = 0;
};

/// Keeps one worker process, and turns whatever becomes of it while it tries a config into a trial: a death
/// is `crashed`
/// (`build_failed` in the build), a deadline that passes `build_timeout` or `run_timeout`. After either the
/// worker is replaced before the next config. Used by one thread at a time.
class Supervisor {
 public:
  explicit Supervisor(WorkerPlan plan) : plan_(std::move(plan)) {}

  /// Makes a worker ready unless one is; false when `stop` came first. Errors: a worker that cannot be
  /// started, or one of another version or space.
  Result<bool> ensure_worker(const std::stop_token& stop);
  /// Tries a config once. Nothing when `stop` was requested, which kills the worker. Errors: a worker that
  /// cannot be started, that fails before it was given a config, or that reports that it cannot go on.
  Result<std::optional<Trial>> try_config(const MeasureRequest& request, const std::string& save_program,
                                          const std::stop_token& stop);
  /// Ends the worker, so that the next config gets a new one with a device opened anew.
  void discard_worker() { worker_.reset(); }

 private:
  Result<std::optional<Trial>> follow(const MeasureRequest& request, const std::stop_token& stop);

  WorkerPlan plan_;
  std::unique_ptr<WorkerProcess> worker_;
};

}  // namespace tamis
