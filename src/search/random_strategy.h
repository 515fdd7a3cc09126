#pragma once

#include "search/strategy.h"

#include <memory>

namespace tamis {

/// Uniformly random configs, each once.
std::unique_ptr<Strategy> make_random_strategy(const SearchProblem& problem);

}  // namespace tamis
