#pragma once

#include "tamis/result.h"
#include "targets/vta/isa/instruction.h"
#include "targets/vta/isa/program.h"
#include "targets/vta/simulator/data_path.h"

#include <array>
#include <optional>
#include <string>

namespace tamis::vta {

/// Finds what an instruction would do that a device of the hardware's design does not allow, if anything;
/// loads are given after adapt(). Costs the same for one micro-op and for millions. What it
/// refers to must outlive it. Not thread safe.
class [[gnu::visibility("hidden")]] Checks {
 public:
  Checks(const Hardware& hardware, UopMemory& uops, Dram& dram);

  std::optional<std::string> find_trap(const MemoryInstruction& memory) const;
  std::optional<std::string> find_trap(const GemmInstruction& gemm) const;
  std::optional<std::string> find_trap(const AluInstruction& alu) const;
  std::optional<std::string> find_trap(const FinishInstruction&) const { return std::nullopt; }
  std::optional<std::string> find_trap(const Instruction& instruction) const;

 private:
  uint64_t depth(Memory memory) const { return depths_[static_cast<size_t>(memory)]; }
  std::optional<std::string> past_the_end(Memory memory, uint64_t index) const {
    if (index < depth(memory)) return std::nullopt;
    return past_the_end_text(memory, index);
  }
  [[gnu::cold]] std::string past_the_end_text(Memory memory, uint64_t index) const;
  std::optional<std::string> check_loaded(const MemoryInstruction& memory) const;
  std::optional<std::string> check_dram(const MemoryInstruction& memory) const;
  template <class Nest>
  std::optional<std::string> check_uops(const Nest& nest, bool& runs) const;
  template <class Nest>
  [[gnu::cold]] std::optional<std::string> check_nothing(const Nest& nest) const;

  const Hardware& hardware_;
  UopMemory& uops_;
  Dram& dram_;
  std::array<uint64_t, 6> depths_{};  // of memories, by their codes
  std::array<uint64_t, 6> bytes_{};   // of their elements
  uint64_t most_inp_tiles_;           // in one load
};

/// Whether every instruction of a launch exists and every transfer stays within one of its buffers and within
/// the memories, as the simulator demands of it while it runs; a board writes wherever it is told to. Errors:
/// corrupt, naming the instruction. Thread safe.
Status check_transfers(const Hardware& hardware, const Launch& launch);

}  // namespace tamis::vta
