#include "targets/vta/driver/calibration_programs.h"

#include <algorithm>
#include <array>
#include <bit>

namespace tamis::vta {
namespace {

constexpr std::array<CalibrationProgram, kCalibrations> kPrograms = {{
    {"empty", "launching"},
    {"gemm", "clock"},
    {"loads", "read latency"},
    {"rows", "outstanding reads"},
    {"stream", "bursts of reads"},
    {"instructions", "bursts of instructions"},
    {"stores", "write latency"},
    {"store_rows", "bursts of writes"},
    {"mixed", "whether reads and writes share the memory"},
}};

constexpr uint64_t kMostRepeats = 1 << 15;
constexpr uint64_t kMostLongRepeats = 1 << 10;  // of thousands of cycles each
constexpr uint64_t kFrame = 8;                  // instructions around what is repeated, at most
constexpr uint64_t kPerRepeat = 2;              // instructions, at most
constexpr int64_t kRowBytes = 16384;            // of a long row: eight of the longest bursts
constexpr int64_t kRowTiles = 1024;             // of a long row, at most
constexpr uint32_t kRows = 512;
constexpr int64_t kRowsBytes = 65536;  // that all rows of `rows` span, at most
constexpr uint32_t kGemmRounds = 1024;

/// The largest count of elements from 1 to `most` that take no more than `bytes`.
uint32_t count_within(int64_t bytes, int64_t element, int64_t most) {
  return static_cast<uint32_t>(std::clamp<int64_t>(bytes / element, 1, most));
}

/// Sizes that fit the device's memories, in elements.
struct Sizes {
  explicit Sizes(const Hardware& hardware)
      : rows(count_within(kRowsBytes / 2, hardware.element_bytes(Memory::inp),
                          std::min<int64_t>(kRows, hardware.depth(Memory::inp)))),
        wgt_row(count_within(kRowBytes, hardware.element_bytes(Memory::wgt),
                             std::min(kRowTiles, hardware.depth(Memory::wgt)))),
        out_row(count_within(kRowBytes, hardware.element_bytes(Memory::out),
                             std::min(kRowTiles, hardware.depth(Memory::out)))),
        gemm_inner(static_cast<uint32_t>(std::min<int64_t>(32, hardware.depth(Memory::acc)))) {}

  uint32_t rows;        ///< of one tile each, two tiles apart
  uint32_t wgt_row;     ///< tiles of the long row that is loaded
  uint32_t out_row;     ///< tiles of the long row that is stored
  uint32_t gemm_inner;  ///< different tiles that a GEMM writes one after another
};

/// Writes a program instruction by instruction.
class Writer {
 public:
  explicit Writer(const Hardware& hardware) : codec_(hardware), sizes_(hardware) {
    const auto bytes = [&](Memory memory, uint64_t elements) {
      return static_cast<uint64_t>(hardware.element_bytes(memory)) * elements;
    };
    uop_ = add_buffer(bytes(Memory::uop, 1), BufferRole::uops);
    inp_ = add_buffer(bytes(Memory::inp, 2 * uint64_t{sizes_.rows}), BufferRole::input);
    wgt_ = add_buffer(bytes(Memory::wgt, sizes_.wgt_row), BufferRole::weights);
    out_ = add_buffer(bytes(Memory::out, sizes_.out_row), BufferRole::output);
    element_bytes_ = {bytes(Memory::inp, 1), bytes(Memory::wgt, 1), bytes(Memory::out, 1)};
  }

  const Sizes& sizes() const { return sizes_; }
  void add(const Instruction& instruction) { launch_.instructions.push_back(codec_.encode(instruction)); }

  /// `rows` rows of one inp tile, or one row of wgt or out tiles.
  MemoryInstruction load_inp(uint32_t rows) const {
    return copy(Memory::inp, inp_ / element_bytes_[0], rows, 1);
  }
  MemoryInstruction load_wgt() const {
    return copy(Memory::wgt, wgt_ / element_bytes_[1], 1, sizes_.wgt_row);
  }
  MemoryInstruction store_out(uint32_t tiles) const {
    MemoryInstruction store = copy(Memory::out, out_ / element_bytes_[2], 1, tiles);
    store.is_store = true;
    return store;
  }
  /// A load that moves nothing and carries its flags, on the engine of the memory.
  static MemoryInstruction nothing(Memory memory) { return copy(memory, 0, 1, 0); }

  /// Loads the micro-op and runs it so often, into as many tiles as Sizes::gemm_inner says in turn.
  void load_uop() { add(copy(Memory::uop, uop_ / 4, 1, 1)); }
  GemmInstruction gemm(uint32_t rounds) const {
    GemmInstruction gemm;
    gemm.uop_end = 1;
    gemm.iter_in = std::min(sizes_.gemm_inner, rounds);
    gemm.iter_out = rounds / gemm.iter_in;
    gemm.dst_factor_in = 1;
    return gemm;
  }
  /// COMPUTE makes something that can be stored and tells STORE, whose first instruction waits for it.
  void compute_output() {
    load_uop();
    GemmInstruction computed = gemm(1);
    computed.dependencies.push_next = true;
    add(computed);
  }
  /// COMPUTE waits for LOAD and STORE where they are at work, and finishes.
  Launch finish(bool of_load, bool of_store) && {
    MemoryInstruction wait = nothing(Memory::uop);
    wait.dependencies.pop_prev = of_load;
    wait.dependencies.pop_next = of_store;
    if (of_load || of_store) add(wait);
    add(FinishInstruction{});
    return std::move(launch_);
  }

