#pragma once

#include "model/features.h"
#include "tamis/result.h"

#include <cstddef>
#include <span>
#include <vector>

namespace tamis {

/// Learns a number from feature vectors. Larger is better, for targets and predictions alike: a cost model is
/// taught throughput (0 for what is not valid), a validity model 1 for valid and 0 for not.
///
/// Lifecycle: fit() replaces everything learnt before; predict() needs a successful fit(). Deterministic. Not
/// thread safe.
class Model {
 public:
  virtual ~Model() = default;
  /// Learns one target per row. Errors: invalid_input for no rows or numbers of rows and targets that differ;
  /// internal, with the model library's own words.
  virtual Status fit(const FeatureMatrix& features, std::span<const float> targets) = 0;
  /// One prediction per row. Errors: invalid_input before fit() or for a row length other than that of fit();
  /// internal.
  virtual Result<std::vector<float>> predict(const FeatureMatrix& features) const = 0;
};

/// What every model's fit() refuses. Errors: as Model::fit.
Status check_training(const FeatureMatrix& features, std::span<const float> targets);
/// What every model's predict() refuses, for a model fitted on rows of `columns` features (0: not fitted).
Status check_asked(const FeatureMatrix& features, size_t columns);

/// How well predictions order what was measured, between 0 and 1, larger is better: AutoTVM's average recall
/// (autotvm/tuner/metric.py and xgboost_cost_model.py, `a-recall@N`).
///
/// With items visited from the largest prediction down, the recall at position i is the number of the first i
/// items whose true rank is at most i, divided by i + 1; the result is the mean over the first `top`
/// positions, counting positions past the end as 0. Items with equal labels are ranked in the order in which
/// they are visited. `predictions` and `labels` have the same length; `top` is at least 1.
double average_recall(std::span<const float> predictions, std::span<const float> labels, size_t top);

}  // namespace tamis
