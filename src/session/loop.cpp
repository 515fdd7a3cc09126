#include "session/loop.h"

#include "base/clock.h"
#include "session/finals.h"
#include "session/history.h"
#include "session/proposals.h"
#include "session/related.h"
#include "session/running_counts.h"
#include "session/timed_stop.h"
#include "space/allowed_configs.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace tamis {
namespace {

/// What a session is made of while it runs.
struct Context {
  const Target& target;
  const Workload& workload;
  const Space& space;
  const SessionOptions& options;
  const std::function<void(const Progress&)>& progress;
  Strategy& strategy;
  Measurer& measurer;
  const TimedStop& stop;
};

/// Trials of consecutive configs of a batch; a gap where measuring was stopped before the trial was finished.
using Chunk = std::vector<std::optional<Trial>>;

class Loop {
 public:
  Loop(const Context& context, History history)
      : context_(context), history_(std::move(history)), shortlist_(context.options.finalists) {}
  Result<SessionResult> run();

 private:
  /// The limit that allows no further trial, if one does.
  std::optional<StopReason> reached() const;
  /// How many further trials the limits allow before they must be looked at again.
  uint64_t allowed() const;
  /// Tries the configs of a batch and teaches the strategy. False when a limit or a stop came before its end.
  Result<bool> try_batch(const std::vector<Config>& batch);
  /// Tries configs, taking from the log what is there; false when a stop came first, and nothing is learnt.
  Result<bool> try_chunk(std::span<const Config> configs, std::vector<Trial>& trials);
  /// Takes note of a trial whose turn it is in the order of proposal.
  void note_in_order(const Trial& trial);
  /// Teaches the strategy what the log holds, without asking what it would have proposed.
  Status learn_at_once();
  Status finish(Chunk& chunk, Trial trial);
  Status learn(std::span<const Trial> trials);
  /// Whether the trial is the best so far.
  bool count(const Trial& trial);
  /// Holds the finals, unless the log has those of the same trials, and names the winner.
  Status decide();

  std::optional<uint64_t> total() const;

