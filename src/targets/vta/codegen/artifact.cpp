#include "targets/vta/codegen/artifact.h"

#include "base/json.h"
#include "tamis/random.h"
#include "tamis/workload.h"
#include "targets/vta/isa/hardware.h"
#include "targets/vta/schedule/bias_blocks.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

namespace tamis::vta {
namespace {

// VTA's DRAM layouts, as bytes. All of a block's lanes lie together; a batch or channel that the workload
// does not have is zero.
//   input   [batch block][ci block][h][w]  elements of batch x block int8
//   weights [co block][ci block of its group][kernel h][kernel w]  elements of block_out x block_in int8,
//           flipped in h and w for conv2d_transpose, block-diagonal for merged groups
//   bias    [co block]  elements of batch x block int32, the same for every batch lane; as a product
//   (bias_blocks.h)
//           elements of block_out x block_in int8
//   output  [batch block][co block][positions * phases rows][... columns]  elements of batch x block int8

std::vector<uint8_t> pack_input(const Workload& workload, const BlockedWorkload& blocked,
                                const Hardware& hardware, const std::vector<int8_t>& input) {
  const ConvShape& shape = workload.shape;
  const int64_t block = hardware.block();
  const int64_t element = hardware.element_bytes(Memory::inp);
  const int64_t plane = shape.h * shape.w;
  std::vector<uint8_t> packed(
      static_cast<size_t>(blocked.batch_blocks * blocked.total_ci_blocks() * plane * element));
  for (int64_t n = 0; n < shape.n; ++n) {
    for (int64_t c = 0; c < shape.ci; ++c) {
      const int64_t tile = (n / hardware.batch() * blocked.total_ci_blocks() + c / block) * plane;
      const int64_t lane = n % hardware.batch() * block + c % block;
      const int8_t* source = input.data() + (n * shape.ci + c) * plane;
      uint8_t* target = packed.data() + tile * element + lane;
      for (int64_t i = 0; i < plane; ++i) target[i * element] = static_cast<uint8_t>(source[i]);
    }
  }
  return packed;
}

std::vector<uint8_t> pack_weights(const Workload& workload, const BlockedWorkload& blocked,
                                  const Hardware& hardware, const std::vector<int8_t>& weights) {
  const ConvShape& shape = workload.shape;
  const int64_t block = hardware.block();
  const int64_t taps = shape.kernel_h * shape.kernel_w;
  const int64_t ci_group = shape.ci / shape.groups;
  const int64_t co_group = shape.co / shape.groups;
  const bool flipped = workload.op == Operator::conv2d_transpose;
  std::vector<uint8_t> packed(
      static_cast<size_t>(blocked.total_co_blocks() * blocked.ci_blocks * taps * block * block));
  for (int64_t o = 0; o < shape.co; ++o) {
    // The channel's place among the input channels of its (merged) group.
    const int64_t first_input = o / co_group % blocked.merged * ci_group;
    for (int64_t i = 0; i < ci_group; ++i) {
      const int64_t c = first_input + i;
      const int64_t tile = (o / block * blocked.ci_blocks + c / block) * taps;
      const int64_t lane = o % block * block + c % block;
      const int8_t* source = weights.data() + (o * ci_group + i) * taps;
      for (int64_t t = 0; t < taps; ++t)
        packed[static_cast<size_t>((tile + (flipped ? taps - 1 - t : t)) * block * block + lane)] =
            static_cast<uint8_t>(source[t]);
    }
  }
  return packed;
}

std::vector<uint8_t> pack_bias(const Workload& workload, const BlockedWorkload& blocked,
                               const Hardware& hardware, const std::vector<int32_t>& bias) {
  const int64_t block = hardware.block();
  const int64_t lanes = hardware.batch() * block;
  std::vector<int32_t> packed(static_cast<size_t>(blocked.total_co_blocks() * lanes));
  for (int64_t o = 0; o < workload.shape.co; ++o)
    for (int64_t b = 0; b < hardware.batch(); ++b)
      packed[static_cast<size_t>(o / block * lanes + b * block + o % block)] = bias[static_cast<size_t>(o)];
  std::vector<uint8_t> bytes(packed.size() * sizeof(int32_t));
  std::memcpy(bytes.data(), packed.data(), bytes.size());
  return bytes;
}

std::vector<uint8_t> bytes_of(const std::vector<int8_t>& values) { return {values.begin(), values.end()}; }

Result<std::vector<uint8_t>> pack_any_bias(const VtaArtifact& artifact, const std::vector<int32_t>& bias) {
  if (artifact.bias == BiasRoute::alu)
    return pack_bias(artifact.workload, artifact.blocked, artifact.hardware, bias);
  TAMIS_ASSIGN(const std::vector<int8_t> blocks, bias_blocks(artifact.workload, artifact.blocked, bias));
  return bytes_of(blocks);
}

/// The NCHW output in a packed one; rows and columns beyond the workload's are dropped.
std::vector<int8_t> unpack_output(const Workload& workload, const BlockedWorkload& blocked,
                                  const Hardware& hardware, const std::vector<uint8_t>& packed) {
  const ConvShape& shape = workload.shape;
  const int64_t block = hardware.block();
  const int64_t element = hardware.element_bytes(Memory::out);
  const int64_t rows = output_height(workload);
  const int64_t cols = output_width(workload);
  std::vector<int8_t> output(static_cast<size_t>(shape.n * shape.co * rows * cols));
  int8_t* target = output.data();
  for (int64_t n = 0; n < shape.n; ++n) {
    for (int64_t o = 0; o < shape.co; ++o) {
      const int64_t tile = n / hardware.batch() * blocked.total_co_blocks() + o / block;
      const int64_t lane = n % hardware.batch() * block + o % block;
      for (int64_t y = 0; y < rows; ++y) {
        const uint8_t* row =
            packed.data() + (tile * blocked.h.output() + y) * blocked.w.output() * element + lane;
        for (int64_t x = 0; x < cols; ++x) *target++ = static_cast<int8_t>(row[x * element]);
      }
    }
  }
  return output;
}

}  // namespace

std::string VtaArtifact::code_hash() const {
  std::string text = fmt::format("{} {}", launch.instruction_address, static_cast<int>(bias));
  static_assert(std::has_unique_object_representations_v<EncodedInstruction>);
  text.append(reinterpret_cast<const char*>(launch.instructions.data()),
              launch.instructions.size() * sizeof(EncodedInstruction));
  for (const DramBuffer& buffer : launch.buffers) {
    text += fmt::format(" {} {} {} ", buffer.address, buffer.bytes.size(), static_cast<int>(buffer.role));
    // What else is in a buffer does not depend on the config.
    if (buffer.role == BufferRole::uops) text.append(buffer.bytes.begin(), buffer.bytes.end());
  }
  return digest(text);
}

Result<Launch> load_operands(const VtaArtifact& artifact, const WorkloadData& data) {
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
      case BufferRole::bias: {
        TAMIS_ASSIGN(buffer.bytes, pack_any_bias(artifact, data.bias.values<int32_t>()));
        break;
      }
      case BufferRole::constants:
        buffer.bytes = bytes_of(bias_constants(artifact.hardware.batch(), artifact.hardware.block()));
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
