#pragma once

#include "targets/vta/isa/instruction.h"

#include <cstdint>
#include <vector>

namespace tamis::vta {

/// The wgt memory once more, in the order in which the kernel for CPUs with dot products of bytes (AVX-512
/// VNNI) reads it. Empty on other CPUs and for blocks other than 16. Not thread safe.
class PackedWeights {
 public:
  PackedWeights() = default;
  /// For a memory of `depth` elements of block x block, all zeros.
  PackedWeights(int64_t depth, int64_t block);

  bool empty() const { return words_.empty(); }
  /// Takes over elements [index, index + count) of the memory at `wgt`.
  void update(const int8_t* wgt, uint64_t index, uint64_t count);
  /// Of an element: four input lanes of each output lane, then the next four; 256 bytes.
  const int8_t* words(uint64_t index) const { return words_.data() + index * 256; }
  /// Of an element: 128 times the sum of each output lane's weights; 16 numbers.
  const int32_t* offsets(uint64_t index) const { return offsets_.data() + index * 16; }

 private:
  std::vector<int8_t> words_;
  std::vector<int32_t> offsets_;
};

/// The memories that GEMM and ALU work on, and the shape of their elements. inp element: batch x block int8;
/// wgt: block (out) x block (in) int8; acc: batch x block int32; out: batch x block int8.
struct TensorMemories {
  int64_t batch = 1, block = 16;
  const int8_t* inp = nullptr;
  const int8_t* wgt = nullptr;
  int32_t* acc = nullptr;
  int8_t* out = nullptr;
  const PackedWeights* packed = nullptr;       ///< the same as wgt, or empty
  int64_t inp_elements = 0, wgt_elements = 0;  ///< powers of two

  int64_t lanes() const { return batch * block; }
};

/// Whose rules an instruction follows.
struct ComputeRules {
  Design design = Design::chisel;
  bool repeats_dst = false;  ///< of the instruction's uops, for Design::hls: see UopSummary

  /// Whether a uop may miss what the two uops before it wrote.
  bool stale() const { return design == Design::hls && repeats_dst; }
};

/// Runs a GEMM whose indices are known to lie within the memories. `uops` are those of its range. Where no
/// uop can miss what another wrote, the fastest kernel that the CPU has is taken. A reset leaves out alone,
/// but the HLS design writes there what it would have summed up; for that it reads inp and wgt modulo their
/// sizes.
void run_gemm(const GemmInstruction& gemm, const Uop* uops, const TensorMemories& memories,
              const ComputeRules& rules);

/// Runs an ALU instruction likewise. The hardware ignores its reset bit. ADD and MUL wrap around. Operands
/// and shifts are those of the design (docs/reference/vta-isa).
void run_alu(const AluInstruction& alu, const Uop* uops, const TensorMemories& memories,
             const ComputeRules& rules);

}  // namespace tamis::vta
