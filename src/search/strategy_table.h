#pragma once

#include "search/initializer.h"
#include "search/strategy.h"
#include "search/strategy_options.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tamis {

/// One row a strategy: the table of the extension point (docs/how-to/adding-a-strategy).
struct StrategyKind {
  std::string name;
  std::string description;          ///< one line for --help
  std::string default_initializer;  ///< the initializer it takes when none is named
  std::vector<StrategyOption> options;
  StrategyFactory make;
  /// To be raised when it proposes other configs than before from the same trials: a session that began with
  /// another generation is learnt at once when it is resumed, instead of replayed.
  uint64_t generation = 1;
  /// Whether this build has what the strategy needs; if not, `make` fails in the same words. Errors:
  /// unsupported, naming the switch of the build.
  Status supported = {};
};

/// One row an initializer; `none` hands over at once.
struct InitializerKind {
  std::string name;
  std::string description;
  InitializerFactory make;
};

const std::vector<StrategyKind>& strategy_kinds();
const std::vector<InitializerKind>& initializer_kinds();

/// The row of this name. Errors: not_found, with the nearest name.
Result<const StrategyKind*> find_strategy(const std::string& name);
Result<const InitializerKind*> find_initializer(const std::string& name);

/// A strategy of the table with the options that the user set.
struct StrategyChoice {
  std::string name;
  StrategyOptions options = {};
  friend bool operator==(const StrategyChoice&, const StrategyChoice&) = default;
};

/// `NAME` or `NAME:OPTION=VALUE:OPTION=VALUE`. Errors: not_found for an unknown strategy or option, with the
/// nearest one; invalid_input for a value that the option does not take and for an option given twice or
/// without a value.
Result<StrategyChoice> parse_strategy(const std::string& text);
/// What parse_strategy reads: equal choices give equal texts, a strategy as it is nothing but its name.
std::string to_string(const StrategyChoice& choice);

/// Whether a session can be searched with these: a strategy with its options, as parse_strategy reads them,
/// and an initializer, empty for the strategy's default. Errors: as parse_strategy and find_initializer;
/// unsupported for a strategy that this build lacks.
Status check_search(const std::string& strategy, const std::string& initializer);

/// A strategy of the table after the suggestions of the task and an initializer; an empty initializer name
/// means the strategy's default. `task` must outlive it. Errors: not_found, with the nearest name;
/// unsupported; and those of check_options.
Result<std::unique_ptr<Strategy>> make_strategy(const std::string& strategy, const std::string& initializer,
                                                const Task& task, const SearchOptions& options);

}  // namespace tamis
