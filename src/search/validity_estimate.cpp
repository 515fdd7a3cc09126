#include "search/validity_estimate.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tamis {
namespace {

/// How quickly older outcomes are forgotten.
constexpr double kShareMemory = 0.95;
constexpr double kSkillMemory = 0.98;
/// The least probability that an outcome is held against an estimate with.
constexpr double kLeastForetold = 0.05;

double foretold(double probability, bool valid) {
  return std::log(std::max(valid ? probability : 1 - probability, kLeastForetold));
}

}  // namespace

ValidityEstimate::ValidityEstimate(const Space& space, const NeighbourhoodOptions& options)
    : space_(space), coordinates_(space), neighbourhood_(options) {}

Status ValidityEstimate::learn(const ConfigKey& key, bool valid) {
  TAMIS_TRY(judge(key, valid));
  ++known_;
  recent_ = kShareMemory * recent_ + (1 - kShareMemory) * (valid ? 1 : 0);
  coordinates_.append(space_.config(key), points_);
  targets_.push_back(valid ? 1.0F : 0.0F);
  outdated_ = true;
  return {};
}

Status ValidityEstimate::judge(const ConfigKey& key, bool valid) {
  TAMIS_ASSIGN(const std::vector<float> probability, at({&key, 1}));
  const double gain = foretold(probability.front(), valid) - foretold(recent_, valid);
  skill_ = kSkillMemory * skill_ + (1 - kSkillMemory) * gain;
  return {};
}

Result<std::vector<float>> ValidityEstimate::at(std::span<const ConfigKey> keys) {
  if (known_ == 0) return std::vector<float>(keys.size(), 0.5F);
  if (std::exchange(outdated_, false)) TAMIS_TRY(neighbourhood_.fit(points_, targets_));
  FeatureMatrix asked;
  for (const ConfigKey& key : keys) coordinates_.append(space_.config(key), asked);
  return neighbourhood_.predict(asked);
}

}  // namespace tamis
