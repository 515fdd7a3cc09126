#include "search/tamis/latency_belief.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace tamis {
namespace {

/// Lengthscales before anything is known: a knob's size matters, and it is smooth unless trials say so.
constexpr AspectScales kUsualScales{.position = 0.8, .sameness = 3, .alignment = 1.5};
constexpr double kEarlyNoise = 0.05;
constexpr double kUsualNoise = 0.02;
/// Valid configs that lengthscales are searched with at most.
constexpr size_t kSearched = 80;
/// A guess from elsewhere counts as so many trials that it fits, and is not trusted to be closer than that.
constexpr double kGuessTrials = 1;
constexpr double kGuessSpread = 0.1;
/// What is measured counts as noise to this share of the function's variance at most.
constexpr double kMostNoise = 0.5;

AspectScales usual_scales(const LatencyBeliefOptions& options) {
  AspectScales scales = kUsualScales;
  if (!options.sameness) scales.sameness = std::numeric_limits<double>::infinity();
  if (!options.alignment) scales.alignment = std::numeric_limits<double>::infinity();
  return scales;
}

bool faster(const Reached& a, const Reached& b) {
  return a.throughput != b.throughput ? a.throughput > b.throughput : a.position < b.position;
}

std::vector<float> deviations(std::span<const float> variance, double function_variance, double spread) {
  const auto scale = static_cast<float>(std::sqrt(function_variance) * spread);
  std::vector<float> result(variance.size());
  for (size_t i = 0; i < result.size(); ++i) result[i] = scale * std::sqrt(std::max(variance[i], 1e-8F));
  return result;
}

/// Moves a random choice of what follows the `kept` first to the places up to `count`.
void choose_others(std::vector<Reached>& all, size_t kept, size_t count, Random& random) {
  for (size_t i = kept; i < count; ++i) std::swap(all[i], all[i + random.below(all.size() - i)]);
}

}  // namespace

LatencyBelief::LatencyBelief(const CandidateSet& candidates, std::vector<float> guess, uint64_t seed,
                             const LatencyBeliefOptions& options)
    : candidates_(candidates),
      options_(options),
      guess_(std::move(guess)),
      random_(Random::stream(seed, "tamis latency belief")),
      usual_(candidates.grid(), usual_scales(options)),
      views_{new_view({usual_.lengthscales(), kEarlyNoise, 1}),
             new_view({usual_.lengthscales(), kUsualNoise, 1})},
      turn_(options.scales == LatencyScales::usual ? 1 : 0),
      limit_(std::clamp(kKnownValues / std::max<size_t>(candidates.size(), 1), kLeastKnown, kMostKnown)) {}

LatencyBelief::View LatencyBelief::new_view(const KernelScales& scales) const {
  GridKernel kernel = usual_;
  kernel.set_lengthscales(scales.lengthscales);
  View view{GridProcess(kernel, scales.noise, kChannels), scales, 0, 0};
  if (!in_view_.empty()) view.process.tell_of(in_view_);
  return view;
}

void LatencyBelief::learn(const Reached& reached) {
  // What is assumed comes after what is known.
  forget_assumed();
  reached_.push_back(reached);
}

void LatencyBelief::renew() {
  forget_assumed();
  if (reached_.size() > limit_) forget_slow();
  search();
  next_search_ = reached_.size() + reached_.size() * 3 / 10 + 1;
}

std::array<Expectation, 2> LatencyBelief::look_over() {
  const Trend trend = find_trend();
  std::array<Expectation, 2> all;
  for (size_t i = 0; i < all.size(); ++i) {
    views_[i].process.tell_of({});  // what follows brings others into view
    catch_up(views_[i]);
    GridProcess::Rough rough = views_[i].process.look_over(channel_weights(trend));
    all[i].mean = std::move(rough.mean);
    for (size_t j = 0; j < all[i].mean.size(); ++j)
      all[i].mean[j] += static_cast<float>(trend.base + trend.slope * guess_at(j));
    all[i].deviation = deviations(rough.variance, views_[i].scales.variance, trend.spread);
  }
  return all;
}

void LatencyBelief::focus(std::vector<size_t> positions) {
  in_view_ = std::move(positions);
  next_focus_ = std::min(reached_.size() * 17 / 10, limit_ * 9 / 10);
  for (View& view : views_) view.process.tell_of(in_view_);
}

