#pragma once

#include "model/grid_limits.h"
#include "model/grid_process.h"
#include "model/grid_trees.h"
#include "search/tamis/candidate_set.h"
#include "tamis/random.h"

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace tamis {

/// How much the views of a ValidityBelief count, and how deep its trees may be; the defaults are what the
/// strategy is.
struct ValidityBeliefOptions {
  /// What is believed of the views before they were put to the test; of the Gaussian process ...
  double process_share = 0.45;
  double trees_share = 0.45;  ///< ... of the trees, and of limits on products
  double limits_share = 0.1;
  size_t tree_depth = GridTreesOptions{}.depth;  ///< splits between the root and a leaf at most
};

/// What is believed of validity, from the first trial on, in three views: a Gaussian process under which
/// configs that share most values share their verdict; randomised trees, which find the knobs that decide;
/// and limits on products of knobs. Each counts as much as it has foreseen so far. A guess from trials of
/// other workloads is mixed in, as far as it tells valid from invalid. Not thread safe.
class ValidityBelief {
 public:
  /// `candidates` must outlive this. `guess`, empty or one per config, is the probability that other
  /// workloads suggest.
  ValidityBelief(const CandidateSet& candidates, std::vector<float> guess, uint64_t seed,
                 const ValidityBeliefOptions& options = {});

  void learn(size_t position, bool valid);
  /// The probability of being valid for every candidate; 1 as long as nothing was invalid and
  /// nothing was guessed.
  std::span<const float> probabilities();
  /// Whether there is a guess that did not turn out to be misleading.
  bool has_guess() const { return !guess_.empty(); }

 private:
  struct Outcome {
    size_t position = 0;
    bool valid = false;
  };
  void test_guess(const Outcome& outcome);
  void judge_guess();
  void judge_views(const Outcome& outcome);
  bool outdated() const;
  void fit();
  void combine();

  const CandidateSet& candidates_;
  ValidityBeliefOptions options_;
  std::vector<float> guess_;
  Random random_;
  GridProcess process_;
  GridTrees trees_;
  GridLimits limits_;
  std::vector<Outcome> outcomes_;
  size_t combined_ = 0;     ///< outcomes that the probabilities tell of
  size_t fitted_ = 0;       ///< outcomes that trees and limits have seen
  bool surprised_ = false;  ///< whether an outcome since was not what was believed
  bool any_invalid_ = false;
  size_t promises_kept_ = 0;    ///< trials that the guess called valid and that were ...
  size_t promises_broken_ = 0;  ///< ... or were not
  double shift_ = 0;            ///< of the logarithm of the odds that the guess gives ...
  double trust_ = 1;            ///< ... times this
  std::vector<float> from_process_;
  std::vector<float> from_trees_;
  std::vector<float> from_limits_;
  std::array<double, 3> foreseen_{};  ///< by the three, as a sum of logarithms of probabilities
  std::vector<float> probabilities_;
};

}  // namespace tamis
