#include "search/ml2_strategy.h"

#include "model/boosted_trees.h"
#include "search/build_features.h"
#include "search/plan.h"
#include "search/training_set.h"
#include "search/trial_memory.h"

#include <algorithm>
#include <set>
#include <utility>

namespace tamis {
namespace {

constexpr int kBuildAttempts = 10;
/// Predicted throughput is about 1 at most; added to it, this puts what V calls valid first.
constexpr double kCalledValid = 1e6;

BoostedTreesOptions trees_for(const Ml2Options& options, Objective objective) {
  BoostedTreesOptions trees;
  trees.objective = objective;
  trees.max_depth = options.max_depth;
  trees.learning_rate = options.learning_rate;
  trees.max_rounds = options.rounds;
  trees.min_split_gain = 0;
  return trees;
}

class Ml2Strategy final : public Strategy {
 public:
  Ml2Strategy(const SearchProblem& problem, const Ml2Options& options)
      : options_(options),
        random_(Random::stream(problem.seed, "ml2 strategy")),
        memory_(*problem.space),
        candidates_(*problem.space, options.candidates),
        build_(problem),
        performance_(trees_for(options, Objective::squared_error)),
        validity_(trees_for(options, Objective::logistic)),
        advanced_(trees_for(options, Objective::squared_error)) {}

  std::string_view name() const override { return "ml2"; }

  Result<std::vector<Config>> propose(size_t count) override {
    const Observations& known = memory_.observations();
    if (known.size() < options_.round || known.valid_count() == 0) {
      std::vector<Config> proposals;
      memory_.fill_at_random(proposals, count, random_);
      return proposals;
    }
    return memory_.propose(count, random_, [this]() -> Result<std::optional<uint64_t>> {
      const std::optional<uint64_t> index = plan_.next(memory_.unseen());
      if (index) return index;
      TAMIS_TRY(make_plan());
      return plan_.next(memory_.unseen());
    });
  }

  Status learn(std::span<const Trial> trials) override {
    TAMIS_TRY(memory_.learn(trials));
    return {};
  }

 private:
  Status make_plan() {
    if (rhythm_.due(memory_.observations().size() + refused_.size())) TAMIS_TRY(fit());
    std::vector<uint64_t> chosen;
    // Again where nothing of what was chosen builds, but not for ever in a space of which nothing does.
    for (int attempt = 0; attempt < kBuildAttempts && chosen.empty(); ++attempt) {
      std::vector<uint64_t> indexes = candidates_.gather(memory_, random_);
      std::erase_if(indexes, [&](uint64_t index) { return refused_.contains(index); });
      if (indexes.empty()) break;
      TAMIS_ASSIGN(chosen, rank_by_knobs(indexes));
      if (!build_.available()) break;
      TAMIS_ASSIGN(chosen, rank_by_build(chosen));
    }
    chosen.resize(std::min(chosen.size(), options_.round));
    plan_.replace(std::move(chosen));
    return {};
  }

  /// Teaches P and A throughput relative to the best, of valid configs alone, and V validity of all, also of
  /// what does not build.
  Status fit() {
    rhythm_.fitted(memory_.observations().size() + refused_.size());
    FeatureMatrix known;
    std::vector<float> verdicts;
    std::vector<uint64_t> valid;
    for (const Observation& observation : choose_lessons(memory_.observations(), kMostLessons, random_)) {
      append_knob_features(memory_.space(), memory_.space().config(observation.index), known);
      verdicts.push_back(observation.valid() ? 1.0F : 0.0F);
      if (observation.valid()) valid.push_back(observation.index);
    }
    // Of very many every so manieth.
    const size_t stride = 1 + refused_.size() / kMostLessons;
    size_t place = 0;
    for (const uint64_t index : refused_) {
      if (place++ % stride != 0) continue;
      append_knob_features(memory_.space(), memory_.space().config(index), known);
      verdicts.push_back(0.0F);
    }
    TAMIS_TRY(validity_.fit(known, verdicts));
    const std::vector<float> throughputs = relative_throughputs(valid);
    TAMIS_TRY(performance_.fit(knob_features(memory_.space(), valid), throughputs));
    if (!build_.available()) return {};
    build_.choose_columns(valid);
    return advanced_.fit(build_.rows(valid), throughputs);
  }

  std::vector<float> relative_throughputs(const std::vector<uint64_t>& indexes) const {
    std::vector<double> throughputs;
    double best = 0;
    for (const uint64_t index : indexes) {
      throughputs.push_back(memory_.observations().find(index)->throughput);
      best = std::max(best, throughputs.back());
    }
    std::vector<float> relative;
    relative.reserve(throughputs.size());
    for (const double throughput : throughputs) relative.push_back(static_cast<float>(throughput / best));
    return relative;
  }

  /// The fastest by P of those that V calls valid, then the likeliest valid of the others: a round's worth,
  /// or (alpha + 1) times that where they will be built.
  Result<std::vector<uint64_t>> rank_by_knobs(const std::vector<uint64_t>& indexes) const {
    const FeatureMatrix rows = knob_features(memory_.space(), indexes);
    TAMIS_ASSIGN(const std::vector<float> throughputs, performance_.predict(rows));
    TAMIS_ASSIGN(const std::vector<float> probabilities, validity_.predict(rows));
    std::vector<double> scores;
    for (size_t i = 0; i < indexes.size(); ++i) {
      const bool called_valid = probabilities[i] >= options_.validity_threshold;
      scores.push_back(called_valid ? kCalledValid + throughputs[i] : probabilities[i]);
    }
    std::vector<uint64_t> best = ranked(indexes, scores);
    const double surplus = build_.available() ? options_.surplus : 0;
    const auto wanted = static_cast<size_t>((1 + surplus) * static_cast<double>(options_.round));
    best.resize(std::min(best.size(), wanted));
    return best;
  }

  /// Those that build, the fastest by A first.
  Result<std::vector<uint64_t>> rank_by_build(const std::vector<uint64_t>& indexes) {
    std::vector<uint64_t> built;
    for (const uint64_t index : indexes) {
      if (build_.at(index).verdict == Verdict::valid)
        built.push_back(index);
      else
        refused_.insert(index);
    }
    TAMIS_ASSIGN(const std::vector<float> throughputs, advanced_.predict(build_.rows(built)));
    return ranked(built, {throughputs.begin(), throughputs.end()});
  }

  Ml2Options options_;
  Random random_;
  TrialMemory memory_;
  Candidates candidates_;
  BuildFeatures build_;
  BoostedTrees performance_;  ///< P
  BoostedTrees validity_;     ///< V
  BoostedTrees advanced_;     ///< A
  RefitSchedule rhythm_;
  Plan plan_;
  std::set<uint64_t> refused_;  ///< known not to build, though nobody tried them
};

}  // namespace

std::unique_ptr<Strategy> make_ml2_strategy(const SearchProblem& problem, const Ml2Options& options) {
  return std::make_unique<Ml2Strategy>(problem, options);
}

}  // namespace tamis
