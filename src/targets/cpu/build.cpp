#include "targets/cpu/build.h"

#include "targets/cpu/schedule/schedule_space.h"
#include "targets/loop/bounds.h"

namespace tamis::cpu {
namespace {

std::vector<Buffer> arguments_of(const Program& program) {
  std::vector<Buffer> arguments;
  for (const Buffer& buffer : program.buffers)
    if (buffer.storage == Storage::argument) arguments.push_back(buffer);
  return arguments;
}

}  // namespace

Kernel make_kernel(const Workload& workload, const BuildTarget& target, const Space& space,
                   const Config& config, const FunctionNames& names, Trace* trace) {
  Kernel kernel = schedule(workload, choices_of(workload, target.machine, space, config), trace);
  kernel.run.name = names.run;
  if (kernel.prepare) kernel.prepare->name = names.prepare;
  return kernel;
}

CpuArtifact frame_of(const Kernel& kernel, const Workload& workload, int threads) {
  CpuArtifact artifact;
  artifact.workload = workload;
  artifact.threads = threads;
  artifact.run_arguments = arguments_of(kernel.run);
  if (kernel.prepare) artifact.prepare_arguments = arguments_of(*kernel.prepare);
  return artifact;
}

Result<std::shared_ptr<const CompiledObject>> PreparedObjects::get(const LoweredProgram& program,
                                                                   const Machine& machine) {
  std::string text = to_string(program);
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = objects_.find(text); known != objects_.end()) return known->second;
  }
  TAMIS_ASSIGN(CompiledObject compiled, compile({program}, machine, 1));
  auto object = std::make_shared<const CompiledObject>(std::move(compiled));
  const std::lock_guard lock(mutex_);
  objects_.emplace(std::move(text), object);
  return std::shared_ptr<const CompiledObject>(object);
}

Result<std::shared_ptr<const CpuArtifact>> build_object(const Workload& workload, const BuildTarget& target,
                                                        const Space& space, const Config& config,
                                                        const FunctionNames& names,
                                                        PreparedObjects* prepared) {
  const Kernel kernel = make_kernel(workload, target, space, config, names, nullptr);
  std::vector<LoweredProgram> programs = {lower(kernel.run)};
  if (kernel.prepare) programs.push_back(lower(*kernel.prepare));
  for (const LoweredProgram& program : programs)
    if (const auto overrun = find_overrun(program))
      return Error{ErrorKind::internal, "the program would leave its buffers: " + *overrun};
  auto artifact = std::make_shared<CpuArtifact>(frame_of(kernel, workload, target.threads));
  if (kernel.prepare && prepared != nullptr) {
    TAMIS_ASSIGN(artifact->prepare, prepared->get(programs.back(), target.machine));
    programs.pop_back();
  }
  TAMIS_ASSIGN(artifact->object, compile(programs, target.machine, target.threads));
  return std::shared_ptr<const CpuArtifact>(std::move(artifact));
}

}  // namespace tamis::cpu
