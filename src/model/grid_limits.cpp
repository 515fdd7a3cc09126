#include "model/grid_limits.h"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>

namespace tamis {
namespace {

/// One over the variance of the weights before anything is known: columns reach from -0.5 to 0.5, and a limit
/// may well be sharp.
constexpr double kWeightPrecision = 0.05;
constexpr double kShiftPrecision = 0.1;
constexpr int kSteps = 8;
constexpr double kLongestStep = 4;

}  // namespace

GridLimits::GridLimits(const ConfigGrid& grid) : grid_(grid) {
  for (size_t i = 0; i < grid.columns().size(); ++i) {
    const GridColumn& column = grid.columns()[i];
    if (!column.ordered || !column.chosen) continue;
    columns_.push_back(i);
    values_.push_back(scaled_values(column));
    for (double& value : values_.back()) value -= 0.5;
  }
}

void GridLimits::fit(std::span<const size_t> configs, std::span<const float> targets) {
  const auto width = static_cast<Eigen::Index>(columns_.size() + 1);
  const auto point = [&](size_t config) {
    Eigen::VectorXd row(width);
    for (size_t i = 0; i < columns_.size(); ++i)
      row[static_cast<Eigen::Index>(i)] = values_[i][grid_.columns()[columns_[i]].levels[config]];
    row[width - 1] = 1;
    return row;
  };
  Eigen::MatrixXd points(static_cast<Eigen::Index>(configs.size()), width);
  for (size_t i = 0; i < configs.size(); ++i) points.row(static_cast<Eigen::Index>(i)) = point(configs[i]);
  Eigen::VectorXd precision = Eigen::VectorXd::Constant(width, kWeightPrecision);
  precision[width - 1] = kShiftPrecision;
  const Eigen::VectorXd known =
      Eigen::Map<const Eigen::VectorXf>(targets.data(), static_cast<Eigen::Index>(targets.size()))
          .cast<double>();
  Eigen::VectorXd weights = Eigen::VectorXd::Zero(width);
  for (int step = 0; step < kSteps; ++step) {
    const Eigen::VectorXd expected = (1 + (-(points * weights).array()).exp()).inverse();
    const Eigen::VectorXd slope = points.transpose() * (expected - known) + precision.cwiseProduct(weights);
    const Eigen::VectorXd curvature = expected.array() * (1 - expected.array());
    Eigen::MatrixXd hessian = points.transpose() * curvature.asDiagonal() * points;
    hessian += precision.asDiagonal();
    Eigen::VectorXd change = hessian.llt().solve(slope);
    const double longest = change.cwiseAbs().maxCoeff();
    if (longest > kLongestStep) change *= kLongestStep / longest;
    weights -= change;
  }
  weights_.assign(weights.begin(), weights.end());
}

double GridLimits::log_odds(size_t config) const {
  double sum = weights_.back();
  for (size_t i = 0; i < columns_.size(); ++i)
    sum += weights_[i] * values_[i][grid_.columns()[columns_[i]].levels[config]];
  return sum;
}

float GridLimits::at(size_t config) const {
  return static_cast<float>(1 / (1 + std::exp(-log_odds(config))));
}

}  // namespace tamis
