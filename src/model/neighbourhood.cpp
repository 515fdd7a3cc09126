#include "model/neighbourhood.h"

#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace tamis {

double squared_distance(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

Status Neighbourhood::fit(const FeatureMatrix& features, std::span<const float> targets) {
  TAMIS_TRY(check_training(features, targets));
  known_ = features;
  targets_.assign(targets.begin(), targets.end());
  return {};
}

Result<std::vector<float>> Neighbourhood::predict(const FeatureMatrix& features) const {
  TAMIS_TRY(check_asked(features, known_.columns));
  const double total = std::accumulate(targets_.begin(), targets_.end(), 0.0);
  const double prior = (1 + total) / (2 + static_cast<double>(targets_.size()));
  std::vector<float> predictions;
  for (size_t row = 0; row < features.rows(); ++row) {
    double weights = 1.0;
    double sum = prior;
    for (size_t i = 0; i < targets_.size(); ++i) {
      const double squared = squared_distance(features.row(row), known_.row(i));
      const double weight = std::exp(-0.5 * squared / (options_.reach * options_.reach));
      weights += weight;
      sum += weight * targets_[i];
    }
    predictions.push_back(static_cast<float>(sum / weights));
  }
  return predictions;
}

}  // namespace tamis
