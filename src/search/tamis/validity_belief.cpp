#include "search/tamis/validity_belief.h"

#include "base/cpu_clones.h"
#include "model/lanes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
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
constexpr size_t kTrialsPerSurprise = 16;
constexpr size_t kTreesLast = 8;  ///< trials for which trees are kept without a surprise
/// How much views are judged by what they foresaw, how quickly that is forgotten, and the least probability
/// that an outcome is held against a view with.
constexpr double kJudgement = 0.4;
constexpr double kMemory = 0.95;
constexpr double kLeastForeseen = 0.02;
/// Limits on products are sampled once so many valid and so many invalid configs are known: before that any
/// product explains them. How much they count against all other views together at first, and the largest
/// logarithm of how much more later.
constexpr size_t kLeastToSample = 4;
constexpr double kProductsOdds = 0.05;
constexpr double kFarthestAhead = 20;
/// What counts less than this is not asked for before a candidate is judged exactly.
constexpr float kWorthAsking = 0.01F;
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
constexpr float kNotAsked = -1;

float likelihood(float probability, bool valid) { return valid ? probability : 1 - probability; }

/// What the process expects lies above a threshold that is not quite known.
double valid_by(double mean, double variance) {
  const double deviation = std::sqrt(variance + kThresholdVariance);
  return 0.5 * std::erfc(-mean / deviation / std::numbers::sqrt2);
}

double logistic(double log_odds) { return 1 / (1 + std::exp(-log_odds)); }

double log_odds_of_guess(double probability) {
  const double bounded = std::clamp(probability, 1e-6, 1 - 1e-6);
  return std::clamp(std::log(bounded / (1 - bounded)), -kLargestLogOdds, kLargestLogOdds);
}

/// What most_probable() mixes: the normal distribution counts `process`; to that it adds `rest`.
struct QuickMixture {
  float process = 0;
  float rest = 0;
  float products = 0;  ///< how much of the rest are limits on products
  float share = 0;     ///< of the guess, about which the last two are
  float shift = 0;
  float trust = 0;
};

/// Above the error of what is computed in single precision.
constexpr float kMargin = 2e-5F;

/// How probable `count` candidates are at most; odds are of the guess, where it has a share, and products are
/// what limits on them say, where they count, below 0 where nobody asked.
TAMIS_WIDE_CLONES void most_probable(const float* means, const float* variances, const float* odds,
                                     const float* products, size_t count, const QuickMixture& mixture,
                                     float* result) {
  for (size_t i = 0; i < count; i += kLanes) {
    const size_t left = count - i;
    Lanes z;
    Lanes deviation;
    load(z, means + i, left);
    load(deviation, variances + i, left);
    deviation += static_cast<float>(kThresholdVariance);
    take_square_root(deviation);
    z /= deviation;
    take_normal_distribution(z);
    Lanes probability = mixture.process * z + mixture.rest;
    if (products != nullptr) {
      Lanes asked;
      load(asked, products + i, left);
      asked = asked < 0 ? Lanes{} + 1.0F : asked;
      probability -= mixture.products * (1 - asked);
    }
    if (odds != nullptr) {
      Lanes guess;
      load(guess, odds + i, left);
      guess = mixture.shift + mixture.trust * guess;
      take_logistic(guess);
      probability = (1 - mixture.share) * probability + mixture.share * guess;
    }
    probability += kMargin;
    const Lanes least = Lanes{} + kLeastProbability;
    const Lanes most = Lanes{} + 1.0F;
    probability = probability < least ? least : probability;
    store(probability < most ? probability : most, result + i, left);
  }
}

/// Takes from probabilities what trees and limits, of which these are the odds, are not sure of.
TAMIS_WIDE_CLONES void lessen(const float* trees, const float* odds, size_t count, float trees_weight,
                              float limits_weight, float* probabilities) {
  for (size_t i = 0; i < count; i += kLanes) {
    const size_t left = count - i;
    Lanes by_trees;
    Lanes by_limits;
    Lanes probability;
    load(by_trees, trees + i, left);
    load(by_limits, odds + i, left);
    load(probability, probabilities + i, left);
    take_logistic(by_limits);
    probability -= trees_weight * (1 - by_trees) + limits_weight * (1 - by_limits) - kMargin;
    const Lanes least = Lanes{} + kLeastProbability;
    store(probability < least ? least : probability, probabilities + i, left);
  }
}

}  // namespace

