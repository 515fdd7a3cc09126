#include "targets/vta/simulator/read_port.h"

namespace tamis::vta {

ReadPort::Arrival ReadPort::issue(uint64_t cycle, uint64_t beats) {
  oldest_ = waiting_;
  const bool waits = first_ > cycle;  // behind a burst whose beats have not begun
  uint64_t first = std::max(cycle + profile_.read_latency, bus_free_);
  if (profile_.kind == MemoryKind::queued && waits) first = bus_free_;
  if (profile_.kind == MemoryKind::serial && bus_free_ > 0)
    first = std::max(cycle, bus_free_ - 1) + profile_.read_latency;
  const uint64_t last =
      profile_.kind == MemoryKind::shared ? last_beat_after_writes(first, beats) : first + beats - 1;
  first_ = first;
  bus_free_ = last + 1;
  next_issue_ = cycle + 1;
  lasts_[issued_++ % kRing] = last;
  return {first, last};
}

void ReadPort::add_writes(uint64_t first, uint64_t tiles) {
  for (uint64_t tile = 0; tile < tiles; ++tile) {
    writes_.push_back(first + tile * kStoreTileCycles);
    writes_.push_back(first + tile * kStoreTileCycles + 1);
  }
}

uint64_t ReadPort::last_beat_after_writes(uint64_t first, uint64_t beats) {
  while (written_ < writes_.size() && writes_[written_] < first) ++written_;
  uint64_t last = first + beats - 1;
  for (size_t i = written_; i < writes_.size() && writes_[i] <= last; ++i) ++last;
  return last;
}

}  // namespace tamis::vta
