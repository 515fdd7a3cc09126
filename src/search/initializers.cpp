#include "search/initializers.h"

#include "search/strategies/uninformed_strategies.h"
#include "search/trial_memory.h"
#include "tamis/space.h"

namespace tamis {
namespace {

class NoInitializer final : public Initializer {
 public:
  std::string_view name() const override { return "none"; }
  bool finished() const override { return true; }
  Result<std::vector<Config>> propose(size_t) override { return std::vector<Config>{}; }
  Status learn(std::span<const Trial>) override { return {}; }
};

class RandomInitializer final : public Initializer {
 public:
  RandomInitializer(const Task& task, const SearchOptions& options,
                    const RandomInitializerOptions& parameters)
      : space_(task.space()), parameters_(parameters), draws_(make_random_strategy(task, options)) {}

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
        observations_.size() >= parameters_.trials && observations_.valid_count() >= parameters_.valid_trials;
    return {};
  }

 private:
  const Space& space_;
  RandomInitializerOptions parameters_;
  std::unique_ptr<Strategy> draws_;
  Observations observations_;
  bool finished_ = false;
};

}  // namespace

std::unique_ptr<Initializer> make_no_initializer(const Task&, const SearchOptions&) {
  return std::make_unique<NoInitializer>();
}

std::unique_ptr<Initializer> make_random_initializer(const Task& task, const SearchOptions& options,
                                                     const RandomInitializerOptions& parameters) {
  return std::make_unique<RandomInitializer>(task, options, parameters);
}

}  // namespace tamis
