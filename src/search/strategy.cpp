#include "tamis/strategy.h"

#include <algorithm>
#include <deque>
#include <unordered_set>
#include <utility>

namespace tamis {
namespace {

/// So many configs are put off for one batch at most.
constexpr size_t kMostPassedOver = 1024;

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

 private:
  /// What was put off and no longer is comes first, then what the strategy proposes now.
  Result<std::vector<Config>> propose_further(size_t count) {
    std::vector<Config> proposals;
    TAMIS_TRY(take_up(count, proposals));
    size_t passed_over = 0;
    while (proposals.size() < count) {
      TAMIS_ASSIGN(const std::vector<Config> more, propose_unknown(count - proposals.size()));
      if (more.empty()) break;
      for (const Config& config : more) {
        TAMIS_ASSIGN(const bool later,
                     passed_over < kMostPassedOver ? initializer_->puts_off(config) : Result<bool>(false));
        passed_over += later ? 1 : 0;
        (later ? put_off_ : proposals).push_back(config);
      }
    }
    for (; proposals.size() < count && !put_off_.empty(); put_off_.erase(put_off_.begin()))
      proposals.push_back(put_off_.front());
    return proposals;
  }

  /// The strategy has not seen what the initializer proposed but nobody measured (its device was lost): such
  /// configs are passed over here, and as a strategy proposes nothing twice, that comes to an end. None when
  /// it has none left.
  Result<std::vector<Config>> propose_unknown(size_t count) {
    while (true) {
      TAMIS_ASSIGN(std::vector<Config> proposals, strategy_->propose(count));
      if (proposals.empty()) return proposals;
      std::erase_if(proposals, [&](const Config& c) { return initial_.contains(space_.key(c)); });
      if (!proposals.empty()) return proposals;
    }
  }

  /// Takes up what was put off and no longer is, the earliest first.
  Status take_up(size_t count, std::vector<Config>& proposals) {
    for (size_t i = 0; i < put_off_.size() && proposals.size() < count;) {
      TAMIS_ASSIGN(const bool later, initializer_->puts_off(put_off_[i]));
      if (later) {
        ++i;
        continue;
      }
      proposals.push_back(put_off_[i]);
      put_off_.erase(put_off_.begin() + static_cast<ptrdiff_t>(i));
    }
    return {};
  }

  std::unique_ptr<Initializer> initializer_;
  std::unique_ptr<Strategy> strategy_;
  const Space& space_;
  std::string_view name_;
  std::unordered_set<ConfigKey> initial_;  ///< what the initializer proposed
  std::vector<Config> put_off_;            ///< what the strategy proposed and the initializer puts off
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
