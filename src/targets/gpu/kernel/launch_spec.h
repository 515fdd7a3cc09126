#pragma once

#include "tamis/json_fwd.h"
#include "tamis/result.h"
#include "targets/gpu/kernel/formula.h"
#include "targets/gpu/runtime/program.h"
#include "targets/gpu/runtime/runtime.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tamis::gpu {

/// A launch as a kernel file describes it: sizes are formulas, x first; axes that are not there are 1.
struct LaunchSpec {
  std::string entry;
  std::string place;  ///< for errors
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

/// Whether the launch is there for a config. Errors: invalid_input where `when` has no value or is a text.
Result<bool> is_launched(const LaunchSpec& spec, const FormulaNames& names, const Config& config);

/// What is wrong with formulas whatever the config is: those that name no knob are evaluated, and `when` must
/// be a number. Errors: invalid_input naming the member.
Status check_sizes(const LaunchSpec& spec, const FormulaNames& names);

/// What a device's limits demand of the knobs, as constraints of a space of these: items of a group along
/// each axis and together, and shared memory that the launch asks for. What no config exceeds is left out.
/// Where a formula has no value the constraint holds, as the config fails for that. Errors: invalid_input
/// where no knob is to blame for a size that the device does not have.
Result<std::vector<Constraint>> limits_of(const std::shared_ptr<const LaunchSpec>& spec,
                                          const std::shared_ptr<const FormulaNames>& names,
                                          const DeviceFacts& device);

}  // namespace tamis::gpu
