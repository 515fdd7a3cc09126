#include "tamis/measurer.h"
#include "trial/inferred.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// More repetitions than this would not tell more of a config.
constexpr int kMostRepeats = 10;

bool contains(std::span<const size_t> jobs, size_t job) {
  return std::find(jobs.begin(), jobs.end(), job) != jobs.end();
}

}  // namespace

Status RetryPolicy::check() const {
  if (failure_repeats < 0 || failure_repeats > kMostRepeats)
    return invalid_input(
        fmt::format("failing configs cannot be repeated {} times; it must lie between 0 and {}",
                    failure_repeats, kMostRepeats));
  if (device_lost_retries < 0)
    return invalid_input(
        fmt::format("device_lost_retries is {}; it must not be negative", device_lost_retries));
  return {};
}

bool RetryPolicy::tries_again(Verdict verdict, size_t passes) const {
  return passes <
         (verdict == Verdict::device_lost ? static_cast<size_t>(device_lost_retries) : kCanaryRetries);
}

bool is_repeatable_failure(Verdict verdict) {
  return verdict == Verdict::crashed || verdict == Verdict::run_failed || verdict == Verdict::wrong_result;
}

bool may_try(size_t job, std::span<const size_t> passed_by, std::span<const size_t> left) {
  return !contains(passed_by, job) ||
         std::all_of(left.begin(), left.end(), [&](size_t one) { return contains(passed_by, one); });
}

void MajorityVote::add(Trial trial) {
  if (trial.verdict == Verdict::valid) {
    // A config that never failed needs no second run.
    ended_ = failed_ == 0;
    ++passed_;
    valid_ = std::move(trial);
    return;
  }
  ended_ = !is_repeatable_failure(trial.verdict);
  ++failed_;
  if (!invalid_ || ended_) invalid_ = std::move(trial);
}

Trial MajorityVote::result() {
  const bool is_valid = valid_ && (!invalid_ || passed_ == needed_);
  Trial trial = std::move(is_valid ? *valid_ : *invalid_);
  if (passed_ == 0 || failed_ == 0 || trial.verdict == Verdict::device_lost) return trial;
  trial.features.set(std::string(kFailedRuns), static_cast<double>(failed_));
  if (!is_valid) trial.message += fmt::format("; {} of {} runs failed", failed_, failed_ + passed_);
  return trial;
}

}  // namespace tamis
