#include "search/strategies/uninformed_strategies.h"

#include "search/trial_memory.h"

namespace tamis {
namespace {

class GridStrategy final : public Strategy {
 public:
  explicit GridStrategy(const Task& task) : space_(task.space()), unseen_(task.space()) {}

  std::string_view name() const override { return "grid"; }

  Result<std::vector<Config>> propose(size_t count) override {
    std::vector<Config> proposals;
    while (proposals.size() < count) {
      const std::optional<ConfigKey> key = unseen_.next(walk_);
      if (!key) break;
      proposals.push_back(space_.config(*key));
    }
    return proposals;
  }

  Status learn(std::span<const Trial> trials) override {
    for (const Trial& trial : trials) {
      TAMIS_ASSIGN(const Observation observation, observe(space_, trial));
      unseen_.mark(observation.key);
    }
    return {};
  }

 private:
  const Space& space_;
  UnseenConfigs unseen_;
  UnseenConfigs::Walk walk_;
};

class RandomStrategy final : public Strategy {
 public:
  RandomStrategy(const Task& task, const SearchOptions& options)
      : random_(Random::stream(options.seed, "random strategy")), memory_(task.space()) {}

  std::string_view name() const override { return "random"; }

  Result<std::vector<Config>> propose(size_t count) override {
    std::vector<Config> proposals;
    memory_.fill_at_random(proposals, count, random_);
    return proposals;
  }

  Status learn(std::span<const Trial> trials) override {
    TAMIS_TRY(memory_.learn(trials));
    return {};
  }

 private:
  Random random_;
  TrialMemory memory_;
};

}  // namespace

std::unique_ptr<Strategy> make_grid_strategy(const Task& task, const SearchOptions&) {
  return std::make_unique<GridStrategy>(task);
}

std::unique_ptr<Strategy> make_random_strategy(const Task& task, const SearchOptions& options) {
  return std::make_unique<RandomStrategy>(task, options);
}

}  // namespace tamis
