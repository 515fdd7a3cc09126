#include "tamis/session.h"

#include "base/clock.h"
#include "session/finals.h"
#include "session/leaders.h"
#include "session/search_state.h"
#include "tamis/space.h"

#include <algorithm>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// A stop token that is asked to stop when the user's is, or when a time budget has run out.
class TimedStop {
 public:
  /// No time: only the user's token counts.
  TimedStop(std::stop_token user, std::optional<std::chrono::milliseconds> time);

  std::stop_token token() const { return source_.get_token(); }
  bool requested() const { return source_.stop_requested(); }
  /// The user's token, whatever the clock says.
  std::stop_token user_token() const { return user_; }
  /// Whether the user asked, whatever the clock says.
  bool by_user() const { return user_.stop_requested(); }

 private:
  std::stop_token user_;
  std::stop_source source_;
  std::stop_callback<std::function<void()>> forward_;
  std::jthread timer_;  // last, so that it has ended before the rest goes
};

TimedStop::TimedStop(std::stop_token user, std::optional<std::chrono::milliseconds> time)
    : user_(std::move(user)), forward_(user_, [this] { source_.request_stop(); }) {
  if (!time) return;
  timer_ =
      std::jthread([this, deadline = std::chrono::steady_clock::now() + *time](const std::stop_token& ended) {
        std::mutex mutex;
        std::condition_variable_any clock;
        std::unique_lock lock(mutex);
        clock.wait_until(lock, ended, deadline, [] { return false; });
        if (!ended.stop_requested()) source_.request_stop();
      });
}

/// The measurer of a session, and what happens to its devices.
class Measuring {
 public:
  Measuring(SharedTask task, const SessionOptions& options);
  Measuring(const Measuring&) = delete;  // the measurer tells it of events
  Measuring& operator=(const Measuring&) = delete;

  Status make();
  /// Makes the default config the canary once it is found valid, where that is wanted: all measurers before
  /// that have none.
  Status take_canary(const std::optional<Trial>& default_trial);
  Measurer& measurer() { return *measurer_; }
  std::vector<DeviceEvent>& events() { return events_; }

 private:
  SharedTask task_;
  MeasurerFactory factory_;
  MeasureOptions options_;
  bool wants_canary_;
  std::vector<DeviceEvent> events_;
  std::unique_ptr<Measurer> measurer_;
};

Measuring::Measuring(SharedTask task, const SessionOptions& options)
    : task_(std::move(task)),
      factory_(options.make_measurer),
      options_(options.measure),
      wants_canary_(options.default_is_canary && !options.measure.recovery.canary) {
  options_.recovery.event = [this, told = options.measure.recovery.event](const DeviceEvent& event) {
    events_.push_back(event);
    if (told) told(event);
  };
}

Status Measuring::make() {
  measurer_.reset();  // first, so that no device is held twice
  TAMIS_ASSIGN(measurer_, factory_ ? factory_(task_, options_) : make_measurer(task_, options_));
  if (!measurer_)
    return invalid_input("SessionOptions::make_measurer gave no measurer; return one or an error");
  return {};
}

Status Measuring::take_canary(const std::optional<Trial>& default_trial) {
  if (!wants_canary_ || !default_trial || default_trial->verdict != Verdict::valid) return {};
  wants_canary_ = false;
  options_.recovery.canary = default_trial->config;
  return make();
}

/// Asks, measures and tells until a limit is reached. What it is made of must outlive it.
class Loop {
 public:
  Loop(const SessionOptions& options, Log* log, SearchState& search, Measuring& measuring,
       const TimedStop& stop, const std::function<void(const Progress&)>& progress)
      : options_(options),
        log_(log),
        search_(search),
        measuring_(measuring),
        stop_(stop),
        progress_(progress),
        total_(total()) {}
  Result<SessionResult> run();

 private:
  /// The limit that allows no further trial, if one does.
  std::optional<StopReason> reached() const;
  /// How many further trials the limits allow before they must be looked at again.
  uint64_t allowed() const;
  /// Tries configs that were asked. False when a limit or a stop came before their end.
  Result<bool> try_all(std::vector<AskedConfig> asked);
  /// Tries some of them; false when a stop came first.
  Result<bool> try_some(std::span<AskedConfig> asked);
  /// Measures trials again that may owe it to chance that they are better than all before this batch, and
  /// finishes them, also where no device is left (`measured`, which it then returns).
  Status settle(std::vector<Trial> leaders, Status measured);
  Status finish(Trial trial);
  /// Holds the finals, unless the log has those of the same trials, and names the winner.
  Status decide(SessionResult& result);
  /// How many trials there will be, where that is known.
  std::optional<uint64_t> total() const;

  const SessionOptions& options_;
  Log* log_;
  SearchState& search_;
  Measuring& measuring_;
  const TimedStop& stop_;
  const std::function<void(const Progress&)>& progress_;
  std::optional<uint64_t> total_;
};