  Context context_;
  History history_;
  SessionResult result_;
  RunningCounts tally_;
  uint64_t next_number_ = 0;  // of the next trial in the order of proposal
  // In the order of proposal, so that neither jobs nor timing decide when a session stops early.
  double best_latency_ns_ = std::numeric_limits<double>::infinity();
  // The best latency when the batch was begun: what a device is told does not depend on jobs, timing, or
  // where an earlier run was cut off.
  double incumbent_ns_ = std::numeric_limits<double>::infinity();
  uint64_t without_gain_ = 0;
  Shortlist shortlist_;
};

Result<SessionResult> Loop::run() {
  const int64_t begin = monotonic_ns();
  if (history_.too_long_to_hold()) TAMIS_TRY(learn_at_once());
  std::optional<StopReason> ending;
  while (!ending && !context_.stop.requested()) {
    // Trials that the log already holds cost nothing, so no limit keeps them out of the result.
    if (next_number_ >= history_.end()) ending = reached();
    if (ending) break;
    const int64_t search_begin = monotonic_ns();
    // A whole batch even where less is allowed, so that a session with a longer budget makes the same
    // proposals.
    TAMIS_ASSIGN(const std::vector<Config> batch, context_.strategy.propose(context_.options.batch));
    result_.search_ns += monotonic_ns() - search_begin;
    TAMIS_TRY(check_proposals(context_.space, batch, context_.options.batch, context_.strategy.name()));
    if (batch.empty()) ending = StopReason::exhausted;
    TAMIS_ASSIGN(const bool complete, try_batch(batch));
    if (!complete && !ending) ending = reached();
    if (!complete) break;
  }
  if (ending == StopReason::exhausted && next_number_ < history_.end())
    return corrupt(fmt::format(
        "session {} of the log goes on after trial {}, where the strategy {} has no more configs; "
        "it was made by another version or other options: start anew without resuming",
        history_.session().id, next_number_, context_.strategy.name()));
  TAMIS_TRY(decide());
  TAMIS_TRY(history_.sync());
  result_.ending = ending.value_or(context_.stop.by_user() ? StopReason::interrupted : StopReason::budget);
  result_.session = history_.session();
  result_.wall_ns = monotonic_ns() - begin;
  return std::move(result_);
}

std::optional<StopReason> Loop::reached() const {
  const Budget& budget = context_.options.budget;
  if (budget.trials && next_number_ >= *budget.trials) return StopReason::budget;
  if (budget.early_stop && without_gain_ >= *budget.early_stop) return StopReason::early_stop;
  return std::nullopt;
}

uint64_t Loop::allowed() const {
  if (reached()) return 0;
  const Budget& budget = context_.options.budget;
  uint64_t count = std::numeric_limits<uint64_t>::max();
  if (budget.trials) count = *budget.trials - next_number_;
  if (budget.early_stop) count = std::min(count, *budget.early_stop - without_gain_);
  return count;
}

Result<bool> Loop::try_batch(const std::vector<Config>& batch) {
  incumbent_ns_ = best_latency_ns_;
  std::vector<Trial> trials;
  while (trials.size() < batch.size()) {
    uint64_t length = 0;
    while (trials.size() + length < batch.size() && history_.find(next_number_ + length) != nullptr) ++length;
    length = std::min<uint64_t>(batch.size() - trials.size(), std::max(length, allowed()));
    if (length == 0) return false;
    TAMIS_ASSIGN(const bool complete, try_chunk(std::span(batch).subspan(trials.size(), length), trials));
    if (!complete) return false;
  }
  TAMIS_TRY(learn(trials));
  return true;
}

Result<bool> Loop::try_chunk(std::span<const Config> configs, std::vector<Trial>& trials) {
  Chunk chunk(configs.size());
  std::vector<MeasureRequest> requests;
  for (size_t i = 0; i < configs.size(); ++i) {
    const uint64_t number = next_number_ + i;
    if (const Trial* logged = history_.find(number)) {
      TAMIS_TRY(
          check_logged(context_.space, history_.session(), context_.strategy.name(), configs[i], *logged));
      count(*logged);
      ++result_.resumed;
      chunk[i] = *logged;
    } else {
      requests.push_back({number, configs[i], std::string(context_.strategy.name()), incumbent_ns_});
    }
  }
  if (!requests.empty()) {
    const auto finished = [&](Trial trial) { return finish(chunk, std::move(trial)); };
    TAMIS_TRY(context_.measurer.measure(requests, finished, context_.stop.token()));
  }
  if (std::find(chunk.begin(), chunk.end(), std::nullopt) != chunk.end()) return false;
  for (std::optional<Trial>& trial : chunk) {
    note_in_order(*trial);
    trials.push_back(std::move(*trial));
  }
  next_number_ += configs.size();
  return true;
}

void Loop::note_in_order(const Trial& trial) {
  const double latency_ns = trial.latency_ns();
  without_gain_ = latency_ns < best_latency_ns_ ? 0 : without_gain_ + 1;
  best_latency_ns_ = std::min(best_latency_ns_, latency_ns);
  if (context_.options.keep_trials) result_.trials.push_back(trial);
}

Status Loop::learn_at_once() {
  next_number_ = history_.end();
  return history_.visit([&](std::vector<Trial>& trials) {
    for (const Trial& trial : trials) {
      count(trial);
      note_in_order(trial);
    }
    result_.resumed += trials.size();
    return learn(trials);
  });
}

Status Loop::finish(Chunk& chunk, Trial trial) {
  TAMIS_TRY(history_.append(trial));
  if (trial.number < next_number_ || trial.number - next_number_ >= chunk.size())
    return Error{ErrorKind::internal, fmt::format("trial {} was finished but not asked for", trial.number)};
  std::optional<Trial>& place = chunk[trial.number - next_number_];
  place = std::move(trial);
  Progress progress;
  progress.improved = count(*place);
  progress.workload = &context_.workload;
  progress.counts = &tally_.counts();
  progress.trial = &*place;
  progress.best = tally_.best() ? &*tally_.best() : nullptr;
  progress.total = total();
  if (context_.progress) context_.progress(progress);
  return {};
}

Status Loop::learn(std::span<const Trial> trials) {
  const int64_t begin = monotonic_ns();
  Status learnt = teach(context_.strategy, trials);
  result_.search_ns += monotonic_ns() - begin;
  return learnt;
}

bool Loop::count(const Trial& trial) {
  shortlist_.add(trial);
  return tally_.add(trial);
}

Status Loop::decide() {
  result_.counts = tally_.counts();
  result_.best = tally_.best();
  const uint64_t trials = result_.counts.trials;
  TAMIS_ASSIGN(std::optional<Finals> logged, history_.finals());
  result_.finals = discard_if_stale(std::move(logged), trials);
  const bool wanted = context_.target.latencies_vary() && !shortlist_.trials().empty();
  if (!result_.finals && wanted && !context_.stop.by_user()) {
    // A budget of time is for the search: without finals its end would choose the winner.
    TAMIS_ASSIGN(result_.finals, run_finals(context_.measurer, shortlist_.trials(), kFinalRounds,
                                            context_.stop.user_token()));
    if (result_.finals) {
      result_.finals->after_trials = trials;
      TAMIS_TRY(history_.append(*result_.finals));
    }
  }
  if (!result_.finals) return {};
  for (const Finalist& finalist : result_.finals->finalists) result_.counts.finals += finalist.runs;
  const Finalist* winner = result_.finals->winner();
  if (winner == nullptr) return {};
  // Finals that the log holds may have had more finalists than this run would have.
  std::vector<Trial> known(shortlist_.trials().begin(), shortlist_.trials().end());
  TAMIS_ASSIGN(std::optional<Trial> logged_winner, history_.read(winner->number));
  if (logged_winner) known.push_back(std::move(*logged_winner));
  result_.best = best_trial(known, result_.finals);
  return {};
}

std::optional<uint64_t> Loop::total() const {
  const std::optional<uint64_t>& trials = context_.options.budget.trials;
  const std::optional<uint64_t> configs = known_count(context_.space);
  if (!configs) return trials;
  return std::min(trials.value_or(*configs), *configs);
}

Status check_options(const SessionOptions& options) {
  if (options.batch == 0 || options.batch > 1'000'000)
    return invalid_input(fmt::format("the batch is {}; it must lie between 1 and 1000000", options.batch));
  if (options.budget.early_stop && *options.budget.early_stop == 0)
    return invalid_input("early stopping after 0 trials would try nothing; give at least 1");
  return {};
}

std::span<const TrialSet> related_of(const SessionOptions& options) {
  if (options.related == nullptr) return {};
  return *options.related;
}

SessionRecord describe(const Target& target, const Workload& workload, const Space& space,
                       const SessionOptions& options) {
  SessionRecord record;
  record.target_spec = target.spec();
  record.target_identity = target.identity(workload);
  record.workload = workload;
  describe_space(space, record);
  record.strategy = options.strategy;
  record.initializer = options.initializer;
  record.seed = options.seed;
  record.batch = options.batch;
  record.started_unix_ms = unix_ms();
  return record;
}

std::function<Compiled(const Config&)> compiler_of(const Target& target, const Workload& workload,
                                                   const Space& space) {
  return [&target, &workload, &space](const Config& config) {
    BuildOutcome built = target.build(workload, space, config);
    return Compiled{built.verdict, std::move(built.features)};
  };
}

}  // namespace

