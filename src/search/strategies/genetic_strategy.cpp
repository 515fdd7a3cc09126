#include "search/strategies/genetic_strategy.h"

#include "search/trial_memory.h"
#include "space/allowed_configs.h"
#include "tamis/space.h"

#include <algorithm>
#include <numeric>
#include <unordered_set>

namespace tamis {
namespace {

/// How often one knob of a child is replaced before it is given up for a random config.
constexpr int kRepairs = 1000;
/// How often a child goes on to a neighbour in an enumerated space, where every neighbour is allowed.
constexpr int kRepairsEnumerated = 100;
/// From so many a generation is bred at most.
constexpr size_t kMostParents = 4096;

bool better_observation(const Observation& a, const Observation& b) { return a.throughput > b.throughput; }

class GeneticStrategy final : public Strategy {
 public:
  GeneticStrategy(const Task& task, const SearchOptions& options, const GeneticOptions& parameters)
      : space_(task.space()),
        parameters_(parameters),
        random_(Random::stream(options.seed, "genetic strategy")),
        memory_(task.space()) {}

  std::string_view name() const override { return "genetic"; }

  Result<std::vector<Config>> propose(size_t count) override {
    std::vector<Config> proposals;
    if (count == 0) return proposals;
    if (next_ == generation_.size()) start_generation();
    while (proposals.size() < count && next_ < generation_.size()) {
      const ConfigKey key = generation_[next_++];
      // A log may have told of it since it was bred.
      if (learnt_early_.erase(key) == 0) proposals.push_back(space_.config(key));
    }
    memory_.fill_at_random(proposals, count, random_);
    return proposals;
  }

  Status learn(std::span<const Trial> trials) override {
    TAMIS_ASSIGN(const std::vector<Observation> learnt, memory_.learn(trials));
    for (const Observation& observation : learnt) {
      parents_.push_back(observation);
      const auto waiting = generation_.begin() + static_cast<std::ptrdiff_t>(next_);
      if (std::find(waiting, generation_.end(), observation.key) != generation_.end())
        learnt_early_.insert(observation.key);
    }
    return {};
  }

 private:
  void start_generation() {
    generation_.clear();
    next_ = 0;
    if (parents_.size() < 2) {
      for (size_t i = 0; i < parameters_.population; ++i) add(memory_.unseen().draw(random_));
      return;
    }
    parents_.insert(parents_.end(), elites_.begin(), elites_.end());
    keep_fastest_parents();
    keep_elites();
    const std::vector<double> weights = parent_weights();
    for (size_t i = 0; i < parameters_.population; ++i) add(repair(mutate(cross(weights))));
    parents_.clear();
  }

  void add(std::optional<ConfigKey> key) {
    if (!key) return;
    memory_.unseen().mark(*key);
    generation_.push_back(*key);
  }

  /// After a long log the fastest are enough: every child looks at all of them.
  void keep_fastest_parents() {
    if (parents_.size() <= kMostParents) return;
    std::stable_sort(parents_.begin(), parents_.end(), better_observation);
    parents_.resize(kMostParents);
  }

  void keep_elites() {
    elites_ = parents_;
    std::stable_sort(elites_.begin(), elites_.end(), better_observation);
    elites_.resize(std::min(elites_.size(), parameters_.elites));
  }

  /// Throughput relative to the best, with a little for all, so that two different parents can always be
  /// drawn.
  std::vector<double> parent_weights() const {
    double best = 0;
    for (const Observation& parent : parents_) best = std::max(best, parent.throughput);
    std::vector<double> weights;
    for (const Observation& parent : parents_)
      weights.push_back((best > 0 ? parent.throughput / best : 0) + 1e-8);
    return weights;
  }

  /// A position drawn in proportion to the weights, other than `except`.
  size_t draw_parent(const std::vector<double>& weights, size_t except) {
    double total = 0;
    for (size_t i = 0; i < weights.size(); ++i) total += i == except ? 0 : weights[i];
    double left = random_.uniform() * total;
    size_t last = 0;
    for (size_t i = 0; i < weights.size(); ++i) {
      if (i == except) continue;
      last = i;
      left -= weights[i];
      if (left < 0) break;
    }
    return last;
  }

  Config cross(const std::vector<double>& weights) {
    const size_t first = draw_parent(weights, weights.size());
    const size_t second = draw_parent(weights, first);
    Config child = space_.config(parents_[first].key);
    const Config other = space_.config(parents_[second].key);
    const size_t knobs = child.choices.size();
    const size_t point = knobs == 0 ? 0 : random_.below(knobs);
    for (size_t i = point; i < knobs; ++i) child.choices[i] = other.choices[i];
    return child;
  }

  void replace_knob(Config& config, size_t knob) {
    config.choices[knob] = static_cast<uint32_t>(random_.below(space_.knobs()[knob].values.size()));
  }

  Config mutate(Config child) {
    for (size_t i = 0; i < child.choices.size(); ++i)
      if (random_.uniform() < parameters_.mutation_probability) replace_knob(child, i);
    return child;
  }

  /// Replaces single knobs until the child is unseen; nothing when the space is exhausted.
  std::optional<ConfigKey> repair(Config child) {
    if (space_.enumeration() != nullptr) return repair_enumerated(near_allowed(space_, child));
    for (int i = 0; i < kRepairs && !child.choices.empty(); ++i) {
      const ConfigKey key = space_.key(child);
      if (memory_.unseen().contains(key)) return key;
      replace_knob(child, random_.below(child.choices.size()));
    }
    return memory_.unseen().draw(random_);
  }

  std::optional<ConfigKey> repair_enumerated(Config child) {
    for (int i = 0; i < kRepairsEnumerated; ++i) {
      const ConfigKey key = space_.key(child);
      if (memory_.unseen().contains(key)) return key;
      child = space_.enumeration()->neighbour(child, random_);
    }
    return memory_.unseen().draw(random_);
  }

  const Space& space_;
  GeneticOptions parameters_;
  Random random_;
  TrialMemory memory_;
  std::vector<ConfigKey> generation_;
  size_t next_ = 0;  ///< the first config of the generation that was not proposed yet
  std::unordered_set<ConfigKey> learnt_early_;
  std::vector<Observation> parents_;  ///< learnt since the last generation was bred
  std::vector<Observation> elites_;
};

}  // namespace

std::unique_ptr<Strategy> make_genetic_strategy(const Task& task, const SearchOptions& options,
                                                const GeneticOptions& parameters) {
  return std::make_unique<GeneticStrategy>(task, options, parameters);
}

}  // namespace tamis
