#include "targets/cpu/emission.h"

#include "base/text.h"
#include "targets/cpu/build.h"
#include "targets/cpu/deploy/interface.h"
#include "targets/cpu/identity.h"

#include <array>

#include <fmt/format.h>

namespace tamis::cpu {
namespace {

/// A form in which a program can be read.
struct PrintStage {
  std::string_view name;
  Result<std::string> (*print)(const Program&, const BuildTarget&);
};

constexpr std::array<PrintStage, 4> kStages = {{
    {"schedule",
     [](const Program& program, const BuildTarget&) -> Result<std::string> { return to_string(program); }},
    {"lowered",
     [](const Program& program, const BuildTarget&) -> Result<std::string> {
       return to_string(lower(program));
     }},
    {"llvm",
     [](const Program& program, const BuildTarget& target) {
       return llvm_text(lower(program), target.machine, target.threads);
     }},
    {"assembly",
     [](const Program& program, const BuildTarget& target) {
       return assembly_text(lower(program), target.machine, target.threads);
     }},
}};

Result<const PrintStage*> find_stage(const PrintOptions& options) {
  std::vector<std::string_view> known;
  for (const PrintStage& stage : kStages) {
    known.push_back(stage.name);
    if (stage.name != options.stage) continue;
    if (options.steps && stage.name != kStages.front().name)
      return invalid_input(fmt::format("steps are shown of the stage {} only", kStages.front().name));
    return &stage;
  }
  return invalid_input(
      fmt::format("there is no stage \"{}\"{}", options.stage, did_you_mean(options.stage, known)));
}

}  // namespace

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

Result<std::vector<ProgramText>> print_program(const Task& task, const Config& config,
                                               const PrintOptions& options) {
  TAMIS_ASSIGN(const PrintStage* stage, find_stage(options));
  TAMIS_ASSIGN(const RunConditions conditions, conditions_of(task.identity()));
  const BuildTarget target{conditions.machine, conditions.threads};
  Trace trace;
  const Kernel kernel =
      make_kernel(task.workload(), target, task.space(), config, {}, options.steps ? &trace : nullptr);
  std::vector<ProgramText> texts;
  for (Trace::Step& step : trace.steps) texts.push_back({std::move(step.what), std::move(step.program)});
  if (!options.steps) {
    TAMIS_ASSIGN(std::string run, stage->print(kernel.run, target));
    texts.push_back({kernel.run.name, std::move(run)});
  }
  if (kernel.prepare) {
    TAMIS_ASSIGN(std::string prepare, stage->print(*kernel.prepare, target));
    texts.push_back({kernel.prepare->name, std::move(prepare)});
  }
  return texts;
}

}  // namespace tamis::cpu
