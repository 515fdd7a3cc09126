#pragma once

#include "model/features.h"
#include "tamis/result.h"
#include "tamis/space.h"
#include "tamis/trial_set.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tamis {

/// Features of configs that mean the same in spaces of other workloads, where knobs of the same names choose
/// among other values. For every knob of numbers that all spaces have, and every inner factor of a split: the
/// logarithm of the value; the logarithm of the largest value of its own space over it, which says how often
/// a tile of this size repeats; and how often 2 divides it. For every two of them the sum of the logarithms,
/// so that limits on products are learnt from few rows;
/// not where a space that is not countable has very many. For names, whether it is this one. Not thread safe.
class SharedFeatures {
 public:
  /// The features that all of these spaces have; there is at least one space.
  explicit SharedFeatures(const std::vector<const Space*>& spaces);

  /// How many knobs that choose anything the spaces have in common, each inner factor of a split for itself.
  size_t size() const { return numbers_.size() + names_.size(); }
  bool empty() const { return size() == 0; }
  /// Appends one row for a config of one of the spaces.
  void append(const Space& space, const Config& config, FeatureMatrix& matrix) const;

 private:
  struct Number {
    std::string knob;
    size_t factor = 0;  ///< of a split, else 0
  };
  struct Name {
    std::string knob;
    std::vector<std::string> values;  ///< of all the spaces
  };
  void add_knob(const Knob& knob, const std::vector<const Space*>& spaces);

  std::vector<Number> numbers_;
  bool sums_ = true;  ///< whether logarithms are added in pairs
  std::vector<Name> names_;
};

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
  /// A guess for each config, by its key; the models are fitted the first time. Errors: internal, from the
  /// models.
  Result<Guess> guess(std::span<const ConfigKey> keys);

 private:
  struct Models;
  Status fit();

  const Space& space_;
  std::vector<const TrialSet*> related_;  ///< those of spaces that share the most knobs with it
  uint64_t seed_;
  std::unique_ptr<Models> models_;
};

}  // namespace tamis
