#include "session/running_counts.h"

#include <algorithm>
#include <utility>

namespace tamis {
namespace {

bool better(const Trial& a, const Trial& b) {
  return std::pair(a.cost(), a.number) < std::pair(b.cost(), b.number);
}

}  // namespace

bool Shortlist::wants(const Trial& trial) const {
  // The same program would only be measured twice.
  if (length_ == 0 || trial.verdict != Verdict::valid || trial.same_code_as) return false;
  return trials_.size() < length_ || better(trial, trials_.back());
}

void Shortlist::add(const Trial& trial) {
  if (!wants(trial)) return;
  const auto same = std::find_if(trials_.begin(), trials_.end(),
                                 [&](const Trial& one) { return one.config == trial.config; });
  if (same != trials_.end()) {
    if (!better(trial, *same)) return;
    trials_.erase(same);
  }
  trials_.insert(std::upper_bound(trials_.begin(), trials_.end(), trial, better), trial);
  if (trials_.size() > length_) trials_.pop_back();
}

bool RunningCounts::add(const Trial& trial, const Space* unchecked) {
  counts_.add(trial);
  reasons_.add(trial);
  if (trial.verdict != Verdict::valid) return false;
  const auto rank = [](const Trial& one) { return std::pair(one.cost(), one.number); };
  const bool leads = !best_ || rank(trial) < rank(*best_);
  if (!leads && !shortlist_.wants(trial)) return false;
  if (unchecked != nullptr && !unchecked->allows(trial.config)) return false;
  shortlist_.add(trial);
  if (!leads) return false;
  const bool faster = !best_ || trial.cost() < best_->cost();
  best_ = trial;
  return faster;
}

}  // namespace tamis
