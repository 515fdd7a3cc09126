#include "search/strategies/bayes_strategy.h"

#include "search/model_strategy.h"
#include "search/scores.h"

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
  std::vector<ConfigKey> keys;
  FeatureMatrix points;
  std::vector<double> feasibility;  ///< the probability of being valid
};

class BayesStrategy final : public ModelStrategy {
 public:
  BayesStrategy(const Task& task, const SearchOptions& options, const BayesOptions& parameters)
      : ModelStrategy("bayes", task, options, parameters.initial_trials, Replan::when_refit),
        parameters_(parameters),
        candidates_(task.space(), parameters.candidates),
        coordinates_(task.space(), CoordinateScale::each_one),
        process_(coordinates_.groups(), parameters.process),
        feasibility_(feasibility_forest(options.seed)) {}

 private:
  Status fit() override { return fit_process(); }

  Result<std::vector<ConfigKey>> choose() override {
    TAMIS_ASSIGN(Judged judged, judge_feasibility(candidates_.gather(memory(), random())));
    TAMIS_ASSIGN(GaussianPosterior posterior, process_.posterior(judged.points));
    return choose_batch(judged, posterior);
  }

  FeatureMatrix points(const std::vector<ConfigKey>& keys) const {
    FeatureMatrix points;
    for (const ConfigKey& key : keys) coordinates_.append(space().config(key), points);
    return points;
  }

  /// What the process learns: the fastest, and of the others a random choice.
  std::vector<ConfigKey> choose_for_process() {
    std::vector<ConfigKey> valid = fastest(known(), known().size());
    if (valid.size() <= parameters_.known) return valid;
    const size_t half = parameters_.known / 2;
    std::vector<ConfigKey> others(valid.begin() + static_cast<std::ptrdiff_t>(half), valid.end());
    random().shuffle(others);
    valid.resize(half);
    valid.insert(valid.end(), others.begin(),
                 others.begin() + static_cast<std::ptrdiff_t>(parameters_.known - half));
    return valid;
  }

  /// Teaches the process logarithms of latencies; a valid trial without one counts as the slowest.
  Status fit_process() {
    const std::vector<ConfigKey> chosen = choose_for_process();
    const LatencyRange range = known().log_latencies();
    best_ = range.fastest;
    std::vector<float> targets;
    for (const ConfigKey& key : chosen) {
      const Observation& observation = *known().find(key);
      targets.push_back(static_cast<float>(observation.timed() ? observation.log_latency() : range.slowest));
    }
    const FeatureMatrix rows = points(chosen);
    if (known().valid_count() >= next_search_) {
      next_search_ = known().valid_count() * 5 / 4 + 2;
      TAMIS_TRY(process_.fit(rows, targets));
    }
    return process_.condition(rows, targets);
  }

  /// Of the candidates that pass the threshold, at most `judged`, and those likeliest valid.
  Result<Judged> judge_feasibility(std::vector<ConfigKey> keys) {
    const double threshold = parameters_.least_feasibility * static_cast<double>(random().below(11)) / 10;
    std::vector<float> probabilities(keys.size(), 1.0F);
    if (known().valid_count() < known().size()) {
      TAMIS_TRY(fit_feasibility());
      TAMIS_ASSIGN(probabilities, feasibility_.predict(points(keys)));
    }
    std::vector<size_t> order;
    for (size_t i = 0; i < keys.size(); ++i)
      if (probabilities[i] >= threshold) order.push_back(i);
    const size_t kept = std::min(order.size(), parameters_.judged);
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(),
                      [&](size_t a, size_t b) {
                        return probabilities[a] != probabilities[b] ? probabilities[a] > probabilities[b]
                                                                    : a < b;
                      });
    order.resize(kept);
    Judged judged;
    for (const size_t position : order) {
      judged.keys.push_back(keys[position]);
      judged.feasibility.push_back(probabilities[position]);
    }
    judged.points = points(judged.keys);
    return judged;
  }

  Status fit_feasibility() {
    FeatureMatrix rows;
    std::vector<float> verdicts;
    std::vector<float> weights;
    for (const Observation& observation : training_set()) {
      coordinates_.append(space().config(observation.key), rows);
      verdicts.push_back(observation.valid() ? 1.0F : 0.0F);
      weights.push_back(observation.valid() ? kValidWeight : kInvalidWeight);
    }
    return feasibility_.fit_weighted(rows, verdicts, weights);
  }

  /// A batch of configs chosen one after the other, then all in the order of what was thought of them first.
  std::vector<ConfigKey> choose_batch(Judged& judged, GaussianPosterior& posterior) const {
    std::vector<double> acquisition = acquire(judged, posterior, best_);
    const std::vector<ConfigKey> rest = ranked(judged.keys, acquisition);
    std::vector<ConfigKey> plan;
    double best = best_;
    for (size_t i = 0; i < std::min(parameters_.batch, judged.keys.size()); ++i) {
      const auto chosen =
          static_cast<size_t>(std::max_element(acquisition.begin(), acquisition.end()) - acquisition.begin());
      plan.push_back(judged.keys[chosen]);
      judged.feasibility[chosen] = -1;  // not again
      posterior.assume_mean(chosen);
      best = std::min(best, posterior.mean(chosen));
      acquisition = acquire(judged, posterior, best);
    }
    plan.insert(plan.end(), rest.begin(), rest.end());
    return plan;
  }

  std::vector<double> acquire(const Judged& judged, const GaussianPosterior& posterior, double best) const {
    std::vector<double> acquisition;
    for (size_t i = 0; i < judged.keys.size(); ++i) {
      const double improvement =
          expected_improvement(best - parameters_.exploration, posterior.mean(i), posterior.deviation(i));
      acquisition.push_back(judged.feasibility[i] * improvement);
    }
    return acquisition;
  }

  BayesOptions parameters_;
  Candidates candidates_;
  ConfigCoordinates coordinates_;
  GaussianProcess process_;
  RandomForest feasibility_;
  size_t next_search_ = 0;  ///< valid trials known when lengthscales are fitted next
  double best_ = 0;         ///< the smallest logarithm of a latency at the last fit
};

}  // namespace

std::unique_ptr<Strategy> make_bayes_strategy(const Task& task, const SearchOptions& options,
                                              const BayesOptions& parameters) {
  return std::make_unique<BayesStrategy>(task, options, parameters);
}

}  // namespace tamis
