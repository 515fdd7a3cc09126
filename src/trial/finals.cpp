#include "base/median.h"
#include "tamis/trial.h"

#include <algorithm>
#include <utility>

namespace tamis {

double Finalist::latency_ns() const { return median(latencies_ns); }

void Finals::rank() {
  std::sort(finalists.begin(), finalists.end(), [](const Finalist& a, const Finalist& b) {
    return std::pair(a.latency_ns(), a.number) < std::pair(b.latency_ns(), b.number);
  });
}

const Finalist* Finals::winner() const {
  return finalists.empty() || finalists.front().verdict != Verdict::valid ? nullptr : &finalists.front();
}

std::optional<Finals> discard_if_stale(std::optional<Finals> finals, uint64_t trials) {
  if (finals && finals->after_trials != trials) return std::nullopt;
  return finals;
}

std::optional<Trial> best_trial(std::span<const Trial> trials, const std::optional<Finals>& finals) {
  const Finalist* winner = finals ? finals->winner() : nullptr;
  const Trial* best = nullptr;
  for (const Trial& trial : trials) {
    if (trial.verdict != Verdict::valid) continue;
    if (winner != nullptr && trial.number == winner->number) {
      Trial won = trial;
      won.latencies_ns = winner->latencies_ns;
      return won;
    }
    const auto key = [](const Trial& one) { return std::pair(one.latency_ns(), one.number); };
    if (best == nullptr || key(trial) < key(*best)) best = &trial;
  }
  if (best == nullptr) return std::nullopt;
  return *best;
}

}  // namespace tamis
