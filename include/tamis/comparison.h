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
Spread spread_of(std::span<const std::optional<double>> values);
/// The same of measured numbers, none of which failed.
Spread spread_of(std::span<const double> values);

/// What strategies are compared by.
enum class Score {
  trials,  ///< until a goal was reached
  time,    ///< that these trials took when they were recorded (recorded_times)
  fair,    ///< P of the FAIR auto-tuning benchmarks: over random search, in a given time
};

/// What is compared: every strategy with every initializer on every table, each with the same seeds.
struct ComparisonOptions {
  std::vector<std::string> strategies;
  std::vector<std::string> initializers = {""};  ///< an empty one is the strategy's default
  uint64_t seeds = 30;                           ///< sessions of each combination
  uint64_t first_seed = 0;                       ///< the others follow it
  /// What every session is like; compare() sets its strategy, initializer, seed and related trials, and
  /// times, budget of time, trace and noise as the score and `noise_runs` ask for.
  ReplayOptions session;
  Score score = Score::trials;
  /// With how many streams of noise every seed is repeated (ReplayOptions::noise); 0: without noise.
  uint64_t noise_runs = 0;
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

/// What a comparison by time gives: ns until within kGoals percent of the best.
struct TimeScore {
  std::array<Spread, kGoals.size()> ns_to;
  std::array<std::vector<std::optional<double>>, kGoals.size()> each_ns_to;  ///< seed by seed
};

/// After how many trials the regret is looked at.
inline constexpr std::array<uint64_t, 3> kRegretTrials = {50, 100, 200};
/// Within how many percent of the best a winner counts as truly good.
inline constexpr double kTrulyGood = 1;

/// What came of sessions that met noise, judged by the true costs: the medians of the recorded ones.
struct NoiseScore {
  /// How much worse than the best, as a share of it, the config was that the strategy held for the best after
  /// kRegretTrials. A session without a valid config until then has failed.
  std::array<Spread, kRegretTrials.size()> regret;
  double truly_good = 0;  ///< share of sessions whose winner is within kTrulyGood percent of the best
  /// Share of pairs of sessions with one seed and different noise that name different winners; nothing
  /// without a pair.
  std::optional<double> flips;
  /// Trials, and each time that one was tried again, before the finals or in them.
  Spread runs = {};
  /// The mean probability that winners were said to be within kGoodEnough of the best finalist with
  /// (Evidence::good), and the share of them that truly were; nothing without finals.
  std::optional<double> stated = std::nullopt, borne_out = std::nullopt;
};

/// The score P of the FAIR auto-tuning benchmarks.
struct FairScore {
  /// 0 is random search, 1 the best at once; nothing where too little was tried.
  std::optional<double> score;
  double begin_ns = 0, end_ns = 0;              ///< the time that it is the mean over
  uint64_t left_out = 0;                        ///< sessions with fewer than two trials in that time
  std::vector<std::vector<TracePoint>> traces;  ///< what it was computed from, seed by seed
};

/// What came of one strategy with one initializer on one table.
struct ComparisonRow {
  std::string table;
  uint64_t rows = 0;         ///< configs of the table
  uint64_t valid = 0;        ///< valid ones among them
  Objective objective = {};  ///< of the table
  double best_cost = 0.0;    ///< the least cost in the table
  std::string strategy, initializer;
  std::vector<std::string> revealed;  ///< features that building showed
  uint64_t seeds = 0;
  std::array<Spread, kGoals.size()> trials_to;   ///< until within kGoals percent of the best
  std::array<Spread, kGoals.size()> invalid_to;  ///< invalid trials spent until then
  std::array<std::vector<std::optional<uint64_t>>, kGoals.size()> each_trials_to;  ///< seed by seed
  double invalid_share = 0.0;  ///< of all trials of all seeds
  double search_ms_per_trial = 0.0;
  std::optional<TimesMissing> times_missing;  ///< of the table, where the score is not trials
  std::optional<TimeScore> time;              ///< where the score is time
  std::optional<FairScore> fair;              ///< where it is fair
  std::optional<NoiseScore> noise;            ///< where there was noise
  std::vector<CurvePoint> curve;              ///< at 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, ... trials
};

/// What of ComparisonOptions::history no session of these strategies on these tables learns from, and why, a
/// sentence without full stop each: a strategy that learns nothing from earlier trials, a table that shares
/// no knob with the others or that is itself all that is searched. Sets are called by their workloads' names.
std::vector<std::string> unused_history(const std::vector<std::shared_ptr<const TrialSet>>& tables,
                                        const ComparisonOptions& options);

/// Replays every combination; rows in the order of tables, strategies, initializers. With noise, what is seed
/// by seed has the repetitions of a seed one after the other. Errors: as replay, and invalid_input when there
/// is nothing to compare, or a table does not allow the score (recorded_times; a best that random search
/// finds at once); interrupted when stopped.
Result<std::vector<ComparisonRow>> compare(const std::vector<std::shared_ptr<const TrialSet>>& tables,
                                           const ComparisonOptions& options, std::stop_token stop);

/// The rows as a JSON array of objects (docs/reference/command-line has their members).
Json to_json(const std::vector<ComparisonRow>& rows);

}  // namespace tamis
