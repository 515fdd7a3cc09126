#pragma once

#include "tamis/result.h"
#include "tamis/strategy.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tamis {

/// What values an option takes.
enum class OptionType { integer, number, boolean };

/// An option of a strategy as a user may set it: `--strategy tamis:caution=1.5`.
struct StrategyOption {
  std::string name;
  std::string description;  ///< half a line, for tables and help
  OptionType type = OptionType::number;
  std::string default_value;  ///< in its canonical form
  double least = 0;           ///< the smallest value of an integer or a number ...
  double most = 0;            ///< ... and the largest
  bool automatic = false;     ///< whether `auto` is a value, too: the strategy chooses by what it sees
};

/// The option of strategies that heed what an invalid trial costs in units of a valid one, and what
/// `--cost invalid=X` sets: 0 (free) to 10, or `auto`, which goes by the times of the trials.
inline constexpr const char* kInvalidCostOption = "invalid_cost";

/// What values the option takes, in words: `an integer from 1 to 100`, `true or false`, `a number from 0 to
/// 1, or auto`.
std::string allowed_values(const StrategyOption& option);

/// Options as given, checked against those that a strategy declares, in their canonical form and without
/// those that equal their defaults. Errors: not_found for an option that is not declared, with the nearest
/// one; invalid_input for a value that the option does not take, saying which it does.
Result<StrategyOptions> check_options(const std::string& strategy,
                                      const std::vector<StrategyOption>& declared,
                                      const StrategyOptions& given);

/// One row per strategy: the table of the extension point (docs/how-to/adding-a-strategy).
struct StrategyKind {
  std::string name;
  std::string description;          ///< one line for --help
  std::string default_initializer;  ///< the initializer it takes when none is named
  std::vector<StrategyOption> options;
  StrategyFactory make;
  /// To be raised when it proposes other configs than before from the same trials: a session that began with
  /// another generation is learnt at once when it is resumed, instead of replayed.
  uint64_t generation = 1;
  /// Whether it starts from earlier trials (SearchOptions::related). One that does not is recorded as having
  /// learnt from nothing, whatever was given.
  bool uses_history = false;
  /// Whether this build has what the strategy needs; if not, `make` fails in the same words. Errors:
  /// unsupported, naming the switch of the build.
  Status supported = {};
  /// Whether it begins with what the user believes to be likely good (Space::hints); others pass it over.
  bool heeds_hints = false;
};

/// One row per initializer; `none` hands over at once.
struct InitializerKind {
  std::string name;
  std::string description;
  InitializerFactory make;
  /// To be raised when it proposes other configs than before from the same trials: added to the generation of
  /// the strategy it opens, so that sessions that began otherwise are learnt at once.
  uint64_t generation = 1;
};

/// Every strategy of tamis, in the order in which help and tables show them. Thread safe.
const std::vector<StrategyKind>& strategy_kinds();
/// Every initializer of tamis, in the order in which help and tables show them. Thread safe.
const std::vector<InitializerKind>& initializer_kinds();

/// The row of the strategy with this name, without options. Errors: not_found, with the nearest name.
Result<const StrategyKind*> find_strategy(const std::string& name);
/// The row of the initializer with this name. Errors: not_found, with the nearest name.
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
/// The same of a strategy of the user's own: name and options as given, whether or not tamis has them.
/// Errors: invalid_input for an option given twice or without a value.
Result<StrategyChoice> split_strategy(const std::string& text);
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
