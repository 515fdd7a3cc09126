#pragma once

#include "search/initializer.h"
#include "search/strategy.h"

#include <memory>
#include <string>
#include <vector>

namespace tamis {

/// One row a strategy: the table of the extension point (docs/how-to/adding-a-strategy).
struct StrategyKind {
  std::string name;
  std::string description;          ///< one line for --help
  std::string default_initializer;  ///< the initializer it takes when none is named
  std::unique_ptr<Strategy> (*make)(const SearchProblem& problem);
};

/// One row an initializer; `none` hands over at once.
struct InitializerKind {
  std::string name;
  std::string description;
  std::unique_ptr<Initializer> (*make)(const SearchProblem& problem);
};

const std::vector<StrategyKind>& strategy_kinds();
const std::vector<InitializerKind>& initializer_kinds();

/// A strategy opened by an initializer; an empty initializer name means the strategy's default.
/// Errors: not_found, with the nearest name.
Result<std::unique_ptr<Strategy>> make_strategy(const std::string& strategy, const std::string& initializer,
                                                const SearchProblem& problem);

}  // namespace tamis