Result<SessionResult> run_loop(const Target& target, const Workload& workload, Log* log,
                               const SessionOptions& options, const SessionParts& parts,
                               const std::function<void(const Progress&)>& progress, std::stop_token stop) {
  const TimedStop timed_stop(std::move(stop), options.budget.time);
  TAMIS_TRY(check_options(options));
  TAMIS_TRY(validate(workload));
  TAMIS_ASSIGN(const Space space, target.space(workload));
  SessionRecord record = describe(target, workload, space, options);
  // Only a log wants to know, and it takes a while for a long history.
  if (log != nullptr) record.learnt_from = describe_related(related_of(options));
  std::optional<Resumable> resumable;
  if (log != nullptr && options.resume) {
    TAMIS_ASSIGN(resumable, History::find_resumable(*log, record, related_of(options)));
  }
  uint64_t logged = 0;
  if (resumable) {
    TAMIS_ASSIGN(logged, log->end(resumable->session.id));
  }
  const bool at_once = logged > options.most_replayed;
  SearchProblem problem{&space, strategy_seed(options.seed, workload, at_once ? logged : 0)};
  problem.related = resumable ? &resumable->related : options.related;
  if (problem.related != nullptr && problem.related->empty()) problem.related = nullptr;
  problem.suggested = target.suggestions(workload, space);
  if (target.builds_freely()) problem.compile = compiler_of(target, workload, space);
  // Everything that can refuse comes before the log, so that no session without trials is left behind.
  TAMIS_ASSIGN(const auto strategy, parts.make_strategy(problem));
  TAMIS_ASSIGN(const auto measurer, parts.make_measurer({&target, &workload, &space}));
  TAMIS_ASSIGN(History history,
               resumable ? History::resume(*log, std::move(resumable->session), options.most_replayed)
                         : History::begin(log, std::move(record)));
  const Context context{target, workload, space, options, progress, *strategy, *measurer, timed_stop};
  return Loop(context, std::move(history)).run();
}

}  // namespace tamis
