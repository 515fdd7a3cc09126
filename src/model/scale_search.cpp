#include "model/scale_search.h"

#include "base/cpu_clones.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace tamis {
namespace {

constexpr double kShape = 2;  // of the inverse gamma prior of the variance, whose scale is 1
constexpr double kLeastScale = 0.05;
constexpr double kLargestScale = 20;
constexpr double kLeastNoise = 1e-4;
constexpr double kLargestNoise = 0.5;

/// How likely scales make the values, as a logarithm up to a constant, and the variance that goes with them.
struct Likelihood {
  double logarithm = -std::numeric_limits<double>::infinity();
  double variance = 1;
};

/// result += weight * squares.
TAMIS_WIDE_CLONES void add_weighted(double weight, const float* squares, size_t count, double* result) {
  for (size_t i = 0; i < count; ++i) result[i] += weight * static_cast<double>(squares[i]);
}

/// e^-x for numbers from 0 to 700, to about 1e-15 of it; larger ones count as 700. Written so that compilers
/// work on several at a time.
inline double negative_exponential(double x) {
  constexpr double kLargest = 700;
  constexpr double kShift = 0x1.8p52;  // added, it rounds to a whole number, found in the last bits
  constexpr double kBinary = 1.4426950408889634;
  // The logarithm of 2 in two parts, of which the first has bits to spare.
  constexpr double kHigh = 0x1.62e42feep-1;
  constexpr double kLow = 0x1.a39ef35793c76p-33;
  x = x < kLargest ? x : kLargest;
  const double shifted = kShift - x * kBinary;
  const double whole = shifted - kShift;
  const double rest = -x - whole * kHigh - whole * kLow;  // within 0.35 of 0
  double series = 1.0 / 479001600;
  series = series * rest + 1.0 / 39916800;
  series = series * rest + 1.0 / 3628800;
  series = series * rest + 1.0 / 362880;
  series = series * rest + 1.0 / 40320;
  series = series * rest + 1.0 / 5040;
  series = series * rest + 1.0 / 720;
  series = series * rest + 1.0 / 120;
  series = series * rest + 1.0 / 24;
  series = series * rest + 1.0 / 6;
  series = series * rest + 0.5;
  series = series * rest + 1;
  series = series * rest + 1;
  const uint64_t exponent = std::bit_cast<uint64_t>(shifted) << 52;
  return std::bit_cast<double>(std::bit_cast<uint64_t>(series) + exponent);
}

/// The kernel of squared distances (matern()).
TAMIS_WIDE_CLONES void to_covariances(const double* distances, size_t count, double* result) {
  for (size_t i = 0; i < count; ++i) {
    const double r = std::sqrt(5 * (distances[i] > 0 ? distances[i] : 0));
    result[i] = (1 + r + r * r * (1.0 / 3)) * negative_exponential(r);
  }
}

/// Numbers worked on at once, as many as a register of AVX-512 holds (model/lanes.h), and how many of these.
constexpr size_t kWidth = 8;
constexpr size_t kSideBySide = 4;
constexpr size_t kColumns = kWidth * kSideBySide;
using Doubles = double __attribute__((vector_size(kWidth * sizeof(double))));

/// Cholesky's factor of a symmetric matrix in its place: of the `count` rows, `stride` numbers long, what is
/// left of the diagonal is of no account. Columns that follow the matrix become what they solve. False where
/// the matrix is not positive definite.
TAMIS_WIDE_CLONES bool factorise(double* rows, size_t count, size_t stride) {
  for (size_t b = 0; b < count; ++b) {
    double* row = rows + b * stride;
    for (size_t column = b / kColumns * kColumns; column < stride; column += kColumns) {
      std::array<Doubles, kSideBySide> sums;
      std::memcpy(sums.data(), row + column, sizeof sums);
      for (size_t a = 0; a < b; ++a) {
        std::array<Doubles, kSideBySide> others;
        std::memcpy(others.data(), rows + a * stride + column, sizeof others);
        for (size_t k = 0; k < kSideBySide; ++k) sums[k] -= rows[a * stride + b] * others[k];
      }
      std::memcpy(row + column, sums.data(), sizeof sums);
    }
    if (!(row[b] > 0)) return false;
    const double pivot = std::sqrt(row[b]);
    const double inverse = 1 / pivot;
    for (size_t i = b + 1; i < stride; ++i) row[i] *= inverse;
    row[b] = pivot;
  }
  return true;
}

class Posterior {
 public:
  Posterior(const GridKernel& kernel, std::span<const size_t> configs, std::span<const double> values,
            const ScaleSearchOptions& options)
      : usual_(kernel.lengthscales()),
        options_(options),
        values_(values.begin(), values.end()),
        pairs_(configs.size() * (std::max<size_t>(configs.size(), 1) - 1) / 2),
        covariances_(pairs_),
        stride_((configs.size() + kColumns) / kColumns * kColumns),
        rows_(configs.size() * stride_) {
    squares_.reserve(pairs_ * usual_.size());
    for (size_t part = 0; part < usual_.size(); ++part)
      for (size_t a = 0; a < configs.size(); ++a)
        for (size_t b = a + 1; b < configs.size(); ++b)
          squares_.push_back(static_cast<float>(kernel.square(part, configs[a], configs[b])));
  }

