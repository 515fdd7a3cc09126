#include "experiment/report/unchosen.h"

#include "base/bytes.h"
#include "base/text.h"
#include "space/allowed_configs.h"
#include "tamis/expression.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis::report {
namespace {

constexpr size_t kCombinations = 65'536;    // of the knobs of one constraint
constexpr size_t kEvaluations = 1'000'000;  // of all constraints together
constexpr size_t kShownText = 200;          // characters of a formula
constexpr double kLikelyMissed = 0.05;      // least probability that chance explains a gap

using ByValue = std::vector<std::vector<std::string>>;  // by knob and value

struct UnchosenValue {
  size_t knob = 0;
  size_t value = 0;
};

std::vector<UnchosenValue> unchosen_values(const Subject& subject) {
  std::vector<UnchosenValue> all;
  const auto& knobs = subject.space.knobs();
  for (size_t knob = 0; knob < std::min(knobs.size(), subject.chosen.size()); ++knob)
    for (size_t value = 0; value < std::min(knobs[knob].values.size(), subject.chosen[knob].size()); ++value)
      if (subject.chosen[knob][value] == 0) all.push_back({knob, value});
  return all;
}

std::string shortened(const std::string& text) {
  const std::string_view shown = first_characters(text, kShownText);
  return shown.size() == text.size() ? text : std::string(shown) + "...";
}

/// Calls `see` with every combination of the values of some knobs, the first varying fastest, and its number;
/// the other knobs have their first values.
template <class See>
void for_combinations(const Space& space, const std::vector<size_t>& knobs, const See& see) {
  Config config{std::vector<uint32_t>(space.knobs().size(), 0)};
  for (size_t number = 0;; ++number) {
    see(config, number);
    size_t i = 0;
    while (i < knobs.size() && ++config.choices[knobs[i]] == space.knobs()[knobs[i]].values.size())
      config.choices[knobs[i++]] = 0;
    if (i == knobs.size()) return;
  }
}

/// What declared constraints leave of each value.
class Exclusions {
 public:
  explicit Exclusions(const Subject& subject) : subject_(subject) {
    for (const std::string& text : subject.constraints) {
      Result<Constraint> constraint = parse_constraint(text, subject.space.knobs());
      Result<Expression> formula = Expression::parse(text, subject.space.knobs());
      if (!constraint.ok() || !formula.ok()) {
        all_known_ = false;
        continue;
      }
      constraints_.push_back(std::move(*constraint));
      note_alone(text, *formula);
    }
    Result<Space> space = subject.space.constrained(constraints_).enumerated();
    if (!space.ok()) return;
    space_ = std::move(*space);
    if (space_->enumeration() != nullptr) shares_ = space_->enumeration()->value_shares();
  }

  /// Why no config with the value is allowed; empty where one is, or nobody knows.
  std::string why(const UnchosenValue& one) const {
    if (!alone_.empty() && !alone_[one.knob][one.value].empty())
      return fmt::format("the declared constraint {} excludes every config with it",
                         shortened(alone_[one.knob][one.value]));
    if (!shares_.empty() && shares_[one.knob][one.value] <= 0)
      return "the declared constraints together exclude every config with it";
    return {};
  }

  /// The share of the allowed configs that have the value; nothing where nobody knows.
  std::optional<double> share(const UnchosenValue& one) const {
    if (!all_known_ || shares_.empty()) return std::nullopt;
    return shares_[one.knob][one.value];
  }

  /// The number of allowed configs, for people.
  std::string count() const {
    return count_text(space_->enumeration()->count(), space_->enumeration()->log2_count());
  }

 private:
  /// Notes the values for which a constraint never holds, whatever the others are.
  void note_alone(const std::string& text, const Expression& formula) {
    const std::vector<size_t> knobs = formula.knobs();
    size_t combinations = 1;
    for (const size_t knob : knobs) {
      combinations *= subject_.space.knobs()[knob].values.size();
      if (combinations > kCombinations) return;
    }
    if (evaluations_ + combinations > kEvaluations) return;
    evaluations_ += combinations;
    std::vector<std::vector<bool>> met;
    met.reserve(knobs.size());
    for (const size_t knob : knobs) met.emplace_back(subject_.space.knobs()[knob].values.size(), false);
    for_combinations(subject_.space, knobs, [&](const Config& config, size_t /*number*/) {
      if (!formula.holds(config)) return;
      for (size_t i = 0; i < knobs.size(); ++i) met[i][config.choices[knobs[i]]] = true;
    });
    if (alone_.empty())
      for (const Knob& knob : subject_.space.knobs()) alone_.emplace_back(knob.values.size());
    for (size_t i = 0; i < knobs.size(); ++i)
      for (size_t value = 0; value < met[i].size(); ++value)
        if (!met[i][value] && alone_[knobs[i]][value].empty()) alone_[knobs[i]][value] = text;
  }

  const Subject& subject_;
  std::vector<Constraint> constraints_;
  bool all_known_ = true;
  size_t evaluations_ = 0;
  ByValue alone_;  // the text of a constraint that alone excludes the value
  std::optional<Space> space_;
  std::vector<std::vector<double>> shares_;
};

/// For each value the rules of sure failure that cover every config with it: the first of them.
class FailureRules {
 public:
  FailureRules(const Subject& subject, const Part& rules) : subject_(subject) {
    for (const Json& rule : rules.data)
      if (rule.value("valid_lost", 1) == 0) add(rule);
  }

  std::string why(const UnchosenValue& one) const {
    for (const Covering& rule : rules_)
      if (std::binary_search(rule.values.begin(), rule.values.end(), one.value) && rule.knob == one.knob)
        return rule.why;
    return {};
  }

