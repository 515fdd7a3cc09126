#include "base/clock.h"
#include "session/finals.h"
#include "session/flow.h"
#include "session/leaders.h"
#include "session/measuring.h"
#include "session/search_state.h"
#include "tamis/session.h"
#include "tamis/space.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

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
  setup.record.batch = options.asynchronous ? 0 : options.batch;
  setup.record.with_default = options.with_default;
  setup.related = options.related;
  setup.finalists = options.finalists;
  setup.keep_trials = options.keep_trials;
  return setup;
}

constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();

/// Adds the time until it ends to a sum.
class StopWatch {
 public:
  explicit StopWatch(int64_t& sum_ns) : sum_ns_(sum_ns), begin_ns_(monotonic_ns()) {}
  StopWatch(const StopWatch&) = delete;
  StopWatch& operator=(const StopWatch&) = delete;
  ~StopWatch() { sum_ns_ += monotonic_ns() - begin_ns_; }

 private:
  int64_t& sum_ns_;
  int64_t begin_ns_;
};

}  // namespace

/// Asks, measures and tells.
class OpenSession::State {
 public:
  State(SharedTask task, Log* log, SessionOptions options, std::function<void(const Progress&)> progress)
      : task_(std::move(task)),
        log_(log),
        options_(std::move(options)),
        progress_(std::move(progress)),
        measuring_(task_, options_) {}

  Status open(ReplayPace pace);
  Result<std::optional<double>> look_ahead();
  Result<std::optional<StopReason>> step(const std::stop_token& stop, std::optional<uint64_t> most);
  Result<SessionResult> finish(StopReason reason, const std::stop_token& stop);
  void rest() { measuring_.rest(); }
  const SearchState& search() const { return *search_; }

 private:
  /// How many trials count against the budget: with batches up to the first gap.
  uint64_t tried() const {
    return options_.asynchronous ? search_->seen().counts().trials : search_->next_in_order();
  }
  /// The limit that allows no further trial, if one does.
  std::optional<StopReason> reached() const;
  /// How many further trials the limits allow before they must be looked at again.
  uint64_t allowed() const;
  /// One batch, or the default config before the first; nothing where it came to its end.
  Result<std::optional<StopReason>> try_batch(const std::stop_token& stop);
  /// All that the limits allow, without waiting for any batch; why it ended.
  Result<StopReason> flow(const std::stop_token& stop);
  /// Whether the next to be tried is the default config alone.
  bool begins_with_default() const;
  /// Tries configs that were asked. False when a limit or a stop came before their end.
  Result<bool> try_all(std::vector<AskedConfig> asked, const std::stop_token& stop);
  /// Tries some of them; false when a stop came first.
  Result<bool> try_some(std::span<AskedConfig> asked, const std::stop_token& stop);
  /// Measures trials again that may owe it to chance that they are better than all before this batch, and
  /// takes them in, also where no device is left (`measured`, which it then returns).
  Status settle(std::vector<Trial> leaders, Status measured, const std::stop_token& stop);
  Status take(Trial trial);
  /// Holds the finals, unless the log has those of the same trials, and names the winner.
  Status decide(SessionResult& result, const std::stop_token& stop);
  /// How many trials there will be, where that is known.
  std::optional<uint64_t> total() const;

  SharedTask task_;
  Log* log_;
  SessionOptions options_;
  std::function<void(const Progress&)> progress_;
  Measuring measuring_;
  std::unique_ptr<SearchState> search_;
  std::optional<uint64_t> total_;
  uint64_t most_ = 0;  ///< trials that the step under way may come to
  int64_t wall_ns_ = 0;
};

Status OpenSession::State::open(ReplayPace pace) {
  TAMIS_TRY(check_options(*task_, options_));
  // Everything that can refuse comes before the log, so that no session without trials is left behind.
  TAMIS_ASSIGN(SearchSetup setup, search_setup(task_, options_));
  setup.by_steps = pace == ReplayPace::by_steps;
  TAMIS_ASSIGN(search_, SearchState::make(log_, std::move(setup)));
  TAMIS_TRY(measuring_.make());
  const StopWatch watch(wall_ns_);
  TAMIS_TRY(search_->start());
  if (options_.note && !search_->resume_note().empty()) options_.note(search_->resume_note());
  total_ = total();
  return {};
}

Result<std::optional<double>> OpenSession::State::look_ahead() {
  const StopWatch watch(wall_ns_);
  TAMIS_TRY(search_->look_ahead());
  return search_->expected_gain();
}

bool OpenSession::State::begins_with_default() const {
  return search_->session().with_default && search_->next_in_order() == 0;
}

