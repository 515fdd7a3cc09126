#include "targets/vta/driver/relocation.h"

#include <fmt/format.h>

namespace tamis::vta {
namespace {

Status relocate_one(const Hardware& hardware, const std::vector<DramBuffer>& buffers,
                    const std::vector<uint32_t>& addresses, size_t position, MemoryInstruction& instruction) {
  const auto element = static_cast<uint64_t>(hardware.element_bytes(instruction.memory));
  const uint64_t address = instruction.dram_base * element;
  for (size_t i = 0; i < buffers.size(); ++i) {
    const uint64_t begin = buffers[i].address;
    if (address < begin || address >= begin + buffers[i].bytes.size()) continue;
    const uint64_t moved = addresses[i] + (address - begin);
    if (moved % element != 0)
      return invalid_input(fmt::format(
          "the driver placed a buffer at {:#x}, which is not a multiple of {} bytes", addresses[i], element));
    instruction.dram_base = static_cast<uint32_t>(moved / element);
    return {};
  }
  return invalid_input(
      fmt::format("instruction {} accesses DRAM at {:#x}, outside every buffer", position, address));
}

}  // namespace

Status relocate(const Hardware& hardware, Launch& launch, const std::vector<uint32_t>& addresses) {
  const Codec codec(hardware);
  for (size_t i = 0; i < launch.instructions.size(); ++i) {
    Result<Instruction> decoded = codec.decode(launch.instructions[i]);
    if (!decoded.ok()) continue;  // the device's to refuse
    auto* memory = std::get_if<MemoryInstruction>(&*decoded);
    if (memory == nullptr || memory->x_size == 0) continue;
    TAMIS_TRY(relocate_one(hardware, launch.buffers, addresses, i, *memory));
    launch.instructions[i] = codec.encode(*decoded);
  }
  for (size_t i = 0; i < launch.buffers.size(); ++i) launch.buffers[i].address = addresses[i];
  return {};
}

}  // namespace tamis::vta
