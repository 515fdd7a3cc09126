#pragma once

#include "search/strategy.h"

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace tamis {

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

/// Makes an initializer for a task, which must outlive it: a row of the table (search/strategy_table.h) or
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
