#pragma once

#include "tamis/data.h"
#include "tamis/result.h"
#include "tamis/trial.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tamis {

/// A built program, opaque to all but the target that made it. Immutable, so several devices may run it at
/// once. Task::save writes it as bytes that travel.
class Artifact {
 public:
  virtual ~Artifact() = default;
  /// A digest of all that the device executes and is fed with, without paths, dates and addresses of this
  /// process: a session runs one of the programs of a task that have the same. Empty: not known, every
  /// program is run. Asked for only where a program is about to run.
  virtual std::string code_hash() const { return {}; }
};

/// What building a config gave: an artifact, or a verdict (build_failed, resource_exceeded, build_timeout)
/// with its reason.
struct BuildOutcome {
  Verdict verdict = Verdict::valid;
  std::string message;  ///< for a failure: the resource, how much was needed and how much there is
  Features features;    ///< what building reveals; may be filled for failures too
  std::shared_ptr<const Artifact> artifact;  ///< set exactly when the verdict is valid
  /// How long building is to count as having taken, ns, where that was recorded; nothing: as the clock says.
  std::optional<int64_t> took_ns = {};
};

/// How a device runs a program once: how long it may take, and what else it may do for the caller.
struct RunOptions {
  std::chrono::milliseconds deadline{
      10'000};  ///< after which a device that can tell gives up with run_timeout
  std::string
      save_program;  ///< where to write the program as it ran, when not empty; targets that cannot ignore it
  /// The best cost known (a latency in ns): a device whose latencies vary may spend less on a program that is
  /// clearly slower, and then says so.
  double incumbent_ns = std::numeric_limits<double>::infinity();
  /// To be called once where building a program ends only in Device::run (TargetTraits::builds_late), when it
  /// has ended and the program begins: until then the deadline of a build holds, from then on that of a run.
  std::function<void()> begun = nullptr;
  /// To be called before `begun`, and once, where a program begins while parts of it are still to be built,
  /// as where several kernels are launched one after the other. The deadline of a build holds on, but if the
  /// process ends, the program is to blame.
  std::function<void()> launching = nullptr;
  /// To be called, where set, before a program is timed by a device that others' work would disturb: returns
  /// once no other job of the session builds or runs anything, and none begins to before this run is over.
  /// Errors: interrupted, when the run is to be given up.
  std::function<Status()> alone = nullptr;
  /// Where a device makes the result that others are compared with by running another program: those that it
  /// is to pass over, by their numbers in the device's order from 0, and why. They took their process with
  /// them, or did not end.
  std::map<size_t, std::string> failed_references = {};
  /// To be called before such a program is built, with its number, which grows from call to call. Until
  /// `referred` is called, it is to blame for what becomes of the process.
  std::function<void(size_t number)> referring = nullptr;
  /// To be called when the result is there, or none is to be had, with what people should know of it; empty:
  /// nothing.
  std::function<void(const std::string& notice)> referred = nullptr;
};

/// What running an artifact gave. The measurer, not the device, compares the output with the reference.
struct RunOutcome {
  Verdict verdict = Verdict::valid;  ///< valid: it ran to its end
  std::string message;               ///< why it is not valid, or why a program that is could not be saved
  std::vector<double> costs;         ///< one per repetition: latencies in ns (Trial::costs)
  Features features;                 ///< counters of the device, appended to those of the build
  Tensor output;  ///< as WorkloadData::output; empty where a device yields none (a recorded table)
  /// As BuildOutcome::took_ns, of running.
  std::optional<int64_t> took_ns = {};
};

/// One instance of hardware (or a simulator of it). Used by one thread at a time.
class Device {
 public:
  virtual ~Device() = default;
  /// What logs and messages call it, the same for its whole life; empty where there is nothing to tell apart.
  virtual const std::string& name() const = 0;
  /// Runs a program of this device's target on the given inputs. A failure is an outcome; where it throws
  /// an exception other than std::bad_alloc all the same, the verdict is run_failed with its what().
  virtual RunOutcome run(const Artifact& artifact, const WorkloadData& data, const RunOptions& options) = 0;
  /// Whether what a program did leaves this process unable to use the device: its worker process then ends
  /// after it has reported the program, and another takes its place.
  virtual bool lost() const { return false; }
};

/// Which of several devices at work at the same time is opened.
struct DeviceOptions {
  int slot = 0;  ///< from 0: a device that shares the machine with others keeps to its own part of it
};

}  // namespace tamis
