#pragma once

#include "base/clock.h"
#include "tamis/data.h"
#include "tamis/measurer.h"
#include "tamis/result.h"
#include "tamis/task.h"
#include "tamis/trial.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tamis {

/// How far an attempt has come.
enum class Phase {
  building,   ///< Task::build is about to be called
  launching,  ///< a part of the program begins while others are still to be built (RunOptions::launching)
  running,    ///< Device::run is about to be called, or has ended what building it still does
  timing,     ///< the device asks to be alone (RunOptions::alone)
};

/// Times an attempt, which begins with building: by whoever tries the config, and by who watches it, because
/// it may not live to tell.
class AttemptClock {
 public:
  /// Only forwards: building does not begin twice.
  void enter(Phase next);
  /// Leaves out a time that was spent waiting for others.
  void leave_out(int64_t waited_ns) { phase_begin_ns_ += waited_ns; }
  Phase phase() const { return phase_; }
  /// Ends the attempt now: sets the times of its trial, and the device that it ran on where it ran.
  void finish(Trial& trial, const std::string& device) const;

 private:
  Phase phase_ = Phase::building;
  int64_t phase_begin_ns_ = monotonic_ns();
  int64_t build_ns_ = 0;
};

/// Asked before a program runs: the number of the trial that ran the same code (Artifact::code_hash), or
/// nothing. An error ends the attempt with it.
using FindSameCode = std::function<Result<std::optional<uint64_t>>(const std::string& code_hash)>;

/// Who is told of an attempt, and asked.
struct AttemptHooks {
  std::function<void(Phase)> announce;                         ///< called before building and running
  FindSameCode find_same = nullptr;                            ///< may be empty
  std::function<Status()> alone = nullptr;                     ///< RunOptions::alone; may be empty
  std::function<void(size_t)> referring = nullptr;             ///< RunOptions::referring; may be empty
  std::function<void(const std::string&)> referred = nullptr;  ///< RunOptions::referred; may be empty
};

/// What a request knows of it.
std::optional<uint64_t> same_code(const MeasureRequest& request, const std::string& code_hash);

/// Makes a trial that attempt() did not run, because its code is that of an earlier one, what that came to:
/// verdict, message, costs and device, and the features that building it did not give itself.
void take_over(Trial& trial, const Trial& earlier);

/// What the building half of an attempt came to.
struct Built {
  Trial trial;                               ///< verdict, message, features and code hash, but no times yet
  std::shared_ptr<const Artifact> artifact;  ///< set exactly where the trial is valid
  std::optional<int64_t> took_ns = {};       ///< BuildOutcome::took_ns
};

/// Builds one config: the half of an attempt that needs no device. Thread safe.
Built build_half(const Task& task, const Config& config);
/// The same from bytes that Task::save gave, on this machine or another. Thread safe. Errors: as Task::load;
/// they say nothing of the config.
Result<Built> load_half(const Task& task, const Config& config, std::string_view program);
/// The other half: runs what was built, unless that failed, and checks the output against `data.output`.
/// `clock` was started before building. Errors and hooks: as attempt().
Result<Trial> run_half(const Task& task, Device& device, const WorkloadData& data, Built built,
                       const RunOptions& options, const AttemptHooks& hooks, AttemptClock& clock);

/// The one place where a trial gets what it has of its request: number, config and proposer. The trial
/// itself, to be moved on: moving it about shows for targets that answer in a microsecond.
Trial&& complete(Trial& trial, const MeasureRequest& request);

/// Tries one config once: build, run, check the output against `data.output`. Both kinds of measurers go
/// through here, so a verdict means the same in both. What a trial has of its request (number, config,
/// proposer) is added where it is reported (run_jobs). With a `program`, which may be nullptr, that is loaded
/// in place of building the config.
///
/// Errors: io when the program ran but could not be saved; then it is no use to try others; as Task::load for
/// a program that cannot be loaded.
/// Where AttemptHooks::find_same knows the code, the program does not run: Trial::same_code_as says so, and
/// the caller completes the trial by take_over(). Thread safe as long as no two calls share a device.
Result<Trial> attempt(const Task& task, Device& device, const WorkloadData& data, const Config& config,
                      const RunOptions& options, const AttemptHooks& hooks,
                      const std::string* program = nullptr);

/// Builds one config and does not run it: of what builds comes a valid trial without costs
/// (MeasureOptions::only_build). `announce` is called before building. The program is put into `keep` as
/// bytes, unless that is nullptr (MeasureRequest::keep). Errors: as Task::save. Thread safe.
Result<Trial> attempt_build(const Task& task, const Config& config,
                            const std::function<void(Phase)>& announce, std::string* keep = nullptr);

/// The trial of a config that was built in one place and ran in another, as one attempt() would have made it:
/// what `ran` came to, behind the features that building it revealed, and the times of both. Of a config that
/// was not built, `built`. Thread safe.
Trial join_halves(const Trial& built, Trial ran);

/// Whether what a request says of programs can be: one comes in, or one goes out. Errors: invalid_input;
/// corrupt for a program that is too long.
Status check_program(const MeasureRequest& request, const MeasureOptions& options);

/// What a device is told of a request.
RunOptions run_options(const Task& task, const MeasureOptions& options, const MeasureRequest& request);

/// Where the program of a config is saved: `DIRECTORY/WORKLOAD-INDEX.json.gz`, with every character of the
/// workload's name that is not a letter, a digit, `.`, `-` or `_` replaced by `_`. Empty when `directory` is.
std::string program_path(const std::string& directory, const Task& task, const Config& config);

}  // namespace tamis
