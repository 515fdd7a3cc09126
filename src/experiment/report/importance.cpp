#include "experiment/report/importance.h"

#include "base/text.h"
#include "model/functional_anova.h"
#include "tamis/random.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis::report {
namespace {

constexpr size_t kLeastConfigs = 20;
constexpr size_t kLeastOfEach = 5;     // valid and invalid configs
constexpr size_t kMostConfigs = 3000;  // that a forest learns from
constexpr size_t kMarginals = 24;
constexpr size_t kMarginalValues = 20'000;  // of all marginals
constexpr size_t kPairs = 8;
constexpr double kLeastPairShare = 0.001;
constexpr size_t kContours = 3;
constexpr size_t kContourValues = 4096;  // of each
constexpr double kLeastContourShare = 0.01;

constexpr const char* kHow =
    "A share is that of the variance over all combinations of the knobs' values, as a random forest predicts "
    "it; each combination counts the same, tried or not, allowed or not (functional ANOVA; Hutter, Hoos and "
    "Leyton-Brown, 2014). Its deviation is over the trees of the forest, and so are those of the means by "
    "value. Each config is learnt once. Where all values are above 0 their logarithms are learnt, and means "
    "are geometric.";

/// What a forest learns from: each config once, with the mean of its outcomes.
struct ImportanceLessons {
  std::vector<Config> configs;
  std::vector<double> targets;
};

using Learn = std::optional<double> (*)(const Subject&, const Trial&);

std::optional<double> value_of_valid(const Subject& subject, const Trial& trial) {
  const double cost = trial.verdict == Verdict::valid ? trial.cost() : INFINITY;
  return std::isfinite(cost) ? std::optional(subject.objective.value_of(cost)) : std::nullopt;
}

std::optional<double> validity_of(const Subject& /*subject*/, const Trial& trial) {
  return trial.verdict == Verdict::valid ? 1.0 : 0.0;
}

ImportanceLessons lessons_of(const Subject& subject, Learn learn) {
  ImportanceLessons lessons;
  std::vector<double> counts;
  std::unordered_map<ConfigKey, size_t> places;
  for (const Trial& trial : subject.learnt) {
    const std::optional<double> target = learn(subject, trial);
    if (!target || !belongs(subject.space, trial.config)) continue;
    const auto [place, is_new] = places.try_emplace(subject.space.key(trial.config), counts.size());
    if (is_new) {
      lessons.configs.push_back(trial.config);
      lessons.targets.push_back(0);
      counts.push_back(0);
    }
    lessons.targets[place->second] += *target;
    ++counts[place->second];
  }
  for (size_t i = 0; i < counts.size(); ++i) lessons.targets[i] /= counts[i];
  return lessons;
}

ImportanceLessons sampled(const ImportanceLessons& all) {
  std::vector<size_t> order(all.configs.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  Random random = Random::stream(0, "importance sample");
  random.shuffle(order);
  order.resize(std::min(order.size(), kMostConfigs));
  std::sort(order.begin(), order.end());
  ImportanceLessons some;
  for (const size_t i : order) {
    some.configs.push_back(all.configs[i]);
    some.targets.push_back(all.targets[i]);
  }
  return some;
}

/// JSON of six significant digits: more would be noise of the forest.
Json number(double value) { return parse_number(fmt::format("{:.6g}", value)).value_or(0); }
Json share(double value) { return std::round(std::clamp(value, 0.0, 1.0) * 1e6) / 1e6; }

/// One importance as JSON.
class ImportanceData {
 public:
  ImportanceData(const Subject& subject, const FunctionalAnova& anova, bool logarithmic)
      : subject_(subject), anova_(anova), logarithmic_(logarithmic), shares_(anova.shares()) {}

  /// Shares and pairs.
  void add_shares(Json& out) {
    if (const std::optional<double> fit = anova_.explained()) out["fit"] = number(std::min(*fit, 1.0));
    Json single = Json::array();
    for (size_t knob = 0; knob < shares_.size(); ++knob)
      if (has_choice(knob))
        single.push_back({{"knob", knob},
                          {"share", share(shares_[knob].mean)},
                          {"deviation", share(shares_[knob].deviation)}});
    out["single"] = std::move(single);
    Json pairs = Json::array();
    for (const FunctionalAnova::Pair& pair : anova_.pairs())
      if (pairs.size() < kPairs && pair.share.mean >= kLeastPairShare)
        pairs.push_back(
            {{"knobs", Json::array({pair.first, pair.second})}, {"share", share(pair.share.mean)}});
    out["pairs"] = std::move(pairs);
    if (anova_.pairs_left_out() > 0)
      bounds_ += "; " + counted(anova_.pairs_left_out(), "pair") + " of knobs left out";
  }

  /// Means by value.
  void add_means(Json& out) {
    out["marginals"] = marginals();
    out["contours"] = contours();
  }

  /// What was left out, behind semicolons.
  const std::string& bounds() const { return bounds_; }

 private:
  bool has_choice(size_t knob) const { return values(knob) > 1; }
  size_t values(size_t knob) const { return subject_.space.knobs()[knob].values.size(); }

  double value(double mean) const { return logarithmic_ ? std::exp(mean) : mean; }
  /// Of logarithms half of what one deviation up and one down are apart, but no more than the mean itself.
  double deviation(const FunctionalAnova::Estimate& estimate) const {
    if (!logarithmic_) return estimate.deviation;
    return std::exp(estimate.mean) * std::min(1.0, std::sinh(estimate.deviation));
  }

  Json marginals() {
    std::vector<size_t> order;
    for (size_t knob = 0; knob < shares_.size(); ++knob)
      if (has_choice(knob)) order.push_back(knob);
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return shares_[a].mean > shares_[b].mean; });
    Json marginals = Json::array();
    size_t taken = 0;
    for (const size_t knob : order) {
      if (marginals.size() == kMarginals || taken + values(knob) > kMarginalValues) continue;
      taken += values(knob);
      marginals.push_back(marginal(knob));
    }
    if (marginals.size() < order.size())
      bounds_ += fmt::format("; means of {} of {} knobs", marginals.size(), order.size());
    return marginals;
  }

