#pragma once

#include "search/strategy.h"

#include <memory>

namespace tamis {

/// Every config in the order of its index: the first knob varies fastest.
std::unique_ptr<Strategy> make_grid_strategy(const SearchProblem& problem);

}  // namespace tamis
