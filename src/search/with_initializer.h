#pragma once

#include "search/initializer.h"
#include "search/strategy.h"

#include <memory>

namespace tamis {

/// A strategy whose first proposals come from an initializer, until that is finished. Both learn every trial.
/// It has the name of whichever proposed last (at first, of the one that will), so that a trial can tell who
/// proposed it.
std::unique_ptr<Strategy> open_with(std::unique_ptr<Initializer> initializer,
                                    std::unique_ptr<Strategy> strategy, const SearchProblem& problem);

}  // namespace tamis
