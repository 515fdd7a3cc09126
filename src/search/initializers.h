#pragma once

#include "model/neighbourhood.h"
#include "tamis/strategy.h"

#include <cstddef>
#include <memory>

namespace tamis {

struct RandomInitializerOptions {
  size_t trials = 64;       ///< hands over when so many trials are known ...
  size_t valid_trials = 1;  ///< ... and so many of them are valid: AutoTVM's condition for its first fit
};

/// Hands over at once: the strategy makes its own initial design.
std::unique_ptr<Initializer> make_no_initializer(const Task& task, const SearchOptions& options);

/// Uniformly random configs, as AutoTVM begins.
std::unique_ptr<Initializer> make_random_initializer(const Task& task, const SearchOptions& options,
                                                     const RandomInitializerOptions& parameters = {});

/// Defaults were chosen on recorded tables of a VTA accelerator (docs/explanation/validity-initialization).
struct ValidityOptions {
  size_t valid_trials = 16;   ///< hands over when so many valid trials are known ...
  size_t trials = 64;         ///< ... or so many trials, one of them valid ...
  size_t most_trials = 4096;  ///< ... or so many, whatever came of them: every batch looks at all of them
  double novelty =
      0.25;  ///< what a distance of 1 to everything tried counts beside the probability of validity
  size_t candidates = 4096;  ///< configs judged for a batch; a space of no more is judged whole
  NeighbourhoodOptions estimate;
};

/// The first version of validity-driven initialisation, after an idea of Rieber, Reiber, Bringmann and
/// Fröning ("HW-Aware Initialization of DNN Auto-Tuning to Improve Exploration Time and Robustness", arXiv
/// 2205.15568, 2022): begin with configs that are likely valid.
///
/// Proposes the config of the smallest values, then those of the largest sum of predicted validity and
/// novelty: it scatters over the space until something is valid, then explores around what is. Candidates of
/// a large space are random configs and neighbours of valid ones. Goes on for as long as nothing at all is
/// valid, but not for ever.
std::unique_ptr<Initializer> make_validity_initializer(const Task& task, const SearchOptions& options,
                                                       const ValidityOptions& parameters = {});

}  // namespace tamis
