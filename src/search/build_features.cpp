#include "search/build_features.h"

#include "task/outcome_of.h"

#include <cmath>
#include <utility>

namespace tamis {

const BuildOutcome& BuildFeatures::at(const ConfigKey& key) {
  const auto found = built_.find(key);
  if (found != built_.end()) return found->second;
  if (built_.size() >= kMostKept) built_.clear();
  BuildOutcome outcome =
      outcome_of(Verdict::build_failed, [&] { return task_.build(task_.space().config(key)); });
  outcome.artifact.reset();
  return built_.emplace(key, std::move(outcome)).first->second;
}

std::vector<std::string> BuildFeatures::shown_by(std::span<const ConfigKey> keys) {
  std::vector<std::string> names;
  for (const ConfigKey& key : keys) {
    const BuildOutcome& outcome = at(key);
    if (outcome.verdict != Verdict::valid) continue;
    for (const auto& [name, value] : outcome.features.values) names.push_back(name);
    break;
  }
  return names;
}

FeatureMatrix BuildFeatures::rows(const std::vector<ConfigKey>& keys) {
  FeatureMatrix matrix;
  for (const ConfigKey& key : keys) {
    append_knob_features(task_.space(), task_.space().config(key), matrix);
    const Features& shown = at(key).features;
    for (const std::string& name : columns_) {
      const double value = shown.get(name);
      matrix.values.push_back(std::isfinite(value) ? static_cast<float>(value) : 0.0F);
    }
  }
  matrix.columns = knob_feature_count(task_.space()) + columns_.size();
  return matrix;
}

}  // namespace tamis
