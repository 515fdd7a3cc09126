#include "tamis/comparison.h"

#include "experiment/fair.h"
#include "experiment/parallel.h"
#include "experiment/scores.h"
#include "session/related.h"
#include "tamis/random.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

using SharedTable = std::shared_ptr<const TrialSet>;

/// One strategy with one initializer on one table.
struct Combination {
  size_t table = 0;
  std::string strategy, initializer;
};

/// Whether both say what they were measured on, and it is not the same. What was tuned on a recorded table
/// says only which file that was.
bool are_of_other_devices(const TrialSet& table, const TrialSet& other) {
  const auto says = [](const TrialSet& set) {
    return !set.target_identity.empty() && !set.target_identity.starts_with("table ");
  };
  return says(table) && says(other) && table.target_identity != other.target_identity;
}

/// Whether a session on the table may not start from `other`: it is the table itself, in whatever file it
/// came. The same workload on another device is not.
bool is_itself(const TrialSet& table, const TrialSet& other) {
  if (fingerprint_of(other) == fingerprint_of(table)) return true;
  return other.workload.name == table.workload.name && !are_of_other_devices(table, other);
}

/// The history without the table itself.
std::vector<TrialSet> related_to(const TrialSet& table, const std::vector<SharedTable>& history) {
  std::vector<TrialSet> related;
  for (const SharedTable& other : history)
    if (!is_itself(table, *other)) related.push_back(related_trials(*other));
  return related;
}

/// What the sessions on each table start from. It is put together for the first of them and dropped after the
/// last, as every table's is a copy of nearly all the others. Thread safe.
class Histories {
 public:
  Histories(const std::vector<SharedTable>& tables, const std::vector<SharedTable>& history,
            size_t sessions_per_table)
      : tables_(tables), history_(history), cache_(tables.size(), {nullptr, sessions_per_table}) {}

  /// To be called once per session; nullptr when there is no history.
  std::shared_ptr<const std::vector<TrialSet>> take(size_t table) {
    if (history_.empty()) return nullptr;
    const std::lock_guard lock(mutex_);
    Entry& entry = cache_[table];
    if (entry.related == nullptr)
      entry.related = std::make_shared<const std::vector<TrialSet>>(related_to(*tables_[table], history_));
    auto related = entry.related;
    if (--entry.sessions == 0) entry.related.reset();
    return related;
  }

 private:
  struct Entry {
    std::shared_ptr<const std::vector<TrialSet>> related;
    size_t sessions = 0;  // still to come
  };
  const std::vector<SharedTable>& tables_;
  const std::vector<SharedTable>& history_;
  std::mutex mutex_;
  std::vector<Entry> cache_;
};

/// What the score needs to know of a table.
struct TableFacts {
  RecordedTimes times;
  std::optional<FairSpace> fair;
};

Result<std::vector<TableFacts>> facts_of(const std::vector<SharedTable>& tables, Score score) {
  std::vector<TableFacts> all(tables.size());
  if (score == Score::trials) return all;
  for (size_t i = 0; i < tables.size(); ++i) {
    TAMIS_ASSIGN(all[i].times, recorded_times(*tables[i]));
    if (score == Score::fair) {
      TAMIS_ASSIGN(all[i].fair, fair_space(*tables[i], all[i].times));
    }
  }
  return all;
}

/// What one session is like.
ReplayOptions session_of(const ComparisonOptions& options, const Combination& combination,
                         const TableFacts& facts, uint64_t seed, uint64_t noise_run) {
  ReplayOptions session = options.session;
  session.strategy = combination.strategy;
  session.initializer = combination.initializer;
  session.seed = options.first_seed + seed;
  if (options.score != Score::trials) session.times = &facts.times;
  if (facts.fair) {
    session.time_ns = facts.fair->limit_ns;
    session.trials = std::nullopt;
    session.trace = true;
  }
  if (options.noise_runs > 0)
    session.noise = Random::stream(session.seed, fmt::format("noise {}", noise_run)).next();
  return session;
}

std::vector<Combination> combine(size_t tables, const ComparisonOptions& options) {
  std::vector<Combination> all;
  for (size_t table = 0; table < tables; ++table)
    for (const std::string& strategy : options.strategies)
      for (const std::string& initializer : options.initializers)
        all.push_back({table, strategy, initializer});
  return all;
}

