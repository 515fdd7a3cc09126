#pragma once

#include "targets/vta/isa/instruction.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace tamis::vta {

/// What a design makes of a load: the HLS design brings one row of uops and pads neither uops nor wgt.
inline void adapt(MemoryInstruction& load, Design design) {
  if (design != Design::hls || load.is_store) return;
  if (load.memory == Memory::uop) load.y_size = 1;
  if (load.memory == Memory::uop || load.memory == Memory::wgt)
    load.y_pad_0 = load.y_pad_1 = load.x_pad_0 = load.x_pad_1 = 0;
}

/// The shape of a LOAD or STORE: what it moves between DRAM and SRAM and what it pads.
struct TransferShape {
  uint64_t rows = 0;          ///< rows in DRAM
  uint64_t row_elements = 0;  ///< elements of one
  uint64_t width = 0;         ///< elements of a row in SRAM, with padding
  uint64_t height = 0;        ///< rows in SRAM, with padding

  explicit TransferShape(const MemoryInstruction& memory) {
    if (memory.x_size == 0) return;  // only carries flags
    rows = memory.y_size;
    row_elements = memory.x_size;
    width = uint64_t{memory.x_pad_0} + memory.x_size + memory.x_pad_1;
    height = uint64_t{memory.y_pad_0} + memory.y_size + memory.y_pad_1;
  }
  uint64_t elements() const { return rows * row_elements; }
  uint64_t sram_elements() const { return width * height; }
  uint64_t pad_elements() const { return sram_elements() - elements(); }
};

/// When a load writes its padding: a tile a cycle, from its second cycle on, in the cycles in which no beat
/// of its own is written, which are those two after a beat arrived. Before padding below rows that have none
/// beside them it passes every row, a cycle each.
class PaddingWriter {
 public:
  PaddingWriter() = default;
  PaddingWriter(const MemoryInstruction& memory, uint64_t begin) : cycle_(begin) {
    if ((memory.x_pad_0 | memory.x_pad_1 | memory.y_pad_0 | memory.y_pad_1) == 0) return;
    const TransferShape shape(memory);
    top_ = shape.pad_elements();
    if (memory.y_pad_1 == 0 || memory.x_pad_0 != 0 || memory.x_pad_1 != 0) return;
    bottom_ = memory.y_pad_1 * shape.width;
    top_ -= bottom_;
    rows_ = memory.y_size;
  }

  /// Beats arrive from cycle `first` to `last`; bursts are told of in their order.
  void pass(uint64_t first, uint64_t last) {
    if (top_ + bottom_ == 0) return;
    write_until(first + kWriteDelay);
    if (cycle_ >= first + kWriteDelay) cycle_ = std::max(cycle_, last + kWriteDelay + 1);
  }
  /// The cycle of the last tile, after all beats have arrived; nothing where there is no padding.
  std::optional<uint64_t> finish() {
    write_until(~uint64_t{0});
    return last_;
  }

 private:
  static constexpr uint64_t kWriteDelay = 2;

  void write_until(uint64_t end) {
    write(top_, end);
    if (top_ > 0) return;
    cycle_ += std::exchange(rows_, 0);
    write(bottom_, end);
  }
  void write(uint64_t& tiles, uint64_t end) {
    if (tiles == 0 || cycle_ >= end) return;
    const uint64_t now = std::min(tiles, end - cycle_);
    tiles -= now;
    cycle_ += now;
    last_ = cycle_ - 1;
  }

  uint64_t cycle_ = 0;   ///< the next that is not taken yet
  uint64_t top_ = 0;     ///< tiles left, above and beside rows ...
  uint64_t rows_ = 0;    ///< ... rows to pass ...
  uint64_t bottom_ = 0;  ///< ... and tiles below them
  std::optional<uint64_t> last_;
};

}  // namespace tamis::vta
