#include "targets/vta/simulator/checks.h"

#include "targets/vta/simulator/transfer.h"

#include <variant>
#include <vector>

#include <fmt/format.h>

namespace tamis::vta {
namespace {

using Trap = std::optional<std::string>;

/// Where a transfer's data lie in SRAM.
Memory home_of(Memory memory) { return memory == Memory::acc_8bit ? Memory::acc : memory; }

/// The largest index that a loop nest reaches from a uop's largest base.
template <class Nest>
uint64_t reach(const Nest& nest, uint32_t base, uint32_t factor_out, uint32_t factor_in) {
  return base + uint64_t{nest.iter_out - 1} * factor_out + uint64_t{nest.iter_in - 1} * factor_in;
}

}  // namespace

Checks::Checks(const Hardware& hardware, UopMemory& uops, Dram& dram)
    : hardware_(hardware), uops_(uops), dram_(dram), most_inp_tiles_(most_inp_tiles(hardware)) {
  for (size_t i = 0; i < depths_.size(); ++i) {
    depths_[i] = static_cast<uint64_t>(hardware.depth(static_cast<Memory>(i)));
    bytes_[i] = static_cast<uint64_t>(hardware.element_bytes(static_cast<Memory>(i)));
  }
}

Trap Checks::find_trap(const Instruction& instruction) const {
  return std::visit([&](const auto& any) { return find_trap(any); }, instruction);
}

std::string Checks::past_the_end_text(Memory memory, uint64_t index) const {
  return fmt::format("{} index {} is past the end ({} elements)", to_string(memory), index, depth(memory));
}

Trap Checks::check_dram(const MemoryInstruction& memory) const {
  const uint64_t rows = memory.y_size;
  if (rows == 0) return std::nullopt;
  const uint64_t bytes = bytes_[static_cast<size_t>(memory.memory)];
  const uint64_t row_bytes = memory.x_size * bytes, stride = memory.x_stride * bytes;
  const uint64_t begin = memory.dram_base * bytes;
  // Almost always all rows lie in one buffer; only then is looking at each of them saved.
  if (dram_.find(begin, (rows - 1) * stride + row_bytes) != nullptr) return std::nullopt;
  for (uint64_t row = 0; row < rows; ++row) {
    if (dram_.find(begin + row * stride, row_bytes) != nullptr) continue;
    return fmt::format("DRAM bytes {:#x} to {:#x} (row {}) are not within one buffer", begin + row * stride,
                       begin + row * stride + row_bytes, row);
  }
  return std::nullopt;
}

/// What is legal on some designs only.
Trap Checks::check_loaded(const MemoryInstruction& memory) const {
  if (memory.y_size == 0 && hardware_.design == Design::chisel)
    return fmt::format("y_size is 0, but the chisel design needs at least 1 row where x_size ({}) is not 0",
                       memory.x_size);
  if (memory.memory == Memory::acc_8bit && hardware_.design != Design::fsim)
    return fmt::format("the {} design has no loads of acc_8bit: it loads acc in 32 bits only",
                       to_string(hardware_.design));
  return std::nullopt;
}

Trap Checks::find_trap(const MemoryInstruction& memory) const {
  if (memory.x_size == 0) {
    const bool pads = (memory.x_pad_0 | memory.x_pad_1 | memory.y_pad_0 | memory.y_pad_1) != 0;
    if (hardware_.design != Design::hls || memory.is_store || !pads) return std::nullopt;
    return "x_size is 0, but there is padding, which the hls design writes all the same: at most 0 is "
           "allowed";
  }
  const TransferShape shape(memory);
  if (memory.is_store && memory.memory != Memory::out)
    return fmt::format("only the out memory can be stored, not {}", to_string(memory.memory));
  if (!memory.is_store && memory.memory == Memory::out) return "the out memory cannot be loaded";
  if (memory.is_store && (memory.x_pad_0 | memory.x_pad_1 | memory.y_pad_0 | memory.y_pad_1) != 0)
    return "a store cannot have padding";
  if (memory.y_size == 0 || memory.memory == Memory::acc_8bit)
    if (auto trap = check_loaded(memory)) return trap;
  if (shape.sram_elements() == 0) return std::nullopt;
  if (memory.memory == Memory::inp && shape.elements() > most_inp_tiles_)
    return fmt::format("{} inp tiles in one load: bursts of {} beats bear at most {}", shape.elements(),
                       hardware_.memory.burst_beats, most_inp_tiles_);
  const uint64_t last = memory.sram_base + shape.sram_elements() - 1;
  const bool wraps = memory.memory == Memory::uop && hardware_.design == Design::chisel;
  if (wraps) return check_dram(memory);
  if (auto trap = past_the_end(home_of(memory.memory), last)) return trap;
  return check_dram(memory);
}

/// Whether a loop nest does anything, and whether its uops exist. The Chisel design finds a uop for every
/// index.
template <class Nest>
Trap Checks::check_uops(const Nest& nest, bool& runs) const {
  runs = nest.uop_begin < nest.uop_end && nest.iter_out != 0 && nest.iter_in != 0;
  if (!runs) return check_nothing(nest);
  if (hardware_.design == Design::chisel) return std::nullopt;
  return past_the_end(Memory::uop, nest.uop_end - 1);
}

template <class Nest>
Trap Checks::check_nothing(const Nest& nest) const {
  if (nest.uop_begin > nest.uop_end)
    return fmt::format("the uop range [{}, {}) ends before it begins", nest.uop_begin, nest.uop_end);
  if (hardware_.design != Design::chisel) return std::nullopt;
  if (nest.uop_begin == nest.uop_end)
    return fmt::format("the uop range [{}, {}) is empty, but the chisel design needs at least 1 micro-op",
                       nest.uop_begin, nest.uop_end);
  return fmt::format("the loop extents are {} and {}, but the chisel design needs at least 1 of each",
                     nest.iter_out, nest.iter_in);
}

Trap Checks::find_trap(const GemmInstruction& gemm) const {
  bool runs = false;
  if (auto trap = check_uops(gemm, runs); trap || !runs) return trap;
  const UopSummary& range = uops_.summary(gemm.uop_begin, gemm.uop_end);
  const uint64_t dst = reach(gemm, range.max_dst, gemm.dst_factor_out, gemm.dst_factor_in);
  if (auto trap = past_the_end(Memory::acc, dst); trap || gemm.reset) return trap;
  const uint64_t src = reach(gemm, range.max_src, gemm.src_factor_out, gemm.src_factor_in);
  if (auto trap = past_the_end(Memory::inp, src)) return trap;
  return past_the_end(Memory::wgt, reach(gemm, range.max_wgt, gemm.wgt_factor_out, gemm.wgt_factor_in));
}

Trap Checks::find_trap(const AluInstruction& alu) const {
  if (alu.opcode == AluOpcode::mul && hardware_.design != Design::fsim)
    return fmt::format("the {} design has no MUL: its ALU has MIN, MAX, ADD and SHR",
                       to_string(hardware_.design));
  bool runs = false;
  if (auto trap = check_uops(alu, runs); trap || !runs) return trap;
  const UopSummary& range = uops_.summary(alu.uop_begin, alu.uop_end);
  const uint64_t dst = reach(alu, range.max_dst, alu.dst_factor_out, alu.dst_factor_in);
  if (auto trap = past_the_end(Memory::acc, dst)) return trap;
  // With an immediate the Chisel design reads acc[src], and the functional simulator demands that it exists.
  if (alu.use_imm && hardware_.design == Design::hls) return std::nullopt;
  return past_the_end(Memory::acc, reach(alu, range.max_src, alu.src_factor_out, alu.src_factor_in));
}

Status check_transfers(const Hardware& hardware, const Launch& launch) {
  const Codec codec(hardware);
  UopMemory uops(codec, static_cast<uint64_t>(hardware.depth(Memory::uop)));
  std::vector<DramBuffer> buffers = launch.buffers;
  Dram dram(buffers);
  const Checks checks(hardware, uops, dram);
  for (size_t i = 0; i < launch.instructions.size(); ++i) {
    Result<Instruction> instruction = codec.decode(launch.instructions[i]);
    if (!instruction.ok()) return instruction.error().within(fmt::format("instruction {}", i));
    auto* memory = std::get_if<MemoryInstruction>(&*instruction);
    if (memory == nullptr) continue;
    adapt(*memory, hardware.design);
    if (const Trap trap = checks.find_trap(*memory))
      return corrupt(fmt::format("instruction {}: {}", i, *trap));
  }
  return {};
}

}  // namespace tamis::vta
