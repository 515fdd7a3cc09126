#include "search/tamis/validity_belief.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace tamis {
namespace {

/// A verdict carries over to configs that share most values, wherever else they lie.
constexpr AspectScales kScales{.position = 3, .sameness = 1, .alignment = 3};
constexpr double kNoise = 0.05;
/// Variance of the threshold between valid and not, about what the process expects.
constexpr double kThresholdVariance = 0.09;
constexpr float kLeastProbability = 0.002F;
/// An outcome that was believed with less than this is a surprise.
constexpr float kExpected = 0.8F;
constexpr size_t kTreesLast = 8;  ///< trials for which trees are kept without a surprise
constexpr double kGuessOdds = 1.5;
constexpr double kLeastGuess = 0.02;
/// The process knows at most so many trials; the trees know all.
constexpr size_t kKnown = 384;

float likelihood(float probability, bool valid) { return valid ? probability : 1 - probability; }

}  // namespace

ValidityBelief::ValidityBelief(const Field& field, std::vector<float> guess, uint64_t seed)
    : field_(field),
      guess_(std::move(guess)),
      random_(Random::stream(seed, "tamis validity belief")),
      process_(GridKernel(field.grid(), kScales), kNoise, 1),
      trees_(field.grid()),
      guess_odds_(kGuessOdds),
      from_trials_(field.size(), 0.5F),
      probabilities_(guess_.empty() ? std::vector<float>(field.size(), 1) : guess_) {}

void ValidityBelief::learn(size_t position, bool valid) {
  outcomes_.push_back({position, valid});
  any_invalid_ = any_invalid_ || !valid;
  surprised_ = surprised_ || likelihood(probabilities_[position], valid) < kExpected;
  judge_guess(outcomes_.back());
}

/// Bayes' rule for which of the two predicts better.
void ValidityBelief::judge_guess(const Outcome& outcome) {
  if (guess_.empty()) return;
  const auto of = [&](float probability) {
    return std::log(
        std::clamp(static_cast<double>(likelihood(probability, outcome.valid)), kLeastGuess, 1.0));
  };
  guess_odds_ += of(guess_[outcome.position]) - of(from_trials_[outcome.position]);
  guess_odds_ = std::clamp(guess_odds_, -6.0, 6.0);
}

bool ValidityBelief::trees_outdated() const {
  return from_trees_.empty() || surprised_ || outcomes_.size() >= fitted_ + kTreesLast;
}

void ValidityBelief::fit_trees() {
  std::vector<size_t> configs;
  std::vector<float> targets;
  for (const Outcome& outcome : outcomes_) {
    configs.push_back(outcome.position);
    targets.push_back(outcome.valid ? 1.0F : 0.0F);
  }
  from_trees_ = trees_.predict(configs, targets, random_);
  fitted_ = outcomes_.size();
  surprised_ = false;
}

std::span<const float> ValidityBelief::probabilities() {
  if (outcomes_.empty() || (!any_invalid_ && guess_.empty())) return probabilities_;
  std::vector<size_t> configs;
  std::vector<double> values;
  for (size_t i = process_.known(); i < std::min(outcomes_.size(), kKnown); ++i) {
    configs.push_back(outcomes_[i].position);
    values.push_back(outcomes_[i].valid ? 1 : -1);
  }
  const bool learnt = !configs.empty() || outcomes_.size() > kKnown;
  process_.learn(configs, values);
  const bool outdated = trees_outdated();
  if (outdated) fit_trees();
  if (learnt || outdated) combine();
  return probabilities_;
}

void ValidityBelief::combine() {
  const auto trust = static_cast<float>(guess_.empty() ? 0 : 1 / (1 + std::exp(-guess_odds_)));
  for (size_t i = 0; i < field_.size(); ++i) {
    const double deviation = std::sqrt(process_.variance()[i] + kThresholdVariance);
    const double process = 0.5 * std::erfc(-process_.mean(0)[i] / deviation / std::numbers::sqrt2);
    const auto mixed = static_cast<float>(0.5 * process + 0.5 * from_trees_[i]);
    from_trials_[i] = mixed;
    const float guess = guess_.empty() ? 0 : guess_[i];
    probabilities_[i] = std::max(kLeastProbability, trust * guess + (1 - trust) * mixed);
  }
}

}  // namespace tamis
