#pragma once

#include "tamis/log.h"
#include "tamis/result.h"
#include "tamis/strategies.h"
#include "tamis/task.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tamis {

/// What a session on this task is recorded as, but for what it searches with.
SessionRecord describe_task(const Task& task);

/// Completes a record whose strategy and initializer were named by the user: their own names, so that a
/// session is recognised whether the initializer was named or left to the strategy, and the
/// generation of both. Gives the row of the strategy. Errors: as parse_strategy and find_initializer.
Result<const StrategyKind*> resolve_strategy(SessionRecord& record);

/// One seed per workload, so that the layers of a network are not all searched with the same random numbers.
/// An external one goes by its name, so that the folder where its source lies does not matter. Another one
/// where the strategy begins with trials that it learns at once: with the first one it would draw what it
/// drew then.
uint64_t strategy_seed(uint64_t seed, const Workload& workload, uint64_t learnt_at_once = 0);

/// In what two sessions differ that decides what they propose and measure, what they learnt from aside, in
/// words: `seed (0, now 1)`. Empty: one can go on as the other. Names of workloads matter only for external
/// ones, whose searches they tell apart.
std::vector<std::string> differences(const SessionRecord& logged, const SessionRecord& now);

/// Whether two workloads are the same to a session.
bool same_workload(const Workload& a, const Workload& b);

}  // namespace tamis