ValidityBelief::ValidityBelief(const CandidateSet& candidates, std::vector<float> guess, uint64_t seed,
                               const ValidityBeliefOptions& options)
    : candidates_(candidates),
      options_(options),
      guess_(std::move(guess)),
      random_(Random::stream(seed, "tamis validity belief")),
      products_random_(Random::stream(seed, "tamis products")),
      process_(GridKernel(candidates.grid(), kScales), kNoise, 1),
      trees_(candidates.grid(), {.depth = options.tree_depth}),
      limits_(candidates.grid()),
      guessed_(!guess_.empty()) {
  if (options.products) products_.emplace(candidates.grid());
  bound();
}

void ValidityBelief::learn(size_t position, bool valid) {
  const double odds = guessed_ ? log_odds_of_guess(guess_[position]) : 0;
  any_invalid_ = any_invalid_ || !valid;
  if (known_ == 0) {
    surprised_ = surprised_ || likelihood(at(position), valid) < kExpected;
  } else {
    const Views views = views_at(position);
    surprised_ = surprised_ || likelihood(mixed(views, position), valid) < kExpected;
    judge_views(views, valid);
    if (products_fitted_) judge_products(views, valid);
  }
  outcomes_.push_back({position, valid, odds});
  valid_ += valid ? 1 : 0;
  test_guess(outcomes_.back());
  judge_guess();
}

void ValidityBelief::judge_views(const Views& views, bool valid) {
  const std::array<float, 3> probabilities = {static_cast<float>(views.process), views.trees, views.limits};
  for (size_t i = 0; i < probabilities.size(); ++i) {
    const double expected = likelihood(probabilities[i], valid);
    foreseen_[i] = kMemory * foreseen_[i] + std::log(std::max(expected, kLeastForeseen));
  }
}

/// Against what the other views foresaw together.
void ValidityBelief::judge_products(const Views& views, bool valid) {
  const std::array<double, 4>& by = mixture_.weights;
  const double others =
      (by[0] * views.process + by[1] * views.trees + by[2] * views.limits) / (by[0] + by[1] + by[2]);
  const double without = valid ? others : 1 - others;
  const double with = likelihood(views.products, valid);
  ahead_ = kMemory * ahead_ + std::log(std::max(with, kLeastForeseen) / std::max(without, kLeastForeseen));
}

/// Gives up a guess that calls invalid configs valid.
void ValidityBelief::test_guess(const Outcome& outcome) {
  if (!guessed_ || guess_[outcome.position] < 0.5F) return;
  (outcome.valid ? promises_kept_ : promises_broken_) += 1;
  if (promises_broken_ >= kBrokenPromises + 2 * promises_kept_) guessed_ = false;
}

