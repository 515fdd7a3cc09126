#pragma once

#include "tamis/search/initializer.h"
#include "tamis/search/strategy.h"

#include <cstddef>
#include <memory>

namespace tamis {

/// Defaults were chosen on recorded tables of a VTA accelerator (docs/explanation/validity-initialization).
struct ValidityOptions {
  size_t valid_trials = 16;  ///< hands over when so many valid trials are known ...
  size_t trials = 64;        ///< ... or so many trials with at least one valid
  size_t scattered =
      8;  ///< opening trials spread over the space before anything is judged; the first is the corner
  double reach = 0.35;   ///< distance over which an outcome tells of its neighbourhood (ConfigCoordinates)
  double novelty = 0.2;  ///< weight of the distance to what was tried, beside the probability of being valid
  size_t candidates = 2048;  ///< configs judged for a batch where the space has more
};

/// The first version of validity-driven initialisation (Rieber, Acosta and Fröning, "Joint Program and Layout
/// Transformations to Enable Convolutional Operators on Specialized Hardware Based on Constraint
/// Programming", 2022).
std::unique_ptr<Initializer> make_validity_initializer(const SearchProblem& problem,
                                                       const ValidityOptions& options = {});

}  // namespace tamis
