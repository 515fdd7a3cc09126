#pragma once

#include "tamis/data.h"
#include "tamis/result.h"
#include "tamis/task.h"
#include "tamis/trial.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tamis {

/// How often a config may be tried. Whoever tries configs asks here, and no other file holds a number:
///
/// **A config is tried once, unless it fails as a faulty device would make it fail, when the best of 2 x
/// `failure_repeats` + 1 runs decides, or its device is lost, when it is tried at most `device_lost_retries`
/// times more, or its device fails the canary, when it is tried at most kCanaryRetries times more; each time
/// by a job that did not have it yet, where one is left.**
///
/// What a device is quarantined over is not counted against the config, nor is an attempt that its worker
/// never heard of.
struct RetryPolicy {
  /// See is_repeatable_failure(); 0 to 10. A failure that does not come back is the device's, not the
  /// config's.
  int failure_repeats = 0;
  /// After device_lost; not negative.
  int device_lost_retries = 2;

  /// After its device failed the canary, and with it may have failed the config.
  static constexpr size_t kCanaryRetries = 2;
  /// How often a config is sent to a worker that may have ended since the last one.
  static constexpr int kDeliveries = 2;

  /// Errors: invalid_input for numbers out of range.
  Status check() const;
  /// Whether a config that was passed on so often before is tried again after a verdict that is not believed.
  bool tries_again(Verdict verdict, size_t passes) const;
};

/// Whether trying a config again may tell its fault from its device's: not after a refused build, which does
/// not depend on a device, nor after a hang, because every repetition costs a whole deadline.
bool is_repeatable_failure(Verdict verdict);

/// Whether a job may try a config that the jobs `passed_by` passed on: not one of them, unless every job that
/// is `left` passed it on.
bool may_try(size_t job, std::span<const size_t> passed_by, std::span<const size_t> left);

/// The verdict of a config that is tried again where it fails: the best of 2 `repeats` + 1 runs, ended as
/// soon as it is decided. A hang, a lost device and a refused build are never repeated.
class MajorityVote {
 public:
  explicit MajorityVote(int repeats) : needed_(static_cast<size_t>(repeats) + 1) {}

  void add(Trial trial);
  bool reached() const { return ended_ || failed_ == needed_ || passed_ == needed_; }
  /// The trial that stands for all runs; where they disagreed its features say how many failed (kFailedRuns),
  /// and the message of a failure too. At least one trial was added.
  Trial result();

 private:
  size_t needed_;
  size_t failed_ = 0;
  size_t passed_ = 0;
  bool ended_ = false;  ///< by a run that decides alone
  std::optional<Trial> valid_;
  std::optional<Trial> invalid_;  ///< the first, or the one that decides alone
};

/// What programs came to that ran already, by their code (Trial::code_hash), so that a config that compiles
/// to the same code need not run. Only what is the program's own: valid, launch_failed, resource_exceeded and
/// wrong_result, and no trial whose runs disagreed. Thread safe.
class KnownPrograms {
 public:
  virtual ~KnownPrograms() = default;
  /// So many programs are remembered at most, the first that came.
  static constexpr size_t kMost = 16384;

  /// Remembers the program of a trial that ran, unless one with the same code is known.
  void add(const Trial& trial);
  /// The trial that ran the code; nullptr where none did. It stays where it is as long as this does.
  virtual const Trial* find(const std::string& code_hash) const;
  virtual bool empty() const;

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Trial> trials_;
};

/// A config to try; `number` and `proposer` are copied to its trial.
struct MeasureRequest {
  uint64_t number = 0;
  Config config;
  std::string proposer;
  double incumbent_ns = std::numeric_limits<double>::infinity();  ///< RunOptions::incumbent_ns
  /// What ran already; a config with the code of one of these takes over what came of it and does not run
  /// (Trial::same_code_as). nullptr: every program runs. Must outlive the call.
  const KnownPrograms* known = nullptr;
  /// The program of the config as Task::save wrote it, perhaps on another machine: it is loaded and run, and
  /// nothing is built. nullptr: the config is built. One that cannot be loaded is no verdict on the config:
  /// measuring ends with the error of Task::load.
  std::shared_ptr<const std::string> program = nullptr;
  /// Where the program of a config is put as bytes (Task::save) that is only built, as with
  /// MeasureOptions::only_build, and not run. It is set before the trial is reported, and empty where that is
  /// not valid; one longer than kMostProgramBytes is `resource_exceeded`. Measuring ends with an error where
  /// programs of the target cannot travel. nullptr: nobody wants it.
  std::shared_ptr<std::string> keep = nullptr;
};

