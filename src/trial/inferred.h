#pragma once

#include "tamis/result.h"
#include "tamis/trial.h"

#include <cstdint>
#include <string_view>

namespace tamis {

// What is inferred of a trial from what is recorded of it.

/// Whether a config with this verdict got past building, as far as the verdict alone tells: what counts as a
/// measurement where nothing more is recorded.
inline bool reaches_device(Verdict verdict) {
  return verdict != Verdict::rejected && verdict != Verdict::build_failed &&
         verdict != Verdict::build_timeout && verdict != Verdict::resource_exceeded;
}

/// Whether a trial may have these features, so that every format can hold them. Whatever takes features from
/// outside asks it. Errors: invalid_input, naming the first that has no name or is not finite. Thread safe.
Status check_features(const Features& features);

/// The feature of a trial whose runs disagreed (RetryPolicy::failure_repeats): how many of them failed.
inline constexpr std::string_view kFailedRuns = "failed_runs";

/// The feature of a trial that was tried again because it seemed to be the best so far
/// (SessionOptions::leader_runs): how often in all. Its costs are the medians of these runs.
inline constexpr std::string_view kLeaderRuns = "leader_runs";

/// The feature of a trial on a device that was told apart from its equals: how many times their costs its
/// costs were, by which they are divided.
inline constexpr std::string_view kDeviceFactor = "device_factor";

/// How often a trial was tried; once where it only took over what an earlier one gave.
inline uint64_t runs_of(const Trial& trial) {
  if (trial.same_code_as) return 1;
  const double runs = trial.features.get(kLeaderRuns);
  return runs > 1 ? static_cast<uint64_t>(runs) : 1;
}

/// Whether runs of the config disagreed on whether it is valid: its device, or what the config leaves to
/// chance, is not to be relied on.
inline bool is_flaky(const Trial& trial) { return trial.features.has(kFailedRuns); }

}  // namespace tamis
