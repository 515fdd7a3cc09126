#include "network/tuning/tuning.h"

#include "base/clock.h"
#include "log/network_keeper.h"
#include "network/tuning/gain_rate.h"
#include "session/finals.h"
#include "session/record.h"
#include "session/timed_stop.h"
#include "tamis/trial_set.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tamis::network {
namespace {

/// A task whose session is open.
struct OpenTask {
  SessionOptions options;         ///< `related` points to the next
  std::vector<TrialSet> related;  ///< what it started from
  std::optional<OpenSession> session;
};

Status check_task(const NetworkTask& task) {
  if (!task.task) return invalid_input("a task of the network is missing");
  const std::string& name = task.task->workload().name;
  if (task.occurrences == 0)
    return invalid_input(
        fmt::format("the network never runs {}; leave it out, or say how often it occurs", name));
  if (!task.task->objective().is_latency())
    return invalid_input(
        fmt::format("{} is tuned for {}; the time of a network is a sum of latencies, so tune it for latency",
                    name, task.task->objective().name));
  return {};
}

/// Whether the tasks that one may stand for are there, and occur as often.
Status check_parts(std::span<const NetworkTask> tasks, size_t place) {
  if (!tasks[place].parts) return {};
  for (const size_t part : *tasks[place].parts)
    if (part >= place || tasks[part].parts || tasks[part].occurrences < tasks[place].occurrences)
      return invalid_input(
          fmt::format("{} stands for tasks that do not come before it or occur less often; give its parts "
                      "first, with all their occurrences",
                      tasks[place].task->workload().name));
  return {};
}

Status check_network(std::span<const NetworkTask> tasks, const NetworkOptions& options) {
  if (tasks.empty()) return invalid_input("the network has no tasks to tune");
  for (size_t i = 0; i < tasks.size(); ++i) {
    TAMIS_TRY(check_task(tasks[i]));
    TAMIS_TRY(check_parts(tasks, i));
    for (size_t j = 0; j < i; ++j) {
      const Task& one = *tasks[j].task;
      const Task& other = *tasks[i].task;
      // They would have one session in the log.
      if (same_workload(one.workload(), other.workload()) && one.identity() == other.identity())
        return invalid_input(
            fmt::format("{} and {} are the same task; give it once, with the occurrences of both",
                        one.workload().name, other.workload().name));
    }
  }
  if (!(options.least_gain >= 0 && options.least_gain <= 1))
    return invalid_input(
        fmt::format("the least gain worth a batch is {}; it is a share of the network's time, from 0 to 1",
                    options.least_gain));
  if (options.budget.early_stop && *options.budget.early_stop == 0)
    return invalid_input("early stopping after 0 trials would try nothing; give at least 1");
  return {};
}

/// How many tasks the network cannot do without.
uint64_t count_needed(std::span<const NetworkTask> tasks) {
  return static_cast<uint64_t>(
      std::count_if(tasks.begin(), tasks.end(), [](const NetworkTask& task) { return !task.parts; }));
}

/// How long the finals of a session will take about, ns.
double finals_ns(const OpenSession& session) {
  double round_ns = 0;
  for (const Trial& trial : finalists_of(session.finalists(), session.default_trial()))
    round_ns += static_cast<double>(trial.build_ns + trial.run_ns);
  return round_ns * kFinalRounds;
}

/// A duration that a timer takes: whole ms, at least 0.
std::chrono::milliseconds to_duration(double ns) {
  return std::chrono::milliseconds(static_cast<int64_t>(std::max(0.0, ns) / 1e6));
}

class Tuning {
 public:
  Tuning(std::span<const NetworkTask> tasks, Log* log, const NetworkOptions& options,
         const std::function<void(const NetworkProgress&)>& progress, std::stop_token stop)
      : tasks_(tasks),
        log_(log),
        options_(options),
        progress_(progress),
        stop_(std::move(stop)),
        keeper_(log, options.name, count_needed(tasks), options.session.resume),
        begin_ns_(monotonic_ns()),
        states_(tasks.size()),
        open_(tasks.size()) {
    for (size_t i = 0; i < tasks.size(); ++i) {
      states_[i].occurrences = tasks[i].occurrences;
      states_[i].parts = tasks[i].parts;
    }
    total_ = total();
  }

