#include "measure/device_guard.h"

#include "process/exit_status.h"
#include "process/run_to_end.h"

#include <limits>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// The number of the canary's request: no trial has it.
constexpr uint64_t kCanaryNumber = std::numeric_limits<uint64_t>::max();
/// How much of what a reset command writes is kept, of each stream.
constexpr size_t kKeptOutput = 4096;

bool hung_or_lost(Verdict verdict) {
  return verdict == Verdict::run_timeout || verdict == Verdict::device_lost;
}

/// Whether a device may be to blame for the verdict.
bool is_device_failure(Verdict verdict) { return hung_or_lost(verdict) || is_repeatable_failure(verdict); }

/// Whether it was only a stop that came in between. Nobody else's error is taken for one.
bool is_stopped(const Error& error, const std::stop_token& stop) {
  return error.kind == ErrorKind::interrupted && stop.stop_requested();
}

std::string last_words(const Finished& finished) {
  const std::string said = tail_of_output(finished.output + finished.errors);
  return said.empty() ? "" : "; it last wrote: " + said;
}

Error undelivered() {
  return io_error(fmt::format("what runs configs on it ended {} times in a row before it got one",
                              RetryPolicy::kDeliveries));
}

/// Tries a config once. What ended between two configs is the fault of neither, so the config goes to what is
/// opened in its place. Nothing when that ended too. Errors: as `open` and DeviceLink::try_config.
template <class Open>
Result<std::optional<Trial>> deliver(DeviceLink& link, const MeasureRequest& request,
                                     const std::stop_token& stop, const Open& open) {
  for (int delivery = 1;; ++delivery) {
    TAMIS_TRY(open());
    Result<std::optional<Trial>> tried = link.try_config(request, stop);
    if (!tried.ok() || tried->has_value() || delivery == RetryPolicy::kDeliveries) return tried;
  }
}

}  // namespace

std::string device_name(const Target& target, size_t slot) {
  const std::vector<std::string>& names = target.traits().devices;
  return slot < names.size() ? names[slot] : std::string();
}

DeviceGuard::DeviceGuard(GuardOptions options, std::unique_ptr<DeviceLink> link)
    : options_(std::move(options)),
      link_(std::move(link)),
      label_(options_.device.empty() ? fmt::format("device {}", options_.slot) : options_.device) {}

Result<JobResult> DeviceGuard::attempt(const Assignment& next, const std::stop_token& stop) {
  JobResult result;
  Result<std::optional<Trial>> tried = try_until_agreed(*next.request, stop, result);
  for (std::string& notice : link_->take_notices())
    result.events.push_back({DeviceEventKind::reference, label_, std::move(notice)});
  if (!tried.ok()) {
    if (quarantine_reason_) {
      result.passed_on.push_back(next.request);
    } else if (!is_stopped(tried.error(), stop)) {
      return tried.error();
    }
    return result;
  }
  std::optional<Trial>& trial = *tried;
  if (trial->same_code_as || next.request->keep != nullptr) {  // says nothing of the device
    result.finished.push_back({next.request, std::move(*trial)});
    return result;
  }
  lost_in_a_row_ = trial->verdict == Verdict::device_lost ? lost_in_a_row_ + 1 : 0;
  if (lost_in_a_row_ >= kLostInARow) {
    complaint_ =
        fmt::format("it was lost {} times in a row, the last time: {}", lost_in_a_row_, trial->message);
    result.passed_on.push_back(next.request);
    finish(Fitness::unfit, result);
    return result;
  }
  if (is_device_failure(trial->verdict)) {
    classify({next, std::move(*trial)}, stop, result);
    return result;
  }
  if (trial->verdict == Verdict::valid) {
    known_fit_ = true;
    finish(Fitness::fit, result);
  }
  result.finished.push_back({next.request, std::move(*trial)});
  return result;
}

/// Makes the device ready. Errors: as DeviceLink::open; where the device is left out, it is quarantined too.
Status DeviceGuard::open(const std::stop_token& stop, JobResult& result) {
  Status opened = link_->open(stop);
  if (opened.ok() || is_stopped(opened.error(), stop) || !options_.quarantines) return opened;
  complaint_ = opened.error().message;
  if (!options_.recovery.reset_command.empty()) {
    Status mended = reset("it could not be opened: " + complaint_, stop, result);
    if (mended.ok()) {
      opened = link_->open(stop);
      if (opened.ok() || is_stopped(opened.error(), stop)) return opened;
      complaint_ = opened.error().message;
    } else if (is_stopped(mended.error(), stop)) {
      return mended;
    }
  }
  could_not_be_opened_ = true;
  finish(Fitness::unfit, result);
  return opened;
}

