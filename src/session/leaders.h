#pragma once

#include "tamis/measurer.h"
#include "tamis/result.h"
#include "tamis/trial.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <stop_token>
#include <vector>

namespace tamis {

/// SessionOptions::leader_runs at most.
inline constexpr uint64_t kMostLeaderRuns = 1000;

/// What a search knew when it made its newest proposals: neither jobs nor timing play a part in it.
struct Incumbent {
  double cost = std::numeric_limits<double>::infinity();  ///< the least of all
  uint64_t runs = 0;                                      ///< that it was found in
  /// How much runs of the same config differ (NoiseEstimate::relative), and how many trials that were tried
  /// again tell of it.
  std::optional<double> noise = std::nullopt;
  uint64_t repeated = 0;

  /// Takes a trial's cost for its own where that is less.
  void take(const Trial& trial);
};

/// Whether a trial seems to be better than the incumbent, but may owe it to chance, so that it is to be tried
/// again: its lead is within what noise explains. As long as little is known of noise, every one that leads
/// is tried twice. Never where it was tried `most` times.
bool may_be_lucky(const Trial& trial, const Incumbent& incumbent, uint64_t most);

/// A trial that is tried again and again. Its costs then are the medians of its runs, its times those of all,
/// and its feature kLeaderRuns says how many there were. One that fails now is that failure, and flaky
/// (is_flaky). A device that is lost says nothing of the trial.
class Leader {
 public:
  /// A valid one.
  explicit Leader(Trial trial);

  /// Takes in what came of trying it once more, nothing where no run of it came to an end. Whether yet
  /// another run may tell more.
  bool take(std::optional<Trial> again);
  Trial& trial() { return trial_; }

 private:
  Trial trial_;
  Features features_;  // of its first run
  std::vector<double> runs_;
};

/// Tries a trial again until it leads no more, or leads by more than noise explains, or was tried `most`
/// times (Leader). A device that is lost and a stop end it. Errors: as the measurer.
Status try_again(Measurer& measurer, Trial& trial, const Incumbent& incumbent, uint64_t most,
                 const std::stop_token& stop);

}  // namespace tamis