Result<std::optional<StopReason>> OpenSession::State::step(const std::stop_token& stop,
                                                           std::optional<uint64_t> most) {
  const StopWatch watch(wall_ns_);
  most_ = options_.budget.trials.value_or(kNoLimit);
  if (most) most_ = std::min(most_, tried() + *most);
  if (begins_with_default()) {
    TAMIS_ASSIGN(const std::optional<StopReason> ended, try_batch(stop));
    if (ended) return ended;
  }
  if (!options_.asynchronous) return try_batch(stop);
  TAMIS_ASSIGN(const StopReason ended, flow(stop));
  // A step's own limit is no reason to end.
  const bool more = ended == StopReason::budget && most_ < options_.budget.trials.value_or(kNoLimit);
  return more ? std::optional<StopReason>() : ended;
}

Result<StopReason> OpenSession::State::flow(const std::stop_token& stop) {
  if (stop.stop_requested()) return StopReason::interrupted;
  TAMIS_TRY(measuring_.take_canary(search_->default_trial()));
  const auto room = [this] {
    if (reached()) return uint64_t{0};
    // All that have a number will have been tried.
    return most_ - std::min(most_, search_->end());
  };
  Flow flow(*search_, options_.leader_runs, {room, [this](Trial trial) { return take(std::move(trial)); }});
  const Status measured = measuring_.measurer().measure_from(
      flow, [&](Trial trial) { return flow.finish(std::move(trial)); }, stop);
  TAMIS_TRY(flow.settle());
  TAMIS_TRY(measured);
  if (const std::optional<StopReason> limit = reached()) return *limit;
  return stop.stop_requested() ? StopReason::interrupted : StopReason::exhausted;
}

Result<std::optional<StopReason>> OpenSession::State::try_batch(const std::stop_token& stop) {
  using Ended = std::optional<StopReason>;
  if (stop.stop_requested()) return Ended(StopReason::interrupted);
  // Trials that the log already holds cost nothing, so no limit keeps them out of the result.
  if (search_->is_behind_log()) {
    TAMIS_TRY(search_->take_back_batch());
    if (!search_->has_waiting()) return Ended();
  }
  if (const Ended limit = reached()) return limit;
  TAMIS_TRY(measuring_.take_canary(search_->default_trial()));
  // A whole batch even where less is allowed, so that a session with a longer budget makes the same
  // proposals.
  TAMIS_ASSIGN(std::vector<AskedConfig> asked, search_->ask(options_.batch));
  if (asked.empty()) return Ended(StopReason::exhausted);
  TAMIS_ASSIGN(const bool complete, try_all(std::move(asked), stop));
  if (complete) return Ended();
  return Ended(reached().value_or(StopReason::interrupted));
}

Result<SessionResult> OpenSession::State::finish(StopReason reason, const std::stop_token& stop) {
  SessionResult result;
  {
    const StopWatch watch(wall_ns_);
    while (search_->is_behind_log() && !stop.stop_requested()) TAMIS_TRY(search_->take_back_batch());
    TAMIS_TRY(decide(result, stop));
    TAMIS_TRY(search_->write_session());
    if (log_ != nullptr) TAMIS_TRY(log_->sync());
  }
  result.task = task_;
  result.stop_reason = reason;
  result.session = search_->session();
  result.device_events = std::move(measuring_.events());
  result.reasons = search_->seen().reasons();
  result.resumed = search_->resumed();
  result.resume_note = search_->resume_note();
  result.at_once_reason = search_->at_once_reason();
  result.learnt_at_once = !result.at_once_reason.empty();
  result.search_ns = search_->search_ns();
  result.wall_ns = wall_ns_;
  if (options_.keep_trials) result.trials = search_->take_trials();
  return result;
}

std::optional<StopReason> OpenSession::State::reached() const {
  if (tried() >= most_) return StopReason::budget;
  const std::optional<uint64_t>& early_stop = options_.budget.early_stop;
  if (early_stop && search_->without_gain() >= *early_stop) return StopReason::early_stop;
  return std::nullopt;
}

uint64_t OpenSession::State::allowed() const {
  if (reached()) return 0;
  const Budget& budget = options_.budget;
  uint64_t count = most_ - search_->next_in_order();
  if (budget.early_stop) count = std::min(count, *budget.early_stop - search_->without_gain());
  return count;
}

Result<bool> OpenSession::State::try_all(std::vector<AskedConfig> asked, const std::stop_token& stop) {
  for (std::span<AskedConfig> rest(asked); !rest.empty();) {
    // Between them may be numbers that the log already holds.
    const uint64_t begin = search_->next_in_order();
    const uint64_t count = allowed();
    const auto beyond = std::find_if(rest.begin(), rest.end(),
                                     [&](const AskedConfig& one) { return one.number - begin >= count; });
    const auto some = rest.first(static_cast<size_t>(beyond - rest.begin()));
    if (some.empty()) return false;
    TAMIS_ASSIGN(const bool complete, try_some(some, stop));
    if (!complete) return false;
    rest = rest.subspan(some.size());
  }
  return true;
}