  Result<NetworkResult> run();

 private:
  /// Gives batches to tasks until something ends that.
  Result<NetworkEnd> share();
  /// Why no further batch is given, whichever task it were for.
  std::optional<NetworkEnd> spent() const;
  /// A batch of one task; why tuning ends, if it does.
  Result<std::optional<NetworkEnd>> tune(size_t task);
  Status open(size_t task);
  Result<std::optional<StopReason>> step(size_t task);
  /// Tells the log which session a task has, once it is there.
  Status keep(size_t task);
  /// Takes note of what a batch came to.
  void see(size_t task);
  /// Asks what a task's next batch is expected to gain.
  Status look_ahead(size_t task);
  /// What the tasks that are open have so far, to start others from.
  std::vector<TrialSet> learnt_so_far() const;
  void report(size_t task, const Progress& session);
  /// Takes note of which task is being tuned, for what reports say of the others.
  void count_others(size_t task);
  /// The latency with the default configs; nothing where one of them was not tried or is not valid.
  std::optional<double> default_latency_ns() const;
  Result<NetworkResult> finish(NetworkEnd end);
  /// Why nobody is to get a batch although the budget is not spent.
  NetworkEnd end_of_picks() const;

  uint64_t trials() const;
  std::optional<uint64_t> total() const;
  /// Of the budget of time what is left for everything, and what of that the finals will take, ns; infinity
  /// and 0 without one.
  double left_ns() const;
  double kept_ns() const;
  Error of_task(size_t task, const Error& error) const {
    return error.within(tasks_[task].task->workload().name);
  }

