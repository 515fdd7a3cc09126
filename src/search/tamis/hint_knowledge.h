#pragma once

#include "search/tamis/candidate_set.h"
#include "tamis/random.h"
#include "tamis/space.h"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace tamis {

/// What the hints of a space (Space::hints) say about its configs: a head start of a few trials, and a guess
/// of throughput. Not thread safe.
class HintKnowledge {
 public:
  /// So many trials are made of hinted configs at most before anything else is tried.
  static constexpr size_t kHeadStart = 3;

  /// `space` must outlive this.
  explicit HintKnowledge(const Space& space);

  bool empty() const { return hints_.empty(); }
  /// Whether configs of the head start are left.
  bool begins() const { return given_ < head_start_; }
  /// The next config of the head start: an open one that agrees most with the hint whose turn it is, any of
  /// those. Nothing when the head start is over or nothing is open.
  std::optional<size_t> next(const CandidateSet& candidates, Random& random);
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

  static float agreement(const HintAgreement& hint, const Config& config);

  const Space& space_;
  std::vector<HintAgreement> hints_;
  size_t head_start_;
  size_t given_ = 0;
};

}  // namespace tamis
