#include "search/build_features.h"

#include <cmath>

namespace tamis {

const Compiled& BuildFeatures::at(uint64_t index) {
  const auto found = built_.find(index);
  if (found != built_.end()) return found->second;
  if (built_.size() >= kMostKept) built_.clear();
  return built_.emplace(index, compile_(space_.config(index))).first->second;
}

std::vector<std::string> BuildFeatures::shown_by(std::span<const uint64_t> indexes) {
  std::vector<std::string> names;
  for (const uint64_t index : indexes) {
    const Compiled& compiled = at(index);
    if (compiled.verdict != Verdict::valid) continue;
    for (const auto& [name, value] : compiled.features.values) names.push_back(name);
    break;
  }
  return names;
}

FeatureMatrix BuildFeatures::rows(const std::vector<uint64_t>& indexes) {
  FeatureMatrix matrix;
  for (const uint64_t index : indexes) {
    append_knob_features(space_, space_.config(index), matrix);
    const Features& shown = at(index).features;
    for (const std::string& name : columns_) {
      const double value = shown.get(name);
      matrix.values.push_back(std::isfinite(value) ? static_cast<float>(value) : 0.0F);
    }
  }
  matrix.columns = knob_feature_count(space_) + columns_.size();
  return matrix;
}

}  // namespace tamis
