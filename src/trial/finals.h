#pragma once

#include "trial/trial.h"
#include "trial/verdict.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tamis {

/// One of the best configs of a session, measured again in turn with the others.
struct Finalist {
  uint64_t number = 0;  ///< Trial::number
  Verdict verdict = Verdict::valid;
  std::string message;               ///< why it failed now, empty when it is valid
  uint64_t runs = 0;                 ///< how often it was tried again
  std::vector<double> latencies_ns;  ///< the median of each of its runs in ns, empty unless valid

  /// The latency that ranks it: the median of the runs in ns, infinity when it is not valid.
  double latency_ns() const;
  friend bool operator==(const Finalist&, const Finalist&) = default;
};

/// What measuring the best configs of a session again gave: where latencies vary, the least of many measured
/// once is more likely a lucky one than the best.
struct Finals {
  uint64_t after_trials =
      0;  ///< how many trials the session had; with more of them these finals are out of date
  std::string device;
  int64_t finished_unix_ms = 0;
  std::vector<Finalist> finalists;  ///< by rank, the fastest first

  /// Puts the finalists in order: by latency, and of equally fast ones the first tried.
  void rank();
  /// Nothing when every finalist failed.
  const Finalist* winner() const;
  friend bool operator==(const Finals&, const Finals&) = default;
};

/// The finals if nothing was tried since, or nothing.
std::optional<Finals> discard_if_stale(std::optional<Finals> finals, uint64_t trials);

/// The best of a session's trials: the winner of its finals, with the latencies measured there, where there
/// is one, else the valid trial of least latency, and of equally fast ones the first. Nothing when none was
/// valid. The finals must be up to date.
std::optional<Trial> best_trial(std::span<const Trial> trials, const std::optional<Finals>& finals);

}  // namespace tamis