/// Tries a config, and one that fails again until enough runs agree. Never nothing: the optional is the
/// link's, because moving trials about shows for a target that answers in a microsecond.
Result<std::optional<Trial>> DeviceGuard::try_until_agreed(const MeasureRequest& request,
                                                           const std::stop_token& stop, JobResult& result) {
  MajorityVote vote(options_.retry.failure_repeats);
  while (!vote.reached()) {
    auto tried = deliver(*link_, request, stop, [&] { return open(stop, result); });
    if (tried.ok() && !*tried) return give_up_delivering(result);
    // Where nothing is repeated every run decides, and what did not run stands for a run that did.
    if (!tried.ok() || options_.retry.failure_repeats == 0 || (*tried)->same_code_as) return tried;
    vote.add(std::move(**tried));
  }
  return std::optional<Trial>(vote.result());
}

/// A device that can be opened, but not be given a config, is of no more use than one that cannot be opened.
Error DeviceGuard::give_up_delivering(JobResult& result) {
  Error error = undelivered();
  complaint_ = error.message;
  if (options_.quarantines) finish(Fitness::unfit, result);
  return error;
}

/// Decides what becomes of a failure, and of the device.
void DeviceGuard::classify(PendingFailure failure, const std::stop_token& stop, JobResult& result) {
  ++failures_in_a_row_;
  const bool suspected = hung_or_lost(failure.trial.verdict) || failures_in_a_row_ >= kFailuresInARow;
  if (!suspected && options_.recovery.canary) {
    held_.push_back(std::move(failure));
    return;
  }
  const Fitness fitness = suspected ? examine(failure.trial, stop, result) : Fitness::fit;
  if (fitness == Fitness::unknown) return;
  finish(fitness, result);
  if (fitness == Fitness::fit && failure.trial.verdict != Verdict::device_lost) {
    accept(std::move(failure), result);
  } else {
    requeue(std::move(failure), result);
  }
}

/// What is held back is believed of a device that was fit all along, and of no other.
void DeviceGuard::finish(Fitness fitness, JobResult& result) {
  failures_in_a_row_ = 0;
  release(fitness == Fitness::fit, result);
  if (fitness == Fitness::unfit) quarantine(result);
}

void DeviceGuard::release(bool believed, JobResult& result) {
  for (PendingFailure& held : std::exchange(held_, {})) {
    if (believed) {
      accept(std::move(held), result);
    } else {
      requeue(std::move(held), result);
    }
  }
}

std::string DeviceGuard::because_of(const Trial& trial) const {
  if (trial.verdict == Verdict::run_timeout) return "a config hung";
  if (trial.verdict == Verdict::device_lost) return "it was lost: " + trial.message;
  const std::string_view verdict = to_string(trial.verdict);
  if (failures_in_a_row_ == 1) return fmt::format("its last config failed with {}", verdict);
  return fmt::format("its last {} configs failed, the last with {}", failures_in_a_row_, verdict);
}

/// Finds out whether the device is fit after such a trial, and resets it where that may help.
DeviceGuard::Fitness DeviceGuard::examine(const Trial& trial, const std::stop_token& stop,
                                          JobResult& result) {
  const bool can_reset = !options_.recovery.reset_command.empty();
  const bool resets_first = can_reset && hung_or_lost(trial.verdict);
  const auto unfit_unless_stopped = [&](const Status& failed) {
    return is_stopped(failed.error(), stop) ? Fitness::unknown : Fitness::unfit;
  };
  if (trial.verdict == Verdict::device_lost || options_.recovery.canary) link_->close();
  if (resets_first)
    if (const Status mended = reset(because_of(trial), stop, result); !mended.ok())
      return unfit_unless_stopped(mended);
  if (!options_.recovery.canary) return Fitness::fit;
  const Status passed = ask_canary(stop, result);
  if (passed.ok()) return Fitness::fit;
  if (!can_reset || resets_first || is_stopped(passed.error(), stop)) return unfit_unless_stopped(passed);
  if (const Status mended = reset(because_of(trial), stop, result); !mended.ok())
    return unfit_unless_stopped(mended);
  const Status passed_now = ask_canary(stop, result);
  return passed_now.ok() ? Fitness::mended : unfit_unless_stopped(passed_now);
}

