#include "targets/gpu/emission.h"

#include "base/text.h"
#include "targets/gpu/gpu_task.h"
#include "targets/gpu/runtime/cuda_compiler.h"

#include <algorithm>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

/// Compiles a program for the architecture of the task's device.
Status add_cubin(SharedRuntime& shared, DeployedProgram& program) {
  TAMIS_ASSIGN(const SharedRuntime::Use runtime, shared.use());
  const std::vector<std::string> entries = entries_of(program.program);
  const Compiled compiled = runtime->compile(program.program.source, entries);
  if (compiled.failure)
    return invalid_input(fmt::format("the config cannot be compiled: {}", compiled.failure->message));
  const auto* cubin = dynamic_cast<const Cubin*>(compiled.program.get());
  if (cubin == nullptr) return Error{ErrorKind::internal, "a program of CUDA has no cubin"};
  program.binary = cubin->bytes();
  program.architecture = runtime->facts().architecture;
  for (const std::string& entry : entries) {
    program.names[entry] = cubin->name_of(entry);
    if (const KernelFacts* kernel = cubin->kernel(entry))
      program.shared_bytes = std::max<uint64_t>(program.shared_bytes, kernel->shared_bytes);
  }
  return {};
}

}  // namespace

Result<std::vector<EmittedFile>> emit_program(const Task& task, const Config& config,
                                              const EmitOptions& options) {
  if (!is_c_identifier(options.name))
    return invalid_input(fmt::format("\"{}\" cannot be the name of a function in C", options.name));
  const auto* of_gpu = dynamic_cast<const GpuTask*>(&task);
  if (of_gpu == nullptr) return Error{ErrorKind::internal, "the task is of no target of GPUs"};
  TAMIS_ASSIGN(DeployedProgram program, of_gpu->deploy(config));
  program.name = options.name;
  program.latency_ns = options.latency_ns;
  program.device = task.identity().subject;
  program.config = task.space().describe(config);
  if (program.program.source.language == Language::cuda) TAMIS_TRY(add_cubin(of_gpu->runtime(), program));
  return deployed_files(program);
}

}  // namespace tamis::gpu
