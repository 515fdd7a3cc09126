#pragma once

#include "cpu_peers/fma_peak.h"
#include "cpu_peers/peer.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tamis::peers {

/// How peers are measured.
///
///     round 1: peak, peer A, peer B, ...     round 2: peak, peer A, peer B, ...     ...
///
/// Whatever disturbs the machine for a while so meets all of them alike.
struct RoundOptions {
  int rounds = 7;
  /// Time that a peer's calls have in one round, after two that warm the caches. Samples in which another
  /// process had the core are taken again (targets/timing/sampling.h).
  double turn_ms = 10;
  /// A form that after two rounds is this many times slower than the best of its family is dropped; one
  /// round may have been disturbed.
  double hopeless = 2;
  /// Wait before and after a peer with threads of its own: idle threads spin a while, in others' way.
  double settle_ms = 50;
};

/// What one peer's calls took.
struct Samples {
  std::vector<double> calls_ns;  ///< one per sample; a sample is one call, or the mean of several short ones
  double minimum_ns() const;
  double median_ns() const;
};

/// One peer on one task.
struct PeerOutcome {
  std::string peer;
  std::string family;
  std::string implementation;
  Samples samples;                   ///< empty when it could not run
  std::optional<std::string> fault;  ///< why it does not count: unsupported, or a wrong result
  bool wrong = false;                ///< its result was wrong
  int rounds = 0;                    ///< that it took part in
};

/// All peers on one task.
struct TaskOutcome {
  std::vector<PeerOutcome> peers;
  std::vector<FmaRate> rates;  ///< of the arithmetic units, before each round and after the last
};

/// Prepares every peer, checks its result against the task's, and measures those that are right, in turns.
/// Not thread safe: it wants the machine for itself.
TaskOutcome measure_in_rounds(const Task& task, const Peers& peers, const RoundOptions& options);

}  // namespace tamis::peers
