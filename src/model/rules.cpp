#include "model/rules.h"

#include "model/rule_search.h"
#include "tamis/expression.h"
#include "tamis/random.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

namespace tamis {
namespace {

/// Fewer trials than this are not a reason for a rule.
constexpr size_t kLeastSupport = 4;
constexpr double kLeastShare = 0.01;  // of the trials with the verdict
constexpr double kLeastNewShare = 0.9;
constexpr size_t kLeastInFold = 10;

/// Trials with what each is to the rules, one for a config.
struct TrainingSet {
  std::vector<Config> configs;
  std::vector<Role> roles;
  size_t size() const { return configs.size(); }
};

bool fits(const Space& space, const Config& config) {
  if (config.choices.size() != space.knobs().size()) return false;
  for (size_t i = 0; i < config.choices.size(); ++i)
    if (config.choices[i] >= space.knobs()[i].values.size()) return false;
  return true;
}

/// What the rules are to explain; nothing: everything but valid.
using Question = std::optional<Verdict>;

Role role_of(Verdict verdict, const Question& question) {
  const bool valid = verdict == Verdict::valid;
  const bool wanted = question ? verdict == *question : !valid;
  return wanted ? Role::wanted : valid ? Role::valid : Role::other;
}

/// Configs with their verdicts, each once.
struct Lessons {
  std::vector<Config> configs;
  std::vector<Verdict> verdicts;

