#pragma once

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

}  // namespace tamis
