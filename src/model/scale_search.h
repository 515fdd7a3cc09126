#pragma once

#include "model/grid_kernel.h"
#include "tamis/random.h"

#include <cstddef>
#include <span>
#include <vector>

namespace tamis {

/// What is found out about a kernel: a lengthscale for each part, the noise in units of the function's
/// variance, and that variance itself.
struct KernelScales {
  std::vector<double> lengthscales;
  double noise = 0.01;
  double variance = 1;
};

struct ScaleSearchOptions {
  size_t steps = 40;    ///< random changes that are tried, each kept if it makes the values likelier
  double spread = 0.5;  ///< standard deviation of the logarithm of a lengthscale before anything is known
  double usual_noise = 0.01;  ///< median of the noise before anything is known
};

/// A few random steps from `start` towards the scales that make values at some configs of the kernel's grid
/// likeliest (the maximum of the posterior: lengthscales and noise have log-normal priors, the lengthscales
/// around those that `kernel` has, the variance an inverse gamma prior and is found in closed form). Few
/// steps on purpose: with few values the likeliest scales are too sure of themselves. There is one value a
/// config, of mean about 0 and variance about 1; costs grow with the third power of their number.
KernelScales search_scales(const GridKernel& kernel, KernelScales start, std::span<const size_t> configs,
                           std::span<const double> values, const ScaleSearchOptions& options, Random& random);

/// The variance of the function that goes with given lengthscales and noise.
double likeliest_variance(const GridKernel& kernel, const KernelScales& scales,
                          std::span<const size_t> configs, std::span<const double> values);

}  // namespace tamis
