#pragma once

#include "base/result.h"
#include "trial/trial_set.h"

#include <span>
#include <string>
#include <vector>

namespace tamis {

/// What a session records of what it started from: for each of `related` the number of its trials and a
/// fingerprint of its space and trials, `COUNT:HEX COUNT:HEX ...`. Names do not matter. Empty for none.
std::string describe_related(std::span<const TrialSet> related);

/// The related trials as they were when a session recorded `learnt_from`: those of `related`, in their order,
/// that it names, each cut to the trials that it had then, since logs grow and suites gain layers. Errors:
/// not_found when they cannot be put together again.
Result<std::vector<TrialSet>> recall_related(std::span<const TrialSet> related,
                                             const std::string& learnt_from);

}  // namespace tamis
