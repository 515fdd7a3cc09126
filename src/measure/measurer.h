#pragma once

#include "base/result.h"
#include "measure/device_event.h"
#include "task/target.h"
#include "trial/trial.h"

#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace tamis {

/// A config to try; `number` and `proposer` are copied to its trial.
struct MeasureRequest {
  uint64_t number = 0;
  Config config;
  std::string proposer;
  double incumbent_ns = std::numeric_limits<double>::infinity();  ///< RunOptions::incumbent_ns
};

/// How devices are kept fit, and how their faults are told from those of configs; worker processes only.
struct DeviceRecovery {
  /// A line for the shell that brings a device back, run after it hung or was lost, with its name in
  /// TAMIS_DEVICE; empty: none.
  std::string reset_command;
  std::chrono::milliseconds reset_deadline{60'000};  ///< after which a reset has failed
  /// A config that is known to be valid: a device is asked for it after it hung, was lost or failed several
  /// times in a row, and is used no more when it fails it too. Nothing: devices are always trusted.
  std::optional<Config> canary;
  /// How far a config that failed on the device is tried again: the best of 2 x this + 1 runs decides, so a
  /// failure that does not come back is the device's, not the config's (trial/flaky.h). Configs that hang are
  /// not repeated.
  int failure_repeats = 0;
  /// Told what happens to devices, on the thread that measures; may be empty.
  std::function<void(const DeviceEvent&)> event = nullptr;
};

struct MeasureOptions {
  /// Configs tried at the same time, on threads or in worker processes: 1 to what Target::job_limits()
  /// allows.
  int jobs = 1;
  std::chrono::milliseconds run_deadline{10'000};  ///< a run that takes longer is a run_timeout
  std::chrono::milliseconds build_deadline{
      60'000};                ///< a build that takes longer is a build_timeout (worker processes only)
  uint64_t data_seed = 0;     ///< seed of the random inputs that results are checked on
  std::string save_programs;  ///< a directory for the programs that ran, when not empty
  std::string
      worker_path;  ///< the tamis-worker program; empty: beside the running program or where it was installed
  uint64_t memory_limit_bytes = uint64_t{4} << 30;  ///< address space of a worker process
  /// How often a config is tried again after device_lost, on another device where there is one.
  int device_lost_retries = 2;
  DeviceRecovery care;
};

/// Tries configs: build, run, check the output against the reference, one verdict a config.
///
/// Not thread safe itself; it runs what it is given on `jobs` threads or worker processes of its own.
class Measurer {
 public:
  virtual ~Measurer() = default;
  /// Tries every request. `finished` is called on the calling thread, once a request, in the order they
  /// finish; an error that it returns stops the measuring and is returned. After `stop` is requested, no
  /// further request is begun, those under way are given up without a trial, and the call returns normally.
  /// Errors: io when no device is left that is fit to be used, naming them and why.
  virtual Status measure(std::span<const MeasureRequest> requests,
                         const std::function<Status(Trial)>& finished, std::stop_token stop) = 0;
  /// The same one request after the other in their order, on the device of the first job: for latencies that
  /// are to be compared with one another.
  virtual Status measure_in_turn(std::span<const MeasureRequest> requests,
                                 const std::function<Status(Trial)>& finished, std::stop_token stop) = 0;
};

/// What a measurer tries configs of. All must outlive it.
struct MeasureTask {
  const Target* target = nullptr;
  const Workload* workload = nullptr;
  const Space* space = nullptr;
};

/// In this process, on threads: only for targets that cannot fail (simulators, tables).
Result<std::unique_ptr<Measurer>> make_in_process_measurer(const MeasureTask& task,
                                                           const MeasureOptions& options);
/// In worker processes that are supervised over a pipe with deadlines: a crash, a hang or runaway memory is a
/// verdict.
Result<std::unique_ptr<Measurer>> make_worker_measurer(const MeasureTask& task,
                                                       const TargetOptions& target_options,
                                                       const MeasureOptions& options);
/// The one that the target's kind asks for (TargetKind::needs_isolation).
Result<std::unique_ptr<Measurer>> make_measurer(const MeasureTask& task, const TargetOptions& target_options,
                                                const MeasureOptions& options);

}  // namespace tamis
