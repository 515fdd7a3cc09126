#include "targets/vta/codegen/artifact.h"

#include "base/bytes.h"
#include "base/gzip.h"
#include "base/json.h"
#include "base/text.h"
#include "tamis/random.h"
#include "tamis/workload.h"
#include "targets/vta/isa/hardware.h"
#include "targets/vta/schedule/bias_blocks.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
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

/// The bytes of an operand or result in these layouts; nothing for what is no operand.
std::optional<size_t> operand_bytes(const VtaArtifact& artifact, BufferRole role) {
  const Hardware& hardware = artifact.hardware;
  const BlockedWorkload& blocked = artifact.blocked;
  const auto bytes = [&](int64_t elements, Memory memory) {
    return std::optional(static_cast<size_t>(elements * hardware.element_bytes(memory)));
  };
  const bool products = artifact.bias != BiasRoute::alu;
  switch (role) {
    case BufferRole::input:
      return bytes(blocked.batch_blocks * blocked.total_ci_blocks() * blocked.h.input * blocked.w.input,
                   Memory::inp);
    case BufferRole::weights:
      return bytes(blocked.total_co_blocks() * blocked.ci_blocks * blocked.h.kernel * blocked.w.kernel,
                   Memory::wgt);
    case BufferRole::bias:
      return bytes(blocked.total_co_blocks(), products ? Memory::wgt : Memory::acc);
    case BufferRole::output:
      return bytes(blocked.batch_blocks * blocked.total_co_blocks() * blocked.h.output() * blocked.w.output(),
                   Memory::out);
    case BufferRole::constants:
      return bytes(1, Memory::inp);
    case BufferRole::data:
    case BufferRole::uops:
      break;
  }
  return std::nullopt;
}

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

/// As many instructions as usual devices have room for, and what lies beside them.
constexpr uint64_t kMostUnpacked = uint64_t{64} << 20;
/// Of a buffer that is no operand: bytes.
constexpr uint64_t kMostBuffer = uint64_t{64} << 20;
constexpr uint64_t kMostBuffers = 16;
constexpr uint64_t kAddressSpace = uint64_t{1} << 32;
constexpr auto kLastRole = static_cast<uint64_t>(BufferRole::constants);
const char* const kOrigin = "a program of VTA as bytes";
static_assert(std::endian::native == std::endian::little, "instructions are written as they lie in memory");

void write_buffer(ByteWriter& writer, const DramBuffer& buffer) {
  size_t size = buffer.bytes.size();
  while (size > 0 && buffer.bytes[size - 1] == 0) --size;
  writer.number(buffer.address);
  writer.number(static_cast<uint64_t>(buffer.role));
  writer.number(buffer.bytes.size());
  writer.text({reinterpret_cast<const char*>(buffer.bytes.data()), size});
}

/// A buffer whose size is known to be right before there is memory for it.
Result<DramBuffer> read_buffer(ByteReader& reader, const VtaArtifact& artifact) {
  DramBuffer buffer;
  TAMIS_ASSIGN(const uint64_t address, reader.number("a buffer's address", kAddressSpace - 1));
  TAMIS_ASSIGN(const uint64_t role, reader.number("a buffer's role", kLastRole));
  buffer.address = static_cast<uint32_t>(address);
  buffer.role = static_cast<BufferRole>(role);
  const std::optional<size_t> operand = operand_bytes(artifact, buffer.role);
  TAMIS_ASSIGN(const uint64_t size, reader.number("a buffer's size", operand.value_or(kMostBuffer)));
  TAMIS_ASSIGN(const std::string_view bytes, reader.text("a buffer"));
  if (size < bytes.size() || (operand && size != *operand) || address + size > kAddressSpace)
    return corrupt(fmt::format("{}: the buffer at {:#x} has {}, which are not those of its operand", kOrigin,
                               address, counted(size, "byte")));
  buffer.bytes.assign(bytes.begin(), bytes.end());
  buffer.bytes.resize(size);
  return buffer;
}

/// Whether a program has one buffer of each role that it must have.
Status check_roles(const Launch& launch) {
  for (const BufferRole role :
       {BufferRole::input, BufferRole::weights, BufferRole::bias, BufferRole::uops, BufferRole::output})
    if (std::count_if(launch.buffers.begin(), launch.buffers.end(),
                      [&](const DramBuffer& buffer) { return buffer.role == role; }) != 1)
      return corrupt(fmt::format("{}: an operand has not one buffer", kOrigin));
  return {};
}

