#pragma once

#include "search/tamis/candidate_set.h"
#include "tamis/random.h"
#include "tamis/space.h"

#include <cstddef>
#include <span>
#include <vector>

namespace tamis {

/// What the hints of a space (Space::hints) say about its configs: a head start of a few trials, and a guess
/// of throughput. Not thread safe.
class HintKnowledge {
 public:
  /// So many configs that agree with hints are tried at most while nothing is known to be valid.
  static constexpr size_t kHeadStart = 3;

  /// `space` must outlive this.
  explicit HintKnowledge(const Space& space);

  bool empty() const { return hints_.empty(); }
  /// Whether configs of the head start are left.
  bool begins() const { return given_ < head_start_; }
  /// Where the next config of the head start may be: which of the open configs agree most with the hint whose
  /// turn it is.
  std::vector<bool> next(const CandidateSet& candidates);
  /// Takes in what a valid config reached.
  void learn(const ConfigKey& key, double throughput);
  /// Whether the next config is chosen with the guess below. Of the first kTurns every other one, so that
  /// trials can tell; then as long as the fastest config agrees more than the valid ones do on average, and
  /// never again after that.
  bool heed();
  static constexpr size_t kTurns = 8;
  /// Throughput in units of the best, the more the more a config agrees with the hint that it agrees with
  /// most; one per config.
  std::vector<float> guess_throughput(std::span<const ConfigKey> keys) const;
  /// Appends configs that agree with hints, which a random part of a large space hardly holds; also some that
  /// are there already or were tried.
  void append_examples(Random& random, std::vector<ConfigKey>& keys) const;

 private:
  /// How much every value of a knob agrees with a hint, from 0 to 1.
  struct KnobAgreement {
    size_t knob = 0;
    std::vector<float> values;
  };
  using HintAgreement = std::vector<KnobAgreement>;

  /// With the hint that the config agrees with most.
  float agreement(const ConfigKey& key) const;
  static float agreement(const HintAgreement& hint, const Config& config);

  const Space& space_;
  std::vector<HintAgreement> hints_;
  size_t head_start_;
  size_t given_ = 0;
  size_t turns_ = 0;
  bool dropped_ = false;
  size_t learnt_ = 0;
  double best_throughput_ = 0;
  double best_agreement_ = 0;  ///< of the fastest config
  double agreements_ = 0;      ///< of all valid ones, added up
};

}  // namespace tamis