/// Where a measurer gets configs to try as soon as it has a job for them, so that none waits for others' to
/// end.
class RequestSource {
 public:
  virtual ~RequestSource() = default;
  /// Up to `free` further requests, now that so many jobs have nothing to try. None: there are none for now
  /// where others are under way, and it is asked again when one of those is finished; else there are no more.
  /// Called on the thread that measures, and never while a trial is reported. An error ends the measuring and
  /// is returned.
  virtual Result<std::vector<MeasureRequest>> next(size_t free) = 0;
};

/// What happens to devices while configs are tried, for whoever watches.
enum class DeviceEventKind {
  reset,          ///< the reset command brought it back
  canary_failed,  ///< it failed the config that is known to be valid
  quarantined,    ///< it is used no more
  differs,        ///< it is faster or slower than others that should be its equals
  reference,      ///< what its results are compared with is not what was to be expected
};

/// `reset`, `canary_failed`, `quarantined`, `differs`, `reference`.
std::string_view to_string(DeviceEventKind kind);

/// Something that happened to one device while configs were tried, and why.
struct DeviceEvent {
  DeviceEventKind kind = DeviceEventKind::reset;
  std::string device;  ///< its name, or `device 0` where it has none
  /// Why: what a config did to it, or what the canary or the reset command said; of a reference the sentence
  /// itself.
  std::string reason;
};

/// One line for people: `board0 was reset: a config hung`.
std::string describe(const DeviceEvent& event);

