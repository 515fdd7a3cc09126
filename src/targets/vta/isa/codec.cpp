#include "targets/vta/isa/field_layout.h"
#include "targets/vta/isa/instruction.h"

#include <type_traits>

#include <fmt/format.h>

namespace tamis::vta {
namespace {

constexpr int kOpcodeBits = 3;

constexpr uint64_t mask(int bits) { return bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1; }

class Encoder {
 public:
  explicit Encoder(int start) : position_(start) {}

  template <class Value>
  void field(std::string_view, const Value& value, int bits) {
    const int at = position_.take(bits);
    const uint64_t packed = static_cast<uint64_t>(value) & mask(bits);
    if (at < 64)
      words_.low |= packed << at;
    else if (at < 128)
      words_.high |= packed << (at - 64);
  }
  EncodedInstruction words_;

 private:
  BitPosition position_;
};

class Decoder {
 public:
  Decoder(const EncodedInstruction& words, int start) : words_(words), position_(start) {}

  template <class Value>
  void field(std::string_view, Value& value, int bits) {
    const int at = position_.take(bits);
    const uint64_t packed = at < 64    ? (words_.low >> at) & mask(bits)
                            : at < 128 ? (words_.high >> (at - 64)) & mask(bits)
                                       : 0;
    if constexpr (std::is_same_v<Value, int32_t>) {
      const uint64_t sign = uint64_t{1} << (bits - 1);
      value = static_cast<int32_t>(static_cast<int64_t>(packed ^ sign) - static_cast<int64_t>(sign));
    } else {
      value = static_cast<Value>(packed);
    }
  }

 private:
  EncodedInstruction words_;
  BitPosition position_;
};

class OverflowFinder {
 public:
  template <class Value>
  void field(std::string_view name, const Value& value, int bits) {
    if (found_) return;
    const auto number = static_cast<int64_t>(value);
    const bool is_signed = std::is_same_v<Value, int32_t>;
    const int64_t most = static_cast<int64_t>(mask(is_signed ? bits - 1 : bits));
    const int64_t least = is_signed ? -most - 1 : 0;
    if (number < least || number > most) found_ = FieldOverflow{name, number, most};
  }
  std::optional<FieldOverflow> found_;
};

class Sizer {
 public:
  explicit Sizer(int start) : position_(start) {}
  template <class Value>
  void field(std::string_view, const Value&, int bits) {
    position_.take(bits);
  }
  int bits() const { return position_.next(); }

