#include "tamis/replay.h"

#include "tamis/session.h"
#include "tamis/table.h"

#include <cmath>
#include <functional>
#include <utility>

namespace tamis {
namespace {

/// Watches a session and notes when the goals are reached.
class Observer {
 public:
  explicit Observer(double best) : best_(best) {}

  void see(const Progress& progress) {
    outcome_.total = {progress.counts->trials, progress.counts->invalid};
    if (!progress.improved) return;
    const double cost = progress.trial->cost();
    outcome_.improvements.emplace_back(outcome_.total.trials, cost);
    for (size_t i = 0; i < kGoals.size(); ++i)
      if (!outcome_.reached[i] && Objective::is_within(cost, best_, kGoals[i]))
        outcome_.reached[i] = outcome_.total;
  }

  bool found_best() const { return outcome_.reached[0].has_value(); }
  ReplayOutcome& outcome() { return outcome_; }

 private:
  double best_;
  ReplayOutcome outcome_;
};

SessionOptions session_options(const ReplayOptions& options) {
  SessionOptions session;
  session.strategy = options.strategy;
  session.initializer = options.initializer;
  session.seed = options.seed;
  session.batch = options.batch;
  session.budget.trials = options.trials;
  session.related = options.related;
  session.with_default = options.with_default;
  session.make_strategy = options.make_strategy;
  return session;
}

}  // namespace

Result<ReplayOutcome> replay(const std::shared_ptr<const TrialSet>& table, const ReplayOptions& options,
                             const std::stop_token& stop) {
  const double best = best_cost(*table);
  if (!std::isfinite(best))
    return invalid_input(table->workload.name +
                         ": no config of this table is valid, so there is nothing to search");
  TAMIS_ASSIGN(const SharedTask task, table::bind_table(table));
  Observer observer(best);
  std::stop_source ended;
  const std::stop_callback forward(stop, [&ended] { ended.request_stop(); });
  const auto watch = [&](const Progress& progress) {
    observer.see(progress);
    if (observer.found_best() && !options.full) ended.request_stop();
  };
  TAMIS_ASSIGN(const SessionResult result,
               run_session(task, nullptr, session_options(options), watch, ended.get_token()));
  if (stop.stop_requested()) return Error{ErrorKind::interrupted, "interrupted"};
  observer.outcome().initializer = result.session.initializer;
  observer.outcome().search_ns = result.search_ns;
  return std::move(observer.outcome());
}

}  // namespace tamis
