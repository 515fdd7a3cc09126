#include "model/features.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <variant>

namespace tamis {
namespace {

size_t width(const Knob& knob) {
  const auto* factors = std::get_if<std::vector<int64_t>>(&knob.values.front());
  return factors == nullptr ? 1 : factors->size();
}

/// The numbers whose logarithms describe a value: itself, or every factor of a split but the outermost.
std::vector<double> magnitudes(const KnobValue& value) {
  if (const auto* factors = std::get_if<std::vector<int64_t>>(&value);
      factors != nullptr && factors->size() > 1)
    return {factors->begin() + 1, factors->end()};
  return {scalar(value)};
}

/// One row per value, taken to logarithms where all are positive and scaled to reach from 0 to 1.
std::vector<std::vector<float>> scaled_magnitudes(const Knob& knob) {
  std::vector<std::vector<double>> rows;
  size_t columns = SIZE_MAX;
  for (const KnobValue& value : knob.values)
    columns = std::min(columns, rows.emplace_back(magnitudes(value)).size());
  std::vector<std::vector<float>> scaled(rows.size());
  for (size_t column = 0; column < columns; ++column) {
    const bool positive = std::all_of(rows.begin(), rows.end(),
                                      [&](const std::vector<double>& row) { return row[column] > 0; });
    double low = INFINITY;
    double high = -INFINITY;
    for (std::vector<double>& row : rows) {
      if (positive) row[column] = std::log2(row[column]);
      low = std::min(low, row[column]);
      high = std::max(high, row[column]);
    }
    for (size_t i = 0; i < rows.size() && high > low; ++i)
      scaled[i].push_back(static_cast<float>((rows[i][column] - low) / (high - low)));
  }
  return scaled;
}

std::vector<std::vector<float>> one_for_each(const Knob& knob) {
  std::vector<std::vector<float>> rows(knob.values.size(), std::vector<float>(knob.values.size(), 0.0F));
  for (size_t i = 0; i < rows.size(); ++i) rows[i][i] = static_cast<float>(std::sqrt(0.5));
  return rows;
}

}  // namespace

size_t knob_feature_count(const Space& space) {
  size_t count = 0;
  for (const Knob& knob : space.knobs()) count += width(knob);
  return count == 0 ? 1 : count;
}

void append_knob_features(const Space& space, const Config& config, FeatureMatrix& matrix) {
  matrix.columns = knob_feature_count(space);
  const size_t end = matrix.values.size() + matrix.columns;
  for (size_t i = 0; i < space.knobs().size(); ++i) {
    const KnobValue& value = space.value(config, i);
    if (const auto* factors = std::get_if<std::vector<int64_t>>(&value)) {
      for (const int64_t factor : *factors) matrix.values.push_back(static_cast<float>(factor));
    } else if (std::holds_alternative<std::string>(value)) {
      matrix.values.push_back(static_cast<float>(config.choices[i]));
    } else {
      matrix.values.push_back(static_cast<float>(scalar(value)));
    }
  }
  // Also fills up a split whose values, against the rules, have unequal numbers of factors.
  matrix.values.resize(end, 0.0F);
}

FeatureMatrix knob_features(const Space& space, std::span<const ConfigKey> keys) {
  FeatureMatrix matrix;
  for (const ConfigKey& key : keys) append_knob_features(space, space.config(key), matrix);
  return matrix;
}

ConfigCoordinates::ConfigCoordinates(const Space& space, CoordinateScale scale) {
  const auto has_choice = [](const Knob& knob) { return knob.values.size() > 1; };
  const auto choices = std::count_if(space.knobs().begin(), space.knobs().end(), has_choice);
  const double shares =
      scale == CoordinateScale::shared ? std::max<double>(1.0, static_cast<double>(choices)) : 1;
  const auto share = static_cast<float>(1.0 / std::sqrt(shares));
  size_t group = 0;
  for (const Knob& knob : space.knobs()) {
    auto& rows = coordinates_.emplace_back(knob.values.size());
    if (has_choice(knob)) rows = knob.kind == KnobKind::name ? one_for_each(knob) : scaled_magnitudes(knob);
    for (std::vector<float>& row : rows)
      for (float& coordinate : row) coordinate *= share;
    groups_.insert(groups_.end(), rows.front().size(), group);
    group += rows.front().empty() ? 0 : 1;
  }
  if (groups_.empty()) groups_.push_back(0);
  size_ = groups_.size();
}

void ConfigCoordinates::append(const Config& config, FeatureMatrix& points) const {
  points.columns = size_;
  const size_t end = points.values.size() + size_;
  for (size_t i = 0; i < coordinates_.size(); ++i) {
    const std::vector<float>& knob = coordinates_[i][config.choices[i]];
    points.values.insert(points.values.end(), knob.begin(), knob.end());
  }
  points.values.resize(end, 0.0F);
}

}  // namespace tamis
