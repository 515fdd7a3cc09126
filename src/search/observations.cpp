#include "search/observations.h"

#include "space/membership.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tamis {

Result<Observation> observe(const Space& space, const Trial& trial) {
  if (!belongs(space, trial.config))
    return invalid_input(fmt::format(
        "trial {} has a config that is not of this space of {} knobs; learn only trials of the same space",
        trial.number, space.knobs().size()));
  Observation observation{space.index(trial.config), 0};
  if (trial.verdict != Verdict::valid) return observation;
  const double latency = trial.latency_ns();
  // A valid trial without a usable latency teaches validity only: it ranks behind every one that has a
  // latency.
  observation.throughput =
      std::isfinite(latency) && latency > 0 ? 1.0 / latency : std::numeric_limits<double>::min();
  return observation;
}

void Observations::add(const Observation& observation) {
  const auto [place, is_new] = positions_.try_emplace(observation.index, all_.size());
  if (is_new) {
    all_.push_back(observation);
  } else {
    valid_count_ -= all_[*place].valid() ? 1 : 0;
    all_[*place] = observation;
  }
  valid_count_ += observation.valid() ? 1 : 0;
}

LatencyRange Observations::log_latencies() const {
  LatencyRange range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (const Observation& observation : all_) {
    if (!observation.timed()) continue;
    range.fastest = std::min(range.fastest, observation.log_latency());
    range.slowest = std::max(range.slowest, observation.log_latency());
  }
  return range.fastest <= range.slowest ? range : LatencyRange{};
}

const Observation* Observations::find(uint64_t index) const {
  const size_t* found = positions_.find(index);
  return found == nullptr ? nullptr : &all_[*found];
}

}  // namespace tamis
