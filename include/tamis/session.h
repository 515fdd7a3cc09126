#pragma once

#include "tamis/counts.h"
#include "tamis/log.h"
#include "tamis/measurer.h"
#include "tamis/result.h"
#include "tamis/strategy.h"
#include "tamis/task.h"
#include "tamis/trial.h"
#include "tamis/trial_set.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
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

/// What a session searches with, how it measures and when it ends. A resumed session has the strategy,
/// initializer, seed, batch and related trials that it began with.
struct SessionOptions {
  std::string strategy = "tamis";  ///< may carry options: `tamis:caution=1.5`
  std::string initializer;         ///< empty: the strategy's default
  uint64_t seed = 0;
  uint64_t batch = 8;  ///< configs asked of the strategy at a time; proposals depend on it, unlike on `jobs`
  /// Whether there are no batches: each trial is learnt as it comes in, and the next config proposed as soon
  /// as a job is free. No device then waits for another. Proposals depend on timing; the log holds how it was
  /// (AskRecord), so resuming is exact.
  bool asynchronous = false;
  Budget budget;
  /// A session of at most so many trials is resumed by replaying them through the strategy; of a longer one
  /// the strategy learns all trials at once. The same for every run of a session.
  uint64_t most_replayed = 10'000;
  bool resume = false;  ///< go on with the newest matching session of the log, if there is one
  /// Whether the default config competes: it is trial 0 of a new session, which a strategy proposes again
  /// only where its device was lost. A session that is resumed keeps to what it began with, also where the
  /// task has another default config by now.
  bool with_default = true;
  MeasureOptions measure;
  /// Whether the default config, once it was found valid, is the canary (DeviceRecovery::canary), where none
  /// is named. Refused where make_measurer() would refuse the canary.
  bool default_is_canary = false;
  /// What the strategy may start from, or nullptr; must outlive the session. Part of what a session is
  /// recognised by: a resumed one gets of it what it had when it began.
  const std::vector<TrialSet>* related = nullptr;
  bool keep_trials = false;  ///< fill SessionResult::trials
  /// How many of the best configs are measured again at the end, where latencies vary
  /// (TargetTraits::latencies_vary), and with them the default config where it competes; 0: none.
  uint64_t finalists = 5;
  /// How often a config that seems to be the best so far is tried in all before that counts, where latencies
  /// vary: again and again until it leads no more or by more than noise explains; 1: once. The runs are one
  /// trial, whose costs are their medians.
  uint64_t leader_runs = 5;
  /// A strategy of the user's own, whose name is then `strategy`, `initializer` what it is opened with, if
  /// anything, for the log. Options behind the name (`climb:step=2`) are in SearchOptions::options, as they
  /// were given. Empty: the one of tamis that `strategy` names.
  StrategyFactory make_strategy = nullptr;
  /// Of the user's own strategy: a number to be raised when it makes other proposals than before, so that a
  /// session that it began earlier is learnt at once instead of replayed.
  uint64_t generation = 1;
  MeasurerFactory make_measurer = nullptr;  ///< empty: tamis::make_measurer
  /// Told, before the first trial, what asking to resume came to (SessionResult::resume_note), on the thread
  /// that runs the session; may be empty.
  std::function<void(const std::string&)> note = nullptr;
};

/// Why a session ended.
enum class StopReason { budget, exhausted, early_stop, interrupted };
/// `budget`, `exhausted`, `early_stop` or `interrupted`, as in the JSON of `tamis tune`.
std::string_view to_string(StopReason reason);

/// What a session found and spent: trials of this run and those that it took from the log together. Times are
/// wall-clock times of this run in ns.
struct SessionResult {
  SharedTask task;
  SessionRecord session;
  Counts counts;
  /// Nothing when no config was valid. The winner of the finals, with the latencies measured there, if there
  /// were finals and one of the finalists was valid.
  std::optional<Trial> best;
  /// What came of the default config, the one to compare with, with the latencies measured in the finals
  /// where it was valid in them, as `best`; nothing where it was not tried (yet).
  std::optional<Trial> default_trial;
  std::optional<Finals> finals;  ///< those held at the end, or by the run that made the same trials
  std::vector<Trial> trials;     ///< where asked for: what the strategy could learn, in the order of proposal
  Reasons reasons;               ///< why trials were not valid
  std::vector<DeviceEvent> device_events;  ///< what happened to devices (DeviceRecovery::event)
  StopReason stop_reason = StopReason::budget;
  uint64_t resumed = 0;  ///< trials taken from the log instead of measured
  /// Where it was asked to resume: which session continues, or, where none fits, what differs from the one
  /// that is nearest and that a new one began. One sentence.
  std::string resume_note;
  bool learnt_at_once = false;  ///< whether the log's trials were learnt at once instead of replayed
  std::string at_once_reason;   ///< why; empty where they were not
  int64_t search_ns = 0;        ///< time spent in propose() and learn()
  int64_t wall_ns = 0;
};

