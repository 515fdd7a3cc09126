#pragma once

#include "targets/vta/isa/instruction.h"
#include "targets/vta/isa/program.h"
#include "targets/vta/simulator/gemm_kernel.h"

#include <array>
#include <cstdint>
#include <vector>

namespace tamis::vta {

/// What the uops [begin, end) have in common: all that timing and bounds checks need to know of them.
struct UopSummary {
  uint32_t begin = 1, end = 0;
  uint32_t max_dst = 0, max_src = 0, max_wgt = 0;
  bool repeats_dst = false;  ///< a dst index comes back within three uops: the accumulator hazard
};

/// The uop memory, decoded. Indices wrap modulo its depth, a power of two. Ranges are summed up once and kept
/// until a load overwrites one of their uops, so that an instruction costs the same however many uops it
/// runs. Not thread safe.
class [[gnu::visibility("hidden")]] UopMemory {
 public:
  UopMemory(const Codec& codec, uint64_t depth) : codec_(codec), depth_(depth) {}

  /// Writes `count` uops of 4 little-endian bytes each, or zeros where `bytes` is null.
  void write(uint64_t base, const uint8_t* bytes, uint64_t count);
  /// The uops [begin, end); valid until the next call.
  const Uop* at(uint32_t begin, uint32_t end) {
    if (end > depth_) return wrapped(begin, end);
    reach(end);
    return uops_.data() + begin;
  }
  /// Needs begin < end.
  const UopSummary& summary(uint32_t begin, uint32_t end);

 private:
  /// Makes [0, end) exist. Most programs use few of the thousands that the memory holds.
  void reach(uint64_t end) {
    if (uops_.size() < end) uops_.resize(end);
  }
  const Uop* wrapped(uint32_t begin, uint32_t end);

  const Codec& codec_;
  uint64_t depth_;
  std::vector<Uop> uops_;       // those behind are zeros
  std::vector<Uop> unwrapped_;  // of the last range that passed the end
  std::array<UopSummary, 64> known_;
};

/// The DRAM of a launch: finds the bytes behind a physical address. Holds pointers into the launch's buffers,
/// which must outlive it and keep their sizes. Not thread safe.
class [[gnu::visibility("hidden")]] Dram {
 public:
  explicit Dram(std::vector<DramBuffer> & buffers);

  /// The bytes [address, address + size) if they lie within one buffer, else nullptr.
  uint8_t* find(uint64_t address, uint64_t size);

 private:
  struct Span {
    uint64_t begin, end;
    uint8_t* bytes;
    bool holds(uint64_t address, uint64_t size) const { return begin <= address && address + size <= end; }
  };
  std::vector<Span> spans_;  // by address
  size_t last_ = 0;          // neighbouring instructions mostly touch the same buffer
};

/// The memories of the device and what instructions do to them. Every instruction must have passed
/// Checks, loads after adapt(). All memories start as zeros. With functional false only uop loads do
/// anything and no other memory exists.
class [[gnu::visibility("hidden")]] DataPath {
 public:
  DataPath(const Hardware& hardware, const Codec& codec, Dram& dram, bool functional);

  UopMemory& uops() { return uops_; }
  /// The whole effect of an instruction, at once.
  void execute(const Instruction& instruction);
  void execute(const MemoryInstruction& memory);

 private:
  void execute(const GemmInstruction& gemm);
  void execute(const AluInstruction& alu);
  void execute(const FinishInstruction&) {}
  void store(const MemoryInstruction& memory);
  /// Fills one row in SRAM: `count` elements from `bytes`, or zeros where it is null.
  void write_row(Memory memory, uint64_t index, const uint8_t* bytes, uint64_t count);
  template <class Nest>
  ComputeRules rules(const Nest& nest);
  TensorMemories memories();

  const Hardware& hardware_;
  Dram& dram_;
  bool functional_;
  UopMemory uops_;
  std::vector<int8_t> inp_, wgt_, out_;
  std::vector<int32_t> acc_;
  PackedWeights packed_;
};

}  // namespace tamis::vta
