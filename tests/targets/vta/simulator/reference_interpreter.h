#pragma once

#include "targets/vta/isa/program.h"

#include <cstdint>
#include <vector>

namespace tamis::vta {

/// Runs instructions one after another in program order, by the plainest loops over the definition of the
/// instruction set and what the hardware's design makes of it. Shares nothing with the simulator but the
/// types of instructions.
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
  bool is(Design design) const { return hardware_.design == design; }
  template <class Nest>
  bool may_run(const Nest& nest) const;
  /// The micro-op at an index, if the design has one there.
  const uint32_t* uop_at(uint64_t index) const;
  /// The byte at a DRAM address if the bytes [row, row + size) around it lie within one buffer.
  uint8_t* byte_at(uint64_t row, uint64_t size, uint64_t offset);
  bool copy_element(const MemoryInstruction& memory, uint64_t row, uint64_t column, uint64_t index);
  void clear_element(Memory memory, uint64_t index);
  /// A write to acc, and to out where there are values for it.
  struct Late {
    uint64_t dst = 0;
    std::vector<int32_t> values;
    std::vector<int8_t> out;
  };
  /// Writes are late by so many uops; keeps the newest `keep` back.
  void flush(std::vector<Late>& late, size_t keep);
  Late product(const GemmInstruction& gemm, uint64_t dst, uint64_t src, uint64_t wgt) const;
  Late result(const AluInstruction& alu, uint64_t dst, const std::vector<int32_t>& first,
              const std::vector<int32_t>& second) const;
  void run_uop(const AluInstruction& alu, uint64_t dst, uint64_t src, std::vector<Late>& late);
  std::vector<int32_t> element(uint64_t index) const;
  int32_t apply(const AluInstruction& alu, int32_t a, int32_t b) const;

  Hardware hardware_;
  Codec codec_;
  std::vector<DramBuffer> buffers_;
  std::vector<uint32_t> uop_;
  std::vector<int8_t> inp_, wgt_, out_;
  std::vector<int32_t> acc_;
};

}  // namespace tamis::vta
