#include "targets/vta/codegen/artifact.h"

#include "base/json.h"
#include "targets/vta/codegen/packing.h"

namespace tamis::vta {

Launch load_operands(const VtaArtifact& artifact, const WorkloadData& data) {
  Launch launch = artifact.launch;
  for (DramBuffer& buffer : launch.buffers) {
    switch (buffer.role) {
      case BufferRole::input:
        buffer.bytes =
            pack_input(artifact.workload, artifact.blocked, artifact.hardware, data.input.values<int8_t>());
        break;
      case BufferRole::weights:
        buffer.bytes = pack_weights(artifact.workload, artifact.blocked, artifact.hardware,
                                    data.weights.values<int8_t>());
        break;
      case BufferRole::bias:
        buffer.bytes =
            pack_bias(artifact.workload, artifact.blocked, artifact.hardware, data.bias.values<int32_t>());
        break;
      case BufferRole::data:
      case BufferRole::uops:
      case BufferRole::output:
        break;
    }
  }
  return launch;
}

Tensor read_output(const VtaArtifact& artifact, const Launch& launch) {
  for (const DramBuffer& buffer : launch.buffers)
    if (buffer.role == BufferRole::output)
      return unpack_output(artifact.workload, artifact.blocked, artifact.hardware, buffer.bytes);
  return {};
}

Status save_launch(const std::string& path, const VtaArtifact& artifact, const Launch& before,
                   const Launch& after) {
  Program program;
  program.workload = to_json(artifact.workload);
  program.config = artifact.config;
  program.hardware = artifact.hardware;
  program.launches = {before};
  for (size_t i = 0; i < before.buffers.size(); ++i)
    if (after.buffers[i].bytes != before.buffers[i].bytes)
      program.launches[0].buffers[i].after = after.buffers[i].bytes;
  return write_program(path, program);
}

}  // namespace tamis::vta
