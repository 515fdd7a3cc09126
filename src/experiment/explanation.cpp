#include "experiment/explanation.h"

#include "base/json.h"
#include "base/text.h"
#include "drawing/text_table.h"
#include "experiment/page.h"
#include "tamis/trial.h"

#include <fmt/format.h>

namespace tamis {
namespace {

std::string name_of(const std::optional<Verdict>& verdict) {
  return std::string(verdict ? to_string(*verdict) : "invalid");
}

std::string draw(const Rule& rule, const std::string& verdict, size_t with_verdict) {
  return fmt::format(
      "  {} when {}\n    covers {} of {}, {} of them new; precision {} (at least {}), {} valid lost\n",
      verdict, rule.when(), rule.with_verdict, with_verdict, rule.further, percent(rule.precision()),
      percent(rule.precision_bound), rule.valid);
}

std::string draw(const Explanation::OfVerdict& one) {
  const RuleScore& learnt = one.rules.learnt;
  const std::string verdict = name_of(one.verdict);
  std::string text =
      fmt::format("{}: {} of {}\n", verdict, learnt.with_verdict, counted(one.rules.trials, "trial"));
  for (const Rule& rule : one.rules.rules) text += draw(rule, verdict, learnt.with_verdict);
  if (one.rules.rules.empty()) return text + "  no rule is precise enough\n";
  text +=
      fmt::format("  together they cover {} with precision {} and lose {} of {} valid trials\n",
                  percent(learnt.coverage()), percent(learnt.precision()), learnt.valid_lost, learnt.valid);
  if (const auto& held_out = one.rules.held_out)
    text += fmt::format("  on trials held out of learning such rules cover {} with precision {}\n",
                        percent(held_out->coverage()), percent(held_out->precision()));
  return text;
}

Json score_json(const RuleScore& score) {
  return {{"with_verdict", score.with_verdict}, {"found", score.found},           {"covered", score.covered},
          {"coverage", score.coverage()},       {"precision", score.precision()}, {"valid", score.valid},
          {"valid_lost", score.valid_lost}};
}

Json rule_json(const Rule& rule) {
  return {{"when", rule.when()},
          {"conditions", rule.conditions},
          {"constraint", rule.constraint()},
          {"covers", rule.with_verdict},
          {"new", rule.further},
          {"others", rule.others},
          {"valid_lost", rule.valid},
          {"precision", rule.precision()},
          {"precision_bound", rule.precision_bound}};
}

Json verdict_json(const Explanation::OfVerdict& one) {
  Json rules = Json::array();
  for (const Rule& rule : one.rules.rules) rules.push_back(rule_json(rule));
  Json json = {{"verdict", name_of(one.verdict)}, {"trials", one.rules.trials}};
  json["rules"] = std::move(rules);
  json["learnt"] = score_json(one.rules.learnt);
  json["held_out"] = one.rules.held_out ? score_json(*one.rules.held_out) : Json();
  return json;
}

}  // namespace

std::string draw(const std::vector<Explanation>& explanations) {
  std::string text;
  for (const Explanation& explanation : explanations) {
    text += fmt::format("{}{}{}{}\n", text.empty() ? "" : "\n", explanation.workload,
                        explanation.target.empty() ? "" : " on ", explanation.target);
    for (const auto& one : explanation.verdicts) text += draw(one);
    if (explanation.verdicts.empty()) text += "every trial is valid\n";
  }
  return text;
}

std::string draw_constraints(const std::vector<Explanation>& explanations) {
  std::string text;
  for (const Explanation& explanation : explanations) {
    for (const auto& one : explanation.verdicts) {
      text += fmt::format("# {} {}\n", explanation.workload, name_of(one.verdict));
      for (const Rule& rule : one.rules.rules) {
        if (rule.valid > 0)
          text += fmt::format("# loses {} valid of {}:\n", rule.valid,
                              counted(rule.with_verdict + rule.others, "trial"));
        text += rule.constraint() + "\n";
      }
    }
  }
  return text;
}

Json to_json(const std::vector<Explanation>& explanations) {
  Json all = Json::array();
  for (const Explanation& explanation : explanations) {
    Json verdicts = Json::array();
    for (const auto& one : explanation.verdicts) verdicts.push_back(verdict_json(one));
    all.push_back({{"workload", explanation.workload},
                   {"target", explanation.target},
                   {"target_identity", explanation.target_identity},
                   {"verdicts", std::move(verdicts)}});
  }
  return all;
}

}  // namespace tamis
