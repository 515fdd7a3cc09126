#include "search/tamis/related_knowledge.h"

#include "model/config_grid.h"
#include "model/random_forest.h"
#include "search/trial_memory.h"
#include "tamis/random.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace tamis {
namespace {

size_t factors_of(const KnobValue& value) {
  const auto* factors = std::get_if<std::vector<int64_t>>(&value);
  return factors == nullptr ? 0 : factors->size();
}

double number_at(const KnobValue& value, size_t factor) {
  const auto* factors = std::get_if<std::vector<int64_t>>(&value);
  return factors == nullptr ? scalar(value) : static_cast<double>((*factors)[factor]);
}

/// The largest number that the knob could have: what the extent that it divides is at least.
double largest(const Knob& knob, size_t factor) {
  double most = number_at(knob.values.front(), factor);
  for (const KnobValue& value : knob.values) most = std::max(most, number_at(value, factor));
  return most;
}

double logarithm(double number) { return number > 0 ? std::log2(number) : number - 1; }

/// Whether the knobs choose among values of the same sort.
bool alike(const Knob& a, const Knob& b) {
  return a.kind == b.kind && factors_of(a.values.front()) == factors_of(b.values.front());
}

/// Trials that validity is learnt from at most; of more, all valid ones and a random choice of the others.
constexpr size_t kTrials = 4096;
/// Latencies of a workload from which its best can be taken for near the best of its space.
constexpr size_t kTimed = 4;

RandomForestOptions forest_options(uint64_t seed) {
  return {.trees = 24, .feature_share = 0.4, .min_split_rows = 2, .bootstrap = true, .seed = seed};
}

/// Rows of related configs with what is to be learnt of each.
struct TrainingRows {
  FeatureMatrix features;
  std::vector<float> targets;
};

struct TrainingSet {
  TrainingRows validity;
  TrainingRows throughput;
};

struct KnownConfig {
  const Space* space = nullptr;
  Config config;
  bool valid = false;
};

void teach_throughput(const TrialSet& related, const std::vector<Observation>& observations,
                      const SharedFeatures& features, TrainingRows& rows) {
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
    features.append(related.space, related.space.config(observation.key), rows.features);
    rows.targets.push_back(static_cast<float>(observation.throughput / best));
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
  TrainingSet training;
  std::vector<KnownConfig> known;
  for (const TrialSet* related : all) {
    Observations observations;
    for (const Trial& trial : related->trials)
      if (const Result<Observation> observation = observe(related->space, trial); observation.ok())
        observations.add(*observation);
    teach_throughput(*related, observations.all(), features, training.throughput);
    for (const Observation& observation : observations.all())
      known.push_back({&related->space, related->space.config(observation.key), observation.valid()});
  }
  Random random = Random::stream(seed, "related knowledge");
  thin_out(known, random);
  for (const KnownConfig& config : known) {
    features.append(*config.space, config.config, training.validity.features);
    training.validity.targets.push_back(config.valid ? 1.0F : 0.0F);
  }
  return training;
}

}  // namespace

SharedFeatures::SharedFeatures(const std::vector<const Space*>& spaces) {
  constexpr size_t kMostSummed = 64;
  for (const Knob& knob : spaces.front()->knobs()) {
    const bool shared = std::all_of(spaces.begin(), spaces.end(), [&](const Space* space) {
      const auto position = space->find(knob.name);
      return position && alike(space->knobs()[*position], knob);
    });
    if (shared) add_knob(knob, spaces);
  }
  sums_ = spaces.front()->countable() || numbers_.size() <= kMostSummed;
}

void SharedFeatures::add_knob(const Knob& knob, const std::vector<const Space*>& spaces) {
  const bool chooses = std::any_of(spaces.begin(), spaces.end(), [&](const Space* space) {
    return space->knobs()[*space->find(knob.name)].values.size() > 1;
  });
  if (!chooses) return;
  if (knob.kind != KnobKind::name) {
    const size_t factors = factors_of(knob.values.front());
    if (factors == 0) numbers_.push_back({knob.name, 0});
    for (size_t factor = 1; factor < factors; ++factor) numbers_.push_back({knob.name, factor});
    return;
  }
  Name name{knob.name, {}};
  for (const Space* space : spaces)
    for (const KnobValue& value : space->knobs()[*space->find(knob.name)].values)
      name.values.push_back(to_string(value));
  std::sort(name.values.begin(), name.values.end());
  name.values.erase(std::unique(name.values.begin(), name.values.end()), name.values.end());
  names_.push_back(std::move(name));
}

void SharedFeatures::append(const Space& space, const Config& config, FeatureMatrix& matrix) const {
  const size_t begin = matrix.values.size();
  std::vector<double> logarithms;
  for (const Number& number : numbers_) {
    const size_t position = *space.find(number.knob);
    const double value = number_at(space.value(config, position), number.factor);
    logarithms.push_back(logarithm(value));
    matrix.values.push_back(static_cast<float>(logarithms.back()));
    const double repeats = logarithm(largest(space.knobs()[position], number.factor)) - logarithms.back();
    matrix.values.push_back(static_cast<float>(repeats));
    const bool whole = value >= 1 && value == std::floor(value) && value < 1e15;
    matrix.values.push_back(whole ? static_cast<float>(factors_of_two(static_cast<int64_t>(value))) : 0);
  }
  for (size_t a = 0; a < (sums_ ? logarithms.size() : 0); ++a)
    for (size_t b = 0; b < a; ++b) matrix.values.push_back(static_cast<float>(logarithms[a] + logarithms[b]));
  for (const Name& name : names_) {
    const std::string value = to_string(space.value(config, *space.find(name.knob)));
    for (const std::string& known : name.values) matrix.values.push_back(value == known ? 1.0F : 0.0F);
  }
  matrix.columns = matrix.values.size() - begin;
}

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
  const TrainingSet training = collect(related_, models_->features, seed_);
  const auto learn = [&](const TrainingRows& rows, std::optional<RandomForest>& forest) -> Status {
    if (rows.targets.empty()) return {};
    forest.emplace(forest_options(seed_));
    return forest->fit(rows.features, rows.targets);
  };
  TAMIS_TRY(learn(training.validity, models_->validity));
  return learn(training.throughput, models_->throughput);
}

Result<Guess> RelatedKnowledge::guess(std::span<const ConfigKey> keys) {
  if (models_ == nullptr) TAMIS_TRY(fit());
  Guess guess;
  if (!models_->validity || keys.empty()) return guess;
  FeatureMatrix asked;
  for (const ConfigKey& key : keys) models_->features.append(space_, space_.config(key), asked);
  TAMIS_ASSIGN(guess.validity, models_->validity->predict(asked));
  if (models_->throughput) {
    TAMIS_ASSIGN(guess.throughput, models_->throughput->predict(asked));
  }
  return guess;
}

}  // namespace tamis
