#pragma once

#include "tamis/device.h"
#include "tamis/result.h"
#include "tamis/suite.h"
#include "tamis/workload.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tamis {

class Task;  // tamis/task.h

/// Settings of a target as strings, by name: what its flags say without their dashes, and what travels to
/// worker processes. Only those that were given; each target declares and reads its own (tamis/targets.h).
using Settings = std::map<std::string, std::string>;

/// A setting that a kind of target declares: a flag of the command line, a member of Settings.
struct SettingKind {
  std::string name;           ///< without dashes: `threads`
  std::string description;    ///< one line for --help
  std::string default_value;  ///< what leaving it out means; may be empty
};

/// What a setting is: as given, else its default, which the kinds must declare.
std::string setting_or_default(const Settings& settings, const std::vector<SettingKind>& kinds,
                               const std::string& name);

/// How many configs may be tried at the same time.
struct JobLimits {
  int usual = 0;   ///< where the user does not say; 0: one per core
  int most = 256;  ///< more would disturb one another's latencies
  friend bool operator==(const JobLimits&, const JobLimits&) = default;
};

/// What a target is like, for those who measure and search.
struct TargetTraits {
  /// Whether trying a config can take the process down or hang it, so that it must run in a worker process.
  bool needs_isolation = true;
  /// Whether building takes about a millisecond, cannot harm the process, and reveals features: strategies
  /// may then build configs in the tuner's process without trying them.
  bool builds_freely = false;
  /// Whether the same program takes another time when it runs again: the best configs of a session are then
  /// measured again before one of them is called the winner.
  bool latencies_vary = false;
  /// Whether the times of trials (Trial::build_ns, run_ns) are recorded, the same in every session. Only then
  /// and where latencies vary may they steer a search: any other session is to follow from its seed alone.
  bool times_recorded = false;
  /// Whether programs are built to their end only where they run first, as OpenCL drivers do: devices then
  /// say when that is (RunOptions::begun).
  bool builds_late = false;
  /// Whether opening a device reserves far more addresses than memory is used, as CUDA does for all that a
  /// GPU could map: MeasureOptions::memory_limit_bytes would keep workers from opening one, and does not hold
  /// for them.
  bool reserves_addresses = false;
  JobLimits jobs = {};
  /// The names that the user gave to its devices, by slot (DeviceOptions::slot): what a device is called that
  /// cannot be opened, or whose process did not live to say so. Empty where there are none to name.
  std::vector<std::string> devices = {};
  friend bool operator==(const TargetTraits&, const TargetTraits&) = default;
};

/// A kind of hardware or program, with its settings:
///
///     text ──resolve()──► Workload ──bind()──► Task ──(a config) build()──► Artifact
///     open_device() ──► Device ──run(Artifact)──► latency, output, counters
///
/// Immutable once made and thread safe. Made by make_target (tamis/targets.h) or by the user; shared by the
/// tasks that are bound to it.
class Target {
 public:
  /// `spec` is what the user wrote after --target; with `settings` it makes the same target again in another
  /// process.
  Target(std::string spec, Settings settings, TargetTraits traits)
      : spec_(std::move(spec)), settings_(std::move(settings)), traits_(std::move(traits)) {}
  virtual ~Target() = default;
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  const std::string& spec() const { return spec_; }
  const Settings& settings() const { return settings_; }
  const TargetTraits& traits() const { return traits_; }

  /// The workloads that a string of the user's names: suites, specs and workload files, unless the target
  /// says otherwise. Errors: as resolve_workloads; whatever keeps the target from knowing the workload.
  virtual Result<std::vector<Workload>> resolve(const std::string& text) const {
    return resolve_workloads(text);
  }
  /// The workload bound to this target; call bind_task() (tamis/task.h) instead, which completes it. Errors:
  /// unsupported, saying what this target lacks, when it cannot run the workload at all.
  virtual Result<std::unique_ptr<Task>> bind(const Workload& workload) const = 0;
  /// Errors: not_found or io when there is no such device.
  virtual Result<std::unique_ptr<Device>> open_device(const DeviceOptions& options) const = 0;

 private:
  std::string spec_;
  Settings settings_;
  TargetTraits traits_;
};

/// Makes the target that a spec and settings name: make_target (tamis/targets.h), or the user's own.
using TargetFactory =
    std::function<Result<std::shared_ptr<const Target>>(const std::string& spec, const Settings& settings)>;

}  // namespace tamis