  size_t size() const { return configs.size(); }
  TrainingSet asked(const Question& question) const {
    TrainingSet samples{configs, {}};
    for (const Verdict verdict : verdicts) samples.roles.push_back(role_of(verdict, question));
    return samples;
  }
};

Result<Lessons> read_lessons(const Space& space, std::span<const Trial> trials) {
  Lessons lessons;
  std::unordered_set<ConfigKey> seen;
  for (const Trial& trial : trials) {
    if (trial.verdict == Verdict::device_lost) continue;
    if (!fits(space, trial.config))
      return invalid_input(fmt::format("trial {} has a config of another space", trial.number));
    if (!seen.insert(space.key(trial.config)).second) continue;
    lessons.configs.push_back(trial.config);
    lessons.verdicts.push_back(trial.verdict);
  }
  return lessons;
}

/// A rule that was found, and what it covers.
struct Found {
  Rule rule;
  std::vector<Expression> formulas;
  bool covers(const Config& config) const {
    return std::all_of(formulas.begin(), formulas.end(),
                       [&](const Expression& formula) { return formula.holds(config); });
  }
};

TrainingSet chosen(const TrainingSet& samples, std::span<const uint32_t> rows) {
  TrainingSet some;
  for (const uint32_t row : rows) {
    some.configs.push_back(samples.configs[row]);
    some.roles.push_back(samples.roles[row]);
  }
  return some;
}

/// What is covered is read from the formulas, so that counts are true of the text that people see.
Result<Found> read_back(const Space& space, const RuleTable& table,
                        std::span<const RangeCondition> conditions) {
  Found found;
  for (const RangeCondition& condition : conditions) {
    ConditionText text = table.text(condition);
    TAMIS_ASSIGN(Expression formula, Expression::parse(text.text, space.knobs()));
    found.rule.conditions.push_back(std::move(text.text));
    found.rule.opposites.push_back(std::move(text.opposite));
    found.formulas.push_back(std::move(formula));
  }
  return found;
}

void count(Found& found, TrainingSet& samples) {
  RoleCounts counts;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (!found.covers(samples.configs[i])) continue;
    counts.add(samples.roles[i]);
    if (samples.roles[i] == Role::wanted) samples.roles[i] = Role::explained;
  }
  found.rule.with_verdict = counts.with_verdict();
  found.rule.further = counts.wanted;
  found.rule.others = counts.other + counts.valid;
  found.rule.valid = counts.valid;
  found.rule.precision_bound = wilson_lower_bound(counts.with_verdict(), counts.all());
}

/// Sequential covering. The table is of the configs of `samples`, whose roles change as rules explain them.
Result<std::vector<Found>> cover(const Space& space, const RuleTable& table, TrainingSet& samples,
                                 const RuleOptions& options) {
  const auto wanted =
      static_cast<double>(std::count(samples.roles.begin(), samples.roles.end(), Role::wanted));
  const RuleDemands demands{options.max_conditions,
                            std::max(kLeastSupport, static_cast<size_t>(kLeastShare * wanted)),
                            options.min_precision, kLeastNewShare};
  std::vector<Found> all;
  while (all.size() < options.max_rules) {
    const auto conditions = find_rule(table, samples.roles, demands);
    if (conditions.empty()) break;
    TAMIS_ASSIGN(Found found, read_back(space, table, conditions));
    count(found, samples);
    all.push_back(std::move(found));
  }
  return all;
}

void add_score(const TrainingSet& samples, std::span<const Found> rules, RuleScore& score) {
  for (size_t i = 0; i < samples.size(); ++i) {
    const bool wanted = samples.roles[i] == Role::wanted || samples.roles[i] == Role::explained;
    const bool valid = samples.roles[i] == Role::valid;
    const bool covered = std::any_of(rules.begin(), rules.end(),
                                     [&](const Found& one) { return one.covers(samples.configs[i]); });
    score.with_verdict += wanted ? 1 : 0;
    score.found += wanted && covered ? 1 : 0;
    score.covered += covered ? 1 : 0;
    score.valid += valid ? 1 : 0;
    score.valid_lost += valid && covered ? 1 : 0;
  }
}

Result<RuleScore> hold_out(const Space& space, const TrainingSet& samples, const RuleOptions& options) {
  std::vector<uint32_t> order(samples.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  Random random = Random::stream(options.seed, "rules folds");
  random.shuffle(order);
  RuleScore score;
  for (size_t fold = 0; fold < options.folds; ++fold) {
    std::vector<uint32_t> kept;
    std::vector<uint32_t> held;
    for (size_t i = 0; i < order.size(); ++i) (i % options.folds == fold ? held : kept).push_back(order[i]);
    TrainingSet training = chosen(samples, kept);
    const RuleTable table(space, training.configs);
    TAMIS_ASSIGN(const std::vector<Found> rules, cover(space, table, training, options));
    add_score(chosen(samples, held), rules, score);
  }
  return score;
}

Lessons sample(const Lessons& lessons, const RuleOptions& options) {
  std::vector<uint32_t> order(lessons.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  Random random = Random::stream(options.seed, "rules sample");
  random.shuffle(order);
  order.resize(options.most_trials);
  Lessons some;
  for (const uint32_t row : order) {
    some.configs.push_back(lessons.configs[row]);
    some.verdicts.push_back(lessons.verdicts[row]);
  }
  return some;
}

}  // namespace

double Rule::precision() const {
  const size_t all = with_verdict + others;
  return all == 0 ? 0.0 : static_cast<double>(with_verdict) / static_cast<double>(all);
}

std::string Rule::when() const { return fmt::format("{}", fmt::join(conditions, " and ")); }

std::string Rule::constraint() const { return fmt::format("{}", fmt::join(opposites, " or ")); }

double RuleScore::coverage() const {
  return with_verdict == 0 ? 0.0 : static_cast<double>(found) / static_cast<double>(with_verdict);
}

double RuleScore::precision() const {
  return covered == 0 ? 0.0 : static_cast<double>(found) / static_cast<double>(covered);
}

Result<RuleSet> learn_rules(const Space& space, std::span<const Trial> trials, const RuleOptions& options) {
  TAMIS_ASSIGN(std::vector<RuleSet> sets,
               learn_rules(space, trials, std::span<const Question>(&options.verdict, 1), options));
  return std::move(sets.front());
}

Result<std::vector<RuleSet>> learn_rules(const Space& space, std::span<const Trial> trials,
                                         std::span<const std::optional<Verdict>> verdicts,
                                         const RuleOptions& options) {
  TAMIS_ASSIGN(const Lessons lessons, read_lessons(space, trials));
  const Lessons some = lessons.size() > options.most_trials ? sample(lessons, options) : lessons;
  const RuleTable table(space, some.configs);
  std::vector<RuleSet> sets;
  for (const Question& question : verdicts) {
    RuleSet& set = sets.emplace_back();
    TrainingSet all = lessons.asked(question);
    TrainingSet samples = some.asked(question);
    set.trials = all.size();
    if (options.folds > 1 && samples.size() >= kLeastInFold * options.folds) {
      TAMIS_ASSIGN(set.held_out, hold_out(space, samples, options));
    }
    TAMIS_ASSIGN(std::vector<Found> found, cover(space, table, samples, options));
    for (Found& one : found) {
      count(one, all);
      set.rules.push_back(one.rule);
    }
    add_score(all, found, set.learnt);
  }
  return sets;
}

}  // namespace tamis
