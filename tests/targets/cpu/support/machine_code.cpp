#include "targets/cpu/support/machine_code.h"

#include "targets/cpu/runtime/loaded_kernel.h"
#include "targets/cpu/support/numbers.h"

namespace tamis::cpu::testing {
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
  data.input = tensor_of(type, input);
  data.weights = tensor_of(type, weights);
  data.bias = tensor_of(type, {});
  data.output = tensor_of(type, std::vector<double>(static_cast<size_t>(output.elements())));
  TAMIS_ASSIGN(const std::unique_ptr<LoadedKernel> kernel, LoadedKernel::load(artifact, data));
  kernel->run();
  return numbers_of(kernel->output());
}

}  // namespace tamis::cpu::testing