Result<bool> OpenSession::State::try_some(std::span<AskedConfig> asked, const std::stop_token& stop) {
  std::vector<MeasureRequest> requests;
  requests.reserve(asked.size());
  for (AskedConfig& one : asked)
    requests.push_back({one.number, std::move(one.config), search_->place(one.number).proposer,
                        search_->incumbent_ns(), &search_->programs()});
  const bool varies = search_->task().target().traits().latencies_vary;
  std::vector<Trial> leaders;
  size_t finished = 0;
  const auto finished_one = [&](Trial trial) {
    ++finished;
    if (varies && !trial.same_code_as && may_be_lucky(trial, search_->incumbent(), options_.leader_runs)) {
      leaders.push_back(std::move(trial));
      return Status();
    }
    return take(std::move(trial));
  };
  const Status measured = measuring_.measurer().measure(requests, finished_one, stop);
  TAMIS_TRY(settle(std::move(leaders), measured, stop));
  return finished == asked.size();
}

Status OpenSession::State::settle(std::vector<Trial> leaders, Status measured, const std::stop_token& stop) {
  std::sort(leaders.begin(), leaders.end(),
            [](const Trial& a, const Trial& b) { return a.number < b.number; });
  for (Trial& leader : leaders) {
    if (measured.ok())
      measured = try_again(measuring_.measurer(), leader, search_->incumbent(), options_.leader_runs, stop);
    TAMIS_TRY(take(std::move(leader)));
  }
  return measured;
}

Status OpenSession::State::take(Trial trial) {
  TAMIS_ASSIGN(const Told told, search_->tell(std::move(trial)));
  if (!progress_) return {};
  const RunningCounts& seen = search_->seen();
  Progress progress;
  progress.task = &search_->task();
  progress.counts = &seen.counts();
  progress.reasons = &seen.reasons();
  progress.trial = told.trial;
  progress.best = seen.best() ? &*seen.best() : nullptr;
  progress.default_trial = search_->default_trial() ? &*search_->default_trial() : nullptr;
  progress.total = total_;
  progress.improved = told.improved;
  progress.search_ns = search_->search_ns();
  progress_(progress);
  return {};
}

Status OpenSession::State::decide(SessionResult& result, const std::stop_token& stop) {
  const RunningCounts& seen = search_->seen();
  result.counts = seen.counts();
  result.best = seen.best();
  result.default_trial = search_->default_trial();
  const uint64_t trials = result.counts.trials;
  const int64_t id = search_->session().id;
  if (log_ != nullptr) {
    TAMIS_ASSIGN(std::optional<Finals> logged, log_->finals(id));
    result.finals = discard_if_stale(std::move(logged), trials);
  }
  const bool competes = search_->session().with_default;
  const std::vector<Trial> finalists =
      finalists_of(seen.finalists(), competes ? result.default_trial : std::nullopt);
  const bool wanted = search_->task().target().traits().latencies_vary && !finalists.empty();
  if (!result.finals && wanted && !stop.stop_requested()) {
    TAMIS_ASSIGN(result.finals, run_finals(measuring_.measurer(), finalists, stop));
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
    if (logged_winner && search_->space().allows(logged_winner->config))
      known.push_back(std::move(*logged_winner));
  }
  result.best = best_trial(known, result.finals);
  return {};
}

std::optional<uint64_t> OpenSession::State::total() const {
  const std::optional<uint64_t>& trials = options_.budget.trials;
  const std::optional<uint64_t> configs = known_count(search_->space());
  if (!configs) return trials;
  return std::min(trials.value_or(*configs), *configs);
}

OpenSession::OpenSession(std::unique_ptr<State> state) : state_(std::move(state)) {}
OpenSession::OpenSession(OpenSession&&) noexcept = default;
OpenSession& OpenSession::operator=(OpenSession&&) noexcept = default;
OpenSession::~OpenSession() = default;

Result<OpenSession> OpenSession::open(SharedTask task, Log* log, SessionOptions options,
                                      std::function<void(const Progress&)> progress, ReplayPace pace) {
  auto state = std::make_unique<State>(std::move(task), log, std::move(options), std::move(progress));
  TAMIS_TRY(state->open(pace));
  return OpenSession(std::move(state));
}

Result<std::optional<double>> OpenSession::look_ahead() { return state_->look_ahead(); }

Result<std::optional<StopReason>> OpenSession::step(std::stop_token stop, std::optional<uint64_t> most) {
  return state_->step(stop, most);
}

Result<SessionResult> OpenSession::finish(StopReason reason, std::stop_token stop) {
  return state_->finish(reason, stop);
}

void OpenSession::rest() { state_->rest(); }
const SessionRecord& OpenSession::record() const { return state_->search().session(); }
const Counts& OpenSession::counts() const { return state_->search().seen().counts(); }
const std::optional<Trial>& OpenSession::best() const { return state_->search().seen().best(); }
const std::optional<Trial>& OpenSession::default_trial() const { return state_->search().default_trial(); }
uint64_t OpenSession::without_gain() const { return state_->search().without_gain(); }
bool OpenSession::exhausted() const { return state_->search().done(); }
std::span<const Trial> OpenSession::finalists() const { return state_->search().seen().finalists(); }
std::vector<Trial> OpenSession::trials() const { return state_->search().trials(); }

}  // namespace tamis
