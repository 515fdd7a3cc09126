#pragma once

#include "base/result.h"
#include "session/study.h"

namespace tamis {

/// Errors: invalid_input, saying of which config, when an outcome contradicts itself or has numbers that mean
/// nothing.
Status check_outcome(const Space& space, const Config& config, const Outcome& outcome);

/// The trial that an outcome makes of a config, finished now. `device` is where it ran if it ran and the
/// outcome does not say.
Trial trial_of(AskedConfig asked, std::string proposer, Outcome outcome, const std::string& device);

}  // namespace tamis
