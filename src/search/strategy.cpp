#include "tamis/strategy.h"

#include <algorithm>
#include <deque>
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
    for (const Config& config : proposals) initial_.insert(space_.key(config));
    return proposals;
  }

  Status learn(std::span<const Trial> trials) override {
    TAMIS_TRY(strategy_->learn(trials));
    return initializer_->learn(trials);
  }

  void give_up(std::span<const Config> configs) override { strategy_->give_up(configs); }

  std::optional<double> expected_gain() const override {
    // An initializer has no idea, and what the strategy says is of its own proposals.
    return name_ == strategy_->name() ? strategy_->expected_gain() : std::nullopt;
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
        if (!initial_.contains(space_.key(config))) proposals.push_back(config);
    }
    return proposals;
  }

  std::unique_ptr<Initializer> initializer_;
  std::unique_ptr<Strategy> strategy_;
  const Space& space_;
  std::string_view name_;
  std::unordered_set<ConfigKey> initial_;  ///< what the initializer proposed
};

/// The suggestions of a task, each once.
class SuggestedInitializer final : public Initializer {
 public:
  explicit SuggestedInitializer(const Task& task) {
    for (const Config& config : task.suggestions())
      if (std::find(rest_.begin(), rest_.end(), config) == rest_.end()) rest_.push_back(config);
  }

  std::string_view name() const override { return "suggested"; }
  bool finished() const override { return rest_.empty(); }

  Result<std::vector<Config>> propose(size_t count) override {
    const auto end = rest_.begin() + static_cast<ptrdiff_t>(std::min(count, rest_.size()));
    std::vector<Config> proposals(rest_.begin(), end);
    rest_.erase(rest_.begin(), end);
    return proposals;
  }

  Status learn(std::span<const Trial> trials) override {
    for (const Trial& trial : trials) std::erase(rest_, trial.config);
    return {};
  }

 private:
  std::deque<Config> rest_;
};

}  // namespace

std::unique_ptr<Strategy> with_initializer(std::unique_ptr<Initializer> initializer,
                                           std::unique_ptr<Strategy> strategy, const Task& task) {
  return std::make_unique<WithInitializer>(std::move(initializer), std::move(strategy), task.space());
}

std::unique_ptr<Strategy> with_suggestions(std::unique_ptr<Strategy> strategy, const Task& task) {
  if (task.suggestions().empty()) return strategy;
  return with_initializer(std::make_unique<SuggestedInitializer>(task), std::move(strategy), task);
}

}  // namespace tamis
