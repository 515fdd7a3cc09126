#pragma once

#include "tamis/result.h"
#include "tamis/session.h"
#include "tamis/strategy.h"
#include "tamis/trial_set.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace tamis {

/// The goals that a replay looks for: latencies within so many percent of the table's best.
inline constexpr std::array<int, 4> kGoals = {0, 1, 5, 10};

/// One session on a recorded table.
struct ReplayOptions {
  std::string strategy = SessionOptions{}.strategy;
  std::string initializer;                         ///< empty: the strategy's default
  uint64_t seed = 0;                               ///< of the session
  std::optional<uint64_t> trials = 1000;           ///< nothing: until the table is exhausted
  uint64_t batch = 1;                              ///< configs asked of the strategy at a time
  bool full = false;                               ///< go on after the table's best was found, up to `trials`
  const std::vector<TrialSet>* related = nullptr;  ///< SessionOptions::related
  /// Whether the default config is trial 0; without it a replay begins as the strategies of peers do.
  bool with_default = false;
  /// For experiments: makes the strategy in place of the one that is named. Thread safe, as a comparison may
  /// call it from several threads.
  StrategyFactory make_strategy = nullptr;
};

/// What was spent until a goal was reached, the trial that reached it included.
struct Spent {
  uint64_t trials = 0;   ///< valid and invalid together
  uint64_t invalid = 0;  ///< those that were invalid
};

/// What came of a replay.
struct ReplayOutcome {
  std::string initializer;                                  ///< by its own name
  std::array<std::optional<Spent>, kGoals.size()> reached;  ///< in the order of kGoals; nothing: not reached
  Spent total;                                              ///< all trials that were made
  int64_t search_ns = 0;                                    ///< time in propose() and learn()
  /// Each improvement: after how many trials, and the latency in ns since then.
  std::vector<std::pair<uint64_t, double>> improvements;
};

/// Runs one session as `tamis tune` does, on the target `table`, without a log. It ends when the table's best
/// was found, unless asked to go on. Thread safe; runs on the calling thread. Errors: as run_session;
/// invalid_input for a table without a valid config; interrupted when stopped.
Result<ReplayOutcome> replay(const std::shared_ptr<const TrialSet>& table, const ReplayOptions& options,
                             const std::stop_token& stop);

}  // namespace tamis
