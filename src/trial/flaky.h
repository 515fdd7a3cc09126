#pragma once

#include "tamis/trial.h"

#include <string_view>

namespace tamis {

/// The feature of a trial whose runs disagreed (RetryPolicy::failure_repeats): how many of them failed.
inline constexpr std::string_view kFailedRuns = "failed_runs";

/// Whether runs of the config disagreed on whether it is valid: its device, or what the config leaves to
/// chance, is not to be relied on.
inline bool is_flaky(const Trial& trial) { return trial.features.has(kFailedRuns); }

}  // namespace tamis
