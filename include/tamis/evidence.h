#pragma once

#include "tamis/trial.h"

#include <optional>
#include <vector>

namespace tamis {

/// Within what share of the best a winner is good enough: finals do not go on to tell such configs apart.
inline constexpr double kGoodEnough = 0.01;

/// How sure the runs of finals make of their winner, as probabilities between 0 and 1. They are about the
/// finalists, not about configs that were no finalists.
struct Evidence {
  double best = 1;  ///< that no other finalist is better in truth
  double good = 1;  ///< that none is better by more than kGoodEnough
};

/// What the runs say of the winner of finals: the medians of every finalist's runs are taken to be normally
/// distributed about its true cost, with a deviation that follows from how far its runs and those of the
/// others lie apart. Nothing where there is no winner, or no finalist ran twice. Pure, so thread safe.
std::optional<Evidence> weigh_evidence(const Finals& finals);

/// For every finalist, in their order, the probability that it is better than the winner by more than
/// kGoodEnough: 0 for the winner itself and for one that failed. Empty where weigh_evidence() gives nothing.
std::vector<double> chances_to_win(const Finals& finals);

}  // namespace tamis
