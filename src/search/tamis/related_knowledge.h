#pragma once

#include "base/result.h"
#include "search/strategy.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tamis {

/// What trials of other workloads suggest about configs of a space; empty vectors where they suggest nothing.
struct Guess {
  std::vector<float> validity;    ///< the probability of being valid
  std::vector<float> throughput;  ///< in units of the best of the space
};

/// Learns from trials of other workloads what features of configs that mean the same everywhere
/// (SharedFeatures) say about validity and throughput: random forests over all that is related, throughput in
/// units of the best of each workload. Only the workloads that share the most knobs with the space are learnt
/// from, so that one of another kind does not take away what the others have in common with it. Not thread
/// safe.
class RelatedKnowledge {
 public:
  /// Both must outlive this; `related` may be nullptr. `space` is what guesses are asked for.
  RelatedKnowledge(const Space& space, const std::vector<TrialSet>* related, uint64_t seed);
  ~RelatedKnowledge();
  /// A guess for each config, by its index; the models are fitted the first time. Errors: internal, from the
  /// models.
  Result<Guess> guess(std::span<const uint64_t> indexes);

 private:
  struct Models;
  Status fit();

  const Space& space_;
  std::vector<const TrialSet*> related_;  ///< those of spaces that share the most knobs with it
  uint64_t seed_;
  std::unique_ptr<Models> models_;
};

}  // namespace tamis
