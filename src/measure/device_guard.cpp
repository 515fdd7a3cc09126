#include "measure/device_guard.h"

#include "measure/majority_vote.h"
#include "measure/reset.h"

#include <limits>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// The number of the canary's request: no trial has it.
constexpr uint64_t kCanaryNumber = std::numeric_limits<uint64_t>::max();

bool hung_or_lost(Verdict verdict) {
  return verdict == Verdict::run_timeout || verdict == Verdict::device_lost;
}

/// Whether a device may be to blame for the verdict.
bool is_device_failure(Verdict verdict) { return hung_or_lost(verdict) || is_repeatable_failure(verdict); }

}  // namespace

DeviceGuard::DeviceGuard(KeeperOptions options, std::unique_ptr<DeviceLink> link)
    : options_(std::move(options)),
      link_(std::move(link)),
      label_(options_.device.empty() ? fmt::format("device {}", options_.slot) : options_.device) {}

Result<JobResult> DeviceGuard::attempt(const MeasureRequest& request, size_t passes,
                                       const std::stop_token& stop) {
  JobResult turn;
  TAMIS_ASSIGN(std::optional<Trial> trial, try_agreeing(request, stop, turn));
  if (!trial) {
    if (quarantine_) turn.passed_on.push_back(&request);
    return turn;
  }
  lost_in_a_row_ = trial->verdict == Verdict::device_lost ? lost_in_a_row_ + 1 : 0;
  if (lost_in_a_row_ >= kLostInARow) {
    complaint_ =
        fmt::format("it was lost {} times in a row, the last time: {}", lost_in_a_row_, trial->message);
    turn.passed_on.push_back(&request);
    conclude(Fitness::unfit, turn);
    return turn;
  }
  // What a killed worker ran on it could not say itself.
  if (trial->measured && trial->device.empty()) trial->device = options_.device;
  if (is_device_failure(trial->verdict)) {
    judge({&request, passes, std::move(*trial)}, stop, turn);
    return turn;
  }
  if (trial->verdict == Verdict::valid) {
    known_fit_ = true;
    conclude(Fitness::fit, turn);
  }
  turn.finished.push_back(std::move(*trial));
  return turn;
}

/// Whether the device is ready: not when stopped, and not when it is quarantined.
Result<bool> DeviceGuard::open(const std::stop_token& stop, JobResult& turn) {
  Result<bool> opened = link_->open(stop);
  if (opened.ok() || !options_.quarantines) return opened;
  complaint_ = opened.error().message;
  if (!options_.care.reset_command.empty()) {
    const std::optional<bool> mended = reset("it could not be opened: " + complaint_, stop, turn);
    if (!mended) return false;
    if (*mended) opened = link_->open(stop);
    if (opened.ok()) return opened;
    if (*mended) complaint_ = opened.error().message;
  }
  conclude(Fitness::unfit, turn);
  return false;
}

/// Tries a config, and one that fails again until enough runs agree.
Result<std::optional<Trial>> DeviceGuard::try_agreeing(const MeasureRequest& request,
                                                       const std::stop_token& stop, JobResult& turn) {
  MajorityVote agreement(options_.care.failure_repeats);
  while (!agreement.reached()) {
    TAMIS_ASSIGN(const bool ready, open(stop, turn));
    if (!ready) return std::optional<Trial>();
    TAMIS_ASSIGN(std::optional<Trial> trial, link_->try_config(request, stop));
    if (!trial) return trial;
    agreement.add(std::move(*trial));
  }
  return std::optional<Trial>(agreement.result());
}

/// Decides what becomes of a failure, and of the device.
void DeviceGuard::judge(PendingFailure suspect, const std::stop_token& stop, JobResult& turn) {
  ++failures_in_a_row_;
  const bool suspected = hung_or_lost(suspect.trial.verdict) || failures_in_a_row_ >= kFailuresInARow;
  if (!suspected && options_.care.canary) return held_.push_back(std::move(suspect));
  const Fitness fitness = suspected ? examine(suspect.trial, stop, turn) : Fitness::fit;
  if (fitness == Fitness::unknown) return;
  const bool believed = fitness == Fitness::fit && suspect.trial.verdict != Verdict::device_lost;
  conclude(fitness, turn);
  if (believed) {
    believe(std::move(suspect), turn);
  } else {
    doubt(std::move(suspect), turn);
  }
}

