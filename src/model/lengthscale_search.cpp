#include "model/lengthscale_search.h"

#include <algorithm>
#include <limits>

namespace tamis {
namespace {

/// Bounds of lengthscales and of noise, as logarithms: beyond them the likelihood is flat.
constexpr double kShortest = -3;
constexpr double kLongest = 4;
constexpr double kLeastLogNoise = -14;
constexpr double kMostLogNoise = 0;

void keep_in_bounds(LogScales& scales) {
  const Eigen::Index noise = scales.size() - 1;
  for (Eigen::Index i = 0; i < noise; ++i) scales[i] = std::clamp(scales[i], kShortest, kLongest);
  scales[noise] = std::clamp(scales[noise], kLeastLogNoise, kMostLogNoise);
}

}  // namespace

LengthscaleLikelihood::LengthscaleLikelihood(const Matrix& rows, const std::vector<size_t>& groups,
                                             Vector targets, const GaussianProcessOptions& options)
    : targets_(std::move(targets)), options_(options) {
  for (size_t column = 0; column < groups.size(); ++column) {
    if (groups[column] >= distances_.size())
      distances_.resize(groups[column] + 1, Matrix::Zero(rows.rows(), rows.rows()));
    const Vector values = rows.col(static_cast<Eigen::Index>(column));
    distances_[groups[column]] += squared_distances(values, values);
  }
}

double LengthscaleLikelihood::prior(const LogScales& scales, Vector& gradient) const {
  double sum = 0;
  for (Eigen::Index i = 0; i < scales.size() - 1; ++i) {
    const double lengthscale = std::exp(scales[i]);
    sum += (options_.lengthscale_shape - 1) * scales[i] - options_.lengthscale_rate * lengthscale;
    gradient[i] += options_.lengthscale_shape - 1 - options_.lengthscale_rate * lengthscale;
  }
  return sum;
}

std::pair<double, Vector> LengthscaleLikelihood::at(const LogScales& scales) const {
  const Eigen::Index count = targets_.size();
  const Eigen::Index noise_position = scales.size() - 1;
  const double noise = std::exp(scales[noise_position]);
  Matrix squared = Matrix::Zero(count, count);
  for (size_t group = 0; group < distances_.size(); ++group)
    squared += distances_[group] * std::exp(-2 * scales[static_cast<Eigen::Index>(group)]);
  Matrix covariance = matern(squared);
  covariance.diagonal().array() += noise;
  Vector gradient = Vector::Zero(scales.size());
  const Eigen::LLT<Matrix> factor(covariance);
  if (factor.info() != Eigen::Success) return {-std::numeric_limits<double>::infinity(), gradient};
  const Vector weights = factor.solve(targets_);
  const double scale = std::max(targets_.dot(weights) / static_cast<double>(count), 1e-12);
  const double log_determinant = 2 * factor.matrixLLT().diagonal().array().log().sum();
  const Matrix inverse = factor.solve(Matrix::Identity(count, count));
  // Half of this, summed over a change of the covariance, is the change of the likelihood.
  const Matrix pull = weights * weights.transpose() / scale - inverse;
  const Matrix sensitivity = pull.cwiseProduct(matern_slope(squared));
  for (size_t group = 0; group < distances_.size(); ++group) {
    const auto position = static_cast<Eigen::Index>(group);
    gradient[position] = sensitivity.cwiseProduct(distances_[group]).sum() * std::exp(-2 * scales[position]);
  }
  gradient[noise_position] = pull.trace() * noise / 2;
  const double fit = -static_cast<double>(count) / 2 * std::log(scale) - log_determinant / 2;
  return {fit + prior(scales, gradient), gradient};
}

LogScales climb(const LengthscaleLikelihood& likelihood, LogScales start, int steps) {
  // Resilient propagation (Riedmiller and Braun, 1993): only the signs of the gradient count, so that badly
  // scaled likelihoods do no harm.
  constexpr double kFaster = 1.2;
  constexpr double kSlower = 0.5;
  constexpr double kLargestStep = 1;
  keep_in_bounds(start);
  LogScales current = start;
  LogScales best = start;
  double highest = -std::numeric_limits<double>::infinity();
  Vector sizes = Vector::Constant(start.size(), 0.2);
  Vector last = Vector::Zero(start.size());
  for (int step = 0; step < steps; ++step) {
    auto [value, gradient] = likelihood.at(current);
    if (value > highest) {
      highest = value;
      best = current;
    }
    for (Eigen::Index i = 0; i < current.size(); ++i) {
      const double agreement = gradient[i] * last[i];
      if (agreement > 0) sizes[i] = std::min(sizes[i] * kFaster, kLargestStep);
      if (agreement < 0) sizes[i] *= kSlower;
      if (agreement < 0) gradient[i] = 0;
      if (gradient[i] != 0) current[i] += gradient[i] > 0 ? sizes[i] : -sizes[i];
    }
    last = gradient;
    keep_in_bounds(current);
  }
  return best;
}

}  // namespace tamis
