#include "search/strategies/annealing_strategy.h"

#include "search/candidates.h"
#include "search/trial_memory.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_set>

namespace tamis {
namespace {

class AnnealingStrategy final : public Strategy {
 public:
  AnnealingStrategy(const Task& task, const SearchOptions& options,
                    const AnnealingStrategyOptions& parameters)
      : parameters_(parameters),
        random_(Random::stream(options.seed, "annealing strategy")),
        memory_(task.space()),
        walk_(task.space()),
        temperature_(parameters.start_temperature) {}

  std::string_view name() const override { return "annealing"; }

  Result<std::vector<Config>> propose(size_t count) override {
    std::vector<Config> proposals;
    while (current_ && proposals.size() < count) {
      const std::optional<ConfigKey> moved = find_move();
      if (!moved) break;
      awaited_.insert(*moved);
      proposals.push_back(memory_.take(*moved));
    }
    // Before a valid config is known, and when there is nothing left around the current one.
    memory_.fill_at_random(proposals, count, random_);
    return proposals;
  }

  Status learn(std::span<const Trial> trials) override {
    TAMIS_ASSIGN(const std::vector<Observation> learnt, memory_.learn(trials));
    for (const Observation& observation : learnt) {
      const bool own_move = awaited_.erase(observation.key) > 0;
      if (!own_move && !start_is_open()) continue;
      if (!current_ || !own_move)
        start_from(observation);
      else
        judge(observation);
    }
    return {};
  }

 private:
  /// Whether trials that are not moves (of an initializer, of a log) still decide where to start.
  bool start_is_open() const { return !current_ || !moved_; }

  void start_from(const Observation& observation) {
    if (observation.valid() && (!current_ || observation.throughput > current_->throughput))
      current_ = observation;
  }

  /// Moves to the observation or stays.
  void judge(const Observation& observation) {
    moved_ = true;
    // A loss of infinity where it is not valid.
    const double loss = current_->throughput / observation.throughput - 1;
    if (random_.uniform() < std::exp(-loss / temperature_)) current_ = observation;
    temperature_ = std::max(temperature_ * parameters_.cooling, parameters_.end_temperature);
  }

  /// Walks over known configs until it meets an unseen neighbour. Starts afresh when it meets none for long;
  /// nothing when the space is exhausted.
  std::optional<ConfigKey> find_move() {
    for (int i = 0; i < parameters_.patience; ++i) {
      const ConfigKey neighbour = walk_.step(current_->key, random_);
      if (memory_.unseen().contains(neighbour)) return neighbour;
      const Observation* known = memory_.observations().find(neighbour);
      if (known != nullptr && neighbour != current_->key) judge(*known);
    }
    temperature_ = parameters_.start_temperature;
    current_.reset();
    return std::nullopt;
  }

  AnnealingStrategyOptions parameters_;
  Random random_;
  TrialMemory memory_;
  KnobWalk walk_;
  double temperature_;
  std::optional<Observation> current_;     ///< where it stands; nothing until something is valid
  bool moved_ = false;                     ///< whether a move was judged since the search began
  std::unordered_set<ConfigKey> awaited_;  ///< moves that were proposed and not heard of yet
};

}  // namespace

std::unique_ptr<Strategy> make_annealing_strategy(const Task& task, const SearchOptions& options,
                                                  const AnnealingStrategyOptions& parameters) {
  return std::make_unique<AnnealingStrategy>(task, options, parameters);
}

}  // namespace tamis
