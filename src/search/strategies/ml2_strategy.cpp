#include "search/strategies/ml2_strategy.h"

#include "model/boosted_trees.h"
#include "search/build_features.h"
#include "search/model_strategy.h"
#include "search/scores.h"

#include <algorithm>
#include <set>
#include <utility>

namespace tamis {
namespace {

constexpr int kBuildAttempts = 10;
/// Predicted throughput is about 1 at most; added to it, this puts what V calls valid first.
constexpr double kCalledValid = 1e6;

BoostedTreesOptions trees_for(const Ml2Options& options, TrainingObjective objective) {
  BoostedTreesOptions trees;
  trees.objective = objective;
  trees.max_depth = options.max_depth;
  trees.learning_rate = options.learning_rate;
  trees.max_rounds = options.trees;
  trees.min_split_gain = 0;
  return trees;
}

class Ml2Strategy final : public ModelStrategy {
 public:
  Ml2Strategy(const Task& task, const SearchOptions& options, const Ml2Options& parameters)
      : ModelStrategy("ml2", task, options, parameters.round, Replan::when_exhausted),
        parameters_(parameters),
        candidates_(task.space(), parameters.candidates),
        build_(task),
        performance_(trees_for(parameters, TrainingObjective::squared_error)),
        validity_(trees_for(parameters, TrainingObjective::logistic)),
        advanced_(trees_for(parameters, TrainingObjective::squared_error)) {}

 private:
  /// What does not build is as good as known.
  size_t evidence() const override { return known().size() + refused_.size(); }

  Result<std::vector<ConfigKey>> choose() override {
    std::vector<ConfigKey> chosen;
    // Again where nothing of what was chosen builds, but not for ever in a space of which nothing does.
    for (int attempt = 0; attempt < kBuildAttempts && chosen.empty(); ++attempt) {
      std::vector<ConfigKey> keys = candidates_.gather(memory(), random());
      std::erase_if(keys, [&](const ConfigKey& key) { return refused_.contains(key); });
      if (keys.empty()) break;
      TAMIS_ASSIGN(chosen, rank_by_knobs(keys));
      if (!build_.available()) break;
      TAMIS_ASSIGN(chosen, rank_by_build(chosen));
    }
    chosen.resize(std::min(chosen.size(), parameters_.round));
    return chosen;
  }

  /// Teaches P and A throughput relative to the best, of valid configs alone, and V validity of all, also of
  /// what does not build.
  Status fit() override {
    FeatureMatrix rows;
    std::vector<float> verdicts;
    std::vector<ConfigKey> valid;
    for (const Observation& observation : training_set()) {
      append_knob_features(space(), space().config(observation.key), rows);
      verdicts.push_back(observation.valid() ? 1.0F : 0.0F);
      if (observation.valid()) valid.push_back(observation.key);
    }
    // Of very many every so manieth.
    const size_t stride = 1 + refused_.size() / kMostTrainingRows;
    size_t place = 0;
    for (const ConfigKey& key : refused_) {
      if (place++ % stride != 0) continue;
      append_knob_features(space(), space().config(key), rows);
      verdicts.push_back(0.0F);
    }
    TAMIS_TRY(validity_.fit(rows, verdicts));
    const std::vector<float> throughputs = relative_throughputs(valid);
    TAMIS_TRY(performance_.fit(knob_features(space(), valid), throughputs));
    if (!build_.available()) return {};
    build_.choose_columns(valid);
    return advanced_.fit(build_.rows(valid), throughputs);
  }

  std::vector<float> relative_throughputs(const std::vector<ConfigKey>& keys) const {
    std::vector<double> throughputs;
    double best = 0;
    for (const ConfigKey& key : keys) {
      throughputs.push_back(known().find(key)->throughput);
      best = std::max(best, throughputs.back());
    }
    std::vector<float> relative;
    relative.reserve(throughputs.size());
    for (const double throughput : throughputs) relative.push_back(static_cast<float>(throughput / best));
    return relative;
  }

  /// The fastest by P of those that V calls valid, then the likeliest valid of the others: a round's worth,
  /// or (alpha + 1) times that where they will be built.
  Result<std::vector<ConfigKey>> rank_by_knobs(const std::vector<ConfigKey>& keys) const {
    const FeatureMatrix rows = knob_features(space(), keys);
    TAMIS_ASSIGN(const std::vector<float> throughputs, performance_.predict(rows));
    TAMIS_ASSIGN(const std::vector<float> probabilities, validity_.predict(rows));
    std::vector<double> scores;
    for (size_t i = 0; i < keys.size(); ++i) {
      const bool called_valid = probabilities[i] >= parameters_.validity_threshold;
      scores.push_back(called_valid ? kCalledValid + throughputs[i] : probabilities[i]);
    }
    std::vector<ConfigKey> best = ranked(keys, scores);
    const double surplus = build_.available() ? parameters_.surplus : 0;
    const auto wanted = static_cast<size_t>((1 + surplus) * static_cast<double>(parameters_.round));
    best.resize(std::min(best.size(), wanted));
    return best;
  }

  /// Those that build, the fastest by A first.
  Result<std::vector<ConfigKey>> rank_by_build(const std::vector<ConfigKey>& keys) {
    std::vector<ConfigKey> built;
    for (const ConfigKey& key : keys) {
      if (build_.at(key).verdict == Verdict::valid)
        built.push_back(key);
      else
        refused_.insert(key);
    }
    TAMIS_ASSIGN(const std::vector<float> throughputs, advanced_.predict(build_.rows(built)));
    return ranked(built, {throughputs.begin(), throughputs.end()});
  }

  Ml2Options parameters_;
  Candidates candidates_;
  BuildFeatures build_;
  BoostedTrees performance_;     ///< P
  BoostedTrees validity_;        ///< V
  BoostedTrees advanced_;        ///< A
  std::set<ConfigKey> refused_;  ///< known not to build, though nobody tried them
};

}  // namespace

std::unique_ptr<Strategy> make_ml2_strategy(const Task& task, const SearchOptions& options,
                                            const Ml2Options& parameters) {
  return std::make_unique<Ml2Strategy>(task, options, parameters);
}

}  // namespace tamis
