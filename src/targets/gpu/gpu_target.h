#pragma once

#include "tamis/result.h"
#include "tamis/target.h"
#include "tamis/task.h"
#include "targets/gpu/gpu_device.h"
#include "targets/gpu/runtime/program.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tamis::gpu {

/// What tells the targets of GPUs apart.
struct GpuBackend {
  std::string kind;  ///< `opencl`, `cuda`
  Language language = Language::opencl;
  SharedRuntime::Open open;
  Caches caches = Caches::warm;
  std::string builds_only = {};  ///< why nothing runs, and what to do; empty: programs run
  /// TargetTraits::reserves_addresses.
  bool reserves_addresses = false;
  /// What of the settings results depend on, for the identity (TaskIdentity::properties).
  std::vector<std::pair<std::string, std::string>> properties = {};
};

/// A target whose workloads are kernels of the user's: a space file with the member `kernel`, or a T1 file
/// with a `KernelSpecification` (`FILE`, or `external:FILE`; docs/reference/opencl-target). Programs are
/// built and run by a worker process: nothing of a config runs in the tuner, which opens the device only to
/// ask what it is.
///
/// Binding errors: those of opening the device and of reading the file; unsupported for a workload that is
/// not a file, for a file without a kernel and for a kernel in another language; invalid_input for an
/// objective other than the latency.
std::shared_ptr<const Target> make_gpu_target(std::string spec, Settings settings, GpuBackend backend);

/// What the programs of built-in operators are made by: another word where a config gives another program.
std::string_view operator_code();

/// A task of the target opencl as a log recorded it, to deploy: no device is opened. Errors: unsupported
/// where programs of the config are others now (another release, or a kernel file that has changed); those of
/// reading the kernel file; corrupt for any other identity. Thread safe.
Result<SharedTask> recall_opencl_task(const TaskIdentity& identity, const Workload& workload,
                                      const Space& space);
/// The same of the target cuda, whose compiler is opened when a program is compiled.
Result<SharedTask> recall_cuda_task(const TaskIdentity& identity, const Workload& workload,
                                    const Space& space);

/// The kind of target that a file's kernel is for, `opencl` or `cuda`; nothing where the text is no space
/// file with a kernel. `path` is the file's. Errors: those of reading the kernel. Thread safe.
Result<std::optional<std::string>> target_of_kernel_file(const std::string& text, const std::string& path);

/// `warm`, `cold`. Errors: invalid_input that names the words there are. Thread safe.
Result<Caches> parse_caches(const std::string& word);

}  // namespace tamis::gpu
