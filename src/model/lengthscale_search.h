#pragma once

#include "model/gaussian_process.h"
#include "model/matern.h"

#include <cstddef>
#include <utility>
#include <vector>

namespace tamis {

/// Lengthscales and noise of a Gaussian process, as logarithms: one lengthscale a group, the noise last.
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