void LatencyBelief::see_all() {
  in_view_.clear();
  for (View& view : views_) view = new_view(view.scales);
}

void LatencyBelief::inherit(const LatencyBelief& other) {
  // Candidates without some value of a knob have fewer parts.
  if (other.usual_.parts().size() != usual_.parts().size()) return;
  for (size_t i = 0; i < views_.size(); ++i) views_[i] = new_view(other.views_[i].scales);
  next_search_ = other.next_search_;
}

void LatencyBelief::set_guess(std::vector<float> guess) {
  guess_ = std::move(guess);
  for (View& view : views_) view = new_view(view.scales);
}

void LatencyBelief::forget_slow() {
  std::sort(reached_.begin(), reached_.end(), faster);
  choose_others(reached_, limit_ / 2, limit_ * 3 / 4, random_);
  reached_.resize(limit_ * 3 / 4);
  for (View& view : views_) view = new_view(view.scales);
}

void LatencyBelief::search() {
  std::vector<Reached> known = reached_;
  if (known.size() > kSearched) {
    std::sort(known.begin(), known.end(), faster);
    choose_others(known, kSearched / 2, kSearched, random_);
    known.resize(kSearched);
  }
  std::swap(known, reached_);
  const Trend trend = find_trend();
  const std::vector<double> values = differences(trend);
  std::swap(known, reached_);
  std::vector<size_t> configs;
  configs.reserve(known.size());
  for (const Reached& reached : known) configs.push_back(reached.position);
  ScaleSearchOptions scales_options;
  KernelScales start = views_[0].scales;
  if (noise_ > 0) {
    const double measured = measured_noise(trend);
    scales_options.usual_noise += measured;
    start.noise = std::max(start.noise, measured);
    views_[1] = new_view({usual_.lengthscales(), kUsualNoise + measured, 1});
  }
  views_[0] = new_view(search_scales(usual_, start, configs, values, scales_options, random_));
  // The usual view is scaled anew and has nothing to learn again.
  KernelScales& usual = views_[1].scales;
  usual.variance = 1;
  usual.variance = likeliest_variance(usual_, usual, configs, values);
}

/// Runs differ by a share of what is reached, so the noise of slow configs is small.
double LatencyBelief::measured_noise(const Trend& trend) const {
  double squares = 0;
  for (const Reached& reached : reached_) {
    const double share = reached.throughput / trend.best;
    squares += share * share / static_cast<double>(reached_.size());
  }
  return std::min(noise_ * noise_ * squares / (trend.spread * trend.spread), kMostNoise);
}

/// Throughput follows the guess as far as trials bear it out; without a guess the trend is the mean.
LatencyBelief::Trend LatencyBelief::find_trend() const {
  Trend trend{0, 0, 0, 0};
  for (const Reached& reached : reached_) trend.best = std::max(trend.best, reached.throughput);
  if (!guess_.empty()) trend.slope = trust_in_guess(trend.best);
  const auto unexplained = [&](const Reached& reached) {
    return reached.throughput / trend.best - trend.slope * guess_at(reached.position);
  };
  const auto count = static_cast<double>(reached_.size());
  for (const Reached& reached : reached_) trend.base += unexplained(reached) / count;
  double errors = 0;
  for (const Reached& reached : reached_) {
    const double error = unexplained(reached) - trend.base;
    errors += error * error / count;
  }
  const double least = guess_.empty() ? 1e-8 : kGuessSpread * kGuessSpread;
  trend.spread = std::sqrt(errors + least);
  return trend;
}

/// From 0 to 1: at first 1; then, with every trial, nearer to the correlation of throughput and guess, less
/// what chance could make of it, and to 0 where they are opposed.
double LatencyBelief::trust_in_guess(double best) const {
  const auto count = static_cast<double>(reached_.size());
  if (count < 3) return 1;
  double mean = 0;
  double mean_guess = 0;
  for (const Reached& reached : reached_) {
    mean += reached.throughput / best / count;
    mean_guess += guess_at(reached.position) / count;
  }
  double squares = 0;
  double guess_squares = 0;
  double products = 0;
  for (const Reached& reached : reached_) {
    const double value = reached.throughput / best - mean;
    const double guess = guess_at(reached.position) - mean_guess;
    squares += value * value;
    guess_squares += guess * guess;
    products += value * guess;
  }
  const double correlation = products / std::sqrt(squares * guess_squares + 1e-12);
  const double by_chance = (1 - correlation * correlation) / (count - 2);
  const double certain = std::sqrt(std::max(0.0, correlation * correlation - by_chance));
  const double borne_out = std::copysign(certain, correlation);
  return std::max(0.0, (kGuessTrials + (count - 2) * borne_out) / (kGuessTrials + count - 2));
}

