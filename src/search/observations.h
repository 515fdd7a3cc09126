#pragma once

#include "base/result.h"
#include "search/index_map.h"
#include "space/space.h"
#include "trial/trial.h"

#include <cmath>
#include <limits>
#include <span>
#include <vector>

namespace tamis {

/// What search keeps of a trial.
struct Observation {
  uint64_t index = 0;     ///< of the config
  double throughput = 0;  ///< 1 / latency in ns; 0 when not valid
  bool valid() const { return throughput > 0; }
  /// Whether it is valid and its latency known.
  bool timed() const { return throughput > std::numeric_limits<double>::min(); }
  /// The natural logarithm of the latency in ns; it must be timed().
  double log_latency() const { return -std::log(throughput); }
};

/// What a trial tells search. Errors: invalid_input when the config is not one of the space (a log of another
/// space).
Result<Observation> observe(const Space& space, const Trial& trial);

/// Logarithms of the smallest and the largest latency in ns.
struct LatencyRange {
  double fastest = 0;
  double slowest = 0;
};

/// Every config learnt about, in the order of learning; a config learnt twice keeps its newest throughput.
/// Not thread safe.
class Observations {
 public:
  void add(const Observation& observation);
  const std::vector<Observation>& all() const { return all_; }
  size_t size() const { return all_.size(); }
  /// What is known of a config; nullptr when nothing is. Good until the next add().
  const Observation* find(uint64_t index) const;
  /// Of everything timed(); 0 and 0 when nothing is.
  LatencyRange log_latencies() const;
  size_t valid_count() const { return valid_count_; }

 private:
  std::vector<Observation> all_;
  IndexMap<size_t> positions_;
  size_t valid_count_ = 0;
};

}  // namespace tamis