  Json marginal(size_t knob) const {
    Json means = Json::array();
    Json deviations = Json::array();
    for (const FunctionalAnova::Estimate& estimate : anova_.marginal(knob)) {
      means.push_back(number(value(estimate.mean)));
      deviations.push_back(number(deviation(estimate)));
    }
    return {{"knob", knob}, {"mean", std::move(means)}, {"deviation", std::move(deviations)}};
  }

  Json contours() {
    Json contours = Json::array();
    size_t too_large = 0;
    for (const FunctionalAnova::Pair& pair : anova_.pairs()) {
      if (contours.size() == kContours || pair.share.mean < kLeastContourShare) break;
      if (values(pair.first) * values(pair.second) > kContourValues) {
        ++too_large;
        continue;
      }
      Json means = Json::array();
      for (const double mean : anova_.marginal(pair.first, pair.second)) means.push_back(number(value(mean)));
      contours.push_back({{"knobs", Json::array({pair.first, pair.second})}, {"mean", std::move(means)}});
    }
    if (too_large > 0)
      bounds_ += fmt::format("; no map of {} with more than {} combinations", counted(too_large, "pair"),
                             kContourValues);
    return contours;
  }

  const Subject& subject_;
  const FunctionalAnova& anova_;
  bool logarithmic_;
  std::vector<FunctionalAnova::Estimate> shares_;
  std::string bounds_;
};

/// What learning from some lessons gave: data, or why there is none.
struct Learnt {
  std::optional<Json> data = {};
  std::string missing = {};
};

std::string method_of(size_t learnt, size_t known, const std::string& scale) {
  std::string method =
      fmt::format("Functional ANOVA on a random forest of {} trees{}", AnovaOptions{}.trees, scale);
  if (known > learnt) method += fmt::format("; a random {} of {} configs", learnt, known);
  return method;
}

Result<Json> analyse(const Subject& subject, const ImportanceLessons& all, bool of_values) {
  ImportanceLessons some = sampled(all);
  const bool logarithmic = of_values && *std::min_element(all.targets.begin(), all.targets.end()) > 0;
  if (logarithmic)
    for (double& target : some.targets) target = std::log(target);
  TAMIS_ASSIGN(const FunctionalAnova anova, FunctionalAnova::fit(subject.space, some.configs, some.targets));
  const std::string& name = subject.objective.name;
  Json out = {{"space", subject.position}, {"trials", some.configs.size()}};
  out["of"] = of_values ? name + " of valid trials" : "question whether a config is valid";
  ImportanceData data(subject, anova, logarithmic);
  data.add_shares(out);
  if (of_values) data.add_means(out);
  const std::string scale = logarithmic ? fmt::format(" that learns the logarithm of the {}", name) : "";
  out["method"] = method_of(some.configs.size(), all.configs.size(), scale) + data.bounds();
  return out;
}

Learnt learn_values(const Subject& subject) {
  const ImportanceLessons lessons = lessons_of(subject, value_of_valid);
  const std::string& name = subject.objective.name;
  const size_t count = lessons.targets.size();
  if (count == 0) return {{}, "no trial is valid"};
  if (count < kLeastConfigs)
    return {{},
            fmt::format("{} valid, where the {} is judged from {} on",
                        counted(count, "config is", "configs are"), name, kLeastConfigs)};
  const auto [least, most] = std::minmax_element(lessons.targets.begin(), lessons.targets.end());
  if (*least == *most) return {{}, fmt::format("all valid configs have the same {}", name)};
  Result<Json> data = analyse(subject, lessons, true);
  if (!data.ok()) return {{}, data.error().message};
  return {std::move(*data), {}};
}

/// Nothing where too few configs are valid or invalid.
std::optional<Json> learn_validity(const Subject& subject) {
  const ImportanceLessons lessons = lessons_of(subject, validity_of);
  const auto invalid = static_cast<size_t>(std::count(lessons.targets.begin(), lessons.targets.end(), 0.0));
  const size_t valid = lessons.targets.size() - invalid;
  if (lessons.targets.size() < kLeastConfigs || invalid < kLeastOfEach || valid < kLeastOfEach)
    return std::nullopt;
  Result<Json> data = analyse(subject, lessons, false);
  return data.ok() ? std::optional(std::move(*data)) : std::nullopt;
}

}  // namespace

Part importance_of(const Subject& subject) {
  const auto& knobs = subject.space.knobs();
  if (std::none_of(knobs.begin(), knobs.end(), [](const Knob& knob) { return knob.values.size() > 1; }))
    return {{}, "No knob has more than one value."};
  Json all = Json::array();
  Learnt values = learn_values(subject);
  if (values.data) all.push_back(std::move(*values.data));
  if (std::optional<Json> validity = learn_validity(subject)) all.push_back(std::move(*validity));
  if (all.empty()) return {{}, fmt::format("Knobs cannot be judged: {}.", values.missing)};
  return {std::move(all), {}, kHow};
}

}  // namespace tamis::report
