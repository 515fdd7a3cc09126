#pragma once

#include "tamis/strategy.h"

#include <memory>

namespace tamis {

/// Every config in the order of its index: the first knob varies fastest. Of an enumerated space that is too
/// large to be sorted, in the order of the enumeration.
std::unique_ptr<Strategy> make_grid_strategy(const Task& task, const SearchOptions& options);

/// Uniformly random configs, each once.
std::unique_ptr<Strategy> make_random_strategy(const Task& task, const SearchOptions& options);

}  // namespace tamis
