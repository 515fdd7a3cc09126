#include "search/validity_initializer.h"

#include "search/candidates.h"
#include "search/strategies/uninformed_strategies.h"
#include "search/trial_memory.h"
#include "search/validity_estimate.h"
#include "space/allowed_configs.h"
#include "tamis/space.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>

namespace tamis {
namespace {

/// How large a value is, for finding the smallest: a number itself, a split the product of all but its
/// outermost factor.
double magnitude(const KnobValue& value) {
  const auto* factors = std::get_if<std::vector<int64_t>>(&value);
  if (factors == nullptr || factors->empty()) return scalar(value);
  double product = 1;
  for (size_t i = 1; i < factors->size(); ++i) product *= static_cast<double>((*factors)[i]);
  return product;
}

/// The config of which every knob has its smallest value (its first name): what needs the least of a memory.
/// Where the allowed configs are enumerated the one of them near it.
ConfigKey smallest_config(const Space& space) {
  Config config;
  const auto smaller = [](const KnobValue& a, const KnobValue& b) { return magnitude(a) < magnitude(b); };
  for (const Knob& knob : space.knobs()) {
    const auto smallest = std::min_element(knob.values.begin(), knob.values.end(), smaller);
    config.choices.push_back(static_cast<uint32_t>(smallest - knob.values.begin()));
  }
  return space.key(near_allowed(space, config));
}

/// Configs that may be proposed next, with what is thought of each.
struct JudgedCandidates {
  std::vector<ConfigKey> keys;
  FeatureMatrix points;
  std::vector<double> promise;    ///< the probability of being valid, weighted by the expected speed
  std::vector<double> distances;  ///< to the nearest config that was tried or is proposed; 1 at most
};

class ValidityInitializer final : public Initializer {
 public:
  ValidityInitializer(const Task& task, const SearchOptions& options, const ValidityOptions& parameters)
      : space_(task.space()),
        parameters_(parameters),
        random_(Random::stream(options.seed, "validity initializer")),
        draws_(make_random_strategy(task, options)),
        memory_(task.space()),
        coordinates_(task.space()),
        walk_(task.space()),
        validity_(task.space(), parameters.estimate),
        speed_(parameters.estimate) {}

  std::string_view name() const override { return "validity"; }
  bool finished() const override { return finished_; }

  Result<std::vector<Config>> propose(size_t count) override {
    if (!misleading()) return propose_promising(count);
    TAMIS_ASSIGN(std::vector<Config> proposals, draws_->propose(count));
    for (const Config& config : proposals) take(space_.key(config));
    return proposals;
  }

  Status learn(std::span<const Trial> trials) override {
    if (finished_) return {};
    TAMIS_TRY(draws_->learn(trials));
    TAMIS_ASSIGN(const std::vector<Observation> learnt, memory_.learn(trials));
    for (const Observation& observation : learnt)
      TAMIS_TRY(validity_.learn(observation.key, observation.valid()));
    finished_ = enough_known();
    return {};
  }

 private:
  /// Whether the estimate told less than the share of valid trials did, so that random configs serve better.
  bool misleading() const { return validity_.known() >= parameters_.patience && validity_.skill() <= 0; }

  bool enough_known() const {
    const size_t valid = memory_.observations().valid_count();
    const size_t known = memory_.observations().size();
    return (valid >= parameters_.valid_trials && !misleading()) ||
           (valid > 0 && known >= parameters_.trials) || known >= parameters_.most_trials;
  }

  Result<std::vector<Config>> propose_promising(size_t count) {
    std::vector<Config> proposals;
    if (count == 0) return proposals;
    if (!corner_proposed_) propose_corner(proposals);
    if (proposals.size() < count) {
      TAMIS_ASSIGN(JudgedCandidates candidates, judge(gather()));
      for (size_t left = candidates.keys.size(); left > 0 && proposals.size() < count; --left)
        proposals.push_back(take_best(candidates));
    }
    while (proposals.size() < count) {
      const std::optional<ConfigKey> key = memory_.unseen().draw(random_);
      if (!key) break;
      proposals.push_back(take(*key));
    }
    return proposals;
  }

  Config take(const ConfigKey& key) {
    proposed_.push_back(key);
    return memory_.take(key);
  }

  void propose_corner(std::vector<Config>& proposals) {
    corner_proposed_ = true;
    const ConfigKey corner = smallest_config(space_);
    if (memory_.unseen().contains(corner)) proposals.push_back(take(corner));
  }

  /// The candidates in random order, so that of equally good ones any may be taken.
  std::vector<ConfigKey> gather() {
    std::vector<ConfigKey> keys;
    if (space_.enumeration() != nullptr && space_.enumeration()->count() <= parameters_.candidates) {
      keys = *space_.allowed_keys(parameters_.candidates);
      std::erase_if(keys, [&](const ConfigKey& key) { return memory_.unseen().marked(key); });
    } else if (space_.size() <= parameters_.candidates) {
      for (uint64_t index = 0; index < space_.size(); ++index)
        if (memory_.unseen().contains(index)) keys.emplace_back(index);
    } else {
      keys = gather_some();
    }
    random_.shuffle(keys);
    return keys;
  }

