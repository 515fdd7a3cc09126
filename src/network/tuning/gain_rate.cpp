#include "network/tuning/gain_rate.h"

namespace tamis::network {

void GainRate::add(int64_t time_ns, double latency_ns) {
  // Only where the latency changes does a note say more than the one before it and the newest.
  if (notes_.size() >= 2 && notes_.back().latency_ns == latency_ns &&
      notes_[notes_.size() - 2].latency_ns == latency_ns)
    notes_.pop_back();
  notes_.push_back({time_ns, latency_ns});
  while (notes_.size() > 1 && notes_[1].time_ns + kMinuteNs <= time_ns) notes_.pop_front();
}

std::optional<double> GainRate::per_minute() const {
  if (notes_.empty()) return std::nullopt;
  const Note& first = notes_.front();
  const Note& last = notes_.back();
  const int64_t elapsed = last.time_ns - first.time_ns;
  if (elapsed < kLeastNs) return std::nullopt;
  return (first.latency_ns - last.latency_ns) * static_cast<double>(kMinuteNs) / static_cast<double>(elapsed);
}

}  // namespace tamis::network
