#include "search/scores.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace tamis {

double expected_improvement(double best, double mean, double deviation) {
  const double gain = best - mean;
  if (deviation <= 0) return std::max(gain, 0.0);
  const double z = gain / deviation;
  const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
  const double below = std::erfc(-z / std::numbers::sqrt2) / 2;
  return gain * below + deviation * density;
}

double unit_improvement(double z) {
  constexpr double kLeast = -12;
  constexpr double kMost = 12;
  constexpr size_t kSteps = 6144;
  constexpr double kStep = (kMost - kLeast) / kSteps;
  static const std::vector<double> table = [] {
    std::vector<double> values;
    for (size_t i = 0; i <= kSteps + 1; ++i)
      values.push_back(expected_improvement(kLeast + kStep * static_cast<double>(i), 0, 1));
    return values;
  }();
  if (z >= kMost) return z;
  const double place = std::max(0.0, (z - kLeast) / kStep);
  const auto below = static_cast<size_t>(place);
  const double part = place - static_cast<double>(below);
  return table[below] * (1 - part) + table[below + 1] * part;
}

std::vector<ConfigKey> ranked(const std::vector<ConfigKey>& keys, const std::vector<double>& scores) {
  std::vector<size_t> order(keys.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  std::vector<ConfigKey> result;
  result.reserve(order.size());
  for (const size_t position : order) result.push_back(keys[position]);
  return result;
}

void PredictedScores::forget() {
  whole_scores_.clear();
  scores_.clear();
}

Result<std::vector<float>> PredictedScores::at(std::span<const ConfigKey> keys) {
  std::vector<float> result;
  result.reserve(keys.size());
  if (space_.size() <= kWholeSpace) {
    if (whole_scores_.empty()) TAMIS_TRY(predict_whole_space());
    for (const ConfigKey& key : keys) result.push_back(whole_scores_[key.index()]);
  } else {
    TAMIS_TRY(predict_missing(keys));
    for (const ConfigKey& key : keys) result.push_back(scores_.at(key));
  }
  return result;
}

Status PredictedScores::predict_whole_space() {
  if (whole_space_.values.empty())
    for (uint64_t index = 0; index < space_.size(); ++index)
      append_knob_features(space_, space_.config(index), whole_space_);
  TAMIS_ASSIGN(whole_scores_, model_.predict(whole_space_));
  return {};
}

Status PredictedScores::predict_missing(std::span<const ConfigKey> keys) {
  std::vector<ConfigKey> missing;
  for (const ConfigKey& key : keys)
    if (scores_.try_emplace(key, 0.0F).second) missing.push_back(key);
  TAMIS_ASSIGN(const std::vector<float> predictions, model_.predict(knob_features(space_, missing)));
  for (size_t i = 0; i < missing.size(); ++i) scores_[missing[i]] = predictions[i];
  return {};
}

}  // namespace tamis
