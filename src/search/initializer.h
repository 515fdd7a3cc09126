#pragma once

#include "search/strategy.h"

#include <span>
#include <string_view>
#include <vector>

namespace tamis {

/// Chooses the opening trials of a strategy, until enough is known to train on; then it is finished and the
/// strategy takes over. Sees every trial through learn() under the same rules as a strategy. Not thread safe.
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

}  // namespace tamis