/// Logistic regression of outcomes on the guess: the intercept takes what it says of validity as a whole, so
/// that a guess is trusted for telling configs apart, not for foreseeing failure everywhere. Newton's method;
/// the prior is a guess that is right as it stands.
void ValidityBelief::judge_guess() {
  if (!guessed_) return;
  for (int step = 0; step < kNewtonSteps; ++step) {
    std::array<double, 2> slope{kShiftWeight * shift_, kTrustWeight * (trust_ - 1)};
    std::array<double, 3> curvature{kShiftWeight, 0, kTrustWeight};
    for (const Outcome& outcome : outcomes_) {
      const double guess = outcome.guessed_odds;
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
  return fitted_ == 0 || outcomes_.size() >= fitted_ + kept;
}

void ValidityBelief::fit() {
  std::vector<size_t> configs;
  std::vector<float> targets;
  for (const Outcome& outcome : outcomes_) {
    configs.push_back(outcome.position);
    targets.push_back(outcome.valid ? 1.0F : 0.0F);
  }
  trees_.fit(configs, targets, random_);
  limits_.fit(configs, targets);
  products_fitted_ =
      products_fitted_ || (products_ && std::min(valid_, outcomes_.size() - valid_) >= kLeastToSample);
  if (products_fitted_) {
    products_->fit(configs, targets, products_random_);
    from_products_.assign(candidates_.size(), kNotAsked);
  }
  from_trees_.assign(candidates_.size(), kNotAsked);
  odds_by_limits_.resize(candidates_.size());
  fitted_ = outcomes_.size();
  surprised_ = false;
}

void ValidityBelief::renew() {
  if (known_ == outcomes_.size() || (!any_invalid_ && !guessed_)) return;
  std::vector<size_t> configs;
  std::vector<double> values;
  for (size_t i = process_.known(); i < std::min(outcomes_.size(), kKnown); ++i) {
    configs.push_back(outcomes_[i].position);
    values.push_back(outcomes_[i].valid ? 1 : -1);
  }
  process_.learn(configs, values);
  if (outdated()) fit();
  known_ = outcomes_.size();
  mix();
  bound();
}

void ValidityBelief::mix() {
  mixture_.share = guessed_ ? kGuessShare * std::clamp(trust_, 0.0, 1.0) : 0;
  mixture_.shift = shift_;
  mixture_.trust = trust_;
  mixture_.weights = {options_.process_share, options_.trees_share, options_.limits_share, 0};
  const double most = *std::max_element(foreseen_.begin(), foreseen_.end());
  mixture_.sum = 0;
  for (size_t i = 0; i < foreseen_.size(); ++i)
    mixture_.sum += mixture_.weights[i] *= std::exp(kJudgement * (foreseen_[i] - most));
  if (products_fitted_)
    mixture_.weights[3] = mixture_.sum * kProductsOdds * std::exp(std::min(ahead_, kFarthestAhead));
  mixture_.sum += mixture_.weights[3];
}

/// What is quickly known is what the process expects, and the guess; trees and limits may be sure.
void ValidityBelief::bound() {
  const size_t size = in_view_.empty() ? candidates_.size() : in_view_.size();
  const auto place = [&](size_t i) { return in_view_.empty() ? i : in_view_[i]; };
  most_.resize(size);
  if (known_ == 0) {
    for (size_t i = 0; i < size; ++i) most_[i] = at(place(i));
    return;
  }
  if (mixture_.share > 0 && odds_.empty())
    for (size_t i = 0; i < size; ++i)
      odds_.push_back(static_cast<float>(log_odds_of_guess(guess_[place(i)])));
  const auto part = [&](double weight) { return static_cast<float>(weight / mixture_.sum); };
  std::vector<float> products;
  if (products_fitted_)
    for (size_t i = 0; i < size; ++i) products.push_back(from_products_[place(i)]);
  most_probable(
      process_.mean(0).data(), process_.variance().data(), mixture_.share > 0 ? odds_.data() : nullptr,
      products_fitted_ ? products.data() : nullptr, size,
      {part(mixture_.weights[0]), part(mixture_.weights[1] + mixture_.weights[2] + mixture_.weights[3]),
       part(mixture_.weights[3]), static_cast<float>(mixture_.share), static_cast<float>(mixture_.shift),
       static_cast<float>(mixture_.trust)},
      most_.data());
}

void ValidityBelief::focus(std::vector<size_t> positions) {
  in_view_ = std::move(positions);
  odds_.clear();
  process_.tell_of(in_view_);
  bound();
}

void ValidityBelief::see_all() {
  if (in_view_.empty()) return;
  in_view_.clear();
  odds_.clear();
  std::vector<size_t> all(candidates_.size());
  std::iota(all.begin(), all.end(), size_t{0});
  process_.tell_of(all);
  bound();
}

double ValidityBelief::from_process(size_t position) const {
  size_t place = position;
  if (!in_view_.empty()) {
    const auto found = std::lower_bound(in_view_.begin(), in_view_.end(), position);
    if (found == in_view_.end() || *found != position)
      return valid_by(process_.mean_at(position, 0), process_.variance_at(position));
    place = static_cast<size_t>(found - in_view_.begin());
  }
  return valid_by(process_.mean(0)[place], process_.variance()[place]);
}

float ValidityBelief::from_trees(size_t position) const {
  float& kept = from_trees_[position];
  if (kept < 0) {
    kept = trees_.at(position);
    odds_by_limits_[position] = static_cast<float>(limits_.log_odds(position));
  }
  return kept;
}

float ValidityBelief::from_products(size_t position) const {
  if (!products_fitted_) return 1;
  float& kept = from_products_[position];
  if (kept >= 0) return kept;
  kept = products_->at(position);
  if (const std::optional<size_t> place = place_of(position)) {
    float& most = most_[*place];
    most = std::max(kLeastProbability, most - products_part() * (1 - kept) + kMargin);
  }
  return kept;
}

/// Where a candidate is among those in view.
std::optional<size_t> ValidityBelief::place_of(size_t position) const {
  if (in_view_.empty()) return position;
  const auto found = std::lower_bound(in_view_.begin(), in_view_.end(), position);
  if (found == in_view_.end() || *found != position) return std::nullopt;
  return static_cast<size_t>(found - in_view_.begin());
}

/// How much of all that is believed are limits on products.
float ValidityBelief::products_part() const {
  return static_cast<float>((1 - mixture_.share) / mixture_.sum * mixture_.weights[3]);
}

ValidityBelief::Views ValidityBelief::views_at(size_t position) const {
  return {from_process(position), from_trees(position), limits_.at(position), from_products(position)};
}

float ValidityBelief::mixed(const Views& views, size_t position) const {
  const Mixture& by = mixture_;
  double probability = (by.weights[0] * views.process + by.weights[1] * views.trees +
                        by.weights[2] * views.limits + by.weights[3] * views.products) /
                       by.sum;
  if (by.share > 0) {
    const double guess = logistic(by.shift + by.trust * log_odds_of_guess(guess_[position]));
    probability = (1 - by.share) * probability + by.share * guess;
  }
  return std::max(kLeastProbability, static_cast<float>(probability));
}

float ValidityBelief::at(size_t position) const {
  if (known_ == 0) return guess_.empty() ? 1 : guess_[position];
  return mixed(views_at(position), position);
}

bool ValidityBelief::ask_products(std::span<const size_t> places) {
  if (!products_fitted_ || products_part() < kWorthAsking) return false;
  bool asked = false;
  for (const size_t place : places) {
    const size_t position = in_view_.empty() ? place : in_view_[place];
    if (from_products_[position] >= 0) continue;
    from_products(position);
    asked = true;
  }
  return asked;
}

std::vector<float> ValidityBelief::most(std::span<const size_t> places) const {
  std::vector<float> result(places.size());
  for (size_t i = 0; i < places.size(); ++i) result[i] = most_[places[i]];
  return result;
}

std::vector<float> ValidityBelief::most_by_all(std::span<const size_t> places) const {
  if (products_fitted_)
    for (const size_t place : places) from_products(in_view_.empty() ? place : in_view_[place]);
  std::vector<float> result = most(places);
  if (known_ == 0) return result;
  std::vector<float> by_trees(places.size());
  std::vector<float> odds(places.size());
  for (size_t i = 0; i < places.size(); ++i) {
    const size_t position = in_view_.empty() ? places[i] : in_view_[places[i]];
    by_trees[i] = from_trees(position);
    odds[i] = odds_by_limits_[position];
  }
  const double own = (1 - mixture_.share) / mixture_.sum;
  lessen(by_trees.data(), odds.data(), places.size(), static_cast<float>(own * mixture_.weights[1]),
         static_cast<float>(own * mixture_.weights[2]), result.data());
  return result;
}

std::vector<float> ValidityBelief::look_over() const {
  std::vector<float> probabilities;
  probabilities.reserve(candidates_.size());
  if (known_ == 0 || in_view_.empty()) {
    for (size_t i = 0; i < candidates_.size(); ++i) probabilities.push_back(at(i));
    return probabilities;
  }
  const GridProcess::Rough process = process_.look_over(std::array<double, 1>{1});
  for (size_t i = 0; i < candidates_.size(); ++i)
    probabilities.push_back(mixed(
        {valid_by(process.mean[i], process.variance[i]), from_trees(i), limits_.at(i), from_products(i)}, i));
  return probabilities;
}

}  // namespace tamis
