#include "targets/vta/isa/field_layout.h"
#include "targets/vta/isa/instruction.h"

#include <type_traits>

#include <fmt/format.h>

namespace tamis::vta {
namespace {

constexpr int kOpcodeBits = 3;

constexpr uint64_t mask(int bits) {
  if (bits <= 0) return 0;
  return bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
}

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

/// Notes where every field lies.
class Placer {
 public:
  Placer(int start, FieldPlace* places) : position_(start), next_(places) {}

  template <class Value>
  void field(std::string_view, const Value&, int bits) {
    const int at = position_.take(bits);
    *next_++ = at < 128 ? FieldPlace{mask(bits), static_cast<uint8_t>(at % 64), at >= 64} : FieldPlace{};
  }

 private:
  BitPosition position_;
  FieldPlace* next_;
};

class Decoder {
 public:
  Decoder(const EncodedInstruction& words, const FieldPlace* places) : words_(words), next_(places) {}

  template <class Value>
  [[gnu::always_inline]] void field(std::string_view, Value& value, int) {
    const FieldPlace& place = *next_++;
    const uint64_t packed = ((place.high ? words_.high : words_.low) >> place.shift) & place.mask;
    if constexpr (std::is_same_v<Value, int32_t>) {
      const uint64_t sign = (place.mask + 1) >> 1;
      value = static_cast<int32_t>(static_cast<int64_t>(packed ^ sign) - static_cast<int64_t>(sign));
    } else {
      value = static_cast<Value>(packed);
    }
  }

 private:
  const EncodedInstruction& words_;
  const FieldPlace* next_;
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
      wgt_bits_(hardware.log_depth(Memory::wgt)) {
  const FieldWidths widths(hardware);
  Placer memory(kOpcodeBits, memory_.data()), gemm(kOpcodeBits, gemm_.data()), alu(kOpcodeBits, alu_.data()),
      uop(0, uop_.data());
  const MemoryInstruction any_memory;
  const GemmInstruction any_gemm;
  const AluInstruction any_alu;
  const Uop any_uop;
  visit_memory(memory, any_memory);
  visit_gemm(gemm, any_gemm, widths);
  visit_alu(alu, any_alu, widths);
  visit_uop(uop, any_uop, widths);
}

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
  switch (encoded.opcode()) {
    case Opcode::load:
    case Opcode::store:
      if (exists(encoded)) return Instruction(decode_memory(encoded));
      return corrupt(fmt::format("memory type {} of a {} does not exist (0 to 5 do)",
                                 static_cast<int>(encoded.memory()),
                                 encoded.opcode() == Opcode::store ? "STORE" : "LOAD"));
    case Opcode::gemm:
      return Instruction(decode_gemm(encoded));
    case Opcode::finish:
      return Instruction(FinishInstruction{encoded.dependencies()});
    case Opcode::alu: {
      const AluInstruction alu = decode_alu(encoded);
      if (exists(encoded)) return Instruction(alu);
      return corrupt(fmt::format("ALU opcode {} does not exist (0 to 4 do)", static_cast<int>(alu.opcode)));
    }
  }
  return corrupt(fmt::format("opcode {} does not exist (0 to 4 do)", static_cast<int>(encoded.opcode())));
}

MemoryInstruction Codec::decode_memory(const EncodedInstruction& encoded) const {
  MemoryInstruction memory;
  memory.is_store = encoded.opcode() == Opcode::store;
  Decoder decoder(encoded, memory_.data());
  visit_memory(decoder, memory);
  return memory;
}

GemmInstruction Codec::decode_gemm(const EncodedInstruction& encoded) const {
  GemmInstruction gemm;
  Decoder decoder(encoded, gemm_.data());
  visit_gemm(decoder, gemm, FieldWidths(0, 0, 0, 0));  // the places tell
  return gemm;
}

AluInstruction Codec::decode_alu(const EncodedInstruction& encoded) const {
  AluInstruction alu;
  Decoder decoder(encoded, alu_.data());
  visit_alu(decoder, alu, FieldWidths(0, 0, 0, 0));
  return alu;
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
  const EncodedInstruction words{encoded, 0};
  Decoder decoder(words, uop_.data());
  visit_uop(decoder, uop, FieldWidths(0, 0, 0, 0));
  return uop;
}

}  // namespace tamis::vta