 private:
  BitPosition position_;
};

template <class Visitor, class Any>
void visit_fields(Visitor& visitor, Any& instruction, const FieldWidths& widths) {
  using Kind = std::remove_const_t<Any>;
  if constexpr (std::is_same_v<Kind, MemoryInstruction>)
    visit_memory(visitor, instruction);
  else if constexpr (std::is_same_v<Kind, GemmInstruction>)
    visit_gemm(visitor, instruction, widths);
  else if constexpr (std::is_same_v<Kind, AluInstruction>)
    visit_alu(visitor, instruction, widths);
  else
    visit_dependencies(visitor, instruction.dependencies);
}

Opcode opcode_of(const Instruction& instruction) {
  if (const auto* memory = std::get_if<MemoryInstruction>(&instruction))
    return memory->is_store ? Opcode::store : Opcode::load;
  if (std::holds_alternative<GemmInstruction>(instruction)) return Opcode::gemm;
  return std::holds_alternative<AluInstruction>(instruction) ? Opcode::alu : Opcode::finish;
}

template <class Kind>
Kind decode_as(const EncodedInstruction& encoded, const FieldWidths& widths, Kind kind = {}) {
  Decoder decoder(encoded, kOpcodeBits);
  visit_fields(decoder, kind, widths);
  return kind;
}

Result<Instruction> decode_memory(const EncodedInstruction& encoded, const FieldWidths& widths,
                                  bool is_store) {
  MemoryInstruction start;
  start.is_store = is_store;
  const auto memory = decode_as(encoded, widths, start);
  if (memory.memory > Memory::acc_8bit)
    return corrupt(fmt::format("memory type {} of a {} does not exist (0 to 5 do)",
                               static_cast<int>(memory.memory), is_store ? "STORE" : "LOAD"));
  return Instruction(memory);
}

Result<Instruction> decode_alu(const EncodedInstruction& encoded, const FieldWidths& widths) {
  const auto alu = decode_as<AluInstruction>(encoded, widths);
  if (alu.opcode > AluOpcode::mul)
    return corrupt(fmt::format("ALU opcode {} does not exist (0 to 4 do)", static_cast<int>(alu.opcode)));
  return Instruction(alu);
}

}  // namespace

std::string_view to_string(AluOpcode opcode) {
  constexpr std::array<std::string_view, 5> kNames = {"MIN", "MAX", "ADD", "SHR", "MUL"};
  const auto code = static_cast<size_t>(opcode);
  return code < kNames.size() ? kNames[code] : "unknown";
}

std::array<WordSize, 3> word_sizes(const Hardware& hardware) {
  const FieldWidths widths(hardware);
  const GemmInstruction any_gemm;
  const AluInstruction any_alu;
  Sizer gemm(kOpcodeBits), alu(kOpcodeBits);
  visit_fields(gemm, any_gemm, widths);
  visit_fields(alu, any_alu, widths);
  // A uop is one 32-bit word: its fields follow each other without a gap.
  const int uop = widths.acc + widths.src() + widths.wgt;
  return {{{"GEMM", gemm.bits(), 128}, {"ALU", alu.bits(), 128}, {"uop", uop, 32}}};
}

Codec::Codec(const Hardware& hardware)
    : uop_index_bits_(hardware.log_depth(Memory::uop)),
      acc_bits_(hardware.log_depth(Memory::acc)),
      inp_bits_(hardware.log_depth(Memory::inp)),
      wgt_bits_(hardware.log_depth(Memory::wgt)) {}

EncodedInstruction Codec::encode(const Instruction& instruction) const {
  const FieldWidths widths(uop_index_bits_, acc_bits_, inp_bits_, wgt_bits_);
  Encoder encoder(0);
  encoder.field("opcode", opcode_of(instruction), kOpcodeBits);
  std::visit([&](const auto& any) { visit_fields(encoder, any, widths); }, instruction);
  return encoder.words_;
}

std::optional<FieldOverflow> Codec::overflow(const Instruction& instruction) const {
  const FieldWidths widths(uop_index_bits_, acc_bits_, inp_bits_, wgt_bits_);
  OverflowFinder finder;
  std::visit([&](const auto& any) { visit_fields(finder, any, widths); }, instruction);
  return finder.found_;
}

Result<Instruction> Codec::decode(const EncodedInstruction& encoded) const {
  const FieldWidths widths(uop_index_bits_, acc_bits_, inp_bits_, wgt_bits_);
  const uint64_t opcode = encoded.low & mask(kOpcodeBits);
  switch (static_cast<Opcode>(opcode)) {
    case Opcode::load:
      return decode_memory(encoded, widths, false);
    case Opcode::store:
      return decode_memory(encoded, widths, true);
    case Opcode::gemm:
      return Instruction(decode_as<GemmInstruction>(encoded, widths));
    case Opcode::finish:
      return Instruction(decode_as<FinishInstruction>(encoded, widths));
    case Opcode::alu:
      return decode_alu(encoded, widths);
  }
  return corrupt(fmt::format("opcode {} does not exist (0 to 4 do)", opcode));
}

uint32_t Codec::encode(const Uop& uop) const {
  Encoder encoder(0);
  visit_uop(encoder, uop, FieldWidths(uop_index_bits_, acc_bits_, inp_bits_, wgt_bits_));
  return static_cast<uint32_t>(encoder.words_.low);
}

std::optional<FieldOverflow> Codec::overflow(const Uop& uop) const {
  OverflowFinder finder;
  visit_uop(finder, uop, FieldWidths(uop_index_bits_, acc_bits_, inp_bits_, wgt_bits_));
  return finder.found_;
}

Uop Codec::decode(uint32_t encoded) const {
  Uop uop;
  Decoder decoder({encoded, 0}, 0);
  visit_uop(decoder, uop, FieldWidths(uop_index_bits_, acc_bits_, inp_bits_, wgt_bits_));
  return uop;
}

}  // namespace tamis::vta
