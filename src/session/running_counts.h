#pragma once

#include "tamis/counts.h"
#include "tamis/space.h"
#include "tamis/trial.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tamis {

/// Keeps the best valid trials of a session, each config once. Not thread safe.
class Shortlist {
 public:
  explicit Shortlist(uint64_t length) : length_(length) {}
  void add(const Trial& trial);
  /// Whether add() would keep the trial, unless it already has the config with a lesser latency.
  bool wants(const Trial& trial) const;
  /// By latency, and of equally fast ones the first tried.
  std::span<const Trial> trials() const { return trials_; }

 private:
  uint64_t length_;
  std::vector<Trial> trials_;
};

/// What is known of the trials of a session so far: how many there are, why they failed, and the best. Not
/// thread safe.
class RunningCounts {
 public:
  /// `finalists`: how many of the best are kept for the finals.
  explicit RunningCounts(uint64_t finalists = 0) : shortlist_(finalists) {}

  /// Takes in a trial; whether it is faster than every one before. `unchecked` is the space of a trial that
  /// may be excluded by it, as one of a log may: it counts, but neither is the best nor gets into the finals.
  bool add(const Trial& trial, const Space* unchecked = nullptr);

  const Counts& counts() const { return counts_; }
  const Reasons& reasons() const { return reasons_; }
  /// The valid trial of least latency, and of equally fast ones the first proposed, so that timing does not
  /// choose. Nothing when none was valid.
  const std::optional<Trial>& best() const { return best_; }
  /// The best trials, each config once.
  std::span<const Trial> finalists() const { return shortlist_.trials(); }

 private:
  Counts counts_;
  Reasons reasons_;
  std::optional<Trial> best_;
  Shortlist shortlist_;
};

}  // namespace tamis
