#pragma once

#include "search/initializer.h"
#include "search/strategy.h"

#include <memory>

namespace tamis {

/// Hands over at once: the strategy opens as it will.
std::unique_ptr<Initializer> make_no_initializer(const SearchProblem& problem);

}  // namespace tamis
