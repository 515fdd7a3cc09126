#include "search/random_strategy.h"

#include "search/observations.h"
#include "search/unseen.h"

namespace tamis {
namespace {

class RandomStrategy final : public Strategy {
 public:
  explicit RandomStrategy(const SearchProblem& problem)
      : space_(*problem.space),
        random_(Random::stream(problem.seed, "random strategy")),
        unseen_(*problem.space) {}

  std::string_view name() const override { return "random"; }

  Result<std::vector<Config>> propose(size_t count) override {
    std::vector<Config> proposals;
    while (proposals.size() < count) {
      const std::optional<uint64_t> index = unseen_.draw(random_);
      if (!index) break;
      unseen_.mark(*index);
      proposals.push_back(space_.config(*index));
    }
    return proposals;
  }

  Status learn(std::span<const Trial> trials) override {
    for (const Trial& trial : trials) {
      TAMIS_ASSIGN(const Observation observation, observe(space_, trial));
      unseen_.mark(observation.index);
    }
    return {};
  }

 private:
  const Space& space_;
  Random random_;
  UnseenConfigs unseen_;
};

}  // namespace

std::unique_ptr<Strategy> make_random_strategy(const SearchProblem& problem) {
  return std::make_unique<RandomStrategy>(problem);
}

}  // namespace tamis
