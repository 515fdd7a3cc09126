#pragma once

#include "model/policy_network.h"
#include "search/scores.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tamis {

/// Discount and smoothing are Chameleon's; the sizes bound the cost of a trial.
struct PolicySearchOptions {
  size_t walkers = 64;      ///< that walk side by side
  size_t steps = 16;        ///< of an episode
  size_t episodes = 4;      ///< of one search, each learnt from
  double discount = 0.9;    ///< of a reward one step later
  double smoothing = 0.99;  ///< the lambda of generalised advantage estimation
  PolicyOptions policy;
};

/// Searches a score by walking over a space under a policy that learns where walking pays: in a state, the
/// positions of a config's choices, the policy moves every knob down, up or not at all, and the score of the
/// config it comes to is its reward; a move out of the space leaves the walker where it is. Advantages are
/// those of Schulman et al. (generalised advantage estimation, ICLR 2016). The policy is kept between
/// searches. Not thread safe.
class PolicySearch {
 public:
  /// `space` must outlive this.
  PolicySearch(const Space& space, const PolicySearchOptions& options);

  /// The configs that walkers visited, each once, the most recent last. They start from `starts` in turn.
  /// Errors: those of `score`.
  Result<std::vector<uint64_t>> walk(const ScoreFunction& score, const std::vector<uint64_t>& starts,
                                     Random& random);

 private:
  struct Episode;
  FeatureMatrix states(const std::vector<uint64_t>& indexes) const;
  std::vector<uint64_t> move(const std::vector<uint64_t>& indexes, const std::vector<uint8_t>& moves) const;
  Result<Episode> run(const ScoreFunction& score, std::vector<uint64_t> places, Random& random) const;
  Experience judge(const Episode& episode) const;

  const Space& space_;
  PolicySearchOptions options_;
  std::vector<size_t> movable_;  ///< knobs with a choice
  PolicyNetwork policy_;
};

}  // namespace tamis
