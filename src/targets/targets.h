#pragma once

#include "task/program_request.h"
#include "task/target.h"

#include <memory>
#include <string>
#include <vector>

namespace tamis {

/// How a kind of target is made: the table of the extension point (docs/how-to/adding-a-target).
struct TargetKind {
  std::string name;         ///< before the colon of a target spec: `vta`
  std::string description;  ///< one line for --help
  /// Whether trying a config can take the process down or hang it, so that it must run in a worker process.
  bool (*needs_isolation)(const TargetOptions& options);
  Result<std::unique_ptr<Target>> (*make)(const std::string& spec, const TargetOptions& options);
  /// The files that deploy a config, or nullptr where a program cannot leave tamis.
  Result<std::vector<EmittedFile>> (*emit)(const ProgramRequest& request,
                                           const EmitOptions& options) = nullptr;
  /// The program of a config as text, or nullptr where it has none that a reader could look at.
  Result<std::vector<ProgramText>> (*print)(const ProgramRequest& request,
                                            const PrintOptions& options) = nullptr;
};

/// Every kind of target there is.
const std::vector<TargetKind>& target_kinds();

/// The kind that a spec names. Errors: not_found, with the nearest name.
Result<const TargetKind*> find_target_kind(const std::string& spec);

/// Makes a target from what the user wrote: `vta`, `vta:FILE.json` or `table`. Errors: not_found,
/// invalid_input, corrupt.
Result<std::unique_ptr<Target>> make_target(const std::string& spec, const TargetOptions& options);

}  // namespace tamis
