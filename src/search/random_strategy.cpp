#include "search/random_strategy.h"

#include "search/trial_memory.h"

namespace tamis {
namespace {

class RandomStrategy final : public Strategy {
 public:
  explicit RandomStrategy(const SearchProblem& problem)
      : random_(Random::stream(problem.seed, "random strategy")), memory_(*problem.space) {}

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

std::unique_ptr<Strategy> make_random_strategy(const SearchProblem& problem) {
  return std::make_unique<RandomStrategy>(problem);
}

}  // namespace tamis
