#pragma once

#include "model/features.h"
#include "model/neighbourhood.h"
#include "search/trial_memory.h"
#include "tamis/result.h"
#include "tamis/space.h"

#include <cstddef>
#include <span>
#include <vector>

namespace tamis {

/// How likely configs are valid, by nearness to what was tried (Neighbourhood), and whether that may be
/// relied on: every outcome is foretold before it is learnt, and the share of valid trials foretells it too.
/// Not thread safe.
class ValidityEstimate {
 public:
  /// `space` must outlive this.
  ValidityEstimate(const Space& space, const NeighbourhoodOptions& options);

  /// Takes in the outcome of a config, which is judged by what was expected of it.
  Status learn(const ConfigKey& key, bool valid);
  /// The probability of being valid of each config.
  Result<std::vector<float>> at(std::span<const ConfigKey> keys);

  /// How many outcomes are known.
  size_t known() const { return known_; }
  /// The share of valid ones among the last outcomes, drawn towards one half.
  double recent_share() const { return recent_; }
  /// How much better the estimate foretold outcomes than their share did, in nats a trial, the last ones
  /// counting most; 0 before the first.
  double skill() const { return skill_; }

 private:
  Status judge(const ConfigKey& key, bool valid);

  const Space& space_;
  ConfigCoordinates coordinates_;
  FeatureMatrix points_;  ///< of every outcome
  std::vector<float> targets_;
  Neighbourhood neighbourhood_;
  bool outdated_ = false;  ///< whether the neighbourhood lacks an outcome
  size_t known_ = 0;
  double recent_ = 0.5;
  double skill_ = 0;
};

}  // namespace tamis
