#pragma once

#include "targets/vta/isa/hardware.h"
#include "targets/vta/isa/instruction.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace tamis::vta {

/// Widths in bits of the fields that depend on the hardware's memories.
struct FieldWidths {
  int uop, acc, inp, wgt;

  explicit FieldWidths(const Hardware& hardware)
      : uop(hardware.log_depth(Memory::uop)),
        acc(hardware.log_depth(Memory::acc)),
        inp(hardware.log_depth(Memory::inp)),
        wgt(hardware.log_depth(Memory::wgt)) {}
  FieldWidths(int uop_bits, int acc_bits, int inp_bits, int wgt_bits)
      : uop(uop_bits), acc(acc_bits), inp(inp_bits), wgt(wgt_bits) {}
  /// The src index of a uop addresses inp (GEMM) or acc (ALU).
  int src() const { return std::max(acc, inp); }
};

// The layouts are written once, as functions that hand every field, in order, to a visitor: the encoder, the
// decoder, the check for overflow and the size all visit the same list, so they cannot disagree. A visitor
// has
//   void field(std::string_view name, Value& value, int bits)
// for bool, uint32_t, int32_t (signed field) and enum values (const for visitors that only read).

template <class Visitor, class D>
[[gnu::always_inline]] inline void visit_dependencies(Visitor& visitor, D& dependencies) {
  visitor.field("pop_prev_dep", dependencies.pop_prev, 1);
  visitor.field("pop_next_dep", dependencies.pop_next, 1);
  visitor.field("push_prev_dep", dependencies.push_prev, 1);
  visitor.field("push_next_dep", dependencies.push_next, 1);
}

template <class Visitor, class M>
[[gnu::always_inline]] inline void visit_memory(Visitor& visitor, M& memory) {
  const bool store = memory.is_store;
  const auto field = [&](std::string_view load_name, std::string_view store_name, auto& value, int bits) {
    visitor.field(store ? store_name : load_name, value, bits);
  };
  visit_dependencies(visitor, memory.dependencies);
  field("LOAD memory_type", "STORE memory_type", memory.memory, 3);
  field("LOAD sram_base", "STORE sram_base", memory.sram_base, 16);
  field("LOAD dram_base", "STORE dram_base", memory.dram_base, 32);
  field("LOAD y_size", "STORE y_size", memory.y_size, 16);
  field("LOAD x_size", "STORE x_size", memory.x_size, 16);
  field("LOAD x_stride", "STORE x_stride", memory.x_stride, 16);
  field("LOAD y_pad_0", "STORE y_pad_0", memory.y_pad_0, 4);
  field("LOAD y_pad_1", "STORE y_pad_1", memory.y_pad_1, 4);
  field("LOAD x_pad_0", "STORE x_pad_0", memory.x_pad_0, 4);
  field("LOAD x_pad_1", "STORE x_pad_1", memory.x_pad_1, 4);
}

template <class Visitor, class G>
[[gnu::always_inline]] inline void visit_gemm(Visitor& visitor, G& gemm, const FieldWidths& widths) {
  visit_dependencies(visitor, gemm.dependencies);
  visitor.field("GEMM reset_reg", gemm.reset, 1);
  visitor.field("GEMM uop_bgn", gemm.uop_begin, widths.uop);
  visitor.field("GEMM uop_end", gemm.uop_end, widths.uop + 1);
  visitor.field("GEMM iter_out", gemm.iter_out, 14);
  visitor.field("GEMM iter_in", gemm.iter_in, 14);
  visitor.field("GEMM dst_factor_out", gemm.dst_factor_out, widths.acc);
  visitor.field("GEMM dst_factor_in", gemm.dst_factor_in, widths.acc);
  visitor.field("GEMM src_factor_out", gemm.src_factor_out, widths.inp);
  visitor.field("GEMM src_factor_in", gemm.src_factor_in, widths.inp);
  visitor.field("GEMM wgt_factor_out", gemm.wgt_factor_out, widths.wgt);
  visitor.field("GEMM wgt_factor_in", gemm.wgt_factor_in, widths.wgt);
}

template <class Visitor, class A>
[[gnu::always_inline]] inline void visit_alu(Visitor& visitor, A& alu, const FieldWidths& widths) {
  visit_dependencies(visitor, alu.dependencies);
  visitor.field("ALU reset_reg", alu.reset, 1);
  visitor.field("ALU uop_bgn", alu.uop_begin, widths.uop);
  visitor.field("ALU uop_end", alu.uop_end, widths.uop + 1);
  visitor.field("ALU iter_out", alu.iter_out, 14);
  visitor.field("ALU iter_in", alu.iter_in, 14);
  visitor.field("ALU dst_factor_out", alu.dst_factor_out, widths.acc);
  visitor.field("ALU dst_factor_in", alu.dst_factor_in, widths.acc);
  visitor.field("ALU src_factor_out", alu.src_factor_out, widths.acc);
  visitor.field("ALU src_factor_in", alu.src_factor_in, widths.acc);
  visitor.field("ALU alu_opcode", alu.opcode, 3);
  visitor.field("ALU use_imm", alu.use_imm, 1);
  visitor.field("ALU imm", alu.imm, 16);
}

template <class Visitor, class U>
[[gnu::always_inline]] inline void visit_uop(Visitor& visitor, U& uop, const FieldWidths& widths) {
  visitor.field("uop dst_idx", uop.dst, widths.acc);
  visitor.field("uop src_idx", uop.src, widths.src());
  visitor.field("uop wgt_idx", uop.wgt, widths.wgt);
}

/// Where fields lie: packed upward from bit 0, and a field that would cross into the second 64-bit word
/// starts it (as gcc lays out tvm-vta's bit fields of type uint64_t).
class BitPosition {
 public:
  explicit BitPosition(int start) : next_(start) {}
  /// The first bit of the next field.
  int take(int bits) {
    if (next_ < 64 && next_ + bits > 64) next_ = 64;
    const int at = next_;
    next_ += bits;
    return at;
  }
  int next() const { return next_; }

 private:
  int next_;
};

/// What a word needs and has; see word_sizes().
struct WordSize {
  std::string_view name;
  int bits, most;
};
/// The bits that GEMM and ALU instructions and uops need on a hardware.
std::array<WordSize, 3> word_sizes(const Hardware& hardware);

}  // namespace tamis::vta