/// How devices are kept fit, so that their faults are not taken for those of configs. The reset command and
/// the canary are for worker processes only.
struct DeviceRecovery {
  /// A line for the shell that brings a device back, run after it hung or was lost, with its name in
  /// TAMIS_DEVICE; empty: none.
  std::string reset_command;
  std::chrono::milliseconds reset_deadline{60'000};  ///< after which a reset has failed
  /// A config that is known to be valid: a device is asked for it after it hung, was lost or failed several
  /// times in a row, and is quarantined when it fails it too. Nothing: devices are always trusted. It must be
  /// one that the task's space allows.
  std::optional<Config> canary;
  /// Told what happens to devices, on the thread that measures; may be empty.
  std::function<void(const DeviceEvent&)> event = nullptr;
};

/// How configs are tried: how many at once, within which limits, and what is done about faulty devices.
/// check_options() says which values are out of range.
struct MeasureOptions {
  /// Configs tried at the same time, on threads or in worker processes: 1 to what TargetTraits::jobs allows,
  /// to 256 where they are only built.
  int jobs = 1;
  std::chrono::milliseconds run_deadline{10'000};  ///< a run that takes longer is a run_timeout
  std::chrono::milliseconds build_deadline{
      60'000};                ///< a build that takes longer is a build_timeout (worker processes only)
  uint64_t data_seed = 0;     ///< seed of the random inputs that results are checked on
  std::string save_programs;  ///< a directory for the programs that ran, when not empty
  /// The worker program, which must know the task's target (run_worker_program in tamis/worker.h); empty:
  /// `tamis-worker` beside the running program or where it was installed, which knows tamis's own targets.
  std::string worker_path;
  /// Address space of a worker process; but see TargetTraits::reserves_addresses.
  uint64_t memory_limit_bytes = uint64_t{4} << 30;
  RetryPolicy retry;  ///< how often a config may be tried
  /// Whether configs are only built, as a machine without the device can: no device is opened and nothing
  /// runs. What builds is a valid trial without costs that did not reach a device.
  bool only_build = false;
  DeviceRecovery recovery;
  /// Where this is requested when measuring is stopped, requests under way are not given up but come to their
  /// end (Measurer::measure), so a stop may take as long as the deadlines. By default it never is. A fleet
  /// gives its jobs up all the same.
  std::stop_token finish_under_way = {};
};

/// Tries configs: build, run, check the output against the reference, one verdict per config.
///
/// Not thread safe itself; it runs what it is given on `jobs` threads or worker processes of its own.
class Measurer {
 public:
  virtual ~Measurer() = default;
  /// Tries every request. `finished` is called on the calling thread, once per request, in the order they
  /// finish; an error that it returns stops the measuring and is returned. After `stop` is requested, no
  /// further request is begun, those under way are given up without a trial (unless
  /// MeasureOptions::finish_under_way says otherwise), and the call returns normally.
  /// Errors: io when no device is left that is fit to be used, naming them and why.
  virtual Status measure(std::span<const MeasureRequest> requests,
                         const std::function<Status(Trial)>& finished, std::stop_token stop) = 0;
  /// The same with requests that a source gives one by one, until it has no more: a job that is free gets the
  /// next while others are at theirs. Trials are reported one at a time, and before the source is asked for
  /// what may follow from them. By default the requests are tried one after the other by measure().
  virtual Status measure_from(RequestSource& source, const std::function<Status(Trial)>& finished,
                              std::stop_token stop);
  /// The same one request after the other in their order, on the device of the first job: for latencies that
  /// are to be compared with one another.
  virtual Status measure_in_turn(std::span<const MeasureRequest> requests,
                                 const std::function<Status(Trial)>& finished, std::stop_token stop) = 0;
  /// Gives back devices and ends worker processes until something is measured again, so that another measurer
  /// may have the devices meanwhile. What is known of devices (quarantine) stays known. By default nothing.
  virtual void rest() {}
};

/// Makes what tries the configs of a session: make_measurer, a fleet's (tamis/fleet.h), or a test's own.
using MeasurerFactory =
    std::function<Result<std::unique_ptr<Measurer>>(const SharedTask& task, const MeasureOptions& options)>;

/// Whether the target takes so many jobs at the same time (TargetTraits::jobs). Errors: invalid_input.
Status check_jobs(const Target& target, int jobs);
/// What both kinds of measurers check before they are made: the ranges of the options, a canary that the
/// task's space allows, and the directory for saved programs, which is created. Errors: invalid_input naming
/// the option; io for the directory.
Status check_options(const Task& task, const MeasureOptions& options);
/// Whether the options ask for nothing that a target whose configs are tried in this process has no use for.
/// Errors: invalid_input.
Status check_in_process(const Target& target, const MeasureOptions& options);

/// In this process, on threads: only for targets that cannot fail (simulators, tables). Errors: invalid_input
/// naming an option that is out of range or that such a target has no use for; io for a directory or device.
Result<std::unique_ptr<Measurer>> make_in_process_measurer(SharedTask task, const MeasureOptions& options);
/// In worker processes that are supervised over a pipe with deadlines: a crash, a hang or runaway memory is a
/// verdict. Errors: invalid_input naming an option that is out of range; not_found where there is no worker
/// program. Whether that program knows the target shows when the first config is measured.
Result<std::unique_ptr<Measurer>> make_worker_measurer(SharedTask task, const MeasureOptions& options);
/// The one that the task's target asks for (TargetTraits::needs_isolation).
Result<std::unique_ptr<Measurer>> make_measurer(SharedTask task, const MeasureOptions& options);

/// Compares the output of a program with the reference result `data.output`: first type and size, then the
/// bytes, and only where those differ the elements. Elements may lie `data.tolerance` apart, and farther by
/// `data.relative_tolerance` of their size; one that is not a number always differs.
///
/// Returns nothing when they agree; otherwise how many elements of how many differ, with the position and
/// both values of the first, and for all types but int8 the largest error. Pure, so thread safe.
std::optional<std::string> find_difference(const Workload& workload, const WorkloadData& data,
                                           const Tensor& actual);

}  // namespace tamis
