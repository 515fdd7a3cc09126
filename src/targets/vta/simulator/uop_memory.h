#pragma once

#include "targets/vta/isa/instruction.h"

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

/// The uop memory, decoded. Ranges are summed up once and kept until a load overwrites one of their uops, so
/// that an instruction costs the same however many uops it runs. Not thread safe.
class UopMemory {
 public:
  UopMemory(const Codec& codec, int64_t depth) : codec_(codec), uops_(static_cast<size_t>(depth)) {}

  uint64_t depth() const { return uops_.size(); }
  /// Writes `count` uops of 4 little-endian bytes each, or zeros where `bytes` is null; base + count <=
  /// depth().
  void write(uint64_t base, const uint8_t* bytes, uint64_t count);
  /// The uops from `begin` on.
  const Uop* at(uint32_t begin) const { return uops_.data() + begin; }
  /// Needs begin < end <= depth().
  const UopSummary& summary(uint32_t begin, uint32_t end);

 private:
  const Codec& codec_;
  std::vector<Uop> uops_;
  std::array<UopSummary, 64> known_;
};

}  // namespace tamis::vta
