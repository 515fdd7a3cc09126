#include "targets/timing/sampling.h"

#include "base/median.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <sys/resource.h>

namespace tamis::timing {
namespace {

constexpr int kWarmUpRuns = 2;
constexpr double kMostRunsOfASample = 1e6;

class Sampler {
 public:
  Sampler(const std::function<void()>& run, const SamplingOptions& options,
          const SamplingEnvironment& environment)
      : run_(run), options_(options), environment_(environment) {}

  Sampling sample() {
    if (warm_up()) {
      take_samples();
      if (clean_.empty()) clean_ = preempted_;
    }
    return clean_.empty() ? Sampling() : summary();
  }

 private:
  struct Timed {
    double ns_per_run = 0;
    bool preempted = false;
  };

  Timed time(size_t runs) {
    if (environment_.before_run) environment_.before_run();
    const uint64_t preemptions = count();
    if (environment_.timed_run) {
      const std::optional<double> ns = environment_.timed_run();
      ended_ = !ns;
      return {ns.value_or(0), count() != preemptions};
    }
    const int64_t begin = environment_.clock();
    for (size_t i = 0; i < runs; ++i) run_();
    const int64_t end = environment_.clock();
    return {static_cast<double>(end - begin) / static_cast<double>(runs), count() != preemptions};
  }

  uint64_t count() const { return environment_.preemptions ? environment_.preemptions() : 0; }

  /// False when the program is hopelessly slow, or too slow to be run again. A single run may be slow for
  /// reasons of its own, such as pages that are touched for the first time, so the fastest counts, and none
  /// in which another process ran.
  bool warm_up() {
    std::optional<double> undisturbed;
    double fastest = std::numeric_limits<double>::infinity();
    for (int i = 0; i < kWarmUpRuns; ++i) {
      const Timed timed = time(1);
      if (ended_) return false;
      fastest = std::min(fastest, timed.ns_per_run);
      if (!timed.preempted) undisturbed = std::min(timed.ns_per_run, undisturbed.value_or(timed.ns_per_run));
      if (timed.ns_per_run >= static_cast<double>(options_.patience.count()))
        return keep_one(timed.ns_per_run);
    }
    const double shortest = static_cast<double>(options_.shortest_sample.count());
    if (!environment_.before_run && !environment_.timed_run)
      runs_ = static_cast<size_t>(
          std::clamp(std::ceil(shortest / std::max(fastest, 1.0)), 1.0, kMostRunsOfASample));
    if (!undisturbed || *undisturbed <= options_.hopeless_factor * options_.incumbent_ns) return true;
    return keep_one(*undisturbed);
  }

  /// Ends it with a run of the warm-up as the only sample.
  bool keep_one(double ns) {
    clean_ = {ns};
    stopped_early_ = ns > options_.hopeless_factor * options_.incumbent_ns;
    return false;
  }

  void take_samples() {
    const int64_t begin = environment_.clock();
    int64_t checked = begin;
    for (;;) {
      const Timed timed = time(runs_);
      if (ended_) return;
      if (timed.preempted) {
        preempted_.push_back(timed.ns_per_run);
      } else {
        clean_.push_back(timed.ns_per_run);
        clean_ns_ += timed.ns_per_run * static_cast<double>(runs_);
        sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), timed.ns_per_run), timed.ns_per_run);
      }
      const int64_t now = environment_.clock();
      if (enough(now - begin)) return;
      if (environment_.check && now - checked >= options_.check_every.count()) {
        environment_.check();
        checked = environment_.clock();
      }
    }
  }

  bool enough(int64_t elapsed_ns) {
    if (const auto interval = median_interval(sorted_, options_.confidence)) {
      stopped_early_ = interval->low > options_.stop_factor * options_.incumbent_ns;
      if (stopped_early_) return true;
      if (interval->high - interval->low <= options_.precision * median(sorted_)) return true;
    }
    const size_t taken = clean_.size() + preempted_.size();
    if (taken >= options_.most_samples) return true;
    if (clean_.size() >= options_.least_samples &&
        clean_ns_ >= static_cast<double>(options_.time_budget.count()))
      return true;
    const bool hopeless_neighbour = preempted_.size() >= options_.most_preempted;
    return taken >= options_.least_samples && (hopeless_neighbour || elapsed_ns >= options_.patience.count());
  }

  Sampling summary() {
    Sampling sampling;
    sorted_ = clean_;
    std::sort(sorted_.begin(), sorted_.end());
    sampling.minimum_ns = sorted_.front();
    sampling.median_ns = median(sorted_);
    const auto interval = median_interval(sorted_, options_.confidence)
                              .value_or(MedianInterval{sorted_.front(), sorted_.back()});
    sampling.low_ns = interval.low;
    sampling.high_ns = interval.high;
    sampling.stopped_early = stopped_early_;
    sampling.preempted = preempted_.size();
    sampling.samples_ns = std::move(clean_);
    return sampling;
  }

  const std::function<void()>& run_;
  const SamplingOptions& options_;
  const SamplingEnvironment& environment_;
  size_t runs_ = 1;      // of a sample
  double clean_ns_ = 0;  // spent in the runs of clean_
  std::vector<double> clean_, preempted_;
  std::vector<double> sorted_;  // those of clean_
  bool stopped_early_ = false;
  bool ended_ = false;  // by timed_run
};

}  // namespace

std::optional<size_t> median_rank(size_t count, double confidence) {
  const double n = static_cast<double>(count);
  // Logarithms, because 2^-count is not a number for many samples.
  double log_probability = -n * std::log(2.0);
  double below = 0;
  std::optional<size_t> rank;
  for (size_t r = 0; 2 * r + 1 < count; ++r) {
    below += std::exp(log_probability);
    if (1 - 2 * below < confidence) break;
    rank = r;
    log_probability += std::log((n - static_cast<double>(r)) / static_cast<double>(r + 1));
  }
  return rank;
}

std::optional<MedianInterval> median_interval(std::span<const double> sorted, double confidence) {
  const std::optional<size_t> rank = median_rank(sorted.size(), confidence);
  if (!rank) return std::nullopt;
  return MedianInterval{sorted[*rank], sorted[sorted.size() - 1 - *rank]};
}

void Sampling::describe(Features& features) const {
  features.set("latency_min_ns", minimum_ns);
  features.set("latency_low_ns", low_ns);
  features.set("latency_high_ns", high_ns);
  features.set("samples", static_cast<double>(samples_ns.size()));
  features.set("stopped_early", stopped_early ? 1 : 0);
  features.set("preempted", static_cast<double>(preempted));
  features.set("disturbed", disturbed);
}

Sampling sample_latency(const std::function<void()>& run, const SamplingOptions& options,
                        const SamplingEnvironment& environment) {
  return Sampler(run, options, environment).sample();
}

uint64_t count_preemptions() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_nivcsw);
}

}  // namespace tamis::timing
