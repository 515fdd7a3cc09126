#include "targets/vta/codegen/stream_checks.h"

#include <algorithm>
#include <array>

namespace tamis::vta {
namespace {

/// What the uop memory holds, its indices modulo its depth.
class UopImage {
 public:
  explicit UopImage(const Hardware& hardware)
      : held_(static_cast<size_t>(hardware.depth(Memory::uop))), depth_(held_.size()) {}

  void load(const MemoryInstruction& load, const UopStream& stream) {
    size_t index = load.sram_base;
    for (uint32_t row = 0; row < load.y_size; ++row)
      for (uint32_t column = 0; column < load.x_size; ++column, ++index) {
        const int64_t at = int64_t{load.dram_base} + int64_t{row} * load.x_stride + column - stream.uop_base;
        if (at >= 0 && at < static_cast<int64_t>(stream.uops.size()))
          held_[index % depth_] = stream.uops[static_cast<size_t>(at)];
      }
  }
  const Uop& operator[](size_t index) const { return held_[index % depth_]; }
  /// The uops [begin, end); valid until the next call.
  const Uop* range(uint32_t begin, uint32_t end) {
    if (end <= depth_) return held_.data() + begin;
    unwrapped_.clear();
    for (uint32_t i = begin; i < end; ++i) unwrapped_.push_back((*this)[i]);
    return unwrapped_.data();
  }

 private:
  std::vector<Uop> held_, unwrapped_;
  size_t depth_;
};

bool loads_uops(const EncodedInstruction& words) {
  return words.opcode() == Opcode::load && words.memory() == Memory::uop;
}

/// Remembers instructions that have been looked at: streams repeat the same few.
class SeenInstructions {
 public:
  /// Whether this one, flags apart, was seen lately; from now on it was.
  bool look(EncodedInstruction words) {
    words.low &= ~(EncodedInstruction::kPopPrev | EncodedInstruction::kPopNext |
                   EncodedInstruction::kPushPrev | EncodedInstruction::kPushNext);
    const uint64_t mixed = (words.low ^ words.high * 31) * 0x9e3779b97f4a7c15u;
    EncodedInstruction& slot = slots_[mixed >> 58];
    if (slot == words) return true;
    slot = words;
    return false;
  }
  void forget() { slots_ = {}; }

 private:
  std::array<EncodedInstruction, 64> slots_{};  // empty ones are loads, which nobody looks for
};

/// The largest index that a loop nest reaches from a base.
template <class Nest>
int64_t reach(const Nest& nest, int64_t base, int64_t factor_out, int64_t factor_in) {
  return base + (nest.iter_out - 1) * factor_out + (nest.iter_in - 1) * factor_in;
}

/// Looks for what the Chisel design refuses, instruction by instruction.
class TrapFinder {
 public:
  TrapFinder(const Hardware& hardware, const UopStream& stream)
      : hardware_(hardware), stream_(stream), codec_(hardware), uops_(hardware) {}

  bool run() {
    return std::any_of(stream_.instructions.begin(), stream_.instructions.end(),
                       [this](const EncodedInstruction& words) { return traps(words); });
  }

 private:
  bool traps(const EncodedInstruction& words) {
    switch (words.opcode()) {
      case Opcode::load:
      case Opcode::store:
        return copy_traps(codec_.decode_memory(words));
      case Opcode::gemm:
        return !seen_.look(words) && gemm_traps(codec_.decode_gemm(words));
      case Opcode::alu:
        return !seen_.look(words) && alu_traps(codec_.decode_alu(words));
      case Opcode::finish:
        return false;
    }
    return true;
  }

  bool copy_traps(const MemoryInstruction& copy) {
    if (copy.x_size == 0) return false;
    if (copy.y_size == 0) return true;
    if (copy.memory == Memory::uop) {
      uops_.load(copy, stream_);
      seen_.forget();
      return false;
    }
    const int64_t width = int64_t{copy.x_pad_0} + copy.x_size + copy.x_pad_1;
    const int64_t height = int64_t{copy.y_pad_0} + copy.y_size + copy.y_pad_1;
    return copy.sram_base + width * height > hardware_.depth(copy.memory);
  }

  template <class Nest>
  bool runs_nothing(const Nest& nest) const {
    return nest.uop_begin >= nest.uop_end || nest.iter_out == 0 || nest.iter_in == 0;
  }

  /// The largest indices of the uops of a range.
  template <class Nest>
  Uop most_of(const Nest& nest) const {
    Uop most;
    for (uint32_t i = nest.uop_begin; i < nest.uop_end; ++i) {
      const Uop& uop = uops_[i];
      most = {std::max(most.dst, uop.dst), std::max(most.src, uop.src), std::max(most.wgt, uop.wgt)};
    }
    return most;
  }

  bool gemm_traps(const GemmInstruction& gemm) {
    if (runs_nothing(gemm)) return true;
    const Uop most = most_of(gemm);
    if (reach(gemm, most.dst, gemm.dst_factor_out, gemm.dst_factor_in) >= hardware_.depth(Memory::acc))
      return true;
    if (gemm.reset) return false;
    return reach(gemm, most.src, gemm.src_factor_out, gemm.src_factor_in) >= hardware_.depth(Memory::inp) ||
           reach(gemm, most.wgt, gemm.wgt_factor_out, gemm.wgt_factor_in) >= hardware_.depth(Memory::wgt);
  }

  bool alu_traps(const AluInstruction& alu) {
    if (runs_nothing(alu)) return true;
    const Uop most = most_of(alu);
    const int64_t depth = hardware_.depth(Memory::acc);
    return reach(alu, most.dst, alu.dst_factor_out, alu.dst_factor_in) >= depth ||
           reach(alu, most.src, alu.src_factor_out, alu.src_factor_in) >= depth;
  }

  const Hardware& hardware_;
  const UopStream& stream_;
  Codec codec_;
  UopImage uops_;
  SeenInstructions seen_;
};

}  // namespace

std::optional<StreamHazard> find_alu_hazard(const Hardware& hardware, const UopStream& stream) {
  if (hardware.design == Design::fsim) return std::nullopt;
  const Codec codec(hardware);
  UopImage uops(hardware);
  SeenInstructions seen;
  for (size_t i = 0; i < stream.instructions.size(); ++i) {
    const EncodedInstruction& words = stream.instructions[i];
    if (loads_uops(words)) {
      uops.load(codec.decode_memory(words), stream);
      seen.forget();
    }
    if (words.opcode() != Opcode::alu || seen.look(words)) continue;
    const AluInstruction alu = codec.decode_alu(words);
    if (alu.uop_begin >= alu.uop_end) continue;
    if (const auto hazard = find_alu_hazard(hardware.design, alu, uops.range(alu.uop_begin, alu.uop_end)))
      return StreamHazard{i, *hazard};
  }
  return std::nullopt;
}

bool traps_unchecked(const Hardware& hardware, const UopStream& stream) {
  return TrapFinder(hardware, stream).run();
}

}  // namespace tamis::vta
