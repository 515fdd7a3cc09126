#include "search/grid_strategy.h"

#include "search/observations.h"
#include "search/unseen.h"

namespace tamis {
namespace {

class GridStrategy final : public Strategy {
 public:
  explicit GridStrategy(const SearchProblem& problem) : space_(*problem.space), unseen_(*problem.space) {}

  std::string_view name() const override { return "grid"; }

  Result<std::vector<Config>> propose(size_t count) override {
    std::vector<Config> proposals;
    while (proposals.size() < count) {
      const std::optional<uint64_t> index = unseen_.next(position_);
      if (!index) break;
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
  UnseenConfigs unseen_;
  uint64_t position_ = 0;
};

}  // namespace

std::unique_ptr<Strategy> make_grid_strategy(const SearchProblem& problem) {
  return std::make_unique<GridStrategy>(problem);
}

}  // namespace tamis
