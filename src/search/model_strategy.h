#pragma once

#include "search/scores.h"
#include "search/trial_memory.h"
#include "tamis/random.h"
#include "tamis/strategy.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// When models are fitted again: whenever about 3 % more is known, so that all fits together cost little more
/// than linear time; and at least once in kMostTrainingRows / 32 trials, when fits cost no more than they
/// did.
class RefitSchedule {
 public:
  bool due(size_t known) const { return known >= next_; }
  void fitted(size_t known) { next_ = known + 1 + std::min(known, kMostTrainingRows) / 32; }

 private:
  size_t next_ = 0;
};

/// The frame of the strategies that fit models and propose what these rank first:
///
///        random configs ──► fit() ──► choose() ──► a plan, proposed from its front ──► fit() ...
///
/// Until the initial design is done and something is valid, and wherever the plan has nothing left, proposals
/// are random configs. A strategy supplies fit() and choose(), and overrides what else is its own.
class ModelStrategy : public Strategy {
 public:
  std::string_view name() const final { return name_; }
  Result<std::vector<Config>> propose(size_t count) final;
  Status learn(std::span<const Trial> trials) final;

 protected:
  /// When a plan is made.
  enum class Replan {
    when_refit,      ///< before a batch, whenever a fit is due: with every plan comes a fit
    when_exhausted,  ///< whenever the last plan has nothing left; models are fitted for it only where due
  };

  /// `task` must outlive it. `initial_trials` are known before the first fit.
  ModelStrategy(std::string name, const Task& task, const SearchOptions& options, size_t initial_trials,
                Replan replan);

  /// Fits the models to what is known, of which something is valid.
  virtual Status fit() = 0;
  /// The next plan by the fitted models: unseen configs by key, the best first.
  virtual Result<std::vector<ConfigKey>> choose() = 0;

  /// Whether enough is known for a first fit.
  virtual bool initial_design_done() const { return known().size() >= initial_trials_; }
  /// Whether a fit is due.
  virtual bool refit_due() const { return schedule_.due(evidence()); }
  /// How much there is to fit models to.
  virtual size_t evidence() const { return known().size(); }
  /// Whether another plan would tell more, where one is made as soon as the last is exhausted.
  virtual bool can_replan() const { return true; }
  /// The next config of the plan; nothing for a random one.
  virtual std::optional<ConfigKey> next_planned() { return plan_.next(memory_.unseen()); }

  const Space& space() const { return memory_.space(); }
  const Observations& known() const { return memory_.observations(); }
  /// What models are fitted to: choose_training_set() of what is known.
  std::vector<Observation> training_set() { return choose_training_set(known(), kMostTrainingRows, random_); }
  /// Trials known when the first proposal was asked for: those of an initializer or a log.
  size_t known_at_start() const { return known_at_start_.value_or(0); }
  size_t fits() const { return fits_; }
  TrialMemory& memory() { return memory_; }
  Random& random() { return random_; }
  Plan& plan() { return plan_; }

 private:
  Status make_plan();

  std::string name_;
  size_t initial_trials_;
  Replan replan_;
  Random random_;
  TrialMemory memory_;
  RefitSchedule schedule_;
  Plan plan_;
  size_t fits_ = 0;
  std::optional<size_t> known_at_start_;
};

}  // namespace tamis
