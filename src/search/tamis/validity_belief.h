#pragma once

#include "base/random.h"
#include "model/grid_process.h"
#include "model/grid_trees.h"
#include "search/tamis/field.h"

#include <cstddef>
#include <span>
#include <vector>

namespace tamis {

/// What is believed of validity, from the first trial on: half a Gaussian process under which configs that
/// share most values share their verdict, half randomised trees, which find the knobs and limits that decide.
/// A guess from trials of other workloads is mixed in, as far as it has predicted verdicts better than they.
/// Not thread safe.
class ValidityBelief {
 public:
  /// `field` must outlive this. `guess`, empty or one a config, is the probability that other workloads
  /// suggest.
  ValidityBelief(const Field& field, std::vector<float> guess, uint64_t seed);

  void learn(size_t position, bool valid);
  /// The probability of being valid for every config of the field; 1 as long as nothing was invalid and
  /// nothing was guessed.
  std::span<const float> probabilities();

 private:
  struct Outcome {
    size_t position = 0;
    bool valid = false;
  };
  void judge_guess(const Outcome& outcome);
  bool trees_outdated() const;
  void fit_trees();
  void combine();

  const Field& field_;
  std::vector<float> guess_;
  Random random_;
  GridProcess process_;
  GridTrees trees_;
  std::vector<Outcome> outcomes_;
  size_t fitted_ = 0;       ///< outcomes that the trees have seen
  bool surprised_ = false;  ///< whether an outcome since was not what was believed
  bool any_invalid_ = false;
  double guess_odds_;  ///< logarithm of the odds that the guess predicts better than the trials
  std::vector<float> from_trees_;
  std::vector<float> from_trials_;  ///< what was believed last without the guess
  std::vector<float> probabilities_;
};

}  // namespace tamis
