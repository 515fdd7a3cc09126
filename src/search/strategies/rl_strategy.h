#pragma once

#include "model/policy_network.h"
#include "search/scores.h"
#include "search/trial_memory.h"
#include "tamis/random.h"
#include "tamis/space.h"
#include "tamis/strategy.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace tamis {

struct AdaptiveSamplingOptions {
  size_t fewest = 8;   ///< clusters at first ...
  size_t most = 64;    ///< ... and at most, as in the paper
  size_t step = 8;     ///< clusters more at a time
  double knee = 1.1;   ///< more clusters are made while each step divides the loss by at least this
  int rounds = 5;      ///< of k-means at each step
  int syntheses = 16;  ///< draws of a replacement before a config of the cluster itself is taken
};

/// Chooses the configs that stand for all that a search visited, as Chameleon's adaptive sampling does (Ahn,
/// Pilligundla, Yazdanbakhsh and Esmaeilzadeh, "Chameleon: Adaptive Code Optimization for Expedited Deep
/// Neural Network Compilation", ICLR 2020, section 4.2): k-means over the visited configs, with more and more
/// clusters until the loss has a knee, and of every cluster the config at its centre. A centre that is seen
/// already or outside the space gives way to a config made of what is frequent in its cluster, knob by knob.
///
/// `visited` are keys of the space; what comes back is unseen and each config once, in no order that means
/// anything. Fewer than clusters where a cluster holds nothing unseen.
std::vector<ConfigKey> sample_adaptively(const Space& space, const std::vector<ConfigKey>& visited,
                                         const UnseenConfigs& unseen, const AdaptiveSamplingOptions& options,
                                         Random& random);

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
  Result<std::vector<ConfigKey>> walk(const ScoreFunction& score, const std::vector<ConfigKey>& starts,
                                      Random& random);

 private:
  struct Episode;
  FeatureMatrix states(const std::vector<ConfigKey>& keys) const;
  std::vector<ConfigKey> move(const std::vector<ConfigKey>& keys, const std::vector<uint8_t>& moves) const;
  Result<Episode> run(const ScoreFunction& score, std::vector<ConfigKey> places, Random& random) const;
  Experience judge(const Episode& episode) const;

  const Space& space_;
  PolicySearchOptions options_;
  std::vector<size_t> movable_;  ///< knobs with a choice
  PolicyNetwork policy_;
};

struct RlOptions {
  size_t initial_trials = 64;  ///< random trials before the first fit, when no initializer made them
  size_t trajectory = 256;     ///< visited configs that are clustered: those of the highest predictions
  int trees = 60;              ///< of the cost model
  int max_depth = 4;           ///< of its trees
  PolicySearchOptions search;
  AdaptiveSamplingOptions sampling;
};

/// Reinforcement learning with adaptive sampling, as Chameleon (Ahn, Pilligundla, Yazdanbakhsh and
/// Esmaeilzadeh, ICLR 2020), called RELEASE before (arXiv 1905.12799, 2019): boosted trees learn throughput,
/// 0 for what is not valid; an actor and critic walk over the knobs with the trees' predictions for rewards
/// and learn by proximal policy optimisation; of the configs that they visited, k-means chooses some that
/// stand for all, 8 to 64; those are tried, and the next round begins with a new fit.
///
/// Episodes are shorter and fewer than Chameleon's, to bound the cost of a trial. As a policy of so few does
/// not keep to good configs, only the `trajectory` visited configs of the highest predictions are clustered.
///
/// Its initial design is AutoTVM's: random configs until `initial_trials` are known and one is valid. Walkers
/// start from the fastest known configs and from random ones, by halves.
std::unique_ptr<Strategy> make_rl_strategy(const Task& task, const SearchOptions& options,
                                           const RlOptions& parameters = {});

}  // namespace tamis
