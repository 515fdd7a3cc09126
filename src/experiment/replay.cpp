#include "tamis/replay.h"

#include "base/median.h"
#include "experiment/devices_at_work.h"
#include "tamis/session.h"
#include "tamis/table.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr uint64_t kMostPending = 1000;

/// Watches a session and notes when the goals are reached.
class Observer {
 public:
  Observer(const TrialSet& table, const ReplayOptions& options, double best)
      : table_(table), options_(options), best_(best) {}

  void see(const Progress& progress) {
    const Trial& recorded = *find_recorded(table_, progress.trial->config);
    outcome_.total = {progress.counts->trials, progress.counts->invalid, time_after(progress, recorded)};
    if (progress.improved) improve(recorded);
    if (options_.trace) outcome_.trace.push_back({outcome_.total.time_ns, cost_});
  }

  /// Whether the session has what it is for.
  bool done() const {
    if (options_.time_ns) return outcome_.total.time_ns >= *options_.time_ns;
    return !options_.full && !options_.noise && outcome_.reached[0].has_value();
  }
  ReplayOutcome& outcome() { return outcome_; }

 private:
  double time_after(const Progress& progress, const Trial& recorded) {
    if (options_.times == nullptr) return 0;
    recorded_ns_ += options_.times->row_ns[static_cast<size_t>(&recorded - table_.trials.data())];
    const SearchTime& search = options_.search_time;
    return recorded_ns_ + (search.measured ? static_cast<double>(progress.search_ns) : 0) +
           search.ns_per_trial * static_cast<double>(progress.counts->trials);
  }

  void improve(const Trial& recorded) {
    cost_ = recorded.cost();
    outcome_.improvements.emplace_back(outcome_.total.trials, cost_);
    for (size_t i = 0; i < kGoals.size(); ++i)
      if (!outcome_.reached[i] && Objective::is_within(cost_, best_, kGoals[i]))
        outcome_.reached[i] = outcome_.total;
  }

  const TrialSet& table_;
  const ReplayOptions& options_;
  double best_;
  double recorded_ns_ = 0;
  double cost_ = std::numeric_limits<double>::infinity();
  ReplayOutcome outcome_;
};

/// Recorded times tell when each of several configs that are under way ends.
MeasurerFactory devices_of(const std::shared_ptr<const TrialSet>& table, const ReplayOptions& options) {
  const auto time_of = [table, times = options.times](const Config& config) {
    if (times == nullptr) return 1.0;
    return times->row_ns[static_cast<size_t>(find_recorded(*table, config) - table->trials.data())];
  };
  return [time_of, devices = *options.pending](
             const SharedTask& task, const MeasureOptions& measuring) -> Result<std::unique_ptr<Measurer>> {
    TAMIS_ASSIGN(std::unique_ptr<Measurer> inner, make_measurer(task, measuring));
    return devices_at_work(std::move(inner), devices, time_of);
  };
}

SessionOptions session_options(const std::shared_ptr<const TrialSet>& table, const ReplayOptions& options) {
  SessionOptions session;
  session.strategy = options.strategy;
  session.initializer = options.initializer;
  session.seed = options.seed;
  session.batch = options.batch;
  if (options.pending) {
    session.asynchronous = true;
    session.make_measurer = devices_of(table, options);
  }
  session.budget.trials = options.trials;
  session.related = options.related;
  session.with_default = options.with_default;
  session.make_strategy = options.make_strategy;
  session.leader_runs = options.leader_runs;
  session.keep_trials = options.noise.has_value();
  return session;
}

/// Takes down what the session took for the best and how, and what of that is true.
void judge(const TrialSet& table, const SessionResult& result, ReplayOutcome& outcome) {
  outcome.runs = result.counts.trials + result.counts.repeats + result.counts.finals;
  if (!result.best) return;
  outcome.winner = result.best->config;
  outcome.winner_cost = find_recorded(table, result.best->config)->cost();
  outcome.best_finalist_cost = outcome.winner_cost;
  if (!result.finals) return;
  outcome.evidence = weigh_evidence(*result.finals);
  for (const Finalist& finalist : result.finals->finalists) {
    const auto trial = std::find_if(result.trials.begin(), result.trials.end(),
                                    [&](const Trial& one) { return one.number == finalist.number; });
    if (trial != result.trials.end())
      outcome.best_finalist_cost =
          std::min(outcome.best_finalist_cost, find_recorded(table, trial->config)->cost());
  }
}

double time_of(const Trial& trial) { return static_cast<double>(trial.build_ns + trial.run_ns); }

}  // namespace

Result<RecordedTimes> recorded_times(const TrialSet& table) {
  RecordedTimes times;
  std::vector<double> timed;
  for (const Trial& trial : table.trials) {
    if (time_of(trial) <= 0) continue;
    timed.push_back(time_of(trial));
    if (trial.build_ns <= 0) ++times.missing.build;
    if (trial.run_ns <= 0 && trial.verdict == Verdict::valid) ++times.missing.run;
  }
  if (timed.empty())
    return invalid_input(table.workload.name +
                         ": no row of this table says how long building or running took, so there is no time "
                         "to count; tables of T4 and Kernel Tuner can hold it");
  times.missing.all = table.trials.size() - timed.size();
  const double typical = median(timed);
  for (const Trial& trial : table.trials)
    times.row_ns.push_back(time_of(trial) > 0 ? time_of(trial) : typical);
  return times;
}

Result<ReplayOutcome> replay(const std::shared_ptr<const TrialSet>& table, const ReplayOptions& options,
                             const std::stop_token& stop) {
  const double best = best_cost(*table);
  if (!std::isfinite(best))
    return invalid_input(table->workload.name +
                         ": no config of this table is valid, so there is nothing to search");
  if (options.pending && (*options.pending == 0 || *options.pending > kMostPending))
    return invalid_input(fmt::format("{} configs cannot be under way at the same time; from 1 to {} can",
                                     *options.pending, kMostPending));
  TAMIS_ASSIGN(const SharedTask task, table::bind_table(table, {}, {options.noise, options.revealed}));
  Observer observer(*table, options, best);
  std::stop_source ended;
  const std::stop_callback forward(stop, [&ended] { ended.request_stop(); });
  const auto watch = [&](const Progress& progress) {
    observer.see(progress);
    if (observer.done()) ended.request_stop();
  };
  TAMIS_ASSIGN(const SessionResult result,
               run_session(task, nullptr, session_options(table, options), watch, ended.get_token()));
  if (stop.stop_requested()) return Error{ErrorKind::interrupted, "interrupted"};
  observer.outcome().initializer = result.session.initializer;
  observer.outcome().search_ns = result.search_ns;
  judge(*table, result, observer.outcome());
  return std::move(observer.outcome());
}

}  // namespace tamis
