#include "tamis/trial.h"

#include "base/median.h"
#include "trial/inferred.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// In the order of the enum.
constexpr std::array<std::string_view, kVerdicts.size()> kWords = {
    "valid",      "rejected", "build_failed", "build_timeout", "resource_exceeded", "launch_failed",
    "run_failed", "crashed",  "run_timeout",  "wrong_result",  "device_lost"};

}  // namespace

std::string_view to_string(Verdict verdict) { return kWords[static_cast<size_t>(verdict)]; }

Result<Verdict> parse_verdict(std::string_view word) {
  for (const Verdict verdict : kVerdicts)
    if (to_string(verdict) == word) return verdict;
  return corrupt(fmt::format("\"{}\" is not a verdict", word));
}

Status check_latency_ns(double latency_ns) {
  if (latency_ns >= kLeastLatencyNs && latency_ns <= kMostLatencyNs) return {};
  return invalid_input(fmt::format("a latency of {} ns cannot be; it must be from {:g} to {:g} ns",
                                   latency_ns, kLeastLatencyNs, kMostLatencyNs));
}

Status check_features(const Features& features) {
  for (const auto& [name, value] : features.values)
    if (name.empty() || !std::isfinite(value))
      return invalid_input(
          fmt::format("the feature \"{}\" is {}; it needs a name and a finite number", name, value));
  return {};
}

double Trial::cost() const { return median(costs); }

double Finalist::cost() const { return median(costs); }

void Finals::rank() {
  std::sort(finalists.begin(), finalists.end(), [](const Finalist& a, const Finalist& b) {
    return std::pair(a.cost(), a.number) < std::pair(b.cost(), b.number);
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
    if (trial.verdict != Verdict::valid || trial.costs.empty()) continue;  // without: it was only built
    if (winner != nullptr && trial.number == winner->number) {
      Trial won = trial;
      won.costs = winner->costs;
      return won;
    }
    const auto key = [](const Trial& one) { return std::pair(one.cost(), one.number); };
    if (best == nullptr || key(trial) < key(*best)) best = &trial;
  }
  if (best == nullptr) return std::nullopt;
  return *best;
}

}  // namespace tamis
