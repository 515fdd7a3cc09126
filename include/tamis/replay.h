#pragma once

#include "tamis/evidence.h"
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

/// Rows of a table that do not say how long something took.
struct TimesMissing {
  uint64_t all = 0;    ///< that say no time at all
  uint64_t build = 0;  ///< other rows that do not say how long building took
  uint64_t run = 0;    ///< other valid rows that do not say how long running took
};

/// What trying each config of a table took when it was recorded.
struct RecordedTimes {
  /// ns of building and running by row of the table, together with what else the row counts as either
  /// (checking, the framework). A row that says no time at all has the median of the others.
  std::vector<double> row_ns = {};
  TimesMissing missing = {};
};

/// The times of a recorded table. Errors: invalid_input when no row says any.
Result<RecordedTimes> recorded_times(const TrialSet& table);

/// What of the strategy's own time counts as spent on a trial, beside what the table says.
struct SearchTime {
  bool measured = false;    ///< what propose() and learn() take here: another time in every run
  double ns_per_trial = 0;  ///< a fixed time for each trial
};

/// One session on a recorded table.
struct ReplayOptions {
  std::string strategy = SessionOptions{}.strategy;
  std::string initializer;                ///< empty: the strategy's default
  uint64_t seed = 0;                      ///< of the session
  std::optional<uint64_t> trials = 1000;  ///< nothing: until the table is exhausted
  uint64_t batch = 1;                     ///< configs asked of the strategy at a time
  /// Instead of batches so many configs are under way at the same time, each on a device of its own, and the
  /// next is proposed when one of them ends (SessionOptions::asynchronous). When that is follows from what
  /// trying them took where it was recorded, else all take the same. 1 to 1,000; nothing: batches.
  std::optional<uint64_t> pending = std::nullopt;
  bool full = false;                               ///< go on after the table's best was found, up to `trials`
  const std::vector<TrialSet>* related = nullptr;  ///< SessionOptions::related
  /// Whether the default config is trial 0; without it a replay begins as the strategies of peers do.
  bool with_default = false;
  /// What trying a config took, in the order of the table's rows, so that time is counted; must outlive the
  /// replay. nullptr: none is.
  const RecordedTimes* times = nullptr;
  SearchTime search_time = {};
  /// End when this time was spent, whether the best was found or not; nothing: as `full` says.
  std::optional<double> time_ns = std::nullopt;
  bool trace = false;  ///< fill ReplayOutcome::trace
  /// The stream of noise (table::bind_table): a run then gives one of the recorded costs. The session goes on
  /// to `trials`, as it cannot know the best, measures leaders again and ends with finals, as on any device
  /// whose latencies vary.
  std::optional<uint64_t> noise = std::nullopt;
  std::vector<std::string> revealed = {};               ///< features that building shows: table::TableOptions
  uint64_t leader_runs = SessionOptions{}.leader_runs;  ///< SessionOptions::leader_runs
  /// For experiments: makes the strategy in place of the one that is named. Thread safe, as a comparison may
  /// call it from several threads.
  StrategyFactory make_strategy = nullptr;
};

/// What was spent until a goal was reached, the trial that reached it included.
struct Spent {
  uint64_t trials = 0;   ///< valid and invalid together
  uint64_t invalid = 0;  ///< those that were invalid
  double time_ns = 0;    ///< as recorded, with the search time that counts; 0 where no times were given
};

/// Where a session stood after a trial.
struct TracePoint {
  double time_ns = 0;
  double cost = 0;  ///< true cost of the best so far; infinity before a valid one
};

/// What came of a replay.
struct ReplayOutcome {
  std::string initializer;                                  ///< by its own name
  std::array<std::optional<Spent>, kGoals.size()> reached;  ///< in the order of kGoals; nothing: not reached
  Spent total;                                              ///< all trials that were made
  int64_t search_ns = 0;                                    ///< time in propose() and learn()
  /// Each improvement: after how many trials, and the cost since then. Under noise what the strategy takes
  /// for one, and its true cost, the median of the recorded ones.
  std::vector<std::pair<uint64_t, double>> improvements;
  std::vector<TracePoint> trace;                    ///< after every trial, where asked for
  std::optional<Config> winner;                     ///< what the session names the best in the end
  double winner_cost = 0;                           ///< its true cost
  uint64_t runs = 0;                                ///< trials, and each time that one was tried again
  std::optional<Evidence> evidence = std::nullopt;  ///< of its finals, where there were some
  double best_finalist_cost = 0;                    ///< the least true cost of its finalists
};

/// Runs one session as `tamis tune` does, on the target `table`, without a log. It ends when the table's best
/// was found, unless asked to go on. Thread safe; runs on the calling thread. Errors: as run_session;
/// invalid_input for a table without a valid config; interrupted when stopped.
Result<ReplayOutcome> replay(const std::shared_ptr<const TrialSet>& table, const ReplayOptions& options,
                             const std::stop_token& stop);

}  // namespace tamis
