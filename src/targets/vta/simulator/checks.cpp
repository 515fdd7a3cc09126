#include "targets/vta/simulator/checks.h"

#include "targets/vta/simulator/transfer.h"

#include <fmt/format.h>

namespace tamis::vta {
namespace {

using Trap = std::optional<std::string>;

Trap past_the_end(const Hardware& hardware, Memory memory, uint64_t index) {
  const auto depth = static_cast<uint64_t>(hardware.depth(memory));
  if (index < depth) return std::nullopt;
  return fmt::format("{} index {} is past the end ({} elements)", to_string(memory), index, depth);
}

Trap check_dram(const Hardware& hardware, const MemoryInstruction& memory, const TransferShape& shape,
                Dram& dram) {
  if (shape.rows == 0) return std::nullopt;
  const uint64_t bytes = hardware.element_bytes(memory.memory);
  const uint64_t row_bytes = shape.row_elements * bytes, stride = memory.x_stride * bytes;
  const uint64_t begin = memory.dram_base * bytes;
  // Almost always all rows lie in one buffer; only then is looking at each of them saved.
  if (dram.find(begin, (shape.rows - 1) * stride + row_bytes) != nullptr) return std::nullopt;
  for (uint64_t row = 0; row < shape.rows; ++row) {
    if (dram.find(begin + row * stride, row_bytes) != nullptr) continue;
    return fmt::format("DRAM bytes {:#x} to {:#x} (row {}) are not within one buffer", begin + row * stride,
                       begin + row * stride + row_bytes, row);
  }
  return std::nullopt;
}

/// Where a transfer's data lie in SRAM.
Memory home_of(Memory memory) { return memory == Memory::acc_8bit ? Memory::acc : memory; }

Trap check(const Hardware& hardware, const MemoryInstruction& memory, UopMemory&, Dram& dram) {
  const TransferShape shape(memory);
  if (memory.x_size == 0) return std::nullopt;
  if (memory.is_store && memory.memory != Memory::out)
    return fmt::format("only the out memory can be stored, not {}", to_string(memory.memory));
  if (!memory.is_store && memory.memory == Memory::out) return "the out memory cannot be loaded";
  if (memory.is_store && (memory.x_pad_0 | memory.x_pad_1 | memory.y_pad_0 | memory.y_pad_1) != 0)
    return "a store cannot have padding";
  if (shape.sram_elements() == 0) return std::nullopt;
  if (const auto most = most_inp_tiles(hardware); memory.memory == Memory::inp && shape.elements() > most)
    return fmt::format("{} inp tiles in one load: bursts of {} beats bear at most {}", shape.elements(),
                       hardware.memory.burst_beats, most);
  const uint64_t last = memory.sram_base + shape.sram_elements() - 1;
  if (auto trap = past_the_end(hardware, home_of(memory.memory), last)) return trap;
  return check_dram(hardware, memory, shape, dram);
}

/// The largest index that a loop nest reaches from a uop's largest base.
template <class Nest>
uint64_t reach(const Nest& nest, uint32_t base, uint32_t factor_out, uint32_t factor_in) {
  return base + uint64_t{nest.iter_out - 1} * factor_out + uint64_t{nest.iter_in - 1} * factor_in;
}

/// Whether a loop nest does anything, and whether its uops exist.
template <class Nest>
Trap check_uops(const Hardware& hardware, const Nest& nest, bool& runs) {
  runs = false;
  if (nest.uop_begin > nest.uop_end)
    return fmt::format("the uop range [{}, {}) ends before it begins", nest.uop_begin, nest.uop_end);
  if (nest.uop_begin == nest.uop_end || nest.iter_out == 0 || nest.iter_in == 0) return std::nullopt;
  runs = true;
  return past_the_end(hardware, Memory::uop, nest.uop_end - 1);
}

Trap check(const Hardware& hardware, const GemmInstruction& gemm, UopMemory& uops, Dram&) {
  bool runs = false;
  if (auto trap = check_uops(hardware, gemm, runs); trap || !runs) return trap;
  const UopSummary& range = uops.summary(gemm.uop_begin, gemm.uop_end);
  const uint64_t dst = reach(gemm, range.max_dst, gemm.dst_factor_out, gemm.dst_factor_in);
  if (auto trap = past_the_end(hardware, Memory::acc, dst); trap || gemm.reset) return trap;
  const uint64_t src = reach(gemm, range.max_src, gemm.src_factor_out, gemm.src_factor_in);
  if (auto trap = past_the_end(hardware, Memory::inp, src)) return trap;
  return past_the_end(hardware, Memory::wgt,
                      reach(gemm, range.max_wgt, gemm.wgt_factor_out, gemm.wgt_factor_in));
}

Trap check(const Hardware& hardware, const AluInstruction& alu, UopMemory& uops, Dram&) {
  bool runs = false;
  if (auto trap = check_uops(hardware, alu, runs); trap || !runs) return trap;
  const UopSummary& range = uops.summary(alu.uop_begin, alu.uop_end);
  const uint64_t dst = reach(alu, range.max_dst, alu.dst_factor_out, alu.dst_factor_in);
  if (auto trap = past_the_end(hardware, Memory::acc, dst); trap || alu.use_imm) return trap;
  return past_the_end(hardware, Memory::acc,
                      reach(alu, range.max_src, alu.src_factor_out, alu.src_factor_in));
}

Trap check(const Hardware&, const FinishInstruction&, UopMemory&, Dram&) { return std::nullopt; }

}  // namespace

std::optional<std::string> find_trap(const Hardware& hardware, const Instruction& instruction,
                                     UopMemory& uops, Dram& dram) {
  return std::visit([&](const auto& any) { return check(hardware, any, uops, dram); }, instruction);
}

}  // namespace tamis::vta