/// 1, 2, 3, 5, 7, 10, 15, 20, 30, ...: about evenly apart on a logarithmic axis, up to `last`, which is one
/// of them.
std::vector<uint64_t> curve_places(uint64_t last) {
  std::vector<uint64_t> places = {1, 2, 3, 5, 7};
  constexpr std::array<uint64_t, 6> kSteps = {10, 15, 20, 30, 50, 70};
  for (uint64_t decade = 1; places.back() < last; decade *= 10)
    for (const uint64_t step : kSteps) places.push_back(decade * step);
  std::erase_if(places, [&](uint64_t place) { return place >= last; });
  places.push_back(last);
  return places;
}

double best_after(const ReplayOutcome& outcome, uint64_t trials) {
  double best = std::numeric_limits<double>::infinity();
  for (const auto& [count, cost] : outcome.improvements)
    if (count <= trials) best = cost;
  return best;
}

/// How good a cost is, 1 for the best; 0 where ratios of the values say nothing.
double share_of_best(const Objective& objective, double best, double cost) {
  if (cost <= best) return 1;
  const std::optional<double> gain = objective.gain(best, cost);
  return gain ? 1 / *gain : 0;
}

std::vector<CurvePoint> mean_curve(const std::vector<ReplayOutcome>& outcomes, const ComparisonRow& row,
                                   uint64_t last) {
  std::vector<CurvePoint> curve;
  for (const uint64_t place : curve_places(last)) {
    double sum = 0;
    for (const ReplayOutcome& outcome : outcomes)
      sum += share_of_best(row.objective, row.best_cost, best_after(outcome, place));
    curve.push_back({place, sum / static_cast<double>(outcomes.size())});
  }
  return curve;
}

void summarise_goals(ComparisonRow& row, const std::vector<ReplayOutcome>& outcomes) {
  for (size_t goal = 0; goal < kGoals.size(); ++goal) {
    std::vector<std::optional<uint64_t>> trials, invalid;
    for (const ReplayOutcome& outcome : outcomes) {
      const std::optional<Spent>& spent = outcome.reached[goal];
      trials.push_back(spent ? std::optional(spent->trials) : std::nullopt);
      invalid.push_back(spent ? std::optional(spent->invalid) : std::nullopt);
    }
    row.trials_to[goal] = spread_of(trials);
    row.invalid_to[goal] = spread_of(invalid);
    row.each_trials_to[goal] = std::move(trials);
  }
}

FairScore fair_score_of(const FairSpace& space, const Objective& objective,
                        std::vector<ReplayOutcome>& outcomes, uint64_t seed) {
  std::vector<std::vector<TracePoint>> traces;
  for (ReplayOutcome& outcome : outcomes) traces.push_back(std::move(outcome.trace));
  FairScore score = fair_score(space, objective, traces, Random::stream(seed, "fair"));
  score.traces = std::move(traces);
  return score;
}

ComparisonRow summarise(const TrialSet& table, const Combination& combination, const TableFacts& facts,
                        std::vector<ReplayOutcome>& outcomes, const ComparisonOptions& options) {
  ComparisonRow row;
  row.table = table.workload.name;
  row.rows = table.trials.size();
  row.valid = count_valid(table);
  row.best_cost = best_cost(table);
  row.objective = table.objective;
  row.strategy = combination.strategy;
  row.initializer = outcomes.front().initializer;
  row.revealed = options.session.revealed;
  row.seeds = options.seeds;
  summarise_goals(row, outcomes);
  uint64_t trials = 0, invalid = 0;
  int64_t search_ns = 0;
  for (const ReplayOutcome& outcome : outcomes) {
    trials += outcome.total.trials;
    invalid += outcome.total.invalid;
    search_ns += outcome.search_ns;
  }
  const auto tried = static_cast<double>(std::max<uint64_t>(trials, 1));
  row.invalid_share = static_cast<double>(invalid) / tried;
  row.search_ms_per_trial = static_cast<double>(search_ns) / 1e6 / tried;
  if (options.score != Score::trials) row.times_missing = facts.times.missing;
  if (options.score == Score::time) row.time = time_score(outcomes);
  if (facts.fair) row.fair = fair_score_of(*facts.fair, row.objective, outcomes, options.first_seed);
  if (options.noise_runs > 0) row.noise = noise_score(table, outcomes, options.noise_runs);
  row.curve = mean_curve(outcomes, row, std::min(options.session.trials.value_or(row.rows), row.rows));
  return row;
}