Result<SessionResult> Loop::run() {
  std::optional<StopReason> stop_reason;
  while (!stop_.requested()) {
    // Trials that the log already holds cost nothing, so no limit keeps them out of the result.
    if (!search_.is_behind_log()) stop_reason = reached();
    if (stop_reason) break;
    TAMIS_TRY(measuring_.take_canary(search_.default_trial()));
    // A whole batch even where less is allowed, so that a session with a longer budget makes the same
    // proposals.
    TAMIS_ASSIGN(std::vector<AskedConfig> asked, search_.ask(options_.batch));
    if (asked.empty()) stop_reason = StopReason::exhausted;
    if (stop_reason) break;
    TAMIS_ASSIGN(const bool complete, try_all(std::move(asked)));
    if (complete) continue;
    stop_reason = reached();
    break;
  }
  SessionResult result;
  TAMIS_TRY(decide(result));
  TAMIS_TRY(search_.write_session());
  if (log_ != nullptr) TAMIS_TRY(log_->sync());
  result.stop_reason = stop_reason.value_or(stop_.by_user() ? StopReason::interrupted : StopReason::budget);
  result.session = search_.session();
  result.device_events = std::move(measuring_.events());
  result.reasons = search_.seen().reasons();
  result.resumed = search_.resumed();
  result.resume_note = search_.resume_note();
  result.at_once_reason = search_.at_once_reason();
  result.learnt_at_once = !result.at_once_reason.empty();
  result.search_ns = search_.search_ns();
  if (options_.keep_trials) result.trials = search_.take_trials();
  return result;
}

std::optional<StopReason> Loop::reached() const {
  const Budget& budget = options_.budget;
  if (budget.trials && search_.next_in_order() >= *budget.trials) return StopReason::budget;
  if (budget.early_stop && search_.without_gain() >= *budget.early_stop) return StopReason::early_stop;
  return std::nullopt;
}

uint64_t Loop::allowed() const {
  if (reached()) return 0;
  const Budget& budget = options_.budget;
  uint64_t count = std::numeric_limits<uint64_t>::max();
  if (budget.trials) count = *budget.trials - search_.next_in_order();
  if (budget.early_stop) count = std::min(count, *budget.early_stop - search_.without_gain());
  return count;
}

Result<bool> Loop::try_all(std::vector<AskedConfig> asked) {
  for (std::span<AskedConfig> rest(asked); !rest.empty();) {
    // Between them may be numbers that the log already holds.
    const uint64_t begin = search_.next_in_order();
    const uint64_t count = allowed();
    const auto beyond = std::find_if(rest.begin(), rest.end(),
                                     [&](const AskedConfig& one) { return one.number - begin >= count; });
    const auto some = rest.first(static_cast<size_t>(beyond - rest.begin()));
    if (some.empty()) return false;
    TAMIS_ASSIGN(const bool complete, try_some(some));
    if (!complete) return false;
    rest = rest.subspan(some.size());
  }
  return true;
}

Result<bool> Loop::try_some(std::span<AskedConfig> asked) {
  std::vector<MeasureRequest> requests;
  requests.reserve(asked.size());
  for (AskedConfig& one : asked)
    requests.push_back({one.number, std::move(one.config), search_.place(one.number).proposer,
                        search_.incumbent_ns(), &search_.programs()});
  const bool varies = search_.task().target().traits().latencies_vary;
  std::vector<Trial> leaders;
  size_t finished = 0;
  const auto take = [&](Trial trial) {
    ++finished;
    if (varies && !trial.same_code_as && may_be_lucky(trial, search_.incumbent(), options_.leader_runs)) {
      leaders.push_back(std::move(trial));
      return Status();
    }
    return finish(std::move(trial));
  };
  const Status measured = measuring_.measurer().measure(requests, take, stop_.token());
  TAMIS_TRY(settle(std::move(leaders), measured));
  return finished == asked.size();
}

Status Loop::settle(std::vector<Trial> leaders, Status measured) {
  std::sort(leaders.begin(), leaders.end(),
            [](const Trial& a, const Trial& b) { return a.number < b.number; });
  for (Trial& leader : leaders) {
    if (measured.ok())
      measured =
          try_again(measuring_.measurer(), leader, search_.incumbent(), options_.leader_runs, stop_.token());
    TAMIS_TRY(finish(std::move(leader)));
  }
  return measured;
}

Status Loop::finish(Trial trial) {
  TAMIS_ASSIGN(const Told told, search_.tell(std::move(trial)));
  if (!progress_) return {};
  const RunningCounts& seen = search_.seen();
  Progress progress;
  progress.task = &search_.task();
  progress.counts = &seen.counts();
  progress.reasons = &seen.reasons();
  progress.trial = told.trial;
  progress.best = seen.best() ? &*seen.best() : nullptr;
  progress.total = total_;
  progress.improved = told.improved;
  progress.search_ns = search_.search_ns();
  progress_(progress);
  return {};
}

