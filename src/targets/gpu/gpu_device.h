#pragma once

#include "tamis/device.h"
#include "tamis/result.h"
#include "targets/gpu/kernel/description.h"
#include "targets/gpu/runtime/program.h"
#include "targets/gpu/runtime/runtime.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tamis::gpu {

/// A runtime that is opened by whoever needs it first, and that a task's builds share with a device's runs:
/// what one compiles the other launches. Thread safe.
class SharedRuntime {
 public:
  using Open = std::function<Result<std::unique_ptr<Runtime>>()>;
  explicit SharedRuntime(Open open) : open_(std::move(open)) {}

  /// The runtime, for as long as this is held and for nobody else.
  class Use {
   public:
    Use(std::unique_lock<std::mutex> lock, Runtime& runtime) : lock_(std::move(lock)), runtime_(&runtime) {}
    Runtime* operator->() const { return runtime_; }
    Runtime& operator*() const { return *runtime_; }

   private:
    std::unique_lock<std::mutex> lock_;
    Runtime* runtime_;
  };
  /// Waits for others. Errors: those of opening it, which is tried again with every call.
  Result<Use> use();

 private:
  Open open_;
  std::mutex mutex_;
  std::unique_ptr<Runtime> runtime_;
};

/// A program whose result may stand for what other programs should compute.
struct Reference {
  std::string what;               ///< for messages: `the default config (tile=8)`
  Result<KernelProgram> program;  ///< or why it cannot be made
};

/// What the programs of a task have in common. Immutable and thread safe.
class ProgramSet {
 public:
  virtual ~ProgramSet() = default;
  /// The arguments of every program. Errors: whatever keeps them from being made.
  virtual Result<std::vector<ArgumentValue>> arguments(const WorkloadData& data) const = 0;
  /// What stands for arguments that do not say what they should be after a run (ArgumentValue::expected): the
  /// first of these, counted from 0, that runs to its end. The same in every process. Nothing behind the
  /// last; where there is none at all, the measurer compares output().
  virtual std::optional<Reference> reference(size_t number) const = 0;
  /// Of the arguments after the checked run, by their numbers, what the measurer compares with
  /// WorkloadData::output; an empty tensor where this device is to compare.
  virtual Tensor output(const std::vector<std::vector<std::byte>>& after) const = 0;
};

/// The program of a config, compiled.
class GpuArtifact final : public Artifact {
 public:
  GpuArtifact(KernelProgram made, std::shared_ptr<const CompiledProgram> with,
              std::shared_ptr<const ProgramSet> of)
      : program(std::move(made)), compiled(std::move(with)), set(std::move(of)) {}
  std::string code_hash() const override;

  KernelProgram program;
  std::shared_ptr<const CompiledProgram> compiled;
  std::shared_ptr<const ProgramSet> set;
};

/// Tells programs apart that do not run the same: of the source, its options and the launches. Thread safe.
std::string digest_of(const KernelProgram& program);
/// The functions that are launched, each once. Thread safe.
std::vector<std::string> entries_of(const KernelProgram& program);

/// Compiles a program, and says before it runs what it lacks: resource_exceeded before anything is compiled
/// where its groups are larger than the device's, build_failed where a function has not as many parameters as
/// the launch gives arguments. Features: those of compiling, and `group_items`, `groups` and, where known,
/// `occupancy` of the largest launch.
BuildOutcome build_program(Runtime& runtime, KernelProgram program, std::shared_ptr<const ProgramSet> set);

/// A program as bytes: `code`, which names what its programs are made by (the property `kernel` of the task's
/// identity), a digest of the program, and what the runtime compiled ahead (CompiledProgram::pack). The
/// source is not in them, as the config says it. Thread safe.
std::string pack_program(const GpuArtifact& artifact, const std::string& code);
/// build_program() with what pack_program() wrote of this program and `code`, in place of compiling where the
/// runtime compiles ahead. Errors: corrupt; unsupported for bytes of another program, as another release or
/// another kernel file makes it, and for another device's.
Result<BuildOutcome> load_program(Runtime& runtime, KernelProgram program,
                                  std::shared_ptr<const ProgramSet> set, const std::string& code,
                                  std::string_view bytes);

/// What lies in the caches when a timed run begins: what fits, as the same program ran just before, or
/// nothing.
enum class Caches { warm, cold };

/// A device that runs GpuArtifacts of its runtime.
///
///     upload ─► first run, checked ─► alone ─► warm-up ─► samples by the device's clock
///
/// The arguments are uploaded once for a ProgramSet and restored before every checked run. In front of each
/// and behind it lie guard zones that no program may write to. What is expected and not given is made once,
/// by the first of the set's references that runs to its end, while the first program still counts as being
/// built (RunOptions::referring). After a launch that did not end, or another failure that the process cannot
/// recover from, the device is lost (Device::lost).
///
/// Fixed work of known time, on a processor by timing::ReferenceKernel and else by a kernel in this language,
/// tells whether the device was slower than calm while a program was timed. Where the runtime tells clocks,
/// they are features of each run.
/// Errors: those of opening the runtime.
Result<std::unique_ptr<Device>> open_gpu_device(std::shared_ptr<SharedRuntime> runtime, Language language,
                                                Caches caches);

}  // namespace tamis::gpu