/// `sorted` lacks the failed ones, of `count` in all.
std::optional<double> percentile(const std::vector<double>& sorted, size_t count, double fraction) {
  const double place = fraction * static_cast<double>(count - 1);
  const auto low = static_cast<size_t>(std::floor(place));
  const double weight = place - std::floor(place);
  const size_t high = weight > 0 ? low + 1 : low;
  if (high >= sorted.size()) return std::nullopt;
  return sorted[low] + weight * (sorted[high] - sorted[low]);
}

Spread spread_of_sorted(const std::vector<double>& sorted, size_t count) {
  return {percentile(sorted, count, 0.5), percentile(sorted, count, 0.1), percentile(sorted, count, 0.9),
          count - sorted.size()};
}

}  // namespace

std::vector<std::string> unused_history(const std::vector<SharedTable>& tables,
                                        const ComparisonOptions& options) {
  std::vector<HistorySource> sources;
  for (const SharedTable& other : options.history) {
    const bool searched = std::all_of(tables.begin(), tables.end(),
                                      [&](const SharedTable& table) { return is_itself(*table, *other); });
    sources.push_back({other->workload.name, std::span(other.get(), 1), searched});
  }
  std::vector<const Space*> spaces;
  spaces.reserve(tables.size());
  for (const SharedTable& table : tables) spaces.push_back(&table->space);
  return find_useless(spaces, options.strategies, sources);
}

Result<std::vector<ComparisonRow>> compare(const std::vector<SharedTable>& tables,
                                           const ComparisonOptions& options, std::stop_token stop) {
  if (tables.empty() || options.strategies.empty() || options.initializers.empty() || options.seeds == 0)
    return invalid_input("there is nothing to compare: name a table, a strategy and at least one seed");
  const std::vector<Combination> combinations = combine(tables.size(), options);
  TAMIS_ASSIGN(const std::vector<TableFacts> facts, facts_of(tables, options.score));
  const uint64_t runs = std::max<uint64_t>(options.noise_runs, 1);
  const uint64_t sessions = options.seeds * runs;
  std::vector<std::vector<ReplayOutcome>> outcomes(combinations.size(), std::vector<ReplayOutcome>(sessions));
  const size_t total = combinations.size() * sessions;
  Histories histories(tables, options.history, total / tables.size());
  const auto run = [&](size_t task) -> Status {
    const Combination& combination = combinations[task / sessions];
    const uint64_t number = task % sessions;
    const auto related = histories.take(combination.table);
    ReplayOptions session =
        session_of(options, combination, facts[combination.table], number / runs, number % runs);
    session.related = related.get();
    TAMIS_ASSIGN(outcomes[task / sessions][number], replay(tables[combination.table], session, stop));
    return {};
  };
  const auto progress = [&](size_t done) {
    if (options.progress) options.progress(done, total);
  };
  TAMIS_TRY(run_parallel(total, run, {options.jobs, progress}, stop));
  std::vector<ComparisonRow> rows;
  for (size_t i = 0; i < combinations.size(); ++i)
    rows.push_back(summarise(*tables[combinations[i].table], combinations[i], facts[combinations[i].table],
                             outcomes[i], options));
  return rows;
}

Spread spread_of(std::span<const std::optional<uint64_t>> values) {
  std::vector<std::optional<double>> numbers;
  for (const std::optional<uint64_t>& value : values)
    numbers.push_back(value ? std::optional(static_cast<double>(*value)) : std::nullopt);
  return spread_of(numbers);
}

Spread spread_of(std::span<const std::optional<double>> values) {
  std::vector<double> sorted;
  for (const std::optional<double>& value : values)
    if (value) sorted.push_back(*value);
  std::sort(sorted.begin(), sorted.end());
  return spread_of_sorted(sorted, values.size());
}

Spread spread_of(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  return spread_of_sorted(sorted, sorted.size());
}

}  // namespace tamis
