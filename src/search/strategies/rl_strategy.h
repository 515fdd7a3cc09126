#pragma once

#include "search/adaptive_sampling.h"
#include "search/policy_search.h"
#include "search/strategy.h"

#include <cstddef>
#include <memory>

namespace tamis {

struct RlOptions {
  size_t initial_trials = 64;  ///< random trials before the first fit, when no initializer made them
  size_t trajectory = 256;     ///< visited configs that are clustered: those of the highest predictions
  int trees = 60;              ///< of the cost model
  int max_depth = 4;           ///< of its trees
  PolicySearchOptions search;
  AdaptiveSamplingOptions sampling;
};

/// Reinforcement learning with adaptive sampling, as Chameleon (Ahn, Pilligundla, Yazdanbakhsh and
/// Esmaeilzadeh, ICLR 2020), called RELEASE before (arXiv 1905.12799, 2019): boosted trees learn throughput,
/// 0 for what is not valid; an actor and critic walk over the knobs with the trees' predictions for rewards
/// and learn by proximal policy optimisation; of the configs that they visited, k-means chooses some that
/// stand for all, 8 to 64; those are tried, and the next round begins with a new fit.
///
/// Episodes are shorter and fewer than Chameleon's, to bound the cost of a trial. As a policy of so few does
/// not keep to good configs, only the `trajectory` visited configs of the highest predictions are clustered.
///
/// Its initial design is AutoTVM's: random configs until `initial_trials` are known and one is valid. Walkers
/// start from the fastest known configs and from random ones, by halves.
std::unique_ptr<Strategy> make_rl_strategy(const Task& task, const SearchOptions& options,
                                           const RlOptions& parameters = {});

}  // namespace tamis
