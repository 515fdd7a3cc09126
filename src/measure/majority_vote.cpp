#include "measure/majority_vote.h"

#include "trial/flaky.h"

#include <utility>

#include <fmt/format.h>

namespace tamis {

bool is_repeatable_failure(Verdict verdict) {
  return verdict == Verdict::crashed || verdict == Verdict::run_failed || verdict == Verdict::wrong_result;
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
