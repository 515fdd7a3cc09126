#include "search/tamis/worth_bounds.h"

#include "base/cpu_clones.h"
#include "model/lanes.h"

#include <algorithm>

namespace tamis {
namespace {

/// Above what single precision, and the table of unit_improvement(), make too large.
constexpr float kRoundedUp = 1.0005F;
/// The normal density at 0.
constexpr float kHighestDensity = 0.3989423F;
/// Where unit_improvement() ends.
constexpr float kFarthest = 12;
/// Probabilities below it count as it.
constexpr float kLeastProbable = 1e-30F;

TAMIS_WIDE_CLONES void bound_worth(const float* means, const float* deviations, const float* valid,
                                   size_t count, const WorthOptions& options, float* result) {
  const auto power = static_cast<float>(options.power);
  for (size_t i = 0; i < count; i += kLanes) {
    const size_t left = count - i;
    Lanes gain;
    Lanes deviation;
    Lanes probability;
    load(gain, means + i, left);
    load(deviation, deviations + i, left);
    load(probability, valid + i, left);
    gain -= options.incumbent;
    deviation *= options.caution;
    // An improvement of z deviations is expected to be z, where that is above 0, and what lies beyond -|z|:
    // by Birnbaum's bound of that (1942), the density there times 1 - 2 |z| / (|z| + sqrt(z^2 + 4)).
    Lanes away = gain / deviation;
    away = away < 0 ? -away : away;
    away = away < kFarthest ? away : Lanes{} + kFarthest;
    Lanes density = 0.5F * away * away;
    take_negative_exponential(density);
    Lanes reach = away * away + 4;
    take_square_root(reach);
    // The same without a difference of large numbers.
    density *= 4 / ((reach + away) * (reach + away));
    gain = gain > 0 ? gain : Lanes{};
    Lanes worth = (gain + kHighestDensity * deviation * density) * kRoundedUp;
    probability = probability > kLeastProbable ? probability : Lanes{} + kLeastProbable;
    take_logarithm(probability);
    probability *= -power;
    take_negative_exponential(probability);
    worth *= probability;
    store(worth, result + i, left);
  }
}

}  // namespace

std::vector<float> worth_bounds(std::span<const float> means, std::span<const float> deviations,
                                std::span<const float> valid, const WorthOptions& options) {
  std::vector<float> bounds(means.size());
  bound_worth(means.data(), deviations.data(), valid.data(), means.size(), options, bounds.data());
  return bounds;
}

}  // namespace tamis
