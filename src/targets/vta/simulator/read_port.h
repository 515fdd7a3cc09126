#pragma once

#include "targets/vta/isa/memory_profile.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace tamis::vta {

inline constexpr uint64_t kBeatBytes = 8;

/// Who reads DRAM, in the order in which the port prefers them.
enum class Reader : uint8_t { fetch, uop, inp, wgt, acc };

/// The bursts of rows in DRAM, one after another: every row is cut on its own, where it follows another
/// without a gap too, at addresses that are multiples of a whole burst.
class RowBursts {
 public:
  RowBursts() = default;
  /// `rows` rows of `row_bytes` bytes, `stride` bytes apart, in bursts of at most `burst_beats` (a power of
  /// two). A row that begins or ends within a beat is read with all of it.
  RowBursts(uint64_t address, uint64_t row_bytes, uint64_t stride, uint64_t rows, uint64_t burst_beats)
      : row_(address), row_bytes_(row_bytes), stride_(stride), rows_(rows), burst_beats_(burst_beats) {
    begin_row();
  }

  bool empty() const { return rows_ == 0; }
  /// Beats of the next burst; must not be empty.
  uint64_t take() {
    const uint64_t end = std::min((at_ | (burst_beats_ - 1)) + 1, row_end_);
    const uint64_t beats = end - at_;
    at_ = end;
    if (at_ == row_end_) {
      --rows_;
      row_ += stride_;
      begin_row();
    }
    return beats;
  }

 private:
  void begin_row() {
    at_ = row_ / kBeatBytes;
    row_end_ = (row_ + row_bytes_ + kBeatBytes - 1) / kBeatBytes;
  }

  uint64_t row_ = 0, row_bytes_ = 0, stride_ = 0, rows_ = 0, burst_beats_ = 1;
  uint64_t at_ = 0, row_end_ = 0;  // in beats
};

/// The one port through which DRAM is read. In every cycle at most one burst is issued, none while as many as
/// the port bears are outstanding, and none in the cycle in which the last beat of a burst arrives; beats
/// arrive one a cycle in the order of issue. Cycles only grow. Not thread safe.
class [[gnu::visibility("hidden")]] ReadPort {
 public:
  explicit ReadPort(const MemoryProfile& profile) : profile_(profile) {}

  /// The first cycle from `ready` on in which a burst can be issued; asking commits to nothing.
  uint64_t open_from(uint64_t ready);
  /// When the beats of a burst arrive.
  struct Arrival {
    uint64_t first = 0, last = 0;
  };
  /// Issues a burst in the cycle that open_from() gave last.
  Arrival issue(uint64_t cycle, uint64_t beats);
  /// A burst of a store sends two beats a tile, the first in cycle `first`, every kStoreTileCycles cycles;
  /// of interest to MemoryKind::shared alone. Stores only follow one another.
  void write(uint64_t first, uint64_t tiles) {
    if (profile_.kind == MemoryKind::shared) add_writes(first, tiles);
  }

 private:
  static constexpr size_t kRing = kMostOutstandingReads;
  void add_writes(uint64_t first, uint64_t tiles);
  uint64_t last_beat_after_writes(uint64_t first, uint64_t beats);

  MemoryProfile profile_;
  uint64_t next_issue_ = 0;
  uint64_t bus_free_ = 0;                // the cycle after the last beat
  uint64_t first_ = 0;                   // when the first beat of the last burst arrives
  std::array<uint64_t, kRing> lasts_{};  // when the last beats of outstanding bursts arrive
  size_t oldest_ = 0, issued_ = 0;
  size_t waiting_ = 0;            // the oldest that is outstanding in the cycle that open_from() gave last
  std::vector<uint64_t> writes_;  // cycles of beats of stores
  size_t written_ = 0;            // those that no read can meet any more
};

// Here, because timing asks for every burst.
inline uint64_t ReadPort::open_from(uint64_t ready) {
  uint64_t cycle = std::max(ready, next_issue_);
  size_t oldest = oldest_;
  for (;;) {
    while (oldest < issued_ && lasts_[oldest % kRing] < cycle) ++oldest;
    waiting_ = oldest;
    if (oldest == issued_) return cycle;
    if (issued_ - oldest >= profile_.outstanding_reads) {
      cycle = lasts_[(issued_ - profile_.outstanding_reads) % kRing] + 1;
    } else if (lasts_[oldest % kRing] == cycle) {
      ++cycle;
    } else {
      return cycle;
    }
  }
}

/// How many cycles a store needs for a tile.
inline constexpr uint64_t kStoreTileCycles = 3;

}  // namespace tamis::vta
