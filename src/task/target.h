#pragma once

#include "base/result.h"
#include "space/space.h"
#include "trial/trial.h"
#include "workload/data.h"
#include "workload/suite.h"
#include "workload/workload.h"

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// A built program, opaque to all but the target that made it. Immutable, so several devices may run it at
/// once.
class Artifact {
 public:
  virtual ~Artifact() = default;
};

/// What building a config gave: an artifact, or a verdict (build_failed, resource_exceeded, build_timeout)
/// with its reason.
struct BuildOutcome {
  Verdict verdict = Verdict::valid;
  std::string message;  ///< for a failure: the resource, how much was needed and how much there is
  Features features;    ///< what building reveals; may be filled for failures too
  std::shared_ptr<const Artifact> artifact;  ///< set exactly when the verdict is valid
};

struct RunOptions {
  std::chrono::milliseconds deadline{
      10'000};  ///< after which a device that can tell gives up with run_timeout
  std::string
      save_program;  ///< where to write the program as it ran, when not empty; targets that cannot ignore it
  /// The best latency known, ns: a device whose latencies vary may spend less on a program that is clearly
  /// slower, and then says so.
  double incumbent_ns = std::numeric_limits<double>::infinity();
};

/// What running an artifact gave. The measurer, not the device, compares the output with the reference.
struct RunOutcome {
  Verdict verdict = Verdict::valid;  ///< valid: it ran to its end
  std::string message;               ///< why it is not valid, or why a program that is could not be saved
  std::vector<double> latencies_ns;  ///< one per repetition, ns
  Features features;                 ///< counters of the device, appended to those of the build
  Tensor output;  ///< as WorkloadData::output; empty where a device yields none (a recorded table)
};

/// One instance of hardware (or a simulator of it). Used by one thread at a time.
class Device {
 public:
  virtual ~Device() = default;
  virtual const std::string& name() const = 0;
  /// Runs a program of this device's target on the given inputs. A failure is an outcome, never an exception.
  virtual RunOutcome run(const Artifact& artifact, const WorkloadData& data, const RunOptions& options) = 0;
};

/// Which of several devices at work at the same time is opened.
struct DeviceOptions {
  int slot = 0;  ///< from 0: a device that shares the machine with others keeps to its own part of it
};

/// How many configs may be tried at the same time.
struct JobLimits {
  int usual = 0;   ///< where the user does not say; 0: one for each core
  int most = 256;  ///< more would disturb one another's latencies
};

/// Builds workloads under configs and opens the devices that run them:
///
///     workload --space()--> Space --(a config)--build()--> Artifact --Device::run()--> latency, output,
///     counters
///
/// Immutable once made and thread safe: build() is called from several threads at once.
class Target {
 public:
  virtual ~Target() = default;

  /// What the user wrote after --target, so that make_target makes it again in another process.
  virtual const std::string& spec() const = 0;
  /// The workloads that a text of the user's names: suites, specs and workload files, unless the target says
  /// otherwise. Errors: as resolve_workloads; whatever keeps the target from knowing the workload.
  virtual Result<std::vector<Workload>> workloads(const std::string& text) const {
    return resolve_workloads(text);
  }
  /// Text that differs whenever a config of the workload could behave differently: the log keeps it to know
  /// what a trial was measured on.
  virtual std::string identity(const Workload& workload) const = 0;
  /// Errors: unsupported, saying what this target lacks, when it cannot run the workload at all.
  virtual Result<Space> space(const Workload& workload) const = 0;
  /// The config that an untuned compiler would take: what tuning is compared with.
  virtual Config default_config(const Workload& workload, const Space& space) const = 0;
  /// Configs that are likely good, for a search to begin with: what the makers of the target know of it.
  /// Those that the space does not allow are left out by whoever tries them.
  virtual std::vector<Config> suggestions(const Workload& workload, const Space& space) const {
    static_cast<void>(workload);
    static_cast<void>(space);
    return {};
  }
  /// The least latency in ns that the arithmetic units allow for the workload; 0 where it is not known.
  virtual double bound_ns(const Workload& workload) const = 0;
  virtual BuildOutcome build(const Workload& workload, const Space& space, const Config& config) const = 0;
  /// Whether build() takes about a millisecond, cannot harm the process, and reveals features: strategies may
  /// then build configs in the tuner's process without trying them (SearchProblem::compile).
  virtual bool builds_freely() const { return false; }
  /// Whether the same program takes another time when it runs again: the best configs of a session are then
  /// measured again before one of them is called the winner.
  virtual bool latencies_vary() const { return false; }
  virtual JobLimits job_limits() const { return {}; }
  /// Errors: not_found or io when there is no such device.
  virtual Result<std::unique_ptr<Device>> open_device(const DeviceOptions& options) const = 0;
  Result<std::unique_ptr<Device>> open_device() const { return open_device(DeviceOptions{}); }
};

/// Settings that the command line hands to a target, as text, so that they travel to worker processes.
struct TargetOptions {
  std::string device = "simulator";  ///< vta: `simulator` or `driver:LIBRARY`
  std::string checks = "static";     ///< vta: `static` or `none` (docs/explanation/invalid-configurations)
  std::string space = "template";    ///< vta: `template` or `wide`
  int threads = 0;                   ///< cpu: threads of a run; 0: one for each core the process may use
  std::string caches = "warm";       ///< cpu: `warm` or `cold` at the begin of a timed run
  std::string layout = "nhwc";       ///< cpu: of workloads that do not say theirs
  std::string program;               ///< command: a file that says how a config is run; empty: the space file
  std::string run;                   ///< command: the command line that runs a config, instead of the file's
  std::string serve;                 ///< command: the server that runs configs, instead of the file's
  std::string latency;               ///< command: `json`, `wall` or a pattern, instead of the file's
  std::vector<std::string> devices;  ///< command: names of the devices that configs run on, one a job
  friend bool operator==(const TargetOptions&, const TargetOptions&) = default;
};

}  // namespace tamis
