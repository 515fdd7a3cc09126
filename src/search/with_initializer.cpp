#include "search/with_initializer.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace tamis {
namespace {

class WithInitializer final : public Strategy {
 public:
  WithInitializer(std::unique_ptr<Initializer> initializer, std::unique_ptr<Strategy> strategy,
                  const Space& space)
      : initializer_(std::move(initializer)), strategy_(std::move(strategy)), space_(space) {
    name_ = initializer_->finished() ? strategy_->name() : initializer_->name();
  }

  std::string_view name() const override { return name_; }

  Result<std::vector<Config>> propose(size_t count) override {
    if (initializer_->finished()) {
      name_ = strategy_->name();
      return propose_further(count);
    }
    name_ = initializer_->name();
    TAMIS_ASSIGN(std::vector<Config> proposals, initializer_->propose(count));
    for (const Config& config : proposals) opened_.insert(space_.index(config));
    return proposals;
  }

  Status learn(std::span<const Trial> trials) override {
    TAMIS_TRY(strategy_->learn(trials));
    return initializer_->learn(trials);
  }

 private:
  /// The strategy has not seen what the initializer proposed but nobody measured (its device was lost): such
  /// configs are passed over here, and as a strategy proposes nothing twice, that comes to an end.
  Result<std::vector<Config>> propose_further(size_t count) {
    std::vector<Config> proposals;
    while (proposals.size() < count) {
      TAMIS_ASSIGN(const std::vector<Config> more, strategy_->propose(count - proposals.size()));
      if (more.empty()) break;
      for (const Config& config : more)
        if (!opened_.contains(space_.index(config))) proposals.push_back(config);
    }
    return proposals;
  }

  std::unique_ptr<Initializer> initializer_;
  std::unique_ptr<Strategy> strategy_;
  const Space& space_;
  std::string_view name_;
  std::unordered_set<uint64_t> opened_;  ///< what the initializer proposed
};

}  // namespace

std::unique_ptr<Strategy> open_with(std::unique_ptr<Initializer> initializer,
                                    std::unique_ptr<Strategy> strategy, const SearchProblem& problem) {
  return std::make_unique<WithInitializer>(std::move(initializer), std::move(strategy), *problem.space);
}

}  // namespace tamis