std::string launch_bytes(const VtaArtifact& artifact) {
  const Launch& launch = artifact.launch;
  ByteWriter writer;
  writer.text(to_json(artifact.hardware).dump());
  writer.number(launch.instruction_address);
  writer.text({reinterpret_cast<const char*>(launch.instructions.data()),
               launch.instructions.size() * sizeof(EncodedInstruction)});
  writer.number(launch.buffers.size());
  for (const DramBuffer& buffer : launch.buffers) write_buffer(writer, buffer);
  return writer.take();
}

/// What launch_bytes() wrote, into an artifact that has everything else.
Status read_launch(std::string_view bytes, VtaArtifact& artifact) {
  ByteReader reader(bytes, kOrigin);
  TAMIS_ASSIGN(const std::string_view hardware, reader.text("its device"));
  if (hardware != to_json(artifact.hardware).dump())
    return unsupported(
        fmt::format("{}: it was built for another device than {}; give both machines the same "
                    "device file",
                    kOrigin, artifact.hardware.model()));
  Launch& launch = artifact.launch;
  TAMIS_ASSIGN(const uint64_t address, reader.number("the address of its instructions", kAddressSpace - 1));
  TAMIS_ASSIGN(const std::string_view instructions, reader.text("its instructions"));
  const size_t count = instructions.size() / sizeof(EncodedInstruction);
  if (instructions.size() % sizeof(EncodedInstruction) != 0 || count > artifact.hardware.max_instructions)
    return corrupt(
        fmt::format("{}: its {} do not fit the device's stream buffer", kOrigin,
                    counted(instructions.size(), "byte of instructions", "bytes of instructions")));
  launch.instruction_address = static_cast<uint32_t>(address);
  launch.instructions.resize(count);
  if (count > 0) std::memcpy(launch.instructions.data(), instructions.data(), instructions.size());
  TAMIS_ASSIGN(const uint64_t buffers, reader.number("the number of its buffers", kMostBuffers));
  for (uint64_t i = 0; i < buffers; ++i) {
    TAMIS_ASSIGN(DramBuffer buffer, read_buffer(reader, artifact));
    launch.buffers.push_back(std::move(buffer));
  }
  TAMIS_TRY(reader.end());
  TAMIS_TRY(check_roles(launch));
  if (const Status apart = check_overlap(launch.buffers, kOrigin); !apart.ok())
    return corrupt(apart.error().message);
  return {};
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

Result<std::string> pack_program(const VtaArtifact& artifact) {
  const std::string launch = launch_bytes(artifact);
  if (launch.size() > kMostUnpacked)
    return unsupported(fmt::format("{}: {} are more than can be sent", kOrigin,
                                   counted(artifact.launch.instructions.size(), "instruction")));
  TAMIS_ASSIGN(const std::string packed, gzip(launch, kOrigin));
  ByteWriter writer;
  writer.number(static_cast<uint64_t>(artifact.bias));
  writer.text(packed);
  return writer.take();
}

Result<std::shared_ptr<const VtaArtifact>> unpack_program(VtaArtifact frame, std::string_view bytes) {
  ByteReader reader(bytes, kOrigin);
  TAMIS_ASSIGN(const uint64_t bias,
               reader.number("its route of the bias", static_cast<uint64_t>(BiasRoute::gemm)));
  TAMIS_ASSIGN(const std::string_view packed, reader.text("its launch"));
  TAMIS_TRY(reader.end());
  frame.bias = static_cast<BiasRoute>(bias);
  frame.launch = {};
  if (frame.bias == BiasRoute::gemm && !bias_fits_blocks(frame.workload, frame.blocked))
    return corrupt(
        fmt::format("{}: it carries the bias as products, which this workload's may not be", kOrigin));
  TAMIS_ASSIGN(const std::string launch, gunzip(packed, kOrigin, kMostUnpacked));
  TAMIS_TRY(read_launch(launch, frame));
  return std::shared_ptr<const VtaArtifact>(std::make_shared<const VtaArtifact>(std::move(frame)));
}

}  // namespace tamis::vta