  /// Half random configs, half configs one or two steps away from valid ones, as many from each.
  std::vector<ConfigKey> gather_some() {
    std::vector<ConfigKey> keys;
    std::unordered_set<ConfigKey> taken;
    const auto offer = [&](const ConfigKey& key) {
      if (memory_.unseen().contains(key) && taken.insert(key).second) keys.push_back(key);
    };
    for (size_t i = 0; i < parameters_.candidates / 2; ++i) {
      const std::optional<ConfigKey> key = memory_.unseen().draw(random_);
      if (!key) break;
      offer(*key);
    }
    const size_t per_valid =
        parameters_.candidates / 4 / std::max<size_t>(memory_.observations().valid_count(), 1) + 1;
    for (const Observation& observation : memory_.observations().all()) {
      for (size_t i = 0; observation.valid() && i < per_valid; ++i) {
        const ConfigKey neighbour = walk_.step(observation.key, random_);
        offer(neighbour);
        offer(walk_.step(neighbour, random_));
      }
    }
    return keys;
  }

  Result<JudgedCandidates> judge(std::vector<ConfigKey> keys) {
    JudgedCandidates candidates;
    candidates.keys = std::move(keys);
    for (const ConfigKey& key : candidates.keys) coordinates_.append(space_.config(key), candidates.points);
    candidates.distances.assign(candidates.keys.size(), 1.0);
    TAMIS_ASSIGN(const std::vector<float> probabilities, validity_.at(candidates.keys));
    candidates.promise.assign(probabilities.begin(), probabilities.end());
    TAMIS_TRY(weigh_by_speed(candidates));
    FeatureMatrix known;
    for (const Observation& observation : memory_.observations().all())
      coordinates_.append(space_.config(observation.key), known);
    for (size_t i = 0; i < known.rows(); ++i) note_nearness(candidates, known.row(i));
    // What this batch already holds.
    for (const ConfigKey& key : proposed_) {
      FeatureMatrix point;
      coordinates_.append(space_.config(key), point);
      note_nearness(candidates, point.row(0));
    }
    return candidates;
  }

  /// Weighs every candidate by how fast the valid trials near it were, as a share of the fastest.
  Status weigh_by_speed(JudgedCandidates& candidates) {
    double fastest = 0;
    for (const Observation& observation : memory_.observations().all())
      fastest = std::max(fastest, observation.throughput);
    FeatureMatrix valid;
    std::vector<float> shares;
    for (const Observation& observation : memory_.observations().all()) {
      if (!observation.valid()) continue;
      coordinates_.append(space_.config(observation.key), valid);
      shares.push_back(static_cast<float>(observation.throughput / fastest));
    }
    if (shares.empty()) return {};
    TAMIS_TRY(speed_.fit(valid, shares));
    TAMIS_ASSIGN(const std::vector<float> expected, speed_.predict(candidates.points));
    for (size_t i = 0; i < expected.size(); ++i)
      candidates.promise[i] *= 1 - parameters_.speed + parameters_.speed * static_cast<double>(expected[i]);
    return {};
  }

  static void note_nearness(JudgedCandidates& candidates, std::span<const float> point) {
    for (size_t i = 0; i < candidates.keys.size(); ++i)
      candidates.distances[i] =
          std::min(candidates.distances[i], std::sqrt(squared_distance(candidates.points.row(i), point)));
  }

  /// Takes the best of the candidates, of which at least one is left.
  Config take_best(JudgedCandidates& candidates) {
    size_t best = 0;
    double best_value = -std::numeric_limits<double>::infinity();
    for (size_t i = 0; i < candidates.keys.size(); ++i) {
      const double value = candidates.promise[i] + parameters_.novelty * candidates.distances[i];
      if (value <= best_value || memory_.unseen().marked(candidates.keys[i])) continue;
      best = i;
      best_value = value;
    }
    note_nearness(candidates, candidates.points.row(best));
    return take(candidates.keys[best]);
  }

  const Space& space_;
  ValidityOptions parameters_;
  Random random_;
  std::unique_ptr<Strategy> draws_;
  TrialMemory memory_;
  ConfigCoordinates coordinates_;
  KnobWalk walk_;
  ValidityEstimate validity_;
  Neighbourhood speed_;  ///< of valid trials
  std::vector<ConfigKey> proposed_;
  bool corner_proposed_ = false;
  bool finished_ = false;
};

}  // namespace

std::unique_ptr<Initializer> make_validity_initializer(const Task& task, const SearchOptions& options,
                                                       const ValidityOptions& parameters) {
  return std::make_unique<ValidityInitializer>(task, options, parameters);
}

}  // namespace tamis
