#pragma once

#include <cmath>
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

}  // namespace tamis
