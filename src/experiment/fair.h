#pragma once

#include "tamis/comparison.h"
#include "tamis/random.h"
#include "tamis/replay.h"
#include "tamis/result.h"
#include "tamis/trial_set.h"

#include <optional>
#include <span>
#include <vector>

namespace tamis {

/// The score P of the methodology of the FAIR auto-tuning benchmarks, as its reference implementation
/// `autotuning_methodology` 1.1.0 computes it with its defaults: how much of the way from random search to
/// the best a strategy is ahead, the mean over the time in which random search goes from kFairStart to
/// kFairEnd of the way from the median config to the best. docs/explanation/time-and-noise says it step
/// by step.
inline constexpr double kFairStart = 0.01;
inline constexpr double kFairEnd = 0.95;

/// What a table says of the score: the same for all strategies.
struct FairSpace {
  std::vector<double> values;  ///< of the objective, of valid rows, ascending
  bool minimise = true;
  double ns_per_trial = 0;  ///< of random search on average
  double begin_ns = 0;      ///< the score counts from here
  double end_ns = 0;        ///< to here
  double limit_ns = 0;      ///< how long sessions go on
};

/// Errors: invalid_input for a table where the best is found too easily for a score, or no time is known.
Result<FairSpace> fair_space(const TrialSet& table, const RecordedTimes& times);

/// The best value that random search has at each place of the score's time, and these places in ns.
std::vector<double> fair_places(const FairSpace& space);
std::vector<double> fair_baseline(const FairSpace& space);

/// The score of the sessions of one strategy on one table. Sessions in which fewer than two trials had a
/// valid one before them and ended within the time are left out and counted. Nothing comes of it, so that the
/// score is missing, where all are, or half of the sessions have no valid trial from the begin on. `values`
/// of traces are costs of `objective`. The reference fits its curve to random parts of the sessions, so its
/// scores scatter; this is the mean over 20 draws of them by `random`.
FairScore fair_score(const FairSpace& space, const Objective& objective,
                     std::span<const std::vector<TracePoint>> traces, Random random);

}  // namespace tamis
