#pragma once

#include "tamis/measurer.h"
#include "tamis/result.h"
#include "tamis/trial.h"

#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>

namespace tamis {

/// How many times each finalist is tried again at least, and those that could still be the best at most.
inline constexpr int kFinalRounds = 5;
inline constexpr int kMostFinalRounds = 20;
/// Finals end once the winner is good enough (Evidence::good) with this probability.
inline constexpr double kSureWinner = 0.95;

/// Who takes part in the finals: the best, and last the default config where it was valid and is not among
/// them, so that the winner is never slower than what the user came with. Nobody where there is no best.
std::vector<Trial> finalists_of(std::span<const Trial> best, const std::optional<Trial>& default_trial);

/// The trial with the latencies that it had in the finals, where it was valid there.
Trial as_in_finals(Trial trial, const Finals& finals);

/// Tries the trials' configs again in several rounds, each of them once per round, every other round
/// backwards, so that a machine that gets slower meanwhile disadvantages none. Unless kFinalRounds name a
/// winner that is good enough, more rounds follow, of the one that leads and of those that may well be better
/// by more than kGoodEnough. A finalist that fails leaves; a device that is lost counts against none. Nothing
/// when it was stopped. Errors: as the measurer.
Result<std::optional<Finals>> run_finals(Measurer& measurer, std::span<const Trial> finalists,
                                         std::stop_token stop);

}  // namespace tamis