  std::span<const NetworkTask> tasks_;
  Log* log_;
  const NetworkOptions& options_;
  const std::function<void(const NetworkProgress&)>& progress_;
  std::stop_token stop_;
  NetworkKeeper keeper_;
  int64_t begin_ns_;
  std::vector<TaskState> states_;
  std::vector<std::unique_ptr<OpenTask>> open_;
  std::vector<size_t> opened_;  ///< in their order
  std::vector<size_t> picks_;
  std::optional<uint64_t> total_;
  Counts others_;                           ///< NetworkProgress::others
  std::optional<double> known_default_ns_;  ///< default_latency_ns(), once it is known
  GainRate rate_;
  double best_ns_ = std::numeric_limits<double>::infinity();  ///< of the network
  uint64_t gained_at_ = 0;                                    ///< trials that there were then
};

std::optional<uint64_t> Tuning::total() const {
  uint64_t configs = 0;
  for (const NetworkTask& task : tasks_) {
    const std::optional<uint64_t> count = known_count(task.task->space());
    if (!count) return options_.budget.trials;
    configs += *count;
  }
  return std::min(options_.budget.trials.value_or(configs), configs);
}

uint64_t Tuning::trials() const {
  uint64_t sum = 0;
  for (const TaskState& state : states_) sum += state.trials;
  return sum;
}

double Tuning::left_ns() const {
  if (!options_.budget.time) return std::numeric_limits<double>::infinity();
  const auto budget_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(*options_.budget.time).count();
  return static_cast<double>(budget_ns - (monotonic_ns() - begin_ns_));
}

double Tuning::kept_ns() const {
  if (!options_.budget.time) return 0;
  double sum = 0;
  for (size_t i = 0; i < tasks_.size(); ++i)
    if (open_[i] && tasks_[i].task->target().traits().latencies_vary) sum += finals_ns(*open_[i]->session);
  const std::chrono::duration<double, std::nano> half = *options_.budget.time / 2.0;
  return std::min(sum, half.count());
}

std::optional<NetworkEnd> Tuning::spent() const {
  if (stop_.stop_requested()) return NetworkEnd::interrupted;
  const Budget& budget = options_.budget;
  if (budget.trials && trials() >= *budget.trials) return NetworkEnd::budget;
  if (left_ns() <= kept_ns()) return NetworkEnd::budget;
  if (budget.early_stop && trials() - gained_at_ >= *budget.early_stop) return NetworkEnd::early_stop;
  return std::nullopt;
}

Result<NetworkEnd> Tuning::share() {
  while (true) {
    if (const std::optional<NetworkEnd> end = spent()) return *end;
    const std::optional<size_t> task = pick_task(states_, options_.scheduling, options_.least_gain);
    if (!task) return end_of_picks();
    Result<std::optional<NetworkEnd>> ended = tune(*task);
    if (!ended.ok()) return of_task(*task, ended.error());
    if (*ended) return **ended;
  }
}

NetworkEnd Tuning::end_of_picks() const {
  const bool all = std::all_of(states_.begin(), states_.end(),
                               [](const TaskState& one) { return one.ended || (one.parts && !one.opened); });
  return all ? NetworkEnd::exhausted : NetworkEnd::no_gain;
}

std::vector<TrialSet> Tuning::learnt_so_far() const {
  std::vector<TrialSet> sets;
  for (const size_t task : opened_) {
    const Task& of = *tasks_[task].task;
    sets.push_back(related_trials(of.workload().name, of.space(), open_[task]->session->trials()));
  }
  return sets;
}

Status Tuning::open(size_t task) {
  auto open = std::make_unique<OpenTask>();
  open->options = options_.session;
  open->options.budget = {std::nullopt, std::nullopt, std::nullopt};
  open->options.keep_trials = true;
  if (tasks_[task].canary) open->options.measure.recovery.canary = tasks_[task].canary;
  if (options_.session.related != nullptr) open->related = *options_.session.related;
  if (options_.transfer) {
    std::vector<TrialSet> others = learnt_so_far();
    std::move(others.begin(), others.end(), std::back_inserter(open->related));
  }
  open->options.related = &open->related;
  const auto tell = [this, task](const Progress& session) { report(task, session); };
  TAMIS_ASSIGN(open->session,
               OpenSession::open(tasks_[task].task, log_, open->options, tell, ReplayPace::by_steps));
  open_[task] = std::move(open);
  opened_.push_back(task);
  states_[task].opened = true;
  return {};
}

Result<std::optional<StopReason>> Tuning::step(size_t task) {
  std::optional<uint64_t> most;
  // A resumed session has its default config from the beginning.
  OpenSession& session = *open_[task]->session;
  states_[task].trials = session.counts().trials;
  const uint64_t made = trials();
  if (const std::optional<uint64_t>& budget = options_.budget.trials)
    most = *budget - std::min(*budget, made);
  std::optional<std::chrono::milliseconds> time;
  if (options_.budget.time) time = to_duration(left_ns() - kept_ns());
  const TimedStop timed(stop_, time);
  return session.step(timed.token(), most);
}

Status Tuning::keep(size_t task) {
  const SessionRecord& session = open_[task]->session->record();
  if (session.id == 0) return {};
  NetworkLayer layer{task, session.id, tasks_[task].occurrences};
  if (tasks_[task].parts) layer.parts = {(*tasks_[task].parts)[0], (*tasks_[task].parts)[1]};
  return keeper_.add(layer, session.started_unix_ms);
}

Result<std::optional<NetworkEnd>> Tuning::tune(size_t task) {
  if (!open_[task]) TAMIS_TRY(open(task));
  // One task has devices at a time.
  if (!picks_.empty() && picks_.back() != task) open_[picks_.back()]->session->rest();
  if (picks_.empty() || picks_.back() != task) count_others(task);
  picks_.push_back(task);
  TAMIS_ASSIGN(const std::optional<StopReason> ended, step(task));
  TAMIS_TRY(keep(task));
  see(task);
  using Ended = std::optional<NetworkEnd>;
  if (ended == StopReason::interrupted)
    return Ended(stop_.stop_requested() ? NetworkEnd::interrupted : NetworkEnd::budget);
  if (ended == StopReason::budget) return Ended(NetworkEnd::budget);
  if (ended == StopReason::exhausted) states_[task].ended = true;
  TAMIS_TRY(look_ahead(task));
  return Ended();
}

Status Tuning::look_ahead(size_t task) {
  OpenSession& session = *open_[task]->session;
  TaskState& state = states_[task];
  TAMIS_ASSIGN(state.expected_ns, session.look_ahead());
  state.ended = state.ended || session.exhausted();
  return {};
}

void Tuning::see(size_t task) {
  const OpenSession& session = *open_[task]->session;
  TaskState& state = states_[task];
  state.trials = session.counts().trials;
  state.promised_ns.push_back(state.expected_ns.value_or(0));
  state.best_ns.push_back(session.best() ? session.best()->cost() : std::numeric_limits<double>::infinity());
  const bool all = std::all_of(states_.begin(), states_.end(),
                               [](const TaskState& one) { return one.found() || one.parts; });
  const double latency = all ? network_latency_ns(states_) : std::numeric_limits<double>::infinity();
  if (latency < best_ns_ || !all) gained_at_ = trials();
  best_ns_ = std::min(best_ns_, latency);
}

void Tuning::count_others(size_t task) {
  others_ = {};
  for (const size_t other : opened_)
    if (other != task) others_.add(open_[other]->session->counts());
}

std::optional<double> Tuning::default_latency_ns() const {
  double sum = 0;
  for (size_t i = 0; i < tasks_.size(); ++i) {
    if (tasks_[i].parts) continue;
    if (!open_[i] || !open_[i]->session) return std::nullopt;
    const std::optional<Trial>& trial = open_[i]->session->default_trial();
    if (!trial || trial->verdict != Verdict::valid) return std::nullopt;
    sum += trial->cost() * static_cast<double>(tasks_[i].occurrences);
  }
  return sum;
}

void Tuning::report(size_t task, const Progress& session) {
  if (!progress_) return;
  NetworkProgress told;
  told.task = task;
  told.session = &session;
  told.total = total_;
  std::vector<TaskState> now = states_;
  now[task].trials = session.counts->trials;
  if (session.best != nullptr) now[task].best_ns = {session.best->cost()};
  for (const TaskState& state : now) {
    told.trials += state.trials;
    if (!state.parts && !state.found()) ++told.missing;
  }
  told.latency_ns = network_latency_ns(now);
  // Once known it does not change, and it can only become known by the default config of a task.
  if (!known_default_ns_) known_default_ns_ = default_latency_ns();
  told.default_latency_ns = known_default_ns_;
  told.others = &others_;
  if (told.missing == 0) {
    rate_.add(monotonic_ns(), told.latency_ns);
    told.gain_per_minute_ns = rate_.per_minute();
  }
  progress_(told);
}

StopReason reason_of(NetworkEnd end, bool exhausted) {
  if (exhausted) return StopReason::exhausted;
  switch (end) {
    case NetworkEnd::interrupted:
      return StopReason::interrupted;
    case NetworkEnd::early_stop:
    case NetworkEnd::no_gain:
      return StopReason::early_stop;
    case NetworkEnd::exhausted:
    case NetworkEnd::budget:
      break;
  }
  return StopReason::budget;
}

/// The cost of one trial of a task; nothing where it is missing or not valid.
std::optional<double> cost_of(const TunedTask& task, std::optional<Trial> SessionResult::*chosen) {
  if (!task.session) return std::nullopt;
  const std::optional<Trial>& trial = (*task.session).*chosen;
  if (!trial || trial->verdict != Verdict::valid) return std::nullopt;
  return trial->cost();
}

/// The costs of one trial of each task that the network cannot do without, times occurrences; nothing where
/// one is missing or not valid.
std::optional<double> sum_latency(const std::vector<TunedTask>& tasks,
                                  std::optional<Trial> SessionResult::*chosen) {
  double sum = 0;
  for (const TunedTask& task : tasks) {
    if (task.of.parts) continue;
    const std::optional<double> cost = cost_of(task, chosen);
    if (!cost) return std::nullopt;
    sum += *cost * static_cast<double>(task.of.occurrences);
  }
  return sum;
}

/// Lets tasks that are faster than both their parts stand for them; what that saves, ns.
double use_faster(std::vector<TunedTask>& tasks) {
  double saved = 0;
  for (TunedTask& task : tasks) task.used = task.of.parts ? 0 : task.of.occurrences;
  for (TunedTask& task : tasks) {
    if (!task.of.parts) continue;
    TunedTask& first = tasks[(*task.of.parts)[0]];
    TunedTask& second = tasks[(*task.of.parts)[1]];
    const auto own = cost_of(task, &SessionResult::best);
    const auto one = cost_of(first, &SessionResult::best), other = cost_of(second, &SessionResult::best);
    if (!own || !one || !other || *own >= *one + *other) continue;
    task.used = std::min({task.of.occurrences, first.used, second.used});
    first.used -= task.used;
    second.used -= task.used;
    saved += (*one + *other - *own) * static_cast<double>(task.used);
  }
  return saved;
}

Result<NetworkResult> Tuning::finish(NetworkEnd end) {
  std::optional<std::chrono::milliseconds> time;
  if (options_.budget.time) time = to_duration(left_ns());
  const TimedStop timed(stop_, time);
  if (!picks_.empty()) open_[picks_.back()]->session->rest();
  NetworkResult result;
  for (size_t i = 0; i < tasks_.size(); ++i) {
    result.tasks.push_back({tasks_[i], std::nullopt});
    if (!open_[i]) continue;
    Result<SessionResult> session =
        open_[i]->session->finish(reason_of(end, states_[i].ended), timed.token());
    if (!session.ok()) return of_task(i, session.error());
    open_[i]->session.reset();
    if (!options_.session.keep_trials) session->trials.clear();
    result.counts.add(session->counts);
    result.tasks.back().session = std::move(*session);
  }
  result.picks = std::move(picks_);
  const double saved = use_faster(result.tasks);
  result.latency_ns = sum_latency(result.tasks, &SessionResult::best);
  if (result.latency_ns) *result.latency_ns -= saved;
  result.default_latency_ns = sum_latency(result.tasks, &SessionResult::default_trial);
  result.end = end;
  result.wall_ns = monotonic_ns() - begin_ns_;
  return result;
}

Result<NetworkResult> Tuning::run() {
  TAMIS_ASSIGN(const NetworkEnd end, share());
  return finish(end);
}

}  // namespace

std::string_view to_string(NetworkEnd end) {
  switch (end) {
    case NetworkEnd::budget:
      return "budget";
    case NetworkEnd::exhausted:
      return "exhausted";
    case NetworkEnd::no_gain:
      return "no_gain";
    case NetworkEnd::early_stop:
      return "early_stop";
    case NetworkEnd::interrupted:
      return "interrupted";
  }
  return "";
}

Result<NetworkResult> tune_network(std::span<const NetworkTask> tasks, Log* log,
                                   const NetworkOptions& options,
                                   const std::function<void(const NetworkProgress&)>& progress,
                                   std::stop_token stop) {
  TAMIS_TRY(check_network(tasks, options));
  return Tuning(tasks, log, options, progress, std::move(stop)).run();
}

}  // namespace tamis::network