Status Loop::decide(SessionResult& result) {
  const RunningCounts& seen = search_.seen();
  result.counts = seen.counts();
  result.best = seen.best();
  result.default_trial = search_.default_trial();
  const uint64_t trials = result.counts.trials;
  const int64_t id = search_.session().id;
  if (log_ != nullptr) {
    TAMIS_ASSIGN(std::optional<Finals> logged, log_->finals(id));
    result.finals = discard_if_stale(std::move(logged), trials);
  }
  const bool competes = search_.session().with_default;
  const std::vector<Trial> finalists =
      finalists_of(seen.finalists(), competes ? result.default_trial : std::nullopt);
  const bool wanted = search_.task().target().traits().latencies_vary && !finalists.empty();
  if (!result.finals && wanted && !stop_.by_user()) {
    // A budget of time is for the search: without finals its end would choose the winner.
    TAMIS_ASSIGN(result.finals, run_finals(measuring_.measurer(), finalists, stop_.user_token()));
    if (result.finals) {
      result.finals->after_trials = trials;
      if (log_ != nullptr) TAMIS_TRY(log_->append(id, *result.finals));
    }
  }
  if (!result.finals) return {};
  for (const Finalist& finalist : result.finals->finalists) result.counts.finals += finalist.runs;
  if (result.default_trial)
    result.default_trial = as_in_finals(std::move(*result.default_trial), *result.finals);
  const Finalist* winner = result.finals->winner();
  if (winner == nullptr) return {};
  // Finals that the log holds may have had more finalists than this run would have.
  std::vector<Trial> known = finalists;
  if (log_ != nullptr) {
    TAMIS_ASSIGN(std::optional<Trial> logged_winner, log_->trial(id, winner->number));
    if (logged_winner && search_.space().allows(logged_winner->config))
      known.push_back(std::move(*logged_winner));
  }
  result.best = best_trial(known, result.finals);
  return {};
}

std::optional<uint64_t> Loop::total() const {
  const std::optional<uint64_t>& trials = options_.budget.trials;
  const std::optional<uint64_t> configs = known_count(search_.space());
  if (!configs) return trials;
  return std::min(trials.value_or(*configs), *configs);
}

/// Whether the default config can be the canary once it is valid, so that this does not show after it was
/// tried. What a measurer of the user's own takes is not known.
Status check_canary(const Task& task, const SessionOptions& options) {
  const bool wanted = options.default_is_canary && !options.measure.recovery.canary;
  if (!wanted || options.make_measurer || task.target().traits().needs_isolation) return {};
  MeasureOptions with_canary = options.measure;
  with_canary.recovery.canary = task.default_config();
  return check_in_process(task.target(), with_canary);
}

Status check_options(const Task& task, const SessionOptions& options) {
  if (options.batch == 0 || options.batch > 1'000'000)
    return invalid_input(fmt::format("the batch is {}; it must lie between 1 and 1000000", options.batch));
  if (options.budget.early_stop && *options.budget.early_stop == 0)
    return invalid_input("early stopping after 0 trials would try nothing; give at least 1");
  if (options.leader_runs == 0 || options.leader_runs > kMostLeaderRuns)
    return invalid_input(
        fmt::format("a config cannot be tried {} times before it counts as the best; it must "
                    "lie between 1 and {}",
                    options.leader_runs, kMostLeaderRuns));
  return check_canary(task, options);
}

Result<SearchSetup> search_setup(const SharedTask& task, const SessionOptions& options) {
  TAMIS_ASSIGN(SearchSetup setup, setup_of(task, describe_task(*task), options));
  setup.record.batch = options.batch;
  setup.record.with_default = options.with_default;
  setup.related = options.related;
  setup.finalists = options.finalists;
  setup.keep_trials = options.keep_trials;
  return setup;
}

}  // namespace

std::string_view to_string(StopReason reason) {
  switch (reason) {
    case StopReason::budget:
      return "budget";
    case StopReason::exhausted:
      return "exhausted";
    case StopReason::early_stop:
      return "early_stop";
    case StopReason::interrupted:
      return "interrupted";
  }
  return "";
}

Result<SessionResult> run_session(const SharedTask& task, Log* log, const SessionOptions& options,
                                  const std::function<void(const Progress&)>& progress,
                                  std::stop_token stop) {
  const TimedStop timed_stop(std::move(stop), options.budget.time);
  TAMIS_TRY(check_options(*task, options));
  // Everything that can refuse comes before the log, so that no session without trials is left behind.
  TAMIS_ASSIGN(SearchSetup setup, search_setup(task, options));
  TAMIS_ASSIGN(const std::unique_ptr<SearchState> search, SearchState::make(log, std::move(setup)));
  Measuring measuring(task, options);
  TAMIS_TRY(measuring.make());
  const int64_t begin = monotonic_ns();
  TAMIS_TRY(search->start());
  if (options.note && !search->resume_note().empty()) options.note(search->resume_note());
  TAMIS_ASSIGN(SessionResult result, Loop(options, log, *search, measuring, timed_stop, progress).run());
  result.task = task;
  result.wall_ns = monotonic_ns() - begin;
  return result;
}

}  // namespace tamis
