#pragma once

#include "tamis/result.h"
#include "tamis/task.h"
#include "tamis/trial.h"
#include "tamis/trial_set.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// Options of a strategy by name, as texts. Of a strategy of tamis only those that differ from their
/// defaults, each in its canonical form (check_options), so that equal options are equal maps; of one of the
/// user's own all that were given, as they were.
using StrategyOptions = std::map<std::string, std::string>;

/// How a task is searched. What it points to must outlive the strategy.
struct SearchOptions {
  uint64_t seed = 0;                               ///< all randomness derives from it
  const std::vector<TrialSet>* related = nullptr;  ///< to start from, or nullptr; strategies may ignore it
  StrategyOptions options = {};                    ///< of the strategy; initializers have none
};

/// Proposes configs and learns from what came of them:
///
///        propose(n) ──► configs ──► (built, run, checked) ──► trials ──► learn(trials) ──► propose(n) ...
///
/// Lifecycle: made for one task; learn() is called with the trials of proposals before the next propose(): of
/// a batch with all of them, in the order of proposal, else with those that came in, while others are under
/// way still. It may also be called with trials it did not propose (a log).
/// Deterministic: the same task, the same options and the same sequence of calls give the same proposals.
/// Trials with verdict device_lost are not shown to it. Not thread safe.
///
/// Where building is almost free (TargetTraits::builds_freely) it may build configs of the task's space
/// without trying them; nothing built this way counts as a trial.
class Strategy {
 public:
  virtual ~Strategy() = default;
  /// Who proposes: its name in the table; of a strategy that an initializer opens, the initializer's until it
  /// hands over.
  virtual std::string_view name() const = 0;
  /// Up to `count` configs that the space allows and that were neither proposed nor learnt before. Fewer only
  /// when no more exist, and none when the space is exhausted (for constraints that allow next to nothing of
  /// a huge space, when none can be found: see UnseenConfigs). Errors: internal, from a model library.
  virtual Result<std::vector<Config>> propose(size_t count) = 0;
  /// Takes in what came of configs, proposed by it or not. Errors: invalid_input for a config of another
  /// space.
  virtual Status learn(std::span<const Trial> trials) = 0;
  /// Takes note that nothing will be learnt of configs that were proposed, as their device was lost: whatever
  /// was assumed of them is void. By default nothing is assumed.
  virtual void give_up(std::span<const Config> configs) { (void)configs; }
  /// By how much the configs of the last propose() are expected to be better, all together, than the best
  /// trial that was learnt, in the unit of costs (ns for latencies); at least 0. So that a budget goes where
  /// most is to be gained. Nothing, as by default, where the strategy has no idea.
  virtual std::optional<double> expected_gain() const { return std::nullopt; }
};

/// Makes a strategy for a task, which must outlive it: a row of the table (tamis/strategies.h) or the
/// user's own. Errors: invalid_input and not_found for options that it does not have.
using StrategyFactory =
    std::function<Result<std::unique_ptr<Strategy>>(const Task& task, const SearchOptions& options)>;

/// Chooses the initial design, the first trials of a session, until enough is known to train on; then it is
/// finished and the strategy takes over. Sees every trial through learn() under the same rules as a strategy.
/// Not thread safe.
class Initializer {
 public:
  virtual ~Initializer() = default;
  /// Its name in the table of initializers.
  virtual std::string_view name() const = 0;
  /// Whether the strategy takes over from here. Never goes back to false.
  virtual bool finished() const = 0;
  /// As Strategy::propose.
  virtual Result<std::vector<Config>> propose(size_t count) = 0;
  /// As Strategy::learn.
  virtual Status learn(std::span<const Trial> trials) = 0;
};

/// Makes an initializer for a task, which must outlive it: a row of the table (tamis/strategies.h) or
/// the user's own.
using InitializerFactory =
    std::function<Result<std::unique_ptr<Initializer>>(const Task& task, const SearchOptions& options)>;

/// A strategy whose first proposals come from an initializer, until that is finished. Both learn every trial.
/// It has the name of whichever proposed last (at first, of the one that will), so that a trial can tell who
/// proposed it. `task` must outlive it.
std::unique_ptr<Strategy> with_initializer(std::unique_ptr<Initializer> initializer,
                                           std::unique_ptr<Strategy> strategy, const Task& task);

/// The same strategy after the suggestions of the task (Task::suggestions), which are proposed first, in
/// their order, each that was not learnt before; itself where there are none.
std::unique_ptr<Strategy> with_suggestions(std::unique_ptr<Strategy> strategy, const Task& task);

}  // namespace tamis
