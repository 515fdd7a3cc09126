#include "search/tamis/validity_belief.h"

#include <algorithm>
#include <array>
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
/// Trees are fitted anew after a surprise, but of many trials only once in a share of them.
constexpr size_t kTrialsPerSurprise = 64;
constexpr size_t kTreesLast = 8;  ///< trials for which trees are kept without a surprise
/// How much views are judged by what they foresaw, how quickly that is forgotten, and the least probability
/// that an outcome is held against a view with.
constexpr double kJudgement = 0.4;
constexpr double kMemory = 0.95;
constexpr double kLeastForeseen = 0.02;
/// How firmly it is believed, before any trial, that a guess needs no shift and is to be trusted.
constexpr double kShiftWeight = 4;
constexpr double kTrustWeight = 4;
/// So much of the belief is the guess as long as it is trusted.
constexpr double kGuessShare = 0.9;
/// A guess is given up once it promised validity in vain this often, and twice as often as not.
constexpr size_t kBrokenPromises = 3;
constexpr int kNewtonSteps = 5;
constexpr double kLargestLogOdds = 4;
/// The process knows at most so many trials; the trees know all.
constexpr size_t kKnown = 384;

float likelihood(float probability, bool valid) { return valid ? probability : 1 - probability; }

double logistic(double log_odds) { return 1 / (1 + std::exp(-log_odds)); }

double log_odds(double probability) {
  const double bounded = std::clamp(probability, 1e-6, 1 - 1e-6);
  return std::clamp(std::log(bounded / (1 - bounded)), -kLargestLogOdds, kLargestLogOdds);
}

}  // namespace

ValidityBelief::ValidityBelief(const CandidateSet& candidates, std::vector<float> guess, uint64_t seed,
                               const ValidityBeliefOptions& options)
    : candidates_(candidates),
      options_(options),
      guess_(std::move(guess)),
      random_(Random::stream(seed, "tamis validity belief")),
      process_(GridKernel(candidates.grid(), kScales), kNoise, 1),
      trees_(candidates.grid(), {.depth = options.tree_depth}),
      limits_(candidates.grid()),
      probabilities_(guess_.empty() ? std::vector<float>(candidates.size(), 1) : guess_) {}

void ValidityBelief::learn(size_t position, bool valid) {
  outcomes_.push_back({position, valid});
  any_invalid_ = any_invalid_ || !valid;
  surprised_ = surprised_ || likelihood(probabilities_[position], valid) < kExpected;
  judge_views(outcomes_.back());
  test_guess(outcomes_.back());
  judge_guess();
}

void ValidityBelief::judge_views(const Outcome& outcome) {
  if (from_process_.empty()) return;
  const std::array<const std::vector<float>*, 3> views = {&from_process_, &from_trees_, &from_limits_};
  for (size_t i = 0; i < views.size(); ++i) {
    const double expected = likelihood((*views[i])[outcome.position], outcome.valid);
    foreseen_[i] = kMemory * foreseen_[i] + std::log(std::max(expected, kLeastForeseen));
  }
}

/// Gives up a guess that calls invalid configs valid.
void ValidityBelief::test_guess(const Outcome& outcome) {
  if (guess_.empty() || guess_[outcome.position] < 0.5F) return;
  (outcome.valid ? promises_kept_ : promises_broken_) += 1;
  if (promises_broken_ >= kBrokenPromises + 2 * promises_kept_) guess_.clear();
}

/// Logistic regression of outcomes on the guess: the intercept takes what it says of validity as a whole, so
/// that a guess is trusted for telling configs apart, not for foreseeing failure everywhere. Newton's method;
/// the prior is a guess that is right as it stands.
void ValidityBelief::judge_guess() {
  if (guess_.empty()) return;
  for (int step = 0; step < kNewtonSteps; ++step) {
    std::array<double, 2> slope{kShiftWeight * shift_, kTrustWeight * (trust_ - 1)};
    std::array<double, 3> curvature{kShiftWeight, 0, kTrustWeight};
    for (const Outcome& outcome : outcomes_) {
      const double guess = log_odds(guess_[outcome.position]);
      const double expected = logistic(shift_ + trust_ * guess);
      const double error = expected - (outcome.valid ? 1 : 0);
      const double weight = expected * (1 - expected);
      slope[0] += error;
      slope[1] += error * guess;
      curvature[0] += weight;
      curvature[1] += weight * guess;
      curvature[2] += weight * guess * guess;
    }
    const double determinant = curvature[0] * curvature[2] - curvature[1] * curvature[1];
    shift_ -= std::clamp((curvature[2] * slope[0] - curvature[1] * slope[1]) / determinant, -1.0, 1.0);
    trust_ -= std::clamp((curvature[0] * slope[1] - curvature[1] * slope[0]) / determinant, -1.0, 1.0);
  }
}

bool ValidityBelief::outdated() const {
  // One surprise among many trials changes little.
  const size_t kept = surprised_ ? 1 + outcomes_.size() / kTrialsPerSurprise : kTreesLast;
  return from_trees_.empty() || outcomes_.size() >= fitted_ + kept;
}

void ValidityBelief::fit() {
  std::vector<size_t> configs;
  std::vector<float> targets;
  for (const Outcome& outcome : outcomes_) {
    configs.push_back(outcome.position);
    targets.push_back(outcome.valid ? 1.0F : 0.0F);
  }
  from_trees_ = trees_.predict(configs, targets, random_);
  from_limits_ = limits_.predict(configs, targets);
  fitted_ = outcomes_.size();
  surprised_ = false;
}

std::span<const float> ValidityBelief::probabilities() {
  if (combined_ == outcomes_.size() || (!any_invalid_ && guess_.empty())) return probabilities_;
  std::vector<size_t> configs;
  std::vector<double> values;
  for (size_t i = process_.known(); i < std::min(outcomes_.size(), kKnown); ++i) {
    configs.push_back(outcomes_[i].position);
    values.push_back(outcomes_[i].valid ? 1 : -1);
  }
  process_.learn(configs, values);
  if (outdated()) fit();
  combine();
  return probabilities_;
}

void ValidityBelief::combine() {
  combined_ = outcomes_.size();
  const double share = guess_.empty() ? 0 : kGuessShare * std::clamp(trust_, 0.0, 1.0);
  std::array<double, 3> weights = {options_.process_share, options_.trees_share, options_.limits_share};
  const double most = *std::max_element(foreseen_.begin(), foreseen_.end());
  double sum = 0;
  for (size_t i = 0; i < weights.size(); ++i)
    sum += weights[i] *= std::exp(kJudgement * (foreseen_[i] - most));
  from_process_.resize(candidates_.size());
  for (size_t i = 0; i < candidates_.size(); ++i) {
    const double deviation = std::sqrt(process_.variance()[i] + kThresholdVariance);
    const double process = 0.5 * std::erfc(-process_.mean(0)[i] / deviation / std::numbers::sqrt2);
    from_process_[i] = static_cast<float>(process);
    double probability =
        (weights[0] * process + weights[1] * from_trees_[i] + weights[2] * from_limits_[i]) / sum;
    if (share > 0)
      probability = (1 - share) * probability + share * logistic(shift_ + trust_ * log_odds(guess_[i]));
    probabilities_[i] = std::max(kLeastProbability, static_cast<float>(probability));
  }
}

}  // namespace tamis
