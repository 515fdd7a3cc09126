#include "experiment/scores.h"

#include "tamis/evidence.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tamis {
namespace {

/// How much worse than the best a cost is, as a share of the best one's magnitude.
double regret_of(double cost, double best) {
  return best == 0 ? std::abs(cost) : (cost - best) / std::abs(best);
}

/// The regret of what a session held for the best after so many trials.
std::optional<double> regret_after(const ReplayOutcome& outcome, uint64_t trials, double best) {
  std::optional<double> regret;
  for (const auto& [count, cost] : outcome.improvements)
    if (count <= trials) regret = regret_of(cost, best);
  return regret;
}

std::optional<double> flips_of(const std::vector<ReplayOutcome>& outcomes, uint64_t runs) {
  uint64_t pairs = 0, flips = 0;
  for (size_t seed = 0; seed + runs <= outcomes.size(); seed += runs)
    for (size_t a = seed; a < seed + runs; ++a)
      for (size_t b = a + 1; b < seed + runs; ++b) {
        ++pairs;
        if (outcomes[a].winner != outcomes[b].winner) ++flips;
      }
  if (pairs == 0) return std::nullopt;
  return static_cast<double>(flips) / static_cast<double>(pairs);
}

/// How sure sessions were of their winners, and with what right.
void judge_evidence(NoiseScore& score, const std::vector<ReplayOutcome>& outcomes) {
  double stated = 0;
  size_t right = 0, count = 0;
  for (const ReplayOutcome& outcome : outcomes) {
    if (!outcome.evidence) continue;
    ++count;
    stated += outcome.evidence->good;
    if (regret_of(outcome.winner_cost, outcome.best_finalist_cost) <= kGoodEnough) ++right;
  }
  if (count == 0) return;
  score.stated = stated / static_cast<double>(count);
  score.borne_out = static_cast<double>(right) / static_cast<double>(count);
}

}  // namespace

TimeScore time_score(const std::vector<ReplayOutcome>& outcomes) {
  TimeScore score;
  for (size_t goal = 0; goal < kGoals.size(); ++goal) {
    std::vector<std::optional<double>>& each = score.each_ns_to[goal];
    for (const ReplayOutcome& outcome : outcomes) {
      const std::optional<Spent>& spent = outcome.reached[goal];
      each.push_back(spent ? std::optional(spent->time_ns) : std::nullopt);
    }
    score.ns_to[goal] = spread_of(each);
  }
  return score;
}

NoiseScore noise_score(const TrialSet& table, const std::vector<ReplayOutcome>& outcomes, uint64_t runs) {
  NoiseScore score;
  const double best = best_cost(table);
  for (size_t i = 0; i < kRegretTrials.size(); ++i) {
    std::vector<std::optional<double>> regrets;
    regrets.reserve(outcomes.size());
    for (const ReplayOutcome& outcome : outcomes)
      regrets.push_back(regret_after(outcome, kRegretTrials[i], best));
    score.regret[i] = spread_of(regrets);
  }
  const auto good = std::count_if(outcomes.begin(), outcomes.end(), [&](const ReplayOutcome& outcome) {
    return outcome.winner && Objective::is_within(outcome.winner_cost, best, kTrulyGood);
  });
  score.truly_good = static_cast<double>(good) / static_cast<double>(outcomes.size());
  score.flips = flips_of(outcomes, runs);
  std::vector<std::optional<uint64_t>> tried;
  for (const ReplayOutcome& outcome : outcomes) tried.emplace_back(outcome.runs);
  score.runs = spread_of(tried);
  judge_evidence(score, outcomes);
  return score;
}

}  // namespace tamis
