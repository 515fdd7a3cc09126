#include "trial/noise.h"

#include "base/median.h"
#include "trial/inferred.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tamis {
namespace {

/// The mean distance of two values from a normal distribution, in units of its deviation.
constexpr double kMeanDistance = 1.1284;

/// The median of such a mean over all pairs of so many values, in units of the mean: what brings the median
/// over many trials to the deviation itself.
double usual_share(size_t runs) {
  constexpr std::array kShares = {1.0, 1.0, 0.845, 0.938, 0.963, 0.973};
  return kShares[std::min(runs, kShares.size() - 1)];
}

}  // namespace

std::optional<double> relative_spread(std::span<const double> runs) {
  if (runs.size() < 2) return std::nullopt;
  const double middle = std::abs(median({runs.begin(), runs.end()}));
  if (!(middle > 0) || !std::isfinite(middle)) return std::nullopt;
  // The kth distance between neighbours in order is part of k (n - k) pairs.
  std::vector<double> ordered(runs.begin(), runs.end());
  std::sort(ordered.begin(), ordered.end());
  const auto count = static_cast<double>(ordered.size());
  double sum = 0;
  for (size_t k = 1; k < ordered.size(); ++k)
    sum += (ordered[k] - ordered[k - 1]) * static_cast<double>(k) * (count - static_cast<double>(k));
  const double mean = sum / (count * (count - 1) / 2);
  return mean / (kMeanDistance * usual_share(runs.size()) * middle);
}

double deviation_of_median(uint64_t runs) {
  // Of three and more values the median is about a fifth less certain than their mean.
  const double root = std::sqrt(static_cast<double>(std::max<uint64_t>(runs, 1)));
  return (runs < 3 ? 1.0 : 1.2) / root;
}

void NoiseEstimate::add(const Trial& trial) {
  if (trial.verdict != Verdict::valid || runs_of(trial) < 2) return;
  const std::optional<double> spread = relative_spread(trial.costs);
  if (!spread) return;
  if (newest_.size() < kKept)
    newest_.push_back(*spread);
  else
    newest_[repeated_ % kKept] = *spread;
  ++repeated_;
}

std::optional<double> NoiseEstimate::relative() const {
  if (newest_.empty()) return std::nullopt;
  return median(newest_);
}

}  // namespace tamis
