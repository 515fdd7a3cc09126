#include "experiment/report/rule_data.h"

#include "base/bytes.h"
#include "base/text.h"
#include "model/rules.h"
#include "tamis/expression.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis::report {
namespace {

/// How many combinations the values of some knobs have; one more than a truth table has where there are more.
size_t combinations_of(const Space& space, const std::vector<size_t>& knobs) {
  size_t combinations = 1;
  for (const size_t knob : knobs) {
    combinations *= space.knobs()[knob].values.size();
    if (combinations > kTruthTable) return kTruthTable + 1;
  }
  return combinations;
}

/// Turns the named knobs to their next combination, the first varying fastest.
void turn(const Space& space, const std::vector<size_t>& knobs, Config& config) {
  for (const size_t knob : knobs) {
    if (++config.choices[knob] < space.knobs()[knob].values.size()) return;
    config.choices[knob] = 0;
  }
}

std::string truth_table(const Space& space, const Expression& formula, const std::vector<size_t>& knobs,
                        size_t combinations) {
  std::string bits((combinations + 7) / 8, '\0');
  Config config{std::vector<uint32_t>(space.knobs().size(), 0)};
  for (size_t i = 0; i < combinations; ++i) {
    if (formula.holds(config)) bits[i / 8] = static_cast<char>(bits[i / 8] | 1 << i % 8);
    turn(space, knobs, config);
  }
  return bits;
}

Result<Json> condition_json(const Space& space, const std::string& text) {
  Json json = {{"text", text}};
  TAMIS_ASSIGN(const Expression formula, Expression::parse(text, space.knobs()));
  const std::vector<size_t> knobs = formula.knobs();
  const size_t combinations = combinations_of(space, knobs);
  if (combinations > kTruthTable) return json;
  json["knobs"] = knobs;
  json["holds"] = to_base64(truth_table(space, formula, knobs, combinations));
  return json;
}

Result<Json> rule_json(const Subject& subject, Verdict verdict, const Rule& rule, size_t with_verdict) {
  Json conditions = Json::array();
  for (const std::string& text : rule.conditions) {
    TAMIS_ASSIGN(Json condition, condition_json(subject.space, text));
    conditions.push_back(std::move(condition));
  }
  Json json = {{"space", subject.position},
               {"verdict", to_string(verdict)},
               {"text", rule.when()},
               {"covers", rule.with_verdict},
               {"of", with_verdict},
               {"precision", rule.precision()},
               {"at_least", rule.precision_bound},
               {"valid_lost", rule.valid}};
  json["conditions"] = std::move(conditions);
  return json;
}

/// The verdicts to explain, in the order of the enum: none where all trials have the same, as nothing then
/// tells what it depends on.
std::vector<std::optional<Verdict>> verdicts_of(const Subject& subject) {
  std::set<Verdict> met;
  for (const Trial& trial : subject.learnt)
    if (trial.verdict != Verdict::device_lost) met.insert(trial.verdict);
  if (met.size() < 2) return {};
  met.erase(Verdict::valid);
  return {met.begin(), met.end()};
}

/// Long lists of values make many limits to try, nearly one for each trial.
size_t affordable_trials(const Space& space) {
  size_t values = 0;
  for (const Knob& knob : space.knobs()) values += knob.values.size();
  return values <= 2048 ? kRuleTrials : kRuleTrials / 6;
}

std::string how(const RuleOptions& options) {
  return fmt::format(
      "For each verdict the rules of at most {} conditions that explain most of its trials, one after "
      "another; "
      "the search learns from at most {} trials, a random sample of more. What a rule covers is counted on "
      "all "
      "trials that were learnt from, each config once.",
      options.max_conditions, options.most_trials);
}

struct Told {
  size_t further = 0;  ///< trials that it explains and no rule before it
  Json json;
};

}  // namespace

Result<Part> rules_of(const Subject& subject) {
  RuleOptions options;
  options.most_trials = affordable_trials(subject.space);
  options.folds = 0;  // the page shows no check on trials held out, which takes several times as long
  const std::vector<std::optional<Verdict>> verdicts = verdicts_of(subject);
  if (verdicts.empty()) return Part{};
  TAMIS_ASSIGN(const std::vector<RuleSet> sets,
               learn_rules(subject.space, subject.learnt, verdicts, options));
  std::vector<Told> all;
  for (size_t i = 0; i < sets.size(); ++i) {
    for (const Rule& rule : sets[i].rules) {
      TAMIS_ASSIGN(Json json, rule_json(subject, *verdicts[i], rule, sets[i].learnt.with_verdict));
      all.push_back({rule.further, std::move(json)});
    }
  }
  if (all.empty())
    return Part{{}, "No rule over the knobs explains precisely enough which configs are invalid."};
  std::stable_sort(all.begin(), all.end(),
                   [](const Told& a, const Told& b) { return a.further > b.further; });
  Json rules = Json::array();
  for (Told& one : all) rules.push_back(std::move(one.json));
  return Part{std::move(rules), {}, how(options)};
}

}  // namespace tamis::report
