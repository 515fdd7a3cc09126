#pragma once

#include "search/initializer.h"
#include "search/strategy.h"

#include <memory>

namespace tamis {

/// Proposes SearchProblem::suggested, in order, each that the space allows and that was not learnt before,
/// and is then finished. It opens every strategy for a problem that has suggestions, before the initializer
/// that was chosen.
std::unique_ptr<Initializer> make_suggested_initializer(const SearchProblem& problem);

}  // namespace tamis
