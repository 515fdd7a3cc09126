#pragma once

#include "model/gaussian_process.h"

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <Eigen/Dense>

namespace tamis {

// The parts of a Gaussian process that need Eigen; included by sources only.

using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;

/// The Matérn 5/2 kernel of squared scaled distances, entry by entry: 1 at distance 0.
inline Matrix matern(const Matrix& squared_distances) {
  const Eigen::ArrayXXd r = (5 * squared_distances.array().max(0.0)).sqrt();
  return ((1 + r + r.square() / 3) * (-r).exp()).matrix();
}

/// What a unit of squared scaled distance costs the kernel, entry by entry: its negative derivative.
inline Matrix matern_slope(const Matrix& squared_distances) {
  const Eigen::ArrayXXd r = (5 * squared_distances.array().max(0.0)).sqrt();
  return ((5.0 / 6.0) * (1 + r) * (-r).exp()).matrix();
}

/// The squared Euclidean distance of every row of a to every row of b.
inline Matrix squared_distances(const Matrix& a, const Matrix& b) {
  Matrix products = -2 * a * b.transpose();
  products.colwise() += a.rowwise().squaredNorm();
  products.rowwise() += b.rowwise().squaredNorm().transpose();
  return products;
}

/// Lengthscales and noise of a Gaussian process, as logarithms: one lengthscale per group, the noise last.
using LogScales = Vector;

/// How likely lengthscales and noise make the targets, the scale of the kernel chosen best (Rasmussen and
/// Williams, section 5.4), with the gamma prior of the lengthscales.
class LengthscaleLikelihood {
 public:
  /// `groups` as GaussianProcess takes them; targets are centred.
  LengthscaleLikelihood(const Matrix& rows, const std::vector<size_t>& groups, Vector targets,
                        const GaussianProcessOptions& options);
  /// The logarithm, up to a constant, and its gradient; minus infinity where the rows cannot be told apart.
  std::pair<double, Vector> at(const LogScales& scales) const;

 private:
  double prior(const LogScales& scales, Vector& gradient) const;

  std::vector<Matrix> distances_;  ///< squared, of all pairs of rows, by group
  Vector targets_;
  GaussianProcessOptions options_;
};

/// The likeliest scales that an ascent from `start` meets.
LogScales climb(const LengthscaleLikelihood& likelihood, LogScales start, int steps);

}  // namespace tamis
