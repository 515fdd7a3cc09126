#include "targets/cpu/support/subject.h"

#include "tamis/measurer.h"
#include "targets/cpu/runtime/loaded_kernel.h"
#include "targets/cpu/schedule/schedule_space.h"
#include "targets/cpu/support/numbers.h"
#include "targets/loop/bounds.h"
#include "targets/loop/interpreter.h"

namespace tamis::cpu::testing {

using namespace loop::testing;
Workload workload(const std::string& spec) {
  return parse_spec(spec, WorkloadDefaults{DataType::float32}).value();
}

Result<Subject> Subject::make(const std::string& processor, int threads, const Workload& workload,
                              uint64_t data_seed) {
  Subject subject;
  TAMIS_ASSIGN(subject.machine_, find_machine(processor));
  TAMIS_ASSIGN(subject.space_, schedule_space(workload, subject.machine_, threads));
  subject.threads_ = threads;
  subject.workload_ = workload;
  subject.data_ = make_data(workload, data_seed);
  return subject;
}

std::vector<LoweredProgram> Subject::programs(const Config& config) const {
  const Kernel kernel = make_kernel(workload_, {machine_, threads_}, space_, config, {}, nullptr);
  std::vector<LoweredProgram> programs = {lower(kernel.run)};
  if (kernel.prepare) programs.push_back(lower(*kernel.prepare));
  return programs;
}

Result<std::shared_ptr<const CpuArtifact>> Subject::build(const Config& config,
                                                          const FunctionNames& names) const {
  return build_object(workload_, {machine_, threads_}, space_, config, names);
}

std::optional<std::string> Subject::overruns(const Config& config) const {
  for (const LoweredProgram& program : programs(config))
    if (const auto fault = find_overrun(program)) return program.name + ": " + *fault;
  return std::nullopt;
}

std::optional<std::string> Subject::differs(const Tensor& output) const {
  return find_difference(workload_, data_, output);
}

std::optional<std::string> Subject::interprets_wrongly(const Config& config) const {
  const std::vector<LoweredProgram> all = programs(config);
  Memory memory = {{"input", cells(numbers_of(data_.input, workload_.type))},
                   {"weights", cells(numbers_of(data_.weights, workload_.type))},
                   {"bias", cells(numbers_of(data_.bias))},
                   {"residual", cells(numbers_of(data_.residual, workload_.type))}};
  if (workload_.inner) {
    memory["inner_weights"] = cells(numbers_of(data_.inner.weights, workload_.type));
    memory["inner_bias"] = cells(numbers_of(data_.inner.bias));
  }
  // The last one prepares what the first one needs.
  for (auto program = all.rbegin(); program != all.rend(); ++program)
    if (auto fault = interpret(*program, memory)) return "interpreting " + program->name + ": " + *fault;
  const auto output = numbers(memory["output"]);
  if (!output) return "an element of the output is not computed from the operands";
  if (auto fault = differs(tensor_of(workload_.type, *output))) return "interpreting: " + *fault;
  return std::nullopt;
}

std::optional<std::string> Subject::runs_wrongly(const Config& config) const {
  const auto artifact = build(config);
  if (!artifact.ok()) return "building: " + artifact.error().message;
  const auto loaded = LoadedKernel::load(**artifact, data_);
  if (!loaded.ok()) return "loading: " + loaded.error().message;
  // What the second run computes must not depend on what the first left behind.
  for (const char* run : {"first run: ", "second run: "}) {
    (*loaded)->run();
    if (auto fault = differs((*loaded)->output())) return run + *fault;
  }
  return std::nullopt;
}

}  // namespace tamis::cpu::testing
