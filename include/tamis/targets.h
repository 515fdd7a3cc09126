#pragma once

#include "tamis/emission.h"
#include "tamis/task.h"

#include <memory>
#include <string>
#include <vector>

namespace tamis {

/// How a kind of target is made: the table of the extension point (docs/how-to/adding-a-target).
struct TargetKind {
  std::string name;         ///< before the colon of a target spec: `vta`
  std::string description;  ///< one line for --help
  std::vector<SettingKind> settings;
  Result<std::shared_ptr<const Target>> (*make)(const std::string& spec, const Settings& settings);
  /// A task as a log recorded it, to deploy or to read its programs: the machine that was tuned for need not
  /// be this one. nullptr where no program can be made away from the machine.
  Result<SharedTask> (*recall)(const TaskIdentity& identity, const Workload& workload,
                               const Space& space) = nullptr;
  /// The files that deploy a config, or nullptr where a program cannot leave tamis.
  Result<std::vector<EmittedFile>> (*emit)(const Task& task, const Config& config,
                                           const EmitOptions& options) = nullptr;
  /// The program of a config as text, or nullptr where it has none that a reader could look at.
  Result<std::vector<ProgramText>> (*print)(const Task& task, const Config& config,
                                            const PrintOptions& options) = nullptr;
};

/// Every kind of target there is.
const std::vector<TargetKind>& target_kinds();

/// The kind that a spec names. Errors: not_found, with the nearest name.
Result<const TargetKind*> find_target_kind(const std::string& spec);

/// A task as a log recorded it (TargetKind::recall). Errors: unsupported for a target that has none, and as
/// its recall: where this release makes other programs of its configs, for one; corrupt for an identity that
/// no tamis wrote.
Result<SharedTask> recall_task(const std::string& target_spec, const std::string& identity,
                               const Workload& workload, const Space& space);

/// Makes a target from what the user wrote: `vta`, `vta:hls`, `vta:FILE.json` or `table`. Settings that say
/// what their default says are dropped. Errors: not_found; invalid_input, also for a setting that the target
/// does not have, naming the one that has it; corrupt.
Result<std::shared_ptr<const Target>> make_target(const std::string& spec, const Settings& settings = {});

}  // namespace tamis