float LatencyBelief::Trend::at(double throughput, double constant, double learnt_guess, double guess) const {
  const double learnt = throughput / best - base * constant - slope * learnt_guess;
  return static_cast<float>(base + slope * guess + learnt);
}

std::vector<double> LatencyBelief::differences(const Trend& trend) const {
  std::vector<double> values;
  for (const Reached& reached : reached_) {
    const double expected = trend.base + trend.slope * guess_at(reached.position);
    values.push_back((reached.throughput / trend.best - expected) / trend.spread);
  }
  return values;
}

/// Teaches a process what it does not know yet: throughput, the constant and the guess as channels, so that
/// the trend may change without learning anew.
void LatencyBelief::catch_up(View& view) {
  std::vector<size_t> configs;
  std::vector<double> values;
  const auto add = [&](const Reached& reached) {
    configs.push_back(reached.position);
    values.insert(values.end(), {reached.throughput, 1, guess_at(reached.position)});
  };
  for (size_t i = view.known; i < reached_.size(); ++i) add(reached_[i]);
  for (size_t i = view.assumed; i < assumed_.size(); ++i) add(assumed_[i]);
  view.process.learn(configs, values);
  view.known = reached_.size();
  view.assumed = assumed_.size();
}

/// What the mean of each channel counts in what is expected: see Trend::at().
std::array<double, LatencyBelief::kChannels> LatencyBelief::channel_weights(const Trend& trend) const {
  return {1 / trend.best, -trend.base, -trend.slope};
}

float LatencyBelief::mean_at(const View& view, const Trend& trend, size_t position) const {
  const GridProcess& process = view.process;
  if (!sees_all())
    return trend.at(process.mean_at(position, 0), process.mean_at(position, 1), process.mean_at(position, 2),
                    guess_at(position));
  return trend.at(view.process.mean(0)[position], view.process.mean(1)[position],
                  view.process.mean(2)[position], guess_at(position));
}

void LatencyBelief::assume(size_t position) {
  if (reached_.empty()) return;
  const Trend trend = find_trend();
  const View& view = views_[turn_ % views_.size()];
  assumed_.push_back({position, std::max(0.0F, mean_at(view, trend, position)) * trend.best});
}

/// To learn them as assumed ones of the batch at hand would cost as much for each, at every proposal, as a
/// trial does once.
void LatencyBelief::heed_under_way(const View& view, std::vector<float>& deviation) const {
  if (under_way_.empty()) return;
  const std::vector<float> close = view.process.closeness(under_way_);
  const float known = 1 / static_cast<float>(1 + view.scales.noise);
  for (size_t i = 0; i < deviation.size(); ++i)
    deviation[i] *= std::sqrt(std::max(1e-4F, 1 - close[i] * close[i] * known));
}

void LatencyBelief::forget_assumed() {
  assumed_.clear();
  for (View& view : views_) {
    if (std::exchange(view.assumed, 0) > 0) view.process.keep(view.known);
  }
}

Expectation LatencyBelief::guessed() const {
  return {{}, guess_, std::vector<float>(guess_.size(), static_cast<float>(kGuessSpread))};
}

std::optional<Expectation> LatencyBelief::expect() {
  if (reached_.empty()) return guess_.empty() ? std::nullopt : std::optional(guessed());
  if (options_.scales == LatencyScales::both) ++turn_;
  View& view = views_[turn_ % views_.size()];
  catch_up(view);
  const Trend trend = find_trend();
  Expectation expectation;
  expectation.positions = in_view_;
  expectation.deviation = deviations(view.process.variance(), view.scales.variance, trend.spread);
  heed_under_way(view, expectation.deviation);
  expectation.mean.resize(expectation.deviation.size());
  const std::span<const float> throughput = view.process.mean(0);
  const std::span<const float> constant = view.process.mean(1);
  const std::span<const float> guess = view.process.mean(2);
  for (size_t i = 0; i < expectation.mean.size(); ++i)
    expectation.mean[i] = trend.at(throughput[i], constant[i], guess[i], guess_at(expectation.position(i)));
  return expectation;
}

}  // namespace tamis
