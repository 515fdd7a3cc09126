#pragma once

#include "search/initializer.h"
#include "search/strategy.h"

#include <cstddef>
#include <memory>

namespace tamis {

struct RandomInitializerOptions {
  size_t trials = 64;       ///< hands over when so many trials are known ...
  size_t valid_trials = 1;  ///< ... and so many of them are valid: AutoTVM's condition for its first fit
};

/// Uniformly random configs, as AutoTVM opens.
std::unique_ptr<Initializer> make_random_initializer(const SearchProblem& problem,
                                                     const RandomInitializerOptions& options = {});

}  // namespace tamis
