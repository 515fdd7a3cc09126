#include "experiment/fair.h"

#include "base/median.h"
#include "experiment/interpolation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace tamis {
namespace {

constexpr size_t kPlaces = 1000;        // the reference's `resolution`
constexpr double kLimitMargin = 0.1;    // its `cutoff_margin`
constexpr size_t kLeastEstimators = 3;  // of its bagging
/// How often the random parts are drawn anew: one draw scatters by 0.01 and more where sessions are short.
constexpr size_t kRepetitions = 20;

/// The values from the worst to the best.
std::vector<double> worst_first(const FairSpace& space) {
  std::vector<double> values = space.values;
  if (space.minimise) std::reverse(values.begin(), values.end());
  return values;
}

double best_of(const FairSpace& space) { return space.minimise ? space.values.front() : space.values.back(); }

/// To the nearest whole number, halves to the even one, as Python rounds.
double rounded(double value) { return std::nearbyint(value); }

/// After how many trials random search is expected to be so much of the way from the median to the best.
Result<double> trials_to(const FairSpace& space, double part) {
  const std::vector<double> values = worst_first(space);
  const double best = best_of(space), middle = median(values);
  const double target = best + (middle - best) * (1 - part);
  const auto reached = [&](double value) { return space.minimise ? value <= target : value >= target; };
  auto place = static_cast<size_t>(std::find_if(values.begin(), values.end(), reached) - values.begin());
  place = std::min(place, values.size() - 1);
  if (part != 1 && values[place] == best) {
    if (place == 0) return invalid_input("all its valid configs are equally good, so a score says nothing");
    --place;
  }
  const auto i = static_cast<double>(place);
  return std::ceil(i / (static_cast<double>(values.size()) + 1 - i));
}

/// Sets begin and end, which are at least two trials apart.
Status set_budget(FairSpace& space, double median_ns) {
  TAMIS_ASSIGN(double begin, trials_to(space, kFairStart));
  TAMIS_ASSIGN(double end, trials_to(space, kFairEnd));
  if (end - begin < 2) {
    // The reference compares with the value of the best here, in whatever unit, where it means its trials.
    TAMIS_ASSIGN(const double last, trials_to(space, 1));
    end = std::min(last, end + (begin == 0 ? 2 : 1));
    if (begin > 0) --begin;
  }
  if (end <= begin)
    return invalid_input("random search finds its best at once, so there is no time to score in");
  space.begin_ns = begin * median_ns;
  space.end_ns = end * median_ns;
  space.limit_ns = space.end_ns * (1 + kLimitMargin);
  return {};
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

/// A trial of a session that counts: its time and the place of the best so far among all values.
struct Point {
  size_t trial = 0;
  double ns = 0;
  double rank = 0;
};
using Run = std::vector<Point>;

/// How many numbers of trials occur in any of the runs.
size_t numbers_in(const std::vector<Run>& runs) {
  size_t first = SIZE_MAX, last = 0;
  for (const Run& run : runs) {
    if (run.empty()) continue;
    first = std::min(first, run.front().trial);
    last = std::max(last, run.back().trial + 1);
  }
  return last - std::min(first, last);
}

/// The trials of sessions that had something valid before them, as many of each session as the reference
/// takes: where one is more than twice as long as the mean, those up to that.
std::vector<Run> runs_of(const FairSpace& space, const Objective& objective,
                         std::span<const std::vector<TracePoint>> traces) {
  size_t longest = 0, all = 0;
  for (const auto& trace : traces) {
    longest = std::max(longest, trace.size());
    all += trace.size();
  }
  const double twice = 2.0 * static_cast<double>(all) / static_cast<double>(traces.size());
  const size_t most = static_cast<double>(longest) > twice ? static_cast<size_t>(twice) : longest;
  std::vector<Run> runs;
  for (const auto& trace : traces) {
    Run& run = runs.emplace_back();
    for (size_t i = 0; i < std::min(most, trace.size()); ++i) {
      if (!std::isfinite(trace[i].cost)) continue;
      const double value = objective.value_of(trace[i].cost);
      const auto rank = std::lower_bound(space.values.begin(), space.values.end(), value);
      run.push_back({i, trace[i].time_ns, static_cast<double>(rank - space.values.begin())});
    }
  }
  return runs;
}

/// Of each run what lies within the time of the score and a margin around it.
std::vector<Run> within_time(const FairSpace& space, const std::vector<Run>& runs, size_t trials) {
  const double margin = 0.1 + 0.25 / static_cast<double>(std::max<size_t>(trials, 1));
  std::vector<Run> all;
  for (const Run& run : runs) {
    Run& some = all.emplace_back();
    for (const Point& point : run)
      if (space.begin_ns * (1 - margin) <= point.ns && point.ns <= space.end_ns * (1 + margin))
        some.push_back(point);
  }
  return all;
}

/// From when on the curve is not trusted: the first end of a run after the median of all ends.
double trusted_until(const FairSpace& space, const std::vector<Run>& runs) {
  std::vector<double> ends;
  ends.reserve(runs.size());
  for (const Run& run : runs) ends.push_back(run.back().ns);
  const double middle = median(ends);
  double until = std::numeric_limits<double>::infinity();
  for (const double end : ends)
    if (end > middle) until = std::min(until, end);
  return std::isfinite(until) ? until : space.end_ns;
}

/// The mean of isotonic fits to random parts of the points, at the places.
std::vector<double> bagged_ranks(const std::vector<Run>& runs, const std::vector<double>& places,
                                 bool minimise, Random& random) {
  std::vector<WeightedPoint> points;
  for (const Run& run : runs)
    for (const Point& point : run) points.push_back({point.ns, point.rank, 0});
  std::sort(points.begin(), points.end(),
            [](const auto& a, const auto& b) { return std::pair(a.x, a.y) < std::pair(b.x, b.y); });
  const size_t fits = std::max(runs.size(), kLeastEstimators);
  const double part = 1 / std::sqrt(static_cast<double>(fits));
  const auto drawn = std::max<size_t>(static_cast<size_t>(part * static_cast<double>(points.size())), 1);
  std::vector<double> sums(places.size(), 0.0);
  for (size_t fit = 0; fit < fits; ++fit) {
    for (WeightedPoint& point : points) point.weight = 0;
    for (size_t i = 0; i < drawn; ++i) points[random.below(points.size())].weight += 1;
    std::vector<WeightedPoint> chosen;
    for (const WeightedPoint& point : points)
      if (point.weight > 0) chosen.push_back(point);
    const BrokenLine line = isotonic_fit(chosen, !minimise);
    for (size_t i = 0; i < places.size(); ++i) sums[i] += line.at(places[i]);
  }
  for (double& sum : sums) sum /= static_cast<double>(fits);
  return sums;
}

/// The best value of the strategy at the places; what comes after `until` is as it was then.
std::vector<double> curve_of(const FairSpace& space, const std::vector<Run>& runs,
                             const std::vector<double>& places, double until, Random& random) {
  std::vector<double> curve = bagged_ranks(runs, places, space.minimise, random);
  const double last = static_cast<double>(space.values.size() - 1);
  for (double& rank : curve) rank = space.values[static_cast<size_t>(std::clamp(rounded(rank), 0.0, last))];
  const auto stop =
      static_cast<size_t>(std::upper_bound(places.begin(), places.end(), until) - places.begin());
  for (size_t i = stop + 1; i < curve.size(); ++i) curve[i] = curve[stop];
  return curve;
}

/// Leaves out runs with fewer than two trials in time. The margin depends on how long the others are.
std::vector<Run> usable_runs(const FairSpace& space, std::vector<Run>& runs) {
  while (true) {
    std::vector<Run> inside = within_time(space, runs, numbers_in(runs));
    std::vector<Run> kept;
    for (size_t i = 0; i < runs.size(); ++i)
      if (inside[i].size() > 1) kept.push_back(runs[i]);
    if (kept.size() == runs.size()) return inside;
    runs = std::move(kept);
  }
}

}  // namespace

Result<FairSpace> fair_space(const TrialSet& table, const RecordedTimes& times) {
  FairSpace space;
  space.minimise = table.objective.direction == Direction::minimise;
  std::vector<double> valid_ns, invalid_ns;
  for (size_t i = 0; i < table.trials.size(); ++i) {
    const Trial& trial = table.trials[i];
    const bool valid = trial.verdict == Verdict::valid;
    (valid ? valid_ns : invalid_ns).push_back(times.row_ns[i]);
    if (valid) space.values.push_back(table.objective.value_of(trial.cost()));
  }
  if (space.values.empty()) return invalid_input(table.workload.name + ": no config of this table is valid");
  std::sort(space.values.begin(), space.values.end());
  // As the reference has it: an invalid trial comes on top of a valid one, as often as configs are invalid.
  const double invalid_share =
      static_cast<double>(invalid_ns.size()) / static_cast<double>(table.trials.size());
  space.ns_per_trial = mean_of(valid_ns) + invalid_share * mean_of(invalid_ns);
  if (const Status budget = set_budget(space, median(times.row_ns)); !budget.ok())
    return budget.error().within(table.workload.name);
  for (const double value : fair_baseline(space))
    if (value == best_of(space))
      return invalid_input(table.workload.name +
                           ": random search is expected to find its best within the time of the score");
  return space;
}

std::vector<double> fair_places(const FairSpace& space) {
  return evenly_spaced(space.begin_ns, space.end_ns, kPlaces);
}

std::vector<double> fair_baseline(const FairSpace& space) {
  const std::vector<double> values = worst_first(space);
  const auto count = static_cast<double>(values.size());
  std::vector<double> trials, draws, x, y;
  for (const double ns : fair_places(space)) {
    const double tried = rounded(std::max(ns / space.ns_per_trial, 1.0));
    const double rank = std::min(count - 1, rounded(tried * (count + 1) / (tried + 1)));
    trials.push_back(tried);
    draws.push_back(values[static_cast<size_t>(rank)]);
    if (!x.empty() && tried <= x.back()) continue;
    x.push_back(tried);
    y.push_back(draws.back());
  }
  if (x.size() < 2) return draws;
  return monotone_cubic(x, y, evenly_spaced(trials.front(), trials.back(), kPlaces));
}

FairScore fair_score(const FairSpace& space, const Objective& objective,
                     std::span<const std::vector<TracePoint>> traces, Random random) {
  FairScore score;
  score.begin_ns = space.begin_ns;
  score.end_ns = space.end_ns;
  std::vector<Run> runs = runs_of(space, objective, traces);
  const std::vector<Run> inside = usable_runs(space, runs);
  score.left_out = traces.size() - runs.size();
  if (runs.empty()) return score;
  const double until = trusted_until(space, runs);
  if (until <= space.begin_ns) return score;
  const std::vector<double> places = fair_places(space), baseline = fair_baseline(space);
  double sum = 0;
  for (size_t repetition = 0; repetition < kRepetitions; ++repetition) {
    const std::vector<double> curve = curve_of(space, inside, places, until, random);
    for (size_t i = 0; i < curve.size(); ++i)
      sum += (curve[i] - baseline[i]) / (best_of(space) - baseline[i]);
  }
  score.score = sum / static_cast<double>(places.size() * kRepetitions);
  return score;
}

}  // namespace tamis