/// What a progress display is told, on the thread that runs the session.
struct Progress {
  const Task* task = nullptr;
  const Counts* counts = nullptr;
  const Reasons* reasons = nullptr;      ///< why trials were not valid so far
  const Trial* trial = nullptr;          ///< the trial that just finished and is already durable
  const Trial* best = nullptr;           ///< nullptr until one was valid
  const Trial* default_trial = nullptr;  ///< what came of the default config; nullptr where it was not tried
  std::optional<uint64_t> total;         ///< trials the session will make, where that is known
  bool improved = false;
  int64_t search_ns = 0;  ///< time spent in propose() and learn() so far
};

/// When an OpenSession takes back what the log holds of it.
enum class ReplayPace {
  at_once,   ///< all of it when it is opened
  by_steps,  ///< batch by batch, each by the step that made it at first
};

/// A session that goes on a batch at a time, so that several can share a budget: run_session() is one of them
/// stepped to its end.
///
///     open ──► (look_ahead) ──► step ──► (look_ahead) ──► step ──► ... ──► finish
///
/// What a session proposes and measures does not depend on what happens between its steps. With
/// ReplayPace::by_steps a resumed session shows after each step what it showed after the same step at first,
/// so whoever chooses between sessions by what they show chooses the same again.
/// Not thread safe. Moving keeps it; one that was moved from, that ended with an error or is finished must
/// not be used.
class OpenSession {
 public:
  /// Opens a session; with `log` nullptr nothing is kept. Of SessionOptions::budget `time` is passed over:
  /// the stop tokens of the steps are to end in time. `log` and SessionOptions::related must outlive it.
  /// Errors: as run_session; nothing is in the log then.
  static Result<OpenSession> open(SharedTask task, Log* log, SessionOptions options,
                                  std::function<void(const Progress&)> progress = nullptr,
                                  ReplayPace pace = ReplayPace::at_once);
  OpenSession(OpenSession&&) noexcept;
  OpenSession& operator=(OpenSession&&) noexcept;
  ~OpenSession();

  /// Makes the proposals of the next step now, which are the same as later. What the strategy expects of them
  /// (Strategy::expected_gain), in ns; nothing before the first step, where the strategy has no idea, and for
  /// other objectives than latencies. Errors: as run_session.
  Result<std::optional<double>> look_ahead();
  /// One batch: proposes, measures, appends to the log, reports. The first step tries the default config
  /// before it, where it competes. At most so many trials where `most` says so. An asynchronous session has
  /// no batches, so a step of it tries all that `most` and the limits allow. Nothing when the batch is
  /// complete and more may follow, else why no step may follow: a limit, the end of the space, or
  /// `interrupted` where `stop` was requested. Errors: as run_session.
  Result<std::optional<StopReason>> step(std::stop_token stop, std::optional<uint64_t> most = std::nullopt);
  /// Holds the finals where they are due, unless `stop` was or is requested, and sums the session up;
  /// `reason` is what the result says of its end. Once only. Errors: as run_session.
  Result<SessionResult> finish(StopReason reason, std::stop_token stop);
  /// Gives the devices back until something is measured again (Measurer::rest).
  void rest();

  /// As the log has it; its id is 0 as long as it has no trial, and where nothing is kept.
  const SessionRecord& record() const;
  const Counts& counts() const;
  /// The best trial so far, before any finals; nothing until one was valid.
  const std::optional<Trial>& best() const;
  /// What came of the default config; nothing where it was not tried.
  const std::optional<Trial>& default_trial() const;
  /// How many trials came, in the order of proposal, since the last that was better than all before it.
  uint64_t without_gain() const;
  /// Whether it is known that the space has no further configs, as look_ahead() finds out.
  bool exhausted() const;
  /// The best trials so far, those that would be measured again in finals.
  std::span<const Trial> finalists() const;
  /// The trials that the strategy could learn so far, in the order of proposal, where
  /// SessionOptions::keep_trials asks for them.
  std::vector<Trial> trials() const;

 private:
  class State;
  explicit OpenSession(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The loop that joins search, measuring and log: Study's with a measurer.
///
///     default config ──┐
///     propose ──► measure ──► append to the log (durable) ──► report ──► learn ──► propose ...
///                     └──► where latencies vary: what seems to be the best is measured again
///        └──► at the end, where latencies vary: measure the best again in turn ──► append ──► winner
///
/// With `log` nullptr nothing is kept. Trials are learnt in the order of proposal, so the result does not
/// depend on `jobs` or timing unless SessionOptions::asynchronous says so. Resuming replays the logged trials
/// through the strategy, and so goes on exactly as if never interrupted; from more than
/// SessionOptions::most_replayed trials, and where the strategy makes other proposals than when the session
/// began, it goes on as one that learnt them all before its first proposal. Errors: not_found for an unknown
/// strategy, invalid_input for options that cannot be meant, io from the log, internal.
Result<SessionResult> run_session(const SharedTask& task, Log* log, const SessionOptions& options,
                                  const std::function<void(const Progress&)>& progress, std::stop_token stop);

}  // namespace tamis
