#pragma once

#include "base/result.h"
#include "model/model.h"
#include "space/space.h"

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace tamis {

/// A model's predictions for configs by index, each made once after every fit. A space of at most kWholeSpace
/// configs is predicted at once, which costs less than asking step by step; for a larger one only what was
/// asked is kept. Not thread safe.
class PredictedScores {
 public:
  static constexpr uint64_t kWholeSpace = 16384;

  /// Both must outlive this.
  PredictedScores(const Space& space, const Model& model) : space_(space), model_(model) {}

  /// Forgets the predictions of an older fit.
  void forget();
  /// One prediction for each index. Errors: those of the model.
  Result<std::vector<float>> at(std::span<const uint64_t> indexes);

 private:
  Status predict_whole_space();
  Status predict_missing(std::span<const uint64_t> indexes);

  const Space& space_;
  const Model& model_;
  FeatureMatrix whole_space_;
  std::vector<float> whole_scores_;
  std::unordered_map<uint64_t, float> scores_;
};

}  // namespace tamis