/// What is held back is believed of a device that was fit all along, and of no other.
void DeviceGuard::conclude(Fitness fitness, JobResult& turn) {
  failures_in_a_row_ = 0;
  release(fitness == Fitness::fit, turn);
  if (fitness == Fitness::unfit) retire(turn);
}

void DeviceGuard::release(bool believed, JobResult& turn) {
  for (PendingFailure& held : std::exchange(held_, {})) {
    if (believed) {
      believe(std::move(held), turn);
    } else {
      doubt(std::move(held), turn);
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
DeviceGuard::Fitness DeviceGuard::examine(const Trial& trial, const std::stop_token& stop, JobResult& turn) {
  const bool can_reset = !options_.care.reset_command.empty();
  bool was_reset = false;
  if (trial.verdict == Verdict::device_lost || options_.care.canary) link_->close();
  if (can_reset && hung_or_lost(trial.verdict)) {
    const std::optional<bool> mended = reset(because_of(trial), stop, turn);
    if (!mended) return Fitness::unknown;
    if (!*mended) return Fitness::unfit;
    was_reset = true;
  }
  if (!options_.care.canary) return Fitness::fit;
  const std::optional<bool> passed = ask_canary(stop, turn);
  if (!passed) return Fitness::unknown;
  if (*passed) return Fitness::fit;
  if (!can_reset || was_reset) return Fitness::unfit;
  const std::optional<bool> mended = reset(because_of(trial), stop, turn);
  if (!mended) return Fitness::unknown;
  if (!*mended) return Fitness::unfit;
  const std::optional<bool> passed_now = ask_canary(stop, turn);
  if (!passed_now) return Fitness::unknown;
  return *passed_now ? Fitness::mended : Fitness::unfit;
}

std::optional<bool> DeviceGuard::reset(const std::string& reason, const std::stop_token& stop,
                                       JobResult& turn) {
  link_->close();
  const std::string name = options_.device.empty() ? std::to_string(options_.slot) : options_.device;
  const Result<bool> done =
      reset_device(options_.care.reset_command, name, options_.care.reset_deadline, stop);
  if (done.ok() && !*done) return std::nullopt;
  if (done.ok()) {
    turn.events.push_back({DeviceEventKind::reset, label_, reason});
    return true;
  }
  complaint_ = fmt::format("{} ({})", done.error().message, reason);
  return false;
}

std::optional<bool> DeviceGuard::ask_canary(const std::stop_token& stop, JobResult& turn) {
  const MeasureRequest request{kCanaryNumber, *options_.care.canary, "canary"};
  const Result<bool> ready = link_->open(stop);
  Result<std::optional<Trial>> trial = std::optional<Trial>();
  if (ready.ok() && *ready) trial = link_->try_config(request, stop);
  if (ready.ok() && trial.ok() && !trial->has_value()) return std::nullopt;
  if (ready.ok() && trial.ok() && (*trial)->verdict == Verdict::valid) return known_fit_ = true;
  link_->close();
  std::string reason = !ready.ok() ? ready.error().message : !trial.ok() ? trial.error().message : "";
  if (reason.empty()) reason = fmt::format("{}: {}", to_string((*trial)->verdict), (*trial)->message);
  turn.events.push_back({DeviceEventKind::canary_failed, label_, reason});
  complaint_ = "it failed a config that is known to be valid with " + reason;
  return false;
}

void DeviceGuard::believe(PendingFailure suspect, JobResult& turn) {
  turn.finished.push_back(std::move(suspect.trial));
}

/// Has a failure tried again, but not for ever.
void DeviceGuard::doubt(PendingFailure suspect, JobResult& turn) {
  const bool lost = suspect.trial.verdict == Verdict::device_lost;
  if (suspect.passes < (lost ? options_.lost_retries : kMostPasses)) {
    turn.passed_on.push_back(suspect.request);
    return;
  }
  believe(std::move(suspect), turn);
}

void DeviceGuard::retire(JobResult& turn) {
  link_->close();
  quarantine_ = complaint_;
  turn.retired = true;
  turn.events.push_back({DeviceEventKind::quarantined, label_, complaint_});
}

JobResult DeviceGuard::settle(const std::stop_token& stop) {
  JobResult turn;
  if (held_.empty()) return turn;
  Fitness fitness = Fitness::unknown;
  if (!known_fit_ && !stop.stop_requested()) fitness = examine(held_.back().trial, stop, turn);
  if (fitness == Fitness::unknown) {
    release(true, turn);  // and the failures in a row are counted on
  } else {
    conclude(fitness, turn);
  }
  return turn;
}

}  // namespace tamis
