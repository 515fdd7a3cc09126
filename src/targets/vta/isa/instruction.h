#pragma once

#include "tamis/result.h"
#include "targets/vta/isa/hardware.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tamis::vta {

enum class Opcode : uint8_t { load = 0, store = 1, gemm = 2, finish = 3, alu = 4 };
enum class AluOpcode : uint8_t { min = 0, max = 1, add = 2, shr = 3, mul = 4 };
std::string_view to_string(AluOpcode opcode);

/// The four flags of every instruction. prev of COMPUTE is LOAD, its next is STORE; LOAD has only next, STORE
/// only prev. A pop waits for a token before the instruction starts, a push adds one after it ended.
struct Dependencies {
  bool pop_prev = false, pop_next = false, push_prev = false, push_next = false;
  friend bool operator==(const Dependencies&, const Dependencies&) = default;
};

/// LOAD or STORE: a 2-D strided copy of y_size rows of x_size elements, with zero padding around it on a
/// load. Bases, sizes and strides in elements of the memory. With x_size 0 it moves nothing and only carries
/// its flags.
struct MemoryInstruction {
  bool is_store = false;
  Dependencies dependencies;
  Memory memory = Memory::inp;
  uint32_t sram_base = 0;                                       ///< 16 bits
  uint32_t dram_base = 0;                                       ///< 32 bits: byte address / element bytes
  uint32_t y_size = 0, x_size = 0, x_stride = 0;                ///< 16 bits each
  uint32_t y_pad_0 = 0, y_pad_1 = 0, x_pad_0 = 0, x_pad_1 = 0;  ///< 4 bits each
  friend bool operator==(const MemoryInstruction&, const MemoryInstruction&) = default;
};

/// GEMM: for y < iter_out, x < iter_in, u in [uop_begin, uop_end):
///   acc[dst + y*dst_factor_out + x*dst_factor_in] += inp[src + ...] x wgt[wgt + ...]^T, or = 0 with reset.
struct GemmInstruction {
  Dependencies dependencies;
  bool reset = false;
  uint32_t uop_begin = 0, uop_end = 0, iter_out = 1, iter_in = 1;
  uint32_t dst_factor_out = 0, dst_factor_in = 0;
  uint32_t src_factor_out = 0, src_factor_in = 0;
  uint32_t wgt_factor_out = 0, wgt_factor_in = 0;
  friend bool operator==(const GemmInstruction&, const GemmInstruction&) = default;
};

/// ALU: the same loop nest over acc[dst + ...] = op(acc[dst + ...], use_imm ? imm : acc[src + ...]).
struct AluInstruction {
  Dependencies dependencies;
  bool reset = false;
  uint32_t uop_begin = 0, uop_end = 0, iter_out = 1, iter_in = 1;
  uint32_t dst_factor_out = 0, dst_factor_in = 0;
  uint32_t src_factor_out = 0, src_factor_in = 0;
  AluOpcode opcode = AluOpcode::min;
  bool use_imm = false;
  int32_t imm = 0;  ///< 16 bits signed
  friend bool operator==(const AluInstruction&, const AluInstruction&) = default;
};

struct FinishInstruction {
  Dependencies dependencies;
  friend bool operator==(const FinishInstruction&, const FinishInstruction&) = default;
};

using Instruction = std::variant<MemoryInstruction, GemmInstruction, AluInstruction, FinishInstruction>;

/// An encoded instruction: two 64-bit words, little endian in memory.
struct EncodedInstruction {
  uint64_t low = 0, high = 0;
  friend bool operator==(const EncodedInstruction&, const EncodedInstruction&) = default;

  // What lies at the same place on every hardware.
  static constexpr uint64_t kPopPrev = 8, kPopNext = 16, kPushPrev = 32, kPushNext = 64;  ///< bits of low
  Opcode opcode() const { return static_cast<Opcode>(low & 7); }  ///< may be one that does not exist
  Dependencies dependencies() const {
    return {(low & kPopPrev) != 0, (low & kPopNext) != 0, (low & kPushPrev) != 0, (low & kPushNext) != 0};
  }
  /// Of a load or store; may be one that does not exist.
  Memory memory() const { return static_cast<Memory>(low >> 7 & 7); }
};

/// A micro-op: base indices into acc, inp (or acc, for the ALU) and wgt. `src` is as wide as the deeper of
/// acc and inp.
struct Uop {
  uint32_t dst = 0, src = 0, wgt = 0;
  friend bool operator==(const Uop&, const Uop&) = default;
};

/// A value that does not fit its field.
struct FieldOverflow {
  std::string_view field;  ///< `GEMM iter_out`
  int64_t value = 0;
  int64_t most = 0;  ///< the largest value the field holds
};

/// Where a field lies: (word >> shift) & mask.
struct FieldPlace {
  uint64_t mask = 0;
  uint8_t shift = 0;
  bool high = false;  ///< in the second word
};

/// Encodes and decodes for one hardware: fields are packed from bit 0 upward in the order of
/// docs/reference/vta-isa, and a field that would cross into the second word starts it. Immutable and thread
/// safe.
class Codec {
 public:
  explicit Codec(const Hardware& hardware);

  /// The bits of an instruction; values too large lose their high bits, as in C bit fields.
  EncodedInstruction encode(const Instruction& instruction) const;
  /// The first field that encode() would truncate, if any.
  std::optional<FieldOverflow> overflow(const Instruction& instruction) const;
  /// Errors: corrupt for an opcode, memory or ALU opcode that does not exist.
  Result<Instruction> decode(const EncodedInstruction& encoded) const;
  /// Whether decode() succeeds.
  bool exists(const EncodedInstruction& encoded) const {
    const Opcode opcode = encoded.opcode();
    if (opcode == Opcode::load || opcode == Opcode::store) return encoded.memory() <= Memory::acc_8bit;
    return opcode != Opcode::alu
               ? opcode < Opcode::alu
               : place_value(encoded, alu_[kAluOpcodeField]) <= static_cast<uint64_t>(AluOpcode::mul);
  }
  // What decode() is made of, for words that exist and have the opcode.
  MemoryInstruction decode_memory(const EncodedInstruction& encoded) const;
  GemmInstruction decode_gemm(const EncodedInstruction& encoded) const;
  AluInstruction decode_alu(const EncodedInstruction& encoded) const;

  uint32_t encode(const Uop& uop) const;
  std::optional<FieldOverflow> overflow(const Uop& uop) const;
  Uop decode(uint32_t encoded) const;

 private:
  static constexpr size_t kAluOpcodeField = 13;  // its number in visit_alu
  static uint64_t place_value(const EncodedInstruction& words, const FieldPlace& place) {
    return ((place.high ? words.high : words.low) >> place.shift) & place.mask;
  }

  int uop_index_bits_, acc_bits_, inp_bits_, wgt_bits_;
  std::array<FieldPlace, 16> memory_, gemm_, alu_;
  std::array<FieldPlace, 3> uop_;
};

}  // namespace tamis::vta
