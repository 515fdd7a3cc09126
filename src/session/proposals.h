#pragma once

#include "base/result.h"
#include "log/log.h"
#include "search/strategy.h"
#include "space/space.h"
#include "trial/trial.h"
#include "workload/workload.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tamis {

// What every session does with its strategy, whoever runs the loop.

/// The initializer by its own name, so that a session is recognised whether it was named or left to the
/// strategy; empty for an unknown strategy.
std::string resolve_initializer(const std::string& strategy, const std::string& initializer);

/// One seed a workload, so that the layers of a network are not all searched with the same random numbers. An
/// external one goes by its name, so that the folder where its source lies does not matter. Another one where
/// the strategy begins with trials that it learns at once: with the first one it would draw what it drew
/// then.
uint64_t strategy_seed(uint64_t seed, const Workload& workload, uint64_t learnt_at_once = 0);

/// Writes into the record what it keeps of a space.
void describe_space(const Space& space, SessionRecord& record);

/// Errors: internal when a strategy proposed more than `most` configs, or some that are not of the space.
Status check_proposals(const Space& space, std::span<const Config> proposals, uint64_t most,
                       std::string_view strategy);

/// Errors: corrupt when the log has another config under the number of a proposal.
Status check_logged(const Space& space, const SessionRecord& session, std::string_view strategy,
                    const Config& proposed, const Trial& logged);

/// Teaches the strategy trials in the given order, without those whose device was lost, which say nothing of
/// the config. Errors: as Strategy::learn.
Status teach(Strategy& strategy, std::span<const Trial> trials);

}  // namespace tamis
