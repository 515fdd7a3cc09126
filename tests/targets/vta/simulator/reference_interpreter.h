#pragma once

#include "targets/vta/isa/program.h"

#include <cstdint>
#include <vector>

namespace tamis::vta {

/// Runs instructions one after another in program order, by the plainest loops over the definition of the
/// instruction set. Shares nothing with the simulator but the types of instructions.
class ReferenceInterpreter {
 public:
  ReferenceInterpreter(const Hardware& hardware, std::vector<DramBuffer> buffers);

  /// False for what no board allows; what was written before stays.
  bool run(const std::vector<Instruction>& instructions);
  const std::vector<DramBuffer>& buffers() const { return buffers_; }

 private:
  bool execute(const MemoryInstruction& memory);
  bool execute(const GemmInstruction& gemm);
  bool execute(const AluInstruction& alu);
  bool execute(const FinishInstruction&) { return true; }
  /// The byte at a DRAM address if the bytes [row, row + size) around it lie within one buffer.
  uint8_t* byte_at(uint64_t row, uint64_t size, uint64_t offset);
  bool copy_element(const MemoryInstruction& memory, uint64_t row, uint64_t column, uint64_t index);
  void clear_element(Memory memory, uint64_t index);
  /// Writes acc and out, three uops late where nothing is forwarded.
  struct Late {
    uint64_t dst;
    std::vector<int32_t> values;
  };
  void write_late(std::vector<Late>& late, Late write);
  void flush(std::vector<Late>& late, size_t keep);

  Hardware hardware_;
  Codec codec_;
  std::vector<DramBuffer> buffers_;
  std::vector<uint32_t> uop_;
  std::vector<int8_t> inp_, wgt_, out_;
  std::vector<int32_t> acc_;
};

}  // namespace tamis::vta
