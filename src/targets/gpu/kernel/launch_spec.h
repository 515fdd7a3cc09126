#pragma once

#include "tamis/json_fwd.h"
#include "tamis/result.h"
#include "targets/gpu/kernel/formula.h"
#include "targets/gpu/runtime/program.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tamis::gpu {

/// A launch as a kernel file describes it: sizes are formulas, x first; axes that are not there are 1.
struct LaunchSpec {
  std::string entry;
  std::vector<Formula> group;
  /// How many groups there are follows from one of these: `groups` themselves, `global` items, or the problem
  /// over the product of its divisors, which are the group's sizes where none are given.
  std::vector<Formula> groups;
  std::vector<Formula> global;
  std::vector<Formula> problem;
  std::optional<std::vector<std::vector<Formula>>> divisors;
  std::optional<Formula> shared_bytes;
  std::optional<Formula> when;  ///< the launch is left out where this is 0
  /// The names of the function's arguments; nothing where it takes all.
  std::optional<std::vector<std::string>> arguments;
};

/// The members of a launch, in a mapping that may have others too.
Result<LaunchSpec> read_launch(const Json& json, const FormulaNames& names, Scope scope,
                               const std::string& place);

/// A launch that lacks what `common` says for all: `entry`, sizes and shared memory. One that says in its own
/// way how many groups there are takes nothing of another way.
Json with_common_members(const Json& launch, const Json& common);

/// The sizes for a config. Errors: invalid_input where a formula has no value or a size is below 1 or beyond
/// what any device has.
Result<Grid> grid_of(const LaunchSpec& spec, const FormulaNames& names, const Config& config);

}  // namespace tamis::gpu
