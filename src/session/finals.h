#pragma once

#include "tamis/measurer.h"
#include "tamis/result.h"
#include "tamis/trial.h"

#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>

namespace tamis {

/// How many times each finalist is tried again.
inline constexpr int kFinalRounds = 5;

/// Who takes part in the finals: the best, and last the default config where it was valid and is not among
/// them, so that the winner is never slower than what the user came with. Nobody where there is no best.
std::vector<Trial> finalists_of(std::span<const Trial> best, const std::optional<Trial>& default_trial);

/// The trial with the latencies that it had in the finals, where it was valid there.
Trial as_in_finals(Trial trial, const Finals& finals);

/// Tries the trials' configs again in several rounds, each of them once per round, every other round
/// backwards, so that a machine that gets slower meanwhile disadvantages none. A finalist that fails leaves;
/// a device that is lost counts against none. Nothing when it was stopped. Errors: as the measurer.
Result<std::optional<Finals>> run_finals(Measurer& measurer, std::span<const Trial> finalists, int rounds,
                                         std::stop_token stop);

}  // namespace tamis
