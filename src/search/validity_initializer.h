#pragma once

#include "model/neighbourhood.h"
#include "tamis/strategy.h"

#include <cstddef>
#include <memory>

namespace tamis {

/// Defaults were chosen on tables of bench/ground (docs/explanation/validity-initialization).
struct ValidityOptions {
  size_t valid_trials = 24;   ///< hands over when so many valid trials are known ...
  size_t trials = 64;         ///< ... or so many trials, one of them valid ...
  size_t most_trials = 4096;  ///< ... or so many, whatever came of them: every batch looks at all of them
  double novelty = 0.6;       ///< what a distance of 1 to everything tried counts beside the promise
  double speed = 1;           ///< how much of the promise goes by the expected speed: 0 none, 1 all
  size_t candidates = 4096;   ///< configs judged for a batch; a space of no more is judged whole
  size_t patience = 24;  ///< trials after which random configs are proposed where the estimate has no skill
  NeighbourhoodOptions estimate = {};
};

/// Validity-driven initialisation, after an idea of Rieber, Reiber, Bringmann and Fröning ("HW-Aware
/// Initialization of DNN Auto-Tuning to Improve Exploration Time and Robustness", arXiv 2205.15568, 2022):
/// begin with configs that are likely valid.
///
/// Proposes the config of the smallest values, then those of the largest sum of promise and novelty. Promise
/// is the probability of being valid, weighted by how fast valid trials nearby were. So it scatters over the
/// space until something is valid, then explores around what is, towards what is fast. Candidates of a large
/// space are random configs and neighbours of valid ones. Goes on for as long as nothing at all is valid, but
/// not for ever. Where its estimate foretells no better than the share of valid trials, it goes on with
/// random configs.
std::unique_ptr<Initializer> make_validity_initializer(const Task& task, const SearchOptions& options,
                                                       const ValidityOptions& parameters = {});

}  // namespace tamis