 private:
  static MemoryInstruction copy(Memory memory, uint64_t dram_base, uint32_t rows, uint32_t elements) {
    MemoryInstruction copy;
    copy.memory = memory;
    copy.dram_base = static_cast<uint32_t>(dram_base);
    copy.y_size = rows;
    copy.x_size = elements;
    copy.x_stride = rows > 1 ? 2 * elements : elements;
    return copy;
  }
  /// The address of a new buffer of zeros, which are a micro-op, too.
  uint64_t add_buffer(uint64_t size, BufferRole role) {
    const uint64_t address = next_;
    next_ += (size + kStep - 1) / kStep * kStep;
    DramBuffer buffer;
    buffer.address = static_cast<uint32_t>(address);
    buffer.bytes.resize(size);
    buffer.role = role;
    launch_.buffers.push_back(std::move(buffer));
    return address;
  }

  // A multiple of the alignment and of every element.
  static constexpr uint64_t kStep = 65536;

  Codec codec_;
  Launch launch_;
  uint64_t next_ = kStep;
  uint64_t uop_ = 0, inp_ = 0, wgt_ = 0, out_ = 0;
  std::array<uint64_t, 3> element_bytes_{};
  Sizes sizes_;
};

/// Where `memory` is the last of `repeats`, it tells COMPUTE.
MemoryInstruction told_at_end(MemoryInstruction memory, uint64_t number, uint64_t repeats) {
  const bool last = number + 1 == repeats;
  if (memory.is_store) {
    memory.dependencies.pop_prev = number == 0;
    memory.dependencies.push_prev = last;
  } else {
    memory.dependencies.push_next = last;
  }
  return memory;
}

Launch write_gemm(Writer writer, uint64_t repeats) {
  writer.load_uop();
  for (uint64_t i = 0; i < repeats; ++i) writer.add(writer.gemm(kGemmRounds));
  return std::move(writer).finish(false, false);
}

Launch write_loads(Writer writer, const MemoryInstruction& load, uint64_t repeats) {
  for (uint64_t i = 0; i < repeats; ++i) writer.add(told_at_end(load, i, repeats));
  return std::move(writer).finish(true, false);
}

Launch write_stores(Writer writer, uint32_t tiles, uint64_t repeats) {
  writer.compute_output();
  const MemoryInstruction store = writer.store_out(tiles);
  for (uint64_t i = 0; i < repeats; ++i) writer.add(told_at_end(store, i, repeats));
  return std::move(writer).finish(false, true);
}

/// Loads of long rows beside stores that end before them in most memories.
Launch write_mixed(Writer writer, uint64_t repeats) {
  writer.compute_output();
  const MemoryInstruction load = writer.load_wgt();
  const MemoryInstruction store = writer.store_out(std::max(writer.sizes().out_row / 16, 1U));
  for (uint64_t i = 0; i < repeats; ++i) {
    writer.add(told_at_end(load, i, repeats));
    writer.add(told_at_end(store, i, repeats));
  }
  return std::move(writer).finish(true, true);
}

}  // namespace

const CalibrationProgram& describe(Calibration program) { return kPrograms[static_cast<size_t>(program)]; }

uint64_t most_repeats(const Hardware& hardware, Calibration program) {
  const uint64_t room = hardware.max_instructions > kFrame ? hardware.max_instructions - kFrame : 0;
  const bool brief =
      program == Calibration::loads || program == Calibration::instructions || program == Calibration::stores;
  return std::bit_floor(std::clamp<uint64_t>(room / kPerRepeat, 1, brief ? kMostRepeats : kMostLongRepeats));
}

Launch calibration_launch(const Hardware& hardware, Calibration program, uint64_t repeats) {
  Writer writer(hardware);
  const Sizes sizes = writer.sizes();
  switch (program) {
    case Calibration::empty:
      break;
    case Calibration::gemm:
      return write_gemm(std::move(writer), repeats);
    case Calibration::loads: {
      const MemoryInstruction load = writer.load_inp(1);
      return write_loads(std::move(writer), load, repeats);
    }
    case Calibration::rows: {
      const MemoryInstruction load = writer.load_inp(sizes.rows);
      return write_loads(std::move(writer), load, repeats);
    }
    case Calibration::stream: {
      const MemoryInstruction load = writer.load_wgt();
      return write_loads(std::move(writer), load, repeats);
    }
    case Calibration::instructions:
      return write_loads(std::move(writer), Writer::nothing(Memory::inp), repeats);
    case Calibration::stores:
      return write_stores(std::move(writer), 1, repeats);
    case Calibration::store_rows:
      return write_stores(std::move(writer), sizes.out_row, repeats);
    case Calibration::mixed:
      return write_mixed(std::move(writer), repeats);
  }
  return std::move(writer).finish(false, false);
}

}  // namespace tamis::vta
