#pragma once

#include "model/features.h"
#include "model/model.h"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace tamis {

/// Defaults are those of BoTorch's SingleTaskGP, which is what BaCO uses.
struct GaussianProcessOptions {
  double lengthscale_shape = 3;  ///< of the gamma prior of every lengthscale ...
  double lengthscale_rate = 6;   ///< ... whose mode is (shape - 1) / rate
  int steps = 30;                ///< of the ascent to the likeliest lengthscales
};

/// What a Gaussian process says of some rows, all of them seen together. Not thread safe.
class GaussianPosterior {
 public:
  struct State;
  explicit GaussianPosterior(std::unique_ptr<State> state);
  GaussianPosterior(GaussianPosterior&& other) noexcept;
  GaussianPosterior& operator=(GaussianPosterior&& other) noexcept;
  ~GaussianPosterior();

  /// Of the row's target, in its units.
  double mean(size_t row) const;
  /// Of the function at the row, without noise; at least 0.
  double deviation(size_t row) const;
  /// Takes the mean of a row for its measured target (Ginsbourger, Le Riche and Carraro's kriging believer,
  /// 2010): means stay, and the deviations of rows like it shrink, so that the next row of a batch lies
  /// elsewhere.
  void assume_mean(size_t row);

 private:
  std::unique_ptr<State> state_;
};

/// A Gaussian process with a constant mean and a Matérn 5/2 kernel (Rasmussen and Williams, "Gaussian
/// Processes for Machine Learning", 2006): one lengthscale for each group of columns, found by maximum
/// likelihood under a gamma prior, with noise; the scale of the kernel follows from them. Columns should
/// reach from 0 to 1, which is what the prior is meant for.
///
/// Lifecycle: fit() finds lengthscales and noise, which cost much; condition() takes in rows under those
/// found last; posterior() needs condition(). Costs grow with the third power of the rows. Deterministic. Not
/// thread safe.
class GaussianProcess {
 public:
  /// `groups` names the lengthscale of every column, counting from 0 without gaps.
  explicit GaussianProcess(std::vector<size_t> groups, const GaussianProcessOptions& options = {});
  ~GaussianProcess();
  /// Errors: invalid_input as Model::fit, and for another number of columns than groups.
  Status fit(const FeatureMatrix& features, std::span<const float> targets);
  /// Errors: as fit, and internal when the rows cannot be told apart.
  Status condition(const FeatureMatrix& features, std::span<const float> targets);
  /// Errors: invalid_input before condition() or for another number of columns.
  Result<GaussianPosterior> posterior(const FeatureMatrix& features) const;
  /// One per group; 1 before fit().
  const std::vector<double>& lengthscales() const { return lengthscales_; }

 private:
  struct Known;
  Status check(const FeatureMatrix& features, std::span<const float> targets) const;

  std::vector<size_t> groups_;
  GaussianProcessOptions options_;
  std::vector<double> lengthscales_;
  double noise_ = 1e-2;  ///< variance of the noise over that of the function
  std::unique_ptr<Known> known_;
};

}  // namespace tamis
