#pragma once

#include "model/grid_limits.h"
#include "model/grid_process.h"
#include "model/grid_trees.h"
#include "model/product_limits.h"
#include "search/tamis/candidate_set.h"
#include "tamis/random.h"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace tamis {

/// How much the views of a ValidityBelief count, and how deep its trees may be; the defaults are what the
/// strategy is.
struct ValidityBeliefOptions {
  /// What is believed of the views before they were put to the test; of the Gaussian process ...
  double process_share = 0.45;
  double trees_share = 0.45;  ///< ... of the trees, and of a limit on logarithms
  double limits_share = 0.1;
  size_t tree_depth = GridTreesOptions{}.depth;  ///< splits between the root and a leaf at most
  /// Whether limits on several products of knobs are sampled (ProductLimits) as a fourth view. Where tiles
  /// must fit several memories it takes fewer trials, elsewhere about as many or a few more, and searching
  /// takes longer (docs/explanation/tamis-strategy, "Limits on products").
  bool products = false;
};

/// What is believed of validity, from the first trial on, in three views: a Gaussian process under which
/// configs that share most values share their verdict; randomised trees, which find the knobs that decide;
/// and a limit on the logarithms of knobs, weighed. Each counts as much as it has foreseen so far. A fourth,
/// limits on several products of knobs, joins them later where options say so, and counts as much as it
/// foresees better than they. A guess from trials of other workloads is mixed in, as far as it tells valid
/// from invalid. Not thread safe, not even what is const: answers are kept.
class ValidityBelief {
 public:
  /// `candidates` must outlive this. `guess`, empty or one per config, is the probability that other
  /// workloads suggest.
  ValidityBelief(const CandidateSet& candidates, std::vector<float> guess, uint64_t seed,
                 const ValidityBeliefOptions& options = {});

  void learn(size_t position, bool valid);
  /// Takes in what was learnt since the last time: at() and most() tell of what was learnt by then.
  void renew();
  /// The probability that a candidate is valid; 1 as long as nothing was invalid and nothing was guessed.
  /// Takes longer where the candidate is not in view.
  float at(size_t position) const;
  /// How probable it is at most, by what is quickly known, that candidates are valid: of all, or of those in
  /// view in the order of focus(). Valid until renew() or the view changes; less where limits on products
  /// were asked since.
  std::span<const float> most() const { return most_; }
  /// The same of some of these, by their places there.
  std::vector<float> most(std::span<const size_t> places) const;
  /// Asks what limits on products say of some of these, if they count, as far as that is not known yet:
  /// most() is less afterwards. Whether anything was asked.
  bool ask_products(std::span<const size_t> places);
  /// As most(), by all that is known: next to at(), and quicker.
  std::vector<float> most_by_all(std::span<const size_t> places) const;
  /// The probabilities of all candidates; roughly, where not all are in view.
  std::vector<float> look_over() const;
  /// Brings these candidates, in ascending order, into view, and no others.
  void focus(std::vector<size_t> positions);
  /// Brings all candidates into view.
  void see_all();
  /// Whether there is a guess that did not turn out to be misleading.
  bool has_guess() const { return guessed_; }

 private:
  struct Outcome {
    size_t position = 0;
    bool valid = false;
    double guessed_odds = 0;  ///< see log_odds_of_guess()
  };
  /// The probability of one candidate by each of the views.
  struct Views {
    double process = 0;
    float trees = 0;
    float limits = 0;
    float products = 1;
  };
  /// How views and guess are mixed, as judged when renew() was last called.
  struct Mixture {
    std::array<double, 4> weights{};
    double sum = 1;    ///< of the weights
    double share = 0;  ///< of the guess
    double shift = 0;
    double trust = 1;
  };
  void test_guess(const Outcome& outcome);
  void judge_guess();
  void judge_views(const Views& views, bool valid);
  void judge_products(const Views& views, bool valid);
  bool outdated() const;
  void fit();
  void mix();
  void bound();
  double from_process(size_t position) const;
  float from_trees(size_t position) const;
  float from_products(size_t position) const;
  std::optional<size_t> place_of(size_t position) const;
  float products_part() const;
  Views views_at(size_t position) const;
  float mixed(const Views& views, size_t position) const;

  const CandidateSet& candidates_;
  ValidityBeliefOptions options_;
  std::vector<float> guess_;
  Random random_;
  Random products_random_;
  GridProcess process_;
  GridTrees trees_;
  GridLimits limits_;
  std::optional<ProductLimits> products_;  ///< only where options say so
  std::vector<Outcome> outcomes_;
  std::vector<size_t> in_view_;  ///< empty where all candidates are
  size_t known_ = 0;             ///< outcomes that at() tells of
  size_t fitted_ = 0;            ///< outcomes that trees and limits have seen
  bool surprised_ = false;       ///< whether an outcome since was not what was believed
  bool any_invalid_ = false;
  bool guessed_ = false;              ///< whether there is a guess still
  size_t promises_kept_ = 0;          ///< trials that the guess called valid and that were ...
  size_t promises_broken_ = 0;        ///< ... or were not
  double shift_ = 0;                  ///< of the logarithm of the odds that the guess gives ...
  double trust_ = 1;                  ///< ... times this
  size_t valid_ = 0;                  ///< outcomes that were
  bool products_fitted_ = false;      ///< whether limits on products have joined
  double ahead_ = 0;                  ///< how much better they foresaw than the others, as a logarithm
  std::array<double, 3> foreseen_{};  ///< by the three, as a sum of logarithms of probabilities
  Mixture mixture_;
  // What trees say of candidates, below 0 where nobody asked, and limits, as a logarithm of odds: kept until
  // they are fitted anew.
  mutable std::vector<float> from_trees_;
  mutable std::vector<float> odds_by_limits_;
  mutable std::vector<float> from_products_;  ///< the same of limits on products
  std::vector<float> odds_;                   ///< of the guess of those in view; empty until they are needed
  mutable std::vector<float> most_;
};

}  // namespace tamis
