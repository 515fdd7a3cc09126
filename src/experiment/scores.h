#pragma once

#include "tamis/comparison.h"
#include "tamis/replay.h"
#include "tamis/trial_set.h"

#include <cstdint>
#include <vector>

namespace tamis {

/// Times until the goals, over outcomes.
TimeScore time_score(const std::vector<ReplayOutcome>& outcomes);

/// What noise did; of the outcomes `runs` in a row have one seed.
NoiseScore noise_score(const TrialSet& table, const std::vector<ReplayOutcome>& outcomes, uint64_t runs);

}  // namespace tamis
