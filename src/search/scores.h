#pragma once

#include "model/features.h"
#include "model/model.h"
#include "search/trial_memory.h"
#include "tamis/result.h"
#include "tamis/space.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tamis {

/// One score for each config by its key, larger is better.
using ScoreFunction = std::function<Result<std::vector<float>>(std::span<const ConfigKey>)>;

/// By how much a value that is normally distributed lies below `best` on average, values above it counting as
/// 0 (Mockus 1975; Jones, Schonlau and Welch, J. Global Optimization 13, 1998). `deviation` is at least 0.
double expected_improvement(double best, double mean, double deviation);

/// By how much a standard normal value exceeds -z on average: expected_improvement(z, 0, 1), looked up in a
/// table to within a thousandth of itself where z is at least -12; below that as at -12. For strategies that
/// judge a whole space.
double unit_improvement(double z);

/// Configs that a model ranked, waiting to be proposed until the model is fitted again. Not thread safe.
class Plan {
 public:
  /// Takes the place of the old plan; the best come first.
  void replace(std::vector<ConfigKey> ranked) {
    ranked_ = std::move(ranked);
    passed_ = 0;
  }

  /// The best that is unseen and not among the last `reserved`; nothing when there is none left.
  std::optional<ConfigKey> next(const UnseenConfigs& unseen, size_t reserved = 0) {
    while (passed_ < ranked_.size() && !unseen.contains(ranked_[passed_])) ++passed_;
    if (passed_ + reserved >= ranked_.size()) return std::nullopt;
    return ranked_[passed_];
  }

 private:
  std::vector<ConfigKey> ranked_;
  size_t passed_ = 0;  ///< configs at the front that were seen already
};

/// The keys in the order of falling scores; of equal ones the first stays first.
std::vector<ConfigKey> ranked(const std::vector<ConfigKey>& keys, const std::vector<double>& scores);

/// A model's predictions for configs by key, each made once after every fit. A space of at most kWholeSpace
/// configs is predicted at once, which costs less than asking step by step; for a larger one only what was
/// asked is kept. Not thread safe.
class PredictedScores {
 public:
  static constexpr uint64_t kWholeSpace = 16384;

  /// Both must outlive this.
  PredictedScores(const Space& space, const Model& model) : space_(space), model_(model) {}

  /// Forgets the predictions of an older fit.
  void forget();
  /// One prediction for each key. Errors: those of the model.
  Result<std::vector<float>> at(std::span<const ConfigKey> keys);

 private:
  Status predict_whole_space();
  Status predict_missing(std::span<const ConfigKey> keys);

  const Space& space_;
  const Model& model_;
  FeatureMatrix whole_space_;
  std::vector<float> whole_scores_;
  std::unordered_map<ConfigKey, float> scores_;
};

}  // namespace tamis
