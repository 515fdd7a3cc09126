#pragma once

#include "targets/vta/isa/instruction.h"
#include "targets/vta/simulator/dram.h"
#include "targets/vta/simulator/gemm_kernel.h"
#include "targets/vta/simulator/uop_memory.h"

#include <cstdint>
#include <vector>

namespace tamis::vta {

/// The memories of the device and what instructions do to them. Every instruction must have passed
/// find_trap(). All memories start as zeros. With functional false only uop loads do anything and no other
/// memory exists.
class DataPath {
 public:
  DataPath(const Hardware& hardware, const Codec& codec, Dram& dram, bool functional);

  UopMemory& uops() { return uops_; }
  /// The whole effect of an instruction, at once.
  void execute(const Instruction& instruction);

 private:
  void execute(const MemoryInstruction& memory);
  void execute(const GemmInstruction& gemm);
  void execute(const AluInstruction& alu);
  void execute(const FinishInstruction&) {}
  void store(const MemoryInstruction& memory);
  /// Fills one row in SRAM: `count` elements from `bytes`, or zeros where it is null.
  void write_row(Memory memory, uint64_t index, const uint8_t* bytes, uint64_t count);
  template <class Nest>
  bool is_stale(const Nest& nest);
  TensorMemories memories();

  const Hardware& hardware_;
  Dram& dram_;
  bool functional_;
  UopMemory uops_;
  std::vector<int8_t> inp_, wgt_, out_;
  std::vector<int32_t> acc_;
};

}  // namespace tamis::vta
