#include "search/build_features.h"

#include "task/outcome_of.h"

#include <cmath>
#include <utility>

namespace tamis {

const BuildOutcome& BuildFeatures::at(uint64_t index) {
  const auto found = built_.find(index);
  if (found != built_.end()) return found->second;
  if (built_.size() >= kMostKept) built_.clear();
  BuildOutcome outcome =
      outcome_of(Verdict::build_failed, [&] { return task_.build(task_.space().config(index)); });
  outcome.artifact.reset();
  return built_.emplace(index, std::move(outcome)).first->second;
}

std::vector<std::string> BuildFeatures::shown_by(std::span<const uint64_t> indexes) {
  std::vector<std::string> names;
  for (const uint64_t index : indexes) {
    const BuildOutcome& outcome = at(index);
    if (outcome.verdict != Verdict::valid) continue;
    for (const auto& [name, value] : outcome.features.values) names.push_back(name);
    break;
  }
  return names;
}

FeatureMatrix BuildFeatures::rows(const std::vector<uint64_t>& indexes) {
  FeatureMatrix matrix;
  for (const uint64_t index : indexes) {
    append_knob_features(task_.space(), task_.space().config(index), matrix);
    const Features& shown = at(index).features;
    for (const std::string& name : columns_) {
      const double value = shown.get(name);
      matrix.values.push_back(std::isfinite(value) ? static_cast<float>(value) : 0.0F);
    }
  }
  matrix.columns = knob_feature_count(task_.space()) + columns_.size();
  return matrix;
}

}  // namespace tamis
