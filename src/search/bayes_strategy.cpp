#include "search/bayes_strategy.h"

#include "search/expected_improvement.h"
#include "search/plan.h"
#include "search/training_set.h"
#include "search/trial_memory.h"

#include <algorithm>
#include <utility>

namespace tamis {
namespace {

/// BaCO's forest for validity, whose valid rows weigh four times as much as others.
constexpr float kValidWeight = 0.8F;
constexpr float kInvalidWeight = 0.2F;
RandomForestOptions feasibility_forest(uint64_t seed) {
  return {.trees = 50,
          .feature_share = 0.75,
          .min_split_rows = 2,
          .min_leaf_rows = 1,
          .bootstrap = false,
          .seed = seed};
}

/// Candidates with what is thought of each.
struct Judged {
  std::vector<uint64_t> indexes;
  FeatureMatrix points;
  std::vector<double> feasibility;  ///< the probability of being valid
};

class BayesStrategy final : public Strategy {
 public:
  BayesStrategy(const SearchProblem& problem, const BayesOptions& options)
      : options_(options),
        random_(Random::stream(problem.seed, "bayes strategy")),
        memory_(*problem.space),
        candidates_(*problem.space, options.candidates),
        coordinates_(*problem.space, CoordinateScale::each_one),
        process_(coordinates_.groups(), options.process),
        feasibility_(feasibility_forest(problem.seed)) {}

  std::string_view name() const override { return "bayes"; }

  Result<std::vector<Config>> propose(size_t count) override {
    const Observations& known = memory_.observations();
    if (count > 0 && known.valid_count() > 0 && known.size() >= options_.opening && rhythm_.due(known.size()))
      TAMIS_TRY(make_plan());
    return memory_.propose(count, random_,
                           [this] { return Result<std::optional<uint64_t>>(plan_.next(memory_.unseen())); });
  }

  Status learn(std::span<const Trial> trials) override {
    TAMIS_TRY(memory_.learn(trials));
    return {};
  }

 private:
  Status make_plan() {
    rhythm_.fitted(memory_.observations().size());
    TAMIS_TRY(fit_process());
    TAMIS_ASSIGN(Judged judged, judge_feasibility(candidates_.gather(memory_, random_)));
    TAMIS_ASSIGN(GaussianPosterior posterior, process_.posterior(judged.points));
    plan_.replace(choose(judged, posterior));
    return {};
  }

  FeatureMatrix points(const std::vector<uint64_t>& indexes) const {
    FeatureMatrix points;
    for (const uint64_t index : indexes) coordinates_.append(memory_.space().config(index), points);
    return points;
  }

  /// What the process learns: the fastest, and of the others a random choice.
  std::vector<uint64_t> choose_known() {
    std::vector<uint64_t> valid = fastest(memory_.observations(), memory_.observations().size());
    if (valid.size() <= options_.known) return valid;
    const size_t half = options_.known / 2;
    std::vector<uint64_t> others(valid.begin() + static_cast<std::ptrdiff_t>(half), valid.end());
    random_.shuffle(others);
    valid.resize(half);
    valid.insert(valid.end(), others.begin(),
                 others.begin() + static_cast<std::ptrdiff_t>(options_.known - half));
    return valid;
  }

  /// Teaches the process logarithms of latencies; a valid trial without one counts as the slowest.
  Status fit_process() {
    const std::vector<uint64_t> known = choose_known();
    const LatencyRange range = memory_.observations().log_latencies();
    best_ = range.fastest;
    std::vector<float> targets;
    for (const uint64_t index : known) {
      const Observation& observation = *memory_.observations().find(index);
      targets.push_back(static_cast<float>(observation.timed() ? observation.log_latency() : range.slowest));
    }
    const FeatureMatrix rows = points(known);
    if (memory_.observations().valid_count() >= next_search_) {
      next_search_ = memory_.observations().valid_count() * 5 / 4 + 2;
      TAMIS_TRY(process_.fit(rows, targets));
    }
    return process_.condition(rows, targets);
  }

