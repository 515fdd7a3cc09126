#include "search/strategies/autotvm_strategy.h"

#include "model/boosted_trees.h"
#include "model/model.h"
#include "search/model_strategy.h"
#include "search/scores.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <unordered_set>
#include <utility>

namespace tamis {
namespace {

/// The best unseen configs met so far.
class Shortlist {
 public:
  Shortlist(size_t capacity, const UnseenConfigs& unseen) : capacity_(capacity), unseen_(unseen) {}

  /// Takes every config that beats the worst kept; whether there was any.
  bool offer(const std::vector<float>& scores, const std::vector<ConfigKey>& keys) {
    bool changed = false;
    for (size_t i = 0; i < keys.size(); ++i) changed |= offer(scores[i], keys[i]);
    return changed;
  }

  std::vector<ConfigKey> best_first() const {
    std::vector<std::pair<float, ConfigKey>> sorted(kept_.begin(), kept_.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<ConfigKey> keys;
    for (const auto& [score, key] : sorted)
      if (score >= 0) keys.push_back(key);
    return keys;
  }

 private:
  bool offer(float score, const ConfigKey& key) {
    const bool full = kept_.size() >= capacity_;
    if (full && (capacity_ == 0 || score <= kept_.begin()->first)) return false;
    if (members_.contains(key) || !unseen_.contains(key)) return false;
    if (full) {
      members_.erase(kept_.begin()->second);
      kept_.erase(kept_.begin());
    }
    kept_.emplace(score, key);
    members_.insert(key);
    return true;
  }

  size_t capacity_;
  const UnseenConfigs& unseen_;
  std::set<std::pair<float, ConfigKey>> kept_;
  std::unordered_set<ConfigKey> members_;
};

BoostedTreesOptions trees_for(const AutotvmOptions& parameters) {
  BoostedTreesOptions options;
  options.max_depth = parameters.max_depth;
  options.score = [plan = parameters.plan](std::span<const float> predictions,
                                           std::span<const float> targets) {
    return average_recall(predictions, targets, plan);
  };
  return options;
}

class AutotvmStrategy final : public ModelStrategy {
 public:
  AutotvmStrategy(const Task& task, const SearchOptions& options, const AutotvmOptions& parameters)
      : ModelStrategy("autotvm", task, options, 0, Replan::when_refit),
        parameters_(parameters),
        model_(trees_for(parameters)),
        scores_(task.space(), model_),
        annealer_(task.space(), parameters.annealing) {}

 private:
  /// AutoTVM waits for a plan's worth of random trials, for two of them, ...; after trials of an initializer
  /// or a log the same intervals count from the hand-over when that came with fewer.
  bool refit_due() const override {
    const size_t initial =
        known_at_start() == 0 ? parameters_.plan : std::min(known_at_start(), parameters_.plan);
    return known().size() >= initial + fits() * parameters_.plan;
  }

  /// Trains on everything known (of very much, on a choice): throughput relative to the best, in an order
  /// shuffled as AutoTVM shuffles it.
  Status fit() override {
    std::vector<Observation> shuffled = training_set();
    random().shuffle(shuffled);
    double best = 0;
    for (const Observation& observation : shuffled) best = std::max(best, observation.throughput);
    FeatureMatrix features;
    std::vector<float> targets;
    for (const Observation& observation : shuffled) {
      append_knob_features(space(), space().config(observation.key), features);
      targets.push_back(static_cast<float>(observation.throughput / best));
    }
    scores_.forget();
    return model_.fit(features, targets);
  }

  Result<std::vector<ConfigKey>> choose() override {
    const auto score = [this](std::span<const ConfigKey> keys) { return scores_.at(keys); };
    return annealer_.find_best(score, parameters_.plan, memory().unseen(), random());
  }

  /// Nothing in the last few places of the plan, which are left to random configs.
  std::optional<ConfigKey> next_planned() override {
    const double left_to_chance = parameters_.random_share * static_cast<double>(parameters_.plan);
    return plan().next(memory().unseen(), static_cast<size_t>(left_to_chance));
  }

  AutotvmOptions parameters_;
  BoostedTrees model_;
  PredictedScores scores_;
  Annealer annealer_;
};

}  // namespace

Annealer::Annealer(const Space& space, const AnnealingOptions& options)
    : space_(space), options_(options), walk_(space) {}

void Annealer::place_chains(Random& random) {
  UnseenConfigs places(space_);
  while (points_.size() < options_.chains) {
    const std::optional<ConfigKey> key = places.draw(random);
    if (!key) return;
    places.mark(*key);
    points_.push_back(*key);
  }
}

Result<std::vector<ConfigKey>> Annealer::find_best(const ScoreFunction& score, size_t count,
                                                   const UnseenConfigs& unseen, Random& random) {
  if (points_.empty()) place_chains(random);
  TAMIS_ASSIGN(std::vector<float> scores, score(points_));
  Shortlist shortlist(count, unseen);
  shortlist.offer(scores, points_);
  const double cooling = (options_.start_temperature - options_.end_temperature) / (options_.steps + 1);
  std::vector<ConfigKey> moved(points_.size());
  int last_change = 0;
  for (int step = 0; step < options_.steps && step < last_change + options_.patience; ++step) {
    for (size_t i = 0; i < points_.size(); ++i) moved[i] = walk_.step(points_[i], random);
    TAMIS_ASSIGN(const std::vector<float> moved_scores, score(moved));
    // The small addend keeps the division sound at temperature 0, as in AutoTVM.
    const double temperature = options_.start_temperature - step * cooling + 1e-5;
    for (size_t i = 0; i < points_.size(); ++i) {
      const double gain = (static_cast<double>(moved_scores[i]) - scores[i]) / temperature;
      if (random.uniform() >= std::exp(std::min(gain, 1.0))) continue;
      points_[i] = moved[i];
      scores[i] = moved_scores[i];
    }
    if (shortlist.offer(moved_scores, moved)) last_change = step;
  }
  return shortlist.best_first();
}

std::unique_ptr<Strategy> make_autotvm_strategy(const Task& task, const SearchOptions& options,
                                                const AutotvmOptions& parameters) {
  return std::make_unique<AutotvmStrategy>(task, options, parameters);
}

}  // namespace tamis
