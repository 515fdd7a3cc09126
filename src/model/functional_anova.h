#pragma once

#include "model/tree_partition.h"
#include "tamis/result.h"
#include "tamis/space.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace tamis {

struct AnovaOptions {
  size_t trees = 32;
  size_t min_leaf_rows = 3;
  size_t most_features = 24;  ///< that a split looks at, of five sixths of all
  /// Pairs are looked for among that many knobs, those by which trees split most.
  size_t pair_knobs = 16;
  /// The most steps for pairs, of some nanoseconds each. The most promising come first; what is too much is
  /// left out.
  size_t pair_work = 100'000'000;
  /// Of so many trees a pair is asked at least; of fewer than all where it takes more than a 64th of the
  /// work.
  size_t pair_trees = 6;
  uint64_t seed = 0;
};

/// Functional ANOVA: how much of the variance of a target over all combinations of the knobs' values one knob
/// explains alone, and two beyond their own parts, as a random forest sees it (Hutter, Hoos and Leyton-Brown,
/// "An Efficient Approach for Assessing Hyperparameter Importance", ICML 2014). Every value of a knob counts
/// the same, tried or not, and every combination, allowed or not. Marginals of each tree are exact; means and
/// deviations are over the trees.
///
/// Deterministic. Immutable once fitted and so thread safe.
class FunctionalAnova {
 public:
  struct Estimate {
    double mean = 0;
    double deviation = 0;  ///< of the trees
  };
  struct Pair {
    size_t first = 0;
    size_t second = 0;  ///< after the first among the knobs
    Estimate share;     ///< of the variance, beyond what both explain alone
  };

  /// Learns one target per config; configs must be of the space. Errors: invalid_input for no configs, other
  /// numbers of targets, targets that are not finite, and for a space without a choice.
  static Result<FunctionalAnova> fit(const Space& space, std::span<const Config> configs,
                                     std::span<const double> targets, const AnovaOptions& options = {});

  /// The mean over all combinations.
  double mean() const;
  /// The share of the targets' variance that trees explain which did not see them (out of bag): at most 1,
  /// below 0 where the mean of all targets says more. Nothing for targets that are all the same, and where
  /// every tree saw all.
  std::optional<double> explained() const { return explained_; }
  /// Each knob's share of the variance. All are 0 where trees see no variance.
  std::vector<Estimate> shares() const;
  /// The pairs that were looked at, the strongest first.
  std::span<const Pair> pairs() const { return pairs_; }
  /// How many pairs of knobs that trees split were not looked at; of other pairs the share is 0.
  size_t pairs_left_out() const { return pairs_left_out_; }
  /// By the values of a knob, the mean over all other knobs.
  std::vector<Estimate> marginal(size_t knob) const;
  /// By the values of two, those of the second varying fastest.
  std::vector<double> marginal(size_t first, size_t second) const;

 private:
  explicit FunctionalAnova(const Space& space) : columns_(std::make_unique<KnobColumns>(space)) {}
  void grow(const FeatureMatrix& features, std::span<const float> targets, const AnovaOptions& options);
  void find_pairs(const AnovaOptions& options);
  std::vector<size_t> splitting_knobs() const;
  size_t affordable(size_t first, size_t second, size_t& left, const AnovaOptions& options) const;
  Pair judge(size_t first, size_t second, size_t trees) const;

  std::unique_ptr<const KnobColumns> columns_;  // partitions keep its address
  std::vector<TreePartition> partitions_;
  std::vector<Pair> pairs_;
  size_t pairs_left_out_ = 0;
  double offset_ = 0;  // trees see targets less this, divided by the scale
  double scale_ = 1;
  std::optional<double> explained_;
};

}  // namespace tamis
