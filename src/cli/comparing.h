#pragma once

#include "cli/arguments.h"
#include "cli/console.h"
#include "tamis/comparison.h"
#include "tamis/formats.h"
#include "tamis/replay.h"
#include "tamis/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace tamis::cli {

/// The flags that say what is compared on recorded tables; the same for `replay` and `experiment`.
struct ComparisonArguments {
  std::vector<std::string> strategies = {ReplayOptions{}.strategy};
  std::vector<std::string> initializers = {"default"};  ///< `default`: each strategy's own
  uint64_t seeds = ComparisonOptions{}.seeds;
  uint64_t seed = 0;
  std::string trials = "1000";
  size_t jobs = 0;  ///< 0: all cores
  bool with_default = false;
  CostArgument cost = {};

  void add_to(CLI::App& app);
  /// What is to be compared, a strategy that was named twice once; without a history. Errors: as
  /// parse_trials, CostArgument::apply and check_search, so that an unknown name is found before the first
  /// session.
  Result<ComparisonOptions> options(const Console& console) const;
};

/// A recorded table; what was left out of it is noted. Errors: as read_recorded_table.
Result<TrialSet> read_noted_table(const std::string& path, const ReadOptions& options,
                                  const Console& console);

}  // namespace tamis::cli
