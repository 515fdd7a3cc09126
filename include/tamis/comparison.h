#pragma once

#include "tamis/json_fwd.h"
#include "tamis/replay.h"
#include "tamis/result.h"
#include "tamis/trial_set.h"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace tamis {

/// How a number spreads over seeds, some of which may have failed: a failed one counts as larger than any
/// number.
struct Spread {
  std::optional<double> median, p10, p90;  ///< nothing where the percentile lies among failed seeds
  uint64_t failed = 0;
};

/// Percentiles with linear interpolation between the two nearest values, as NumPy's default has them. Nothing
/// is a failed seed. `values` must not be empty.
Spread spread_of(std::span<const std::optional<uint64_t>> values);
/// The same of measured numbers, none of which failed.
Spread spread_of(std::span<const double> values);

/// What is compared: every strategy with every initializer on every table, each with the same seeds.
struct ComparisonOptions {
  std::vector<std::string> strategies;
  std::vector<std::string> initializers = {""};  ///< an empty one is the strategy's default
  uint64_t seeds = 30;                           ///< sessions of each combination
  uint64_t first_seed = 0;                       ///< the others follow it
  /// What every session is like; compare() sets its strategy, initializer, seed and related trials.
  ReplayOptions session;
  /// What sessions start from; on a table that is among them, from the others.
  std::vector<std::shared_ptr<const TrialSet>> history;
  size_t jobs = 1;  ///< sessions at the same time; results do not depend on it, but for the times
  std::function<void(size_t done, size_t total)> progress = nullptr;  ///< on the calling thread
};

/// A point of the mean curve of the best latency so far.
struct CurvePoint {
  uint64_t trials = 0;
  double relative = 0.0;  ///< mean over the seeds of: the table's best value to the best so far, 1 at the
                          ///< best; 0 before a valid one
};

/// What came of one strategy with one initializer on one table.
struct ComparisonRow {
  std::string table;
  uint64_t rows = 0;         ///< configs of the table
  uint64_t valid = 0;        ///< valid ones among them
  Objective objective = {};  ///< of the table
  double best_cost = 0.0;    ///< the least cost in the table
  std::string strategy, initializer;
  uint64_t seeds = 0;
  std::array<Spread, kGoals.size()> trials_to;   ///< until within kGoals percent of the best
  std::array<Spread, kGoals.size()> invalid_to;  ///< invalid trials spent until then
  std::array<std::vector<std::optional<uint64_t>>, kGoals.size()> each_trials_to;  ///< seed by seed
  double invalid_share = 0.0;  ///< of all trials of all seeds
  double search_ms_per_trial = 0.0;
  std::vector<CurvePoint> curve;  ///< at 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, ... trials
};

/// What of ComparisonOptions::history no session of these strategies on these tables learns from, and why, a
/// sentence without full stop each: a strategy that learns nothing from earlier trials, a table that shares
/// no knob with the others or that is itself all that is searched. Sets are called by their workloads' names.
std::vector<std::string> unused_history(const std::vector<std::shared_ptr<const TrialSet>>& tables,
                                        const ComparisonOptions& options);

/// Replays every combination; rows in the order of tables, strategies, initializers. Errors: as replay, and
/// invalid_input when there is nothing to compare; interrupted when stopped.
Result<std::vector<ComparisonRow>> compare(const std::vector<std::shared_ptr<const TrialSet>>& tables,
                                           const ComparisonOptions& options, std::stop_token stop);

/// The rows as a JSON array of objects (docs/reference/command-line has their members).
Json to_json(const std::vector<ComparisonRow>& rows);

}  // namespace tamis