Status DeviceGuard::reset(const std::string& reason, const std::stop_token& stop, JobResult& result) {
  link_->close();
  const std::string name = options_.device.empty() ? std::to_string(options_.slot) : options_.device;
  const DeviceRecovery& recovery = options_.recovery;
  Status done = reset_device(recovery.reset_command, name, recovery.reset_deadline, stop);
  if (done.ok()) {
    result.events.push_back({DeviceEventKind::reset, label_, reason});
  } else if (!is_stopped(done.error(), stop)) {
    complaint_ = fmt::format("{} ({})", done.error().message, reason);
  }
  return done;
}

Status DeviceGuard::ask_canary(const std::stop_token& stop, JobResult& result) {
  const MeasureRequest canary{kCanaryNumber, *options_.recovery.canary, "canary"};
  const auto open_and_try = [&]() -> Result<Trial> {
    TAMIS_ASSIGN(std::optional<Trial> tried,
                 deliver(*link_, canary, stop, [&] { return link_->open(stop); }));
    if (!tried) return undelivered();
    return std::move(*tried);
  };
  const Result<Trial> trial = open_and_try();
  if (!trial.ok() && is_stopped(trial.error(), stop)) return trial.error();
  if (trial.ok() && trial->verdict == Verdict::valid) {
    known_fit_ = true;
    return {};
  }
  const std::string reason =
      trial.ok() ? fmt::format("{}: {}", to_string(trial->verdict), trial->message) : trial.error().message;
  link_->close();
  result.events.push_back({DeviceEventKind::canary_failed, label_, reason});
  complaint_ = "it failed a config that is known to be valid with " + reason;
  return io_error(complaint_);
}

void DeviceGuard::accept(PendingFailure failure, JobResult& result) {
  result.finished.push_back({failure.of.request, std::move(failure.trial)});
}

/// Has a failure tried again, where the policy allows it.
void DeviceGuard::requeue(PendingFailure failure, JobResult& result) {
  if (!options_.retry.tries_again(failure.trial.verdict, failure.of.passes)) {
    accept(std::move(failure), result);
    return;
  }
  result.passed_on.push_back(failure.of.request);
}

void DeviceGuard::quarantine(JobResult& result) {
  link_->close();
  quarantine_reason_ = complaint_;
  result.job_ended = true;
  result.events.push_back({DeviceEventKind::quarantined, label_, complaint_});
}

JobResult DeviceGuard::settle(const std::stop_token& stop) {
  JobResult result;
  if (held_.empty()) return result;
  Fitness fitness = Fitness::unknown;
  if (!known_fit_ && !stop.stop_requested()) fitness = examine(held_.back().trial, stop, result);
  if (fitness == Fitness::unknown) {
    release(true, result);  // and the failures in a row are counted on
  } else {
    finish(fitness, result);
  }
  return result;
}

JobResult DeviceGuard::pause(const std::stop_token& stop) {
  const bool first = failures_in_a_row_ == 1 && !held_.empty();
  if (!first || !known_fit_ || !options_.recovery.canary) return settle(stop);
  JobResult result;
  const Status passed = ask_canary(stop, result);
  if (passed.ok() || is_stopped(passed.error(), stop)) {
    release(true, result);  // and the failures in a row are counted on
    return result;
  }
  const Fitness fitness = examine(held_.back().trial, stop, result);
  if (fitness == Fitness::unknown) {
    release(true, result);
  } else {
    finish(fitness, result);
  }
  return result;
}

Status reset_device(const std::string& command, const std::string& device, std::chrono::milliseconds deadline,
                    std::stop_token stop) {
  SpawnOptions options;
  options.arguments = shell_command(command);
  options.environment = {{"TAMIS_DEVICE", device}};
  options.own_session = true;
  const auto finished = run_to_end(options, {deadline_after(deadline), kKeptOutput, std::move(stop)});
  if (!finished.ok()) return finished.error().within("the reset command");
  if (finished->stopped) return Error{ErrorKind::interrupted, "the reset command was stopped"};
  if (finished->timed_out)
    return io_error(fmt::format("the reset command had not ended after {} ms{}", deadline.count(),
                                last_words(*finished)));
  if (finished->status != 0)
    return io_error(fmt::format("the reset command ended with {}{}", describe_status(finished->status),
                                last_words(*finished)));
  return {};
}

}  // namespace tamis
