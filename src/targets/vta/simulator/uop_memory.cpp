#include "targets/vta/simulator/uop_memory.h"

#include <algorithm>

namespace tamis::vta {
namespace {

UopSummary sum_up(const std::vector<Uop>& uops, uint32_t begin, uint32_t end) {
  UopSummary range;
  range.begin = begin;
  range.end = end;
  for (uint32_t i = begin; i < end; ++i) {
    const Uop& uop = uops[i];
    range.max_dst = std::max(range.max_dst, uop.dst);
    range.max_src = std::max(range.max_src, uop.src);
    range.max_wgt = std::max(range.max_wgt, uop.wgt);
    range.repeats_dst |= i >= begin + 1 && uops[i - 1].dst == uop.dst;
    range.repeats_dst |= i >= begin + 2 && uops[i - 2].dst == uop.dst;
  }
  return range;
}

}  // namespace

void UopMemory::write(uint64_t base, const uint8_t* bytes, uint64_t count) {
  if (count == 0) return;
  for (uint64_t i = 0; i < count; ++i) {
    uint32_t word = 0;
    if (bytes != nullptr)
      for (int k = 0; k < 4; ++k) word |= uint32_t{bytes[4 * i + k]} << (8 * k);
    uops_[base + i] = codec_.decode(word);
  }
  for (auto& range : known_)
    if (range.begin < base + count && base < range.end) range = UopSummary{};
}

const UopSummary& UopMemory::summary(uint32_t begin, uint32_t end) {
  UopSummary& slot = known_[(begin * 7 + end) % known_.size()];
  if (slot.begin != begin || slot.end != end) slot = sum_up(uops_, begin, end);
  return slot;
}

}  // namespace tamis::vta
