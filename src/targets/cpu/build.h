#pragma once

#include "tamis/result.h"
#include "tamis/space.h"
#include "targets/cpu/runtime/loaded_kernel.h"
#include "targets/cpu/schedule/kernel.h"
#include "targets/loop/statement.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace tamis::cpu {

using namespace loop;

/// What the functions of an object are called.
struct FunctionNames {
  std::string run = "run";
  std::string prepare = "prepare";
};

/// What a program is compiled for.
struct BuildTarget {
  const Machine& machine;
  int threads = 1;
};

/// The scheduled program of a config with the names of its functions; `trace` may be nullptr. The space must
/// be one of the workload and the machine, its constraints need not be there.
Kernel make_kernel(const Workload& workload, const BuildTarget& target, const Space& space,
                   const Config& config, const FunctionNames& names, Trace* trace);

/// The artifact of a kernel without its code: the buffers that its functions are given.
CpuArtifact frame_of(const Kernel& kernel, const Workload& workload, int threads);

/// Compiled programs that pack weights: many configs share one. For one machine. Thread safe.
class PreparedObjects {
 public:
  /// The object of a program; compiled when it is asked for the first time. Errors: internal.
  Result<std::shared_ptr<const CompiledObject>> get(const LoweredProgram& program, const Machine& machine);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const CompiledObject>> objects_;  // by the program's text
};

/// A config as machine code: in one object, or, with a store of what packs weights, `prepare` apart. Thread
/// safe. Errors: internal.
Result<std::shared_ptr<const CpuArtifact>> build_object(const Workload& workload, const BuildTarget& target,
                                                        const Space& space, const Config& config,
                                                        const FunctionNames& names = {},
                                                        PreparedObjects* prepared = nullptr);

}  // namespace tamis::cpu
