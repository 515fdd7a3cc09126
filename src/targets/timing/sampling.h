#pragma once

#include "base/clock.h"
#include "tamis/trial.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace tamis::timing {

/// The lower rank, from 0, of the narrowest interval between order statistics that covers the median with at
/// least this confidence: of `count` sorted samples those of ranks r and count - 1 - r. Nothing when even the
/// whole range covers it less surely, as for fewer than 6 samples at 95 %.
///
/// The number of samples below the median of their distribution is binomial with probability 1/2 whatever the
/// distribution, so nothing is assumed of it but that samples are independent (W. J. Conover, Practical
/// Nonparametric Statistics, 3rd edition, section 3.2). Thread safe.
std::optional<size_t> median_rank(size_t count, double confidence);

/// An interval that covers the median of what samples were drawn from.
struct MedianInterval {
  double low = 0, high = 0;
};

/// The interval of ascending samples at this confidence; nothing where there are too few. Thread safe.
std::optional<MedianInterval> median_interval(std::span<const double> sorted, double confidence);

/// How much effort the latency of a program is worth.
struct SamplingOptions {
  /// Runs are timed in batches of at least this length, so that reading the clock does not count.
  std::chrono::nanoseconds shortest_sample{20'000};
  double confidence = 0.95;  ///< of the interval of the median
  double precision = 0.02;   ///< enough once the interval is no wider than this share of the median
  /// Enough whatever the interval once the timed runs took so long together; the warm-up does not count.
  std::chrono::nanoseconds time_budget{15'000'000};
  size_t least_samples = 3;  ///< taken even where the time is up
  size_t most_samples = 500;
  size_t most_preempted = 8;  ///< enough, too, after so many samples in which another process had the core
  /// Enough, too, once so long has passed with all that is done between the runs. A program whose single run
  /// takes this long is run only once.
  std::chrono::nanoseconds patience{500'000'000};
  double incumbent_ns = std::numeric_limits<double>::infinity();  ///< the best latency known, ns
  double stop_factor = 1.2;      ///< stop once the whole interval lies above this many incumbents
  double hopeless_factor = 3.0;  ///< stop after the warm-up where it took more than this many incumbents
  std::chrono::nanoseconds check_every{50'000'000};  ///< how often SamplingEnvironment::check is called
};

/// What sampling looks at and does besides running the program. Empty functions are left out.
struct SamplingEnvironment {
  std::function<int64_t()> clock = monotonic_ns;  ///< ns, never back
  std::function<void()> before_run;       ///< before every run, outside its time; a sample is then one run
  std::function<uint64_t()> preemptions;  ///< how often this process lost its core to another so far
  std::function<void()> check;            ///< now and then in a long sampling
  /// Runs the program once in place of `run` and returns how long that took by the clock of the device that
  /// ran it, ns; nothing ends the sampling at once. A sample is then one run.
  std::function<std::optional<double>()> timed_run = nullptr;
};

/// Latency samples of a program, ns for each run.
struct Sampling {
  /// In the order they were taken; at least one, unless SamplingEnvironment::timed_run ended it before.
  std::vector<double> samples_ns;
  double minimum_ns = 0;
  double median_ns = 0;
  /// The interval of the median at the confidence asked for; from the least to the greatest sample where
  /// there are too few for it.
  double low_ns = 0, high_ns = 0;
  bool stopped_early = false;  ///< clearly slower than the incumbent, so not measured to the end
  uint64_t preempted = 0;  ///< samples in which another process had the core; left out where there are others
  double disturbed = 0;    ///< how many times slower than calm the machine was; 0 where it was calm

  /// Adds latency_min_ns, latency_low_ns, latency_high_ns, samples, stopped_early, preempted and disturbed.
  void describe(Features& features) const;
};

/// Times a program:
///
///     warm-up (two runs) ──► sample ──► sample ──► ...  until the interval of the median is narrow enough,
///           │                                 │         or the time or the number of samples is spent,
///           └── hopelessly slow: stop         └──────── or it lies clearly above the incumbent: stop
///
/// Samples during which another process had the core are left out and taken again; only where there is no
/// other do they count. The interval is looked at after every sample, so its confidence is slightly less than
/// the nominal one. Deterministic but for what `run` and the environment give. Not thread safe where those
/// are not.
Sampling sample_latency(const std::function<void()>& run, const SamplingOptions& options,
                        const SamplingEnvironment& environment);

/// How often the threads of this process were made to give up their core (getrusage), for
/// SamplingEnvironment::preemptions. Thread safe.
uint64_t count_preemptions();

}  // namespace tamis::timing
