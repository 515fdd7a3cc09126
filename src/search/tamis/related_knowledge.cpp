#include "search/tamis/related_knowledge.h"

#include "base/random.h"
#include "model/random_forest.h"
#include "search/observations.h"
#include "search/tamis/shared_features.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace tamis {
namespace {

/// Trials that validity is learnt from at most; of more, all valid ones and a random choice of the others.
constexpr size_t kTrials = 4096;
/// Latencies of a workload from which its best can be taken for near the best of its space.
constexpr size_t kTimed = 4;

RandomForestOptions forest_options(uint64_t seed) {
  return {.trees = 24, .feature_share = 0.4, .min_split_rows = 2, .bootstrap = true, .seed = seed};
}

/// Rows of related configs with what is to be learnt of each.
struct Lesson {
  FeatureMatrix features;
  std::vector<float> targets;
};

struct TrainingSet {
  Lesson validity;
  Lesson throughput;
};

struct KnownConfig {
  const Space* space = nullptr;
  Config config;
  bool valid = false;
};

void teach_throughput(const TrialSet& related, const std::vector<Observation>& observations,
                      const SharedFeatures& features, Lesson& lesson) {
  double best = 0;
  size_t timed = 0;
  for (const Observation& observation : observations) {
    if (!observation.timed()) continue;
    best = std::max(best, observation.throughput);
    ++timed;
  }
  if (timed < kTimed) return;
  for (const Observation& observation : observations) {
    if (!observation.timed()) continue;
    features.append(related.space, related.space.config(observation.index), lesson.features);
    lesson.targets.push_back(static_cast<float>(observation.throughput / best));
  }
}

/// Drops a random choice of the invalid configs where there are too many.
void thin_out(std::vector<KnownConfig>& known, Random& random) {
  if (known.size() <= kTrials) return;
  random.shuffle(known);
  std::stable_partition(known.begin(), known.end(), [](const KnownConfig& config) { return config.valid; });
  known.resize(kTrials);
}

TrainingSet collect(const std::vector<const TrialSet*>& all, const SharedFeatures& features, uint64_t seed) {
  TrainingSet lessons;
  std::vector<KnownConfig> known;
  for (const TrialSet* related : all) {
    Observations observations;
    for (const Trial& trial : related->trials)
      if (const Result<Observation> observation = observe(related->space, trial); observation.ok())
        observations.add(*observation);
    teach_throughput(*related, observations.all(), features, lessons.throughput);
    for (const Observation& observation : observations.all())
      known.push_back({&related->space, related->space.config(observation.index), observation.valid()});
  }
  Random random = Random::stream(seed, "related knowledge");
  thin_out(known, random);
  for (const KnownConfig& config : known) {
    features.append(*config.space, config.config, lessons.validity.features);
    lessons.validity.targets.push_back(config.valid ? 1.0F : 0.0F);
  }
  return lessons;
}

}  // namespace

struct RelatedKnowledge::Models {
  SharedFeatures features;
  std::optional<RandomForest> validity;
  std::optional<RandomForest> throughput;
};

RelatedKnowledge::RelatedKnowledge(const Space& space, const std::vector<TrialSet>* related, uint64_t seed)
    : space_(space), seed_(seed) {
  if (related == nullptr) return;
  size_t most = 1;
  for (const TrialSet& one : *related) {
    const size_t shared = one.trials.empty() ? 0 : SharedFeatures({&space, &one.space}).size();
    if (shared > most) related_.clear();
    most = std::max(most, shared);
    if (shared == most) related_.push_back(&one);
  }
}

RelatedKnowledge::~RelatedKnowledge() = default;

Status RelatedKnowledge::fit() {
  std::vector<const Space*> spaces = {&space_};
  for (const TrialSet* one : related_) spaces.push_back(&one->space);
  models_ = std::make_unique<Models>(Models{SharedFeatures(spaces), std::nullopt, std::nullopt});
  if (related_.empty() || models_->features.empty()) return {};
  const TrainingSet lessons = collect(related_, models_->features, seed_);
  const auto learn = [&](const Lesson& lesson, std::optional<RandomForest>& forest) -> Status {
    if (lesson.targets.empty()) return {};
    forest.emplace(forest_options(seed_));
    return forest->fit(lesson.features, lesson.targets);
  };
  TAMIS_TRY(learn(lessons.validity, models_->validity));
  return learn(lessons.throughput, models_->throughput);
}

Result<Guess> RelatedKnowledge::guess(std::span<const uint64_t> indexes) {
  if (models_ == nullptr) TAMIS_TRY(fit());
  Guess guess;
  if (!models_->validity || indexes.empty()) return guess;
  FeatureMatrix asked;
  for (const uint64_t index : indexes) models_->features.append(space_, space_.config(index), asked);
  TAMIS_ASSIGN(guess.validity, models_->validity->predict(asked));
  if (models_->throughput) {
    TAMIS_ASSIGN(guess.throughput, models_->throughput->predict(asked));
  }
  return guess;
}

}  // namespace tamis
