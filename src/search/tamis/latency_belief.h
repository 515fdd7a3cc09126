#pragma once

#include "model/grid_process.h"
#include "model/scale_search.h"
#include "search/tamis/candidate_set.h"
#include "tamis/random.h"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace tamis {

/// A valid config with what it reached.
struct Reached {
  size_t position = 0;    ///< among the candidates
  double throughput = 0;  ///< 1 / latency in ns
};

/// What is expected of throughput, in units of the best one known, at every candidate or at some.
struct Expectation {
  std::span<const size_t> positions;  ///< of these candidates; empty where it is of all, in their order
  std::vector<float> mean;
  std::vector<float> deviation;

  size_t position(size_t i) const { return positions.empty() ? i : positions[i]; }
};

/// Which lengthscales the processes of a LatencyBelief have.
enum class LatencyScales {
  both,      ///< the likeliest and the usual ones, taking turns
  searched,  ///< for experiments: only the likeliest
  usual,     ///< for experiments: only the usual ones
};

/// What a LatencyBelief tells configs apart by; the defaults are what the strategy is.
struct LatencyBeliefOptions {
  LatencyScales scales = LatencyScales::both;
  bool sameness = true;   ///< whether it counts that values are the same; for names it always does
  bool alignment = true;  ///< whether it counts how often 2 divides values
};

/// What is believed of latencies: two Gaussian processes over throughput, on which slow configs are all
/// alike. One has the lengthscales that were found likeliest, the other those usual for knobs; they take
/// turns, so that lengthscales which few trials suggest cannot mislead for long. Of many candidates, only
/// those in view are judged with every trial; which these are is chosen again with the lengthscales. Not
/// thread safe.
class LatencyBelief {
 public:
  /// A process knows at most so many values, that is valid configs times candidates, but at least
  /// kLeastKnown and at most kMostKnown configs; of more, the faster half and a random choice of the others.
  static constexpr size_t kKnownValues = size_t{1} << 21;
  static constexpr size_t kLeastKnown = 192;
  static constexpr size_t kMostKnown = 1024;
  /// So many candidates are all in view. Of more, some are once kLeastToFocus configs are known.
  static constexpr size_t kAllInView = 8192;
  static constexpr size_t kLeastToFocus = 24;

  /// `candidates` must outlive this. `guess`, empty or one per config, is throughput as other workloads
  /// suggest it, in units of the best; how far it is trusted is learnt.
  LatencyBelief(const CandidateSet& candidates, std::vector<float> guess, uint64_t seed,
                const LatencyBeliefOptions& options = {});

  /// Whether enough was learnt since, that lengthscales should be searched anew.
  bool stale() const { return reached_.size() >= next_search_; }
  /// Searches lengthscales anew and learns all once more. Where should_focus(), focus() follows.
  void renew();
  /// Whether there are so many candidates, and so much more is known than when those in view were chosen,
  /// that they should be chosen anew.
  bool should_focus() const { return candidates_.size() > kAllInView && reached_.size() >= next_focus_; }
  /// What each of the two processes expects of all candidates, roughly (GridProcess::look_over()).
  /// focus() or see_all() follows: until then nothing is in view.
  std::array<Expectation, 2> look_over();
  /// Brings these candidates into view, and no others.
  void focus(std::vector<size_t> positions);
  /// Brings all candidates into view.
  void see_all();
  bool sees_all() const { return in_view_.empty(); }
  /// Takes over the lengthscales that another belief, of other candidates of the same space, found.
  void inherit(const LatencyBelief& other);
  /// Takes another guess for the one it has; empty for none.
  void set_guess(std::vector<float> guess);
  void learn(const Reached& reached);
  /// How much the throughput of one config differs from run to run, as a share of it: the standard deviation.
  /// 0, as before the first call: not at all.
  void set_noise(double share) { noise_ = share; }
  /// Believes until forget_assumed() that a config reaches what is expected of it, so that the next one of a
  /// batch lies elsewhere.
  void assume(size_t position);
  /// Tells of configs that are under way since earlier batches, in place of those it was told of before: what
  /// is expected near them is known by as much better as knowing them alone would make it.
  void set_under_way(std::vector<size_t> positions) { under_way_ = std::move(positions); }
  void forget_assumed();
  /// What the process whose turn it is expects of those in view; the guess before something was learnt,
  /// nothing without one. Valid until the view changes.
  std::optional<Expectation> expect();

  size_t size() const { return reached_.size(); }

 private:
  /// One of the two processes, with how many of `reached_` and then of `assumed_` it knows.
  struct View {
    GridProcess process;
    KernelScales scales;
    size_t known = 0;
    size_t assumed = 0;
  };
  /// Throughput as a line over the guess, from which processes learn what differs.
  struct Trend {
    double best = 1;
    double base = 0;
    double slope = 0;
    double spread = 1;  ///< standard deviation of what differs
    /// What is expected where the process learnt these of its channels, and `guess` was guessed.
    float at(double throughput, double constant, double learnt_guess, double guess) const;
  };

  /// The variance of what is measured, in units of that of the function.
  double measured_noise(const Trend& trend) const;
  double guess_at(size_t position) const { return guess_.empty() ? 0 : guess_[position]; }
  Trend find_trend() const;
  double trust_in_guess(double best) const;
  /// What the trend leaves unexplained, in units of its spread.
  std::vector<double> differences(const Trend& trend) const;
  Expectation guessed() const;
  static constexpr size_t kChannels = 3;
  std::array<double, kChannels> channel_weights(const Trend& trend) const;
  void forget_slow();
  void search();
  View new_view(const KernelScales& scales) const;
  void catch_up(View& view);
  void heed_under_way(const View& view, std::vector<float>& deviation) const;
  float mean_at(const View& view, const Trend& trend, size_t position) const;

  const CandidateSet& candidates_;
  LatencyBeliefOptions options_;
  std::vector<float> guess_;
  Random random_;
  GridKernel usual_;
  std::vector<Reached> reached_;
  std::vector<Reached> assumed_;
  std::vector<size_t> under_way_;
  std::vector<size_t> in_view_;  ///< empty where all candidates are
  std::array<View, 2> views_;
  double noise_ = 0;  ///< see set_noise()
  size_t turn_;       ///< of the processes
  size_t limit_;      ///< configs known at most
  size_t next_search_ = 4;
  size_t next_focus_ = kLeastToFocus;  ///< configs known when it is chosen again which are in view
};

}  // namespace tamis
