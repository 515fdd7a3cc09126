#include "targets/vta/simulator/dram.h"

#include <algorithm>

namespace tamis::vta {

Dram::Dram(std::vector<DramBuffer>& buffers) {
  for (auto& buffer : buffers)
    if (!buffer.bytes.empty())
      spans_.push_back({buffer.address, buffer.address + uint64_t{buffer.bytes.size()}, buffer.bytes.data()});
  std::sort(spans_.begin(), spans_.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
}

uint8_t* Dram::find(uint64_t address, uint64_t size) {
  if (last_ < spans_.size() && spans_[last_].holds(address, size))
    return spans_[last_].bytes + (address - spans_[last_].begin);
  const auto after = std::upper_bound(spans_.begin(), spans_.end(), address,
                                      [](uint64_t at, const Span& span) { return at < span.begin; });
  if (after == spans_.begin()) return nullptr;
  const auto found = std::prev(after);
  if (!found->holds(address, size)) return nullptr;
  last_ = static_cast<size_t>(found - spans_.begin());
  return found->bytes + (address - found->begin);
}

}  // namespace tamis::vta
