#include "targets/cpu/emit_program.h"

#include "base/text.h"
#include "targets/cpu/build.h"
#include "targets/cpu/deploy/interface.h"
#include "targets/cpu/identity.h"

#include <fmt/format.h>

namespace tamis::cpu {

Result<std::vector<EmittedFile>> emit_program(const Task& task, const Config& config,
                                              const EmitOptions& options) {
  if (!is_c_identifier(options.name))
    return invalid_input(fmt::format("\"{}\" cannot be the name of a function in C", options.name));
  TAMIS_ASSIGN(const RunConditions conditions, conditions_of(task.identity()));
  Interface kernel;
  kernel.name = options.name;
  kernel.workload = task.workload();
  const FunctionNames names{kernel.name, prepare_name(kernel)};
  TAMIS_ASSIGN(
      const std::shared_ptr<const CpuArtifact> built,
      build_object(task.workload(), {conditions.machine, conditions.threads}, task.space(), config, names));
  kernel.run_arguments = built->run_arguments;
  kernel.prepare_arguments = built->prepare_arguments;
  kernel.workspace_bytes = built->object.workspace_bytes;
  kernel.threads = conditions.threads;
  kernel.processor = conditions.machine.cpu;
  kernel.config = task.space().describe(config);
  kernel.latency_ns = options.latency_ns;
  const std::vector<char>& object = built->object.bytes;
  return std::vector<EmittedFile>{{options.name + ".o", std::string(object.begin(), object.end())},
                                  {options.name + ".h", header_file(kernel)},
                                  {options.name + ".cmake", cmake_file(kernel)},
                                  {options.name + "_test.c", test_file(kernel)},
                                  {"CMakeLists.txt", directory_cmake_file()}};
}

}  // namespace tamis::cpu
