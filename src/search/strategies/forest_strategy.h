#pragma once

#include "model/random_forest.h"
#include "search/candidates.h"
#include "tamis/strategy.h"

#include <cstddef>
#include <memory>

namespace tamis {

/// The forest's defaults are those of SMAC.
struct ForestOptions {
  size_t initial_trials = 10;  ///< random trials before the first fit, when no initializer made them
  double random_share = 0.2;   ///< of the proposals, drawn at random as SMAC interleaves random configs
  RandomForestOptions forest;
  CandidateOptions candidates;
};

/// Sequential model-based optimisation with a random forest, as SMAC (Hutter, Hoos and Leyton-Brown, LION
/// 2011): a forest learns the logarithm of the latency, an invalid config counting as the slowest valid one
/// known; configs with the largest expected improvement are proposed, random ones between them. Candidates
/// are the whole space where it is small, else random configs and the neighbours of the fastest.
///
/// It differs from SMAC in what a deterministic measurement makes needless (no repeated runs, no racing), in
/// that the forest is fitted again only when 3 % more is known, and in beginning with random configs until
/// one is valid.
std::unique_ptr<Strategy> make_forest_strategy(const Task& task, const SearchOptions& options,
                                               const ForestOptions& parameters = {});

}  // namespace tamis
