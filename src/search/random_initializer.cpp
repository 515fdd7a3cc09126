#include "search/random_initializer.h"

#include "search/observations.h"
#include "search/random_strategy.h"

namespace tamis {
namespace {

class RandomInitializer final : public Initializer {
 public:
  RandomInitializer(const SearchProblem& problem, const RandomInitializerOptions& options)
      : space_(*problem.space), options_(options), draws_(make_random_strategy(problem)) {}

  std::string_view name() const override { return "random"; }
  bool finished() const override { return finished_; }
  Result<std::vector<Config>> propose(size_t count) override { return draws_->propose(count); }

  Status learn(std::span<const Trial> trials) override {
    if (finished_) return {};
    TAMIS_TRY(draws_->learn(trials));
    for (const Trial& trial : trials) {
      TAMIS_ASSIGN(const Observation observation, observe(space_, trial));
      observations_.add(observation);
    }
    finished_ =
        observations_.size() >= options_.trials && observations_.valid_count() >= options_.valid_trials;
    return {};
  }

 private:
  const Space& space_;
  RandomInitializerOptions options_;
  std::unique_ptr<Strategy> draws_;
  Observations observations_;
  bool finished_ = false;
};

}  // namespace

std::unique_ptr<Initializer> make_random_initializer(const SearchProblem& problem,
                                                     const RandomInitializerOptions& options) {
  return std::make_unique<RandomInitializer>(problem, options);
}

}  // namespace tamis