  /// Squared distances of all pairs.
  std::vector<double> distances(const std::vector<double>& lengthscales) const {
    std::vector<double> distances(pairs_, 0);
    for (size_t part = 0; part < lengthscales.size(); ++part)
      add_weighted(weight(lengthscales[part]), &squares_[part * pairs_], pairs_, distances.data());
    return distances;
  }

  /// Changes distances by `before` to those by `after`, where few lengthscales differ.
  void change(const std::vector<double>& before, const std::vector<double>& after,
              std::vector<double>& distances) const {
    for (size_t part = 0; part < before.size(); ++part)
      if (before[part] != after[part])
        add_weighted(weight(after[part]) - weight(before[part]), &squares_[part * pairs_], pairs_,
                     distances.data());
  }

  /// With the distances that go with the scales.
  Likelihood at(const KernelScales& scales, const std::vector<double>& distances) {
    const size_t count = values_.size();
    to_covariances(distances.data(), pairs_, covariances_.data());
    const double* covariance = covariances_.data();
    for (size_t a = 0; a < count; ++a) {
      double* row = &rows_[a * stride_];
      std::fill_n(row, a, 0.0);
      row[a] = 1 + scales.noise;
      std::copy_n(covariance, count - a - 1, row + a + 1);
      covariance += count - a - 1;
      row[count] = values_[a];
    }
    if (!factorise(rows_.data(), count, stride_)) return {};
    double misfit = 0;
    double log_determinant = 0;
    for (size_t a = 0; a < count; ++a) {
      const double* row = &rows_[a * stride_];
      misfit += row[count] * row[count];
      log_determinant += std::log(row[a]);
    }
    misfit = misfit / 2 + 1;
    const double shape = static_cast<double>(count) / 2 + kShape;
    return {-log_determinant - shape * std::log(misfit) + prior(scales), misfit / shape};
  }

 private:
  static double weight(double lengthscale) { return 1 / (lengthscale * lengthscale); }

  double prior(const KernelScales& scales) const {
    double logarithm = 0;
    for (size_t i = 0; i < usual_.size(); ++i) {
      const double deviation = std::log(scales.lengthscales[i] / usual_[i]) / options_.spread;
      logarithm -= deviation * deviation / 2;
    }
    const double deviation = std::log(scales.noise / options_.usual_noise);
    return logarithm - deviation * deviation / 2;
  }

  std::vector<double> usual_;
  ScaleSearchOptions options_;
  std::vector<double> values_;
  size_t pairs_;                ///< of configs
  std::vector<float> squares_;  ///< for each part one a pair
  std::vector<double> covariances_;
  size_t stride_;
  std::vector<double> rows_;  ///< the upper half of the covariances, and the values as another column
};

/// One or two lengthscales changed, or the noise.
KernelScales vary(KernelScales scales, double step, Random& random) {
  if (random.uniform() < 0.15) {
    scales.noise =
        std::clamp(scales.noise * std::exp(1.5 * step * random.normal()), kLeastNoise, kLargestNoise);
    return scales;
  }
  const uint64_t changes = 1 + random.below(2);
  for (uint64_t i = 0; i < changes; ++i) {
    double& lengthscale = scales.lengthscales[random.below(scales.lengthscales.size())];
    lengthscale = std::clamp(lengthscale * std::exp(step * random.normal()), kLeastScale, kLargestScale);
  }
  return scales;
}

}  // namespace

KernelScales search_scales(const GridKernel& kernel, KernelScales start, std::span<const size_t> configs,
                           std::span<const double> values, const ScaleSearchOptions& options,
                           Random& random) {
  Posterior posterior(kernel, configs, values, options);
  KernelScales best = std::move(start);
  std::vector<double> distances = posterior.distances(best.lengthscales);
  Likelihood likelihood = posterior.at(best, distances);
  best.variance = likelihood.variance;
  double step = 0.7;
  for (size_t i = 0; i < options.steps && !best.lengthscales.empty(); ++i) {
    KernelScales varied = vary(best, step, random);
    std::vector<double> varied_distances = distances;
    posterior.change(best.lengthscales, varied.lengthscales, varied_distances);
    const Likelihood reached = posterior.at(varied, varied_distances);
    if (reached.logarithm > likelihood.logarithm) {
      likelihood = reached;
      best = std::move(varied);
      best.variance = reached.variance;
      distances = std::move(varied_distances);
    }
    if (i % 20 == 19) step *= 0.85;
  }
  return best;
}

double likeliest_variance(const GridKernel& kernel, const KernelScales& scales,
                          std::span<const size_t> configs, std::span<const double> values) {
  Posterior posterior(kernel, configs, values, {});
  return posterior.at(scales, posterior.distances(scales.lengthscales)).variance;
}

}  // namespace tamis