  /// Of the candidates that pass the threshold, at most `judged`, and those likeliest valid.
  Result<Judged> judge_feasibility(std::vector<uint64_t> indexes) {
    const double threshold = options_.least_feasibility * static_cast<double>(random_.below(11)) / 10;
    std::vector<float> probabilities(indexes.size(), 1.0F);
    if (memory_.observations().valid_count() < memory_.observations().size()) {
      TAMIS_TRY(fit_feasibility());
      TAMIS_ASSIGN(probabilities, feasibility_.predict(points(indexes)));
    }
    std::vector<size_t> order;
    for (size_t i = 0; i < indexes.size(); ++i)
      if (probabilities[i] >= threshold) order.push_back(i);
    const size_t kept = std::min(order.size(), options_.judged);
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(),
                      [&](size_t a, size_t b) {
                        return probabilities[a] != probabilities[b] ? probabilities[a] > probabilities[b]
                                                                    : a < b;
                      });
    order.resize(kept);
    Judged judged;
    for (const size_t position : order) {
      judged.indexes.push_back(indexes[position]);
      judged.feasibility.push_back(probabilities[position]);
    }
    judged.points = points(judged.indexes);
    return judged;
  }

  Status fit_feasibility() {
    FeatureMatrix known;
    std::vector<float> verdicts;
    std::vector<float> weights;
    for (const Observation& observation : choose_lessons(memory_.observations(), kMostLessons, random_)) {
      coordinates_.append(memory_.space().config(observation.index), known);
      verdicts.push_back(observation.valid() ? 1.0F : 0.0F);
      weights.push_back(observation.valid() ? kValidWeight : kInvalidWeight);
    }
    return feasibility_.fit_weighted(known, verdicts, weights);
  }

  /// A batch of configs chosen one after the other, then all in the order of what was thought of them first.
  std::vector<uint64_t> choose(Judged& judged, GaussianPosterior& posterior) const {
    std::vector<double> acquisition = acquire(judged, posterior, best_);
    const std::vector<uint64_t> rest = ranked(judged.indexes, acquisition);
    std::vector<uint64_t> plan;
    double best = best_;
    for (size_t i = 0; i < std::min(options_.batch, judged.indexes.size()); ++i) {
      const auto chosen =
          static_cast<size_t>(std::max_element(acquisition.begin(), acquisition.end()) - acquisition.begin());
      plan.push_back(judged.indexes[chosen]);
      judged.feasibility[chosen] = -1;  // not again
      posterior.believe(chosen);
      best = std::min(best, posterior.mean(chosen));
      acquisition = acquire(judged, posterior, best);
    }
    plan.insert(plan.end(), rest.begin(), rest.end());
    return plan;
  }

  std::vector<double> acquire(const Judged& judged, const GaussianPosterior& posterior, double best) const {
    std::vector<double> acquisition;
    for (size_t i = 0; i < judged.indexes.size(); ++i) {
      const double improvement =
          expected_improvement(best - options_.exploration, posterior.mean(i), posterior.deviation(i));
      acquisition.push_back(judged.feasibility[i] * improvement);
    }
    return acquisition;
  }

  BayesOptions options_;
  Random random_;
  TrialMemory memory_;
  Candidates candidates_;
  ConfigCoordinates coordinates_;
  GaussianProcess process_;
  RandomForest feasibility_;
  RefitSchedule rhythm_;
  size_t next_search_ = 0;  ///< valid trials known when lengthscales are fitted next
  Plan plan_;
  double best_ = 0;  ///< the smallest logarithm of a latency at the last fit
};

}  // namespace

std::unique_ptr<Strategy> make_bayes_strategy(const SearchProblem& problem, const BayesOptions& options) {
  return std::make_unique<BayesStrategy>(problem, options);
}

}  // namespace tamis
