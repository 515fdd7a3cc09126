#pragma once

#include "base/result.h"
#include "log/log.h"
#include "measure/measurer.h"
#include "task/target.h"
#include "trial/counts.h"
#include "trial/finals.h"
#include "trial/trial.h"
#include "trial/trial_set.h"
#include "workload/workload.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace tamis {

/// When a session ends. The first limit reached ends it; an exhausted space always does.
struct Budget {
  std::optional<uint64_t> trials = 1000;  ///< nothing: until the space is exhausted
  std::optional<std::chrono::milliseconds>
      time;                            ///< wall clock of this run, checked between batches and inside them
  std::optional<uint64_t> early_stop;  ///< end after so many trials in a row without a better latency
};

struct SessionOptions {
  std::string strategy = "tamis";
  std::string initializer;  ///< empty: the strategy's default
  uint64_t seed = 0;
  uint64_t batch = 8;  ///< configs asked of the strategy at a time; proposals depend on it, unlike on `jobs`
  Budget budget;
  /// A session of at most so many trials is resumed by replaying them through the strategy; of a longer one
  /// the strategy learns all trials at once. The same for every run of a session.
  uint64_t most_replayed = 10'000;
  bool resume = false;   ///< go on with the newest matching session of the log, if there is one
  TargetOptions target;  ///< what the target was made with
  MeasureOptions measure;
  /// What the strategy may start from, or nullptr; must outlive the session. Part of what a session is
  /// recognised by: a resumed one gets of it what it had when it began (session/related.h).
  const std::vector<TrialSet>* related = nullptr;
  bool keep_trials = false;  ///< fill SessionResult::trials
  /// How many of the best configs are measured again at the end, where latencies vary
  /// (Target::latencies_vary); 0: none.
  uint64_t finalists = 5;
};

/// Why a session ended.
enum class StopReason { budget, exhausted, early_stop, interrupted };
std::string_view to_string(StopReason ending);

struct SessionResult {
  SessionRecord session;
  Counts counts;
  /// Nothing when no config was valid. The winner of the finals, with the latencies measured there, if there
  /// were finals and one of the finalists was valid.
  std::optional<Trial> best;
  std::optional<Finals> finals;  ///< those held at the end, or by the run that made the same trials
  std::vector<Trial> trials;     ///< where asked for: what the strategy could learn, in the order of proposal
  StopReason ending = StopReason::budget;
  uint64_t resumed = 0;   ///< trials taken from the log instead of measured
  int64_t search_ns = 0;  ///< time spent in propose() and learn()
  int64_t wall_ns = 0;
};

/// What a progress display is told, on the thread that runs the session.
struct Progress {
  const Workload* workload = nullptr;
  const Counts* counts = nullptr;
  const Trial* trial = nullptr;   ///< the trial that just finished and is already durable
  const Trial* best = nullptr;    ///< nullptr until one was valid
  std::optional<uint64_t> total;  ///< trials the session will make, where that is known
  bool improved = false;
};

/// The loop that joins search, measuring and log:
///
///     propose ──► measure ──► append to the log (durable) ──► report ──► learn ──► propose ...
///        └──► at the end, where latencies vary: measure the best again in turn ──► append ──► winner
///
/// With `log` nullptr nothing is kept. Trials are learnt in the order of proposal, so the result does not
/// depend on `jobs` or timing. Resuming replays the logged trials through the strategy, and so goes on
/// exactly as if never interrupted; from more than SessionOptions::most_replayed trials the strategy goes on
/// as one that learnt them all before its first proposal. Errors: not_found for an unknown strategy, io from
/// the log, internal.
Result<SessionResult> run_session(const Target& target, const Workload& workload, Log* log,
                                  const SessionOptions& options,
                                  const std::function<void(const Progress&)>& progress, std::stop_token stop);

}  // namespace tamis
