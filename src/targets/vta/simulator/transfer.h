#pragma once

#include "targets/vta/isa/instruction.h"
#include "targets/vta/simulator/simulator.h"

#include <algorithm>
#include <cstdint>

namespace tamis::vta {

/// The shape of a LOAD or STORE: what it moves between DRAM and SRAM and what it pads.
struct TransferShape {
  uint64_t rows = 0;          ///< rows in DRAM
  uint64_t row_elements = 0;  ///< elements of one
  uint64_t width = 0;         ///< elements of a row in SRAM, with padding
  uint64_t height = 0;        ///< rows in SRAM, with padding
  bool contiguous = false;    ///< one run of addresses in DRAM, and no padding

  explicit TransferShape(const MemoryInstruction& memory) {
    if (memory.x_size == 0) return;  // only carries flags
    rows = memory.y_size;
    row_elements = memory.x_size;
    width = uint64_t{memory.x_pad_0} + memory.x_size + memory.x_pad_1;
    height = uint64_t{memory.y_pad_0} + memory.y_size + memory.y_pad_1;
    contiguous = pad_elements() == 0 && (memory.x_stride == memory.x_size || memory.y_size <= 1);
  }
  uint64_t elements() const { return rows * row_elements; }
  uint64_t sram_elements() const { return width * height; }
  uint64_t pad_elements() const { return sram_elements() - elements(); }
};

/// The bursts of a transfer, one after another: every run of addresses is split into bursts of at most
/// burst_beats.
class Bursts {
 public:
  Bursts() = default;
  Bursts(const TransferShape& shape, uint64_t element_bytes, const Timing& timing)
      : most_(timing.burst_beats) {
    runs_ = shape.contiguous ? std::min<uint64_t>(shape.rows, 1) : shape.rows;
    const uint64_t elements = shape.contiguous ? shape.elements() : shape.row_elements;
    run_beats_ =
        (elements * element_bytes + timing.memory_bytes_per_cycle - 1) / timing.memory_bytes_per_cycle;
    left_ = run_beats_;
  }

  bool empty() const { return runs_ == 0; }
  /// Beats of the next burst; must not be empty.
  uint64_t take() {
    const uint64_t beats = std::min(left_, most_);
    left_ -= beats;
    if (left_ == 0) {
      --runs_;
      left_ = run_beats_;
    }
    return beats;
  }

 private:
  uint64_t most_ = 1, runs_ = 0, run_beats_ = 0, left_ = 0;
};

/// The one port to DRAM: bursts take it in the order in which they are ready.
class MemoryPort {
 public:
  /// When a burst that is ready at `ready` gets its first beat.
  uint64_t take(uint64_t ready, uint64_t beats) {
    const uint64_t begin = std::max(ready, free_);
    free_ = begin + beats;
    return begin;
  }

 private:
  uint64_t free_ = 0;
};

}  // namespace tamis::vta