 private:
  struct Covering {
    size_t knob = 0;
    std::vector<size_t> values;  // ascending
    std::string why;
  };

  /// The values of each knob with which a condition holds whatever its other knobs are.
  std::vector<std::vector<bool>> always(const Json& condition) const {
    std::vector<std::vector<bool>> always;
    const auto knobs = condition.at("knobs").get<std::vector<size_t>>();
    for (const Knob& knob : subject_.space.knobs()) always.emplace_back(knob.values.size(), false);
    for (const size_t knob : knobs) always[knob].assign(always[knob].size(), true);
    const Result<std::string> table = from_base64(condition.at("holds").get<std::string>(), "a truth table");
    const std::string bits = table.ok() ? *table : std::string();
    bool everywhere = true;
    for_combinations(subject_.space, knobs, [&](const Config& config, size_t number) {
      if (number / 8 < bits.size() && (static_cast<unsigned char>(bits[number / 8]) >> number % 8 & 1U) != 0)
        return;
      everywhere = false;
      for (const size_t knob : knobs) always[knob][config.choices[knob]] = false;
    });
    if (everywhere)
      for (std::vector<bool>& values : always) values.assign(values.size(), true);
    return always;
  }

  void add(const Json& rule) {
    std::vector<std::vector<bool>> all;
    for (const Json& condition : rule.at("conditions")) {
      if (!condition.contains("holds")) return;
      const std::vector<std::vector<bool>> own = always(condition);
      if (all.empty()) all = own;
      for (size_t knob = 0; knob < own.size(); ++knob)
        for (size_t value = 0; value < own[knob].size(); ++value)
          all[knob][value] = all[knob][value] && own[knob][value];
    }
    for (size_t knob = 0; knob < all.size(); ++knob) {
      Covering covering{knob, {}, why_of(rule)};
      for (size_t value = 0; value < all[knob].size(); ++value)
        if (all[knob][value]) covering.values.push_back(value);
      if (!covering.values.empty()) rules_.push_back(std::move(covering));
    }
  }

  static std::string why_of(const Json& rule) {
    return fmt::format("every config with it is in the region {}, where {} and none was valid",
                       shortened(rule.at("text").get<std::string>()),
                       counted(rule.at("covers").get<uint64_t>(), "trial was", "trials were") + " " +
                           rule.at("verdict").get<std::string>());
  }

  const Subject& subject_;
  std::vector<Covering> rules_;
};

/// What chance makes of a value that this share of all allowed configs has; empty where chance hardly misses
/// it.
std::string why_missed(const Subject& subject, const Exclusions& exclusions, const UnchosenValue& one) {
  const std::optional<double> share = exclusions.share(one);
  if (!share || *share >= 1) return {};
  const auto trials = static_cast<double>(subject.trials);
  if (trials * std::log1p(-*share) < std::log(kLikelyMissed)) return {};
  return fmt::format(
      "chance alone may have missed it: of {} drawn at random from {}, about {:.2g} would have it",
      counted(subject.trials, "config"), exclusions.count(), trials * *share);
}

/// What the marginal of the value makes one expect.
class Expectation {
 public:
  Expectation(const Subject& subject, const Part& importance) : subject_(subject) {
    for (const Json& one : importance.data)
      if (one.contains("marginals") && one.value("fit", 0.0) > 0)
        for (const Json& marginal : one.at("marginals")) marginals_.push_back(&marginal);
  }

  /// Empty where the value is not expected to be worse than the mean of all.
  std::string why(const UnchosenValue& one) const {
    for (const Json* marginal : marginals_) {
      if (marginal->at("knob").get<size_t>() != one.knob) continue;
      return why(one, marginal->at("mean").get<std::vector<double>>());
    }
    return {};
  }

 private:
  std::string why(const UnchosenValue& one, const std::vector<double>& means) const {
    std::vector<double> costs;
    costs.reserve(means.size());
    for (const double mean : means) costs.push_back(subject_.objective.cost_of(mean));
    const auto best = std::min_element(costs.begin(), costs.end());
    const double all = std::accumulate(costs.begin(), costs.end(), 0.0) / static_cast<double>(costs.size());
    const double own = costs[one.value];
    if (!(own > all)) return {};
    const Knob& knob = subject_.space.knobs()[one.knob];
    return fmt::format("expected to be worse: the forest predicts a mean {} of {} with it, and {} with {}={}",
                       subject_.objective.name, subject_.objective.show(own), subject_.objective.show(*best),
                       knob.name, to_short_string(knob.values[static_cast<size_t>(best - costs.begin())]));
  }

  const Subject& subject_;
  std::vector<const Json*> marginals_;
};

}  // namespace

Json unchosen_of(const Subject& subject, const Part& rules, const Part& importance) {
  Json told = Json::array();
  const std::vector<UnchosenValue> values = unchosen_values(subject);
  if (values.empty()) return told;
  const Exclusions exclusions(subject);
  const FailureRules failures(subject, rules);
  const Expectation expectation(subject, importance);
  for (const UnchosenValue& one : values) {
    if (told.size() == kUnchosen) break;
    std::string why = exclusions.why(one);
    if (why.empty()) why = failures.why(one);
    if (why.empty()) why = why_missed(subject, exclusions, one);
    if (why.empty()) why = expectation.why(one);
    if (!why.empty()) told.push_back({{"knob", one.knob}, {"value", one.value}, {"why", why}});
  }
  return told;
}

}  // namespace tamis::report
