#include "target/cpu/support/machine_code.h"

#include "target/cpu/runtime/loaded_kernel.h"

namespace tamis::cpu::testing {
namespace {

Tensor tensor(DataType type, const std::vector<double>& numbers) {
  if (type == DataType::int8) return std::vector<int8_t>(numbers.begin(), numbers.end());
  return std::vector<float>(numbers.begin(), numbers.end());
}

}  // namespace

Result<std::vector<double>> run_on(const std::string& processor, int threads, const LoweredProgram& program,
                                   const std::vector<double>& input, const std::vector<double>& weights) {
  TAMIS_ASSIGN(const Machine machine, find_machine(processor));
  CpuArtifact artifact;
  TAMIS_ASSIGN(artifact.object, compile({program}, machine, threads));
  artifact.threads = threads;
  for (const Buffer& buffer : program.buffers)
    if (buffer.storage == Storage::argument) artifact.run_arguments.push_back(buffer);
  const Buffer& output = *program.find("output");
  const DataType type = output.element == Element::int8 ? DataType::int8 : DataType::float32;
  artifact.workload.type = type;
  WorkloadData data;
  data.input = tensor(type, input);
  data.weights = tensor(type, weights);
  data.bias = tensor(type, {});
  data.output = tensor(type, std::vector<double>(static_cast<size_t>(output.elements())));
  TAMIS_ASSIGN(const std::unique_ptr<LoadedKernel> kernel, LoadedKernel::load(artifact, data));
  kernel->run();
  const Tensor result = kernel->output();
  if (type == DataType::int8)
    return std::vector<double>(result.values<int8_t>().begin(), result.values<int8_t>().end());
  return std::vector<double>(result.values<float>().begin(), result.values<float>().end());
}

}  // namespace tamis::cpu::testing
