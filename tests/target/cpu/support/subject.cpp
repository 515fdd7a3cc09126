#include "target/cpu/support/subject.h"

#include "measure/check.h"
#include "target/cpu/loop/bounds.h"
#include "target/cpu/runtime/loaded_kernel.h"
#include "target/cpu/support/interpreter.h"

namespace tamis::cpu::testing {
namespace {

std::vector<Cell> cells_of(const Tensor& tensor) {
  std::vector<double> numbers;
  if (tensor.holds<float>()) numbers.assign(tensor.values<float>().begin(), tensor.values<float>().end());
  if (tensor.holds<int8_t>()) numbers.assign(tensor.values<int8_t>().begin(), tensor.values<int8_t>().end());
  if (tensor.holds<int32_t>())
    numbers.assign(tensor.values<int32_t>().begin(), tensor.values<int32_t>().end());
  return cells(numbers);
}

Tensor tensor_of(DataType type, const std::vector<double>& numbers) {
  if (type == DataType::int8) return std::vector<int8_t>(numbers.begin(), numbers.end());
  return std::vector<float>(numbers.begin(), numbers.end());
}

std::vector<Buffer> arguments_of(const Program& program) {
  std::vector<Buffer> arguments;
  for (const Buffer& buffer : program.buffers)
    if (buffer.storage == Storage::argument) arguments.push_back(buffer);
  return arguments;
}

}  // namespace

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

Kernel Subject::kernel(const Config& config) const {
  return schedule(workload_, choices_of(workload_, machine_, space_, config), nullptr);
}

std::vector<LoweredProgram> Subject::programs(const Config& config) const {
  const Kernel kernel = this->kernel(config);
  std::vector<LoweredProgram> programs = {lower(kernel.run)};
  if (kernel.prepare) programs.push_back(lower(*kernel.prepare));
  return programs;
}

std::optional<std::string> Subject::overruns(const Config& config) const {
  for (const LoweredProgram& program : programs(config))
    if (const auto fault = find_overrun(program)) return program.name + ": " + *fault;
  return std::nullopt;
}

std::optional<std::string> Subject::interprets_wrongly(const Config& config) const {
  const std::vector<LoweredProgram> all = programs(config);
  Memory memory = {
      {"input", cells_of(data_.input)}, {"weights", cells_of(data_.weights)}, {"bias", cells_of(data_.bias)}};
  // The last one prepares what the first one needs.
  for (auto program = all.rbegin(); program != all.rend(); ++program)
    if (auto fault = interpret(*program, memory)) return "interpreting " + program->name + ": " + *fault;
  const auto output = numbers(memory["output"]);
  if (!output) return "an element of the output is not computed from the operands";
  if (auto fault = find_difference(workload_, data_, tensor_of(workload_.type, *output)))
    return "interpreting: " + *fault;
  return std::nullopt;
}

std::optional<std::string> Subject::runs_wrongly(const Config& config) const {
  const Kernel kernel = this->kernel(config);
  Result<CompiledObject> object = compile(programs(config), machine_, threads_);
  if (!object.ok()) return "compiling: " + object.error().message;
  CpuArtifact artifact;
  artifact.workload = workload_;
  artifact.object = std::move(*object);
  artifact.threads = threads_;
  artifact.run_arguments = arguments_of(kernel.run);
  if (kernel.prepare) artifact.prepare_arguments = arguments_of(*kernel.prepare);
  const auto loaded = LoadedKernel::load(artifact, data_);
  if (!loaded.ok()) return "loading: " + loaded.error().message;
  // What the second run computes must not depend on what the first left behind.
  for (const char* run : {"first run: ", "second run: "}) {
    (*loaded)->run();
    if (auto fault = find_difference(workload_, data_, (*loaded)->output())) return run + *fault;
  }
  return std::nullopt;
}

}  // namespace tamis::cpu::testing
