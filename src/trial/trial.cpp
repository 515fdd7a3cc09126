#include "tamis/trial.h"

#include "base/median.h"

#include <fmt/format.h>

namespace tamis {

Status check_latency_ns(double latency_ns) {
  if (latency_ns >= kLeastLatencyNs && latency_ns <= kMostLatencyNs) return {};
  return invalid_input(fmt::format("a latency of {} ns cannot be; it must be from {:g} to {:g} ns",
                                   latency_ns, kLeastLatencyNs, kMostLatencyNs));
}

double Trial::latency_ns() const { return median(latencies_ns); }

}  // namespace tamis
