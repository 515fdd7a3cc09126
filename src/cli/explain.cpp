#include "base/json.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/inputs.h"
#include "experiment/explanation.h"
#include "log/stored_sessions.h"
#include "model/rules.h"
#include "tamis/formats.h"
#include "tamis/log.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

struct ExplainArguments {
  std::string input;
  std::string workload;
  std::string verdict;
  ObjectiveArgument objective;
  RuleOptions rules;
  bool as_constraints = false;
  bool json = false;
};

/// Sessions over the same knobs of the same workload on the same device teach the same rules.
bool teach_the_same(const TrialSet& a, const TrialSet& b) {
  return a.workload.name == b.workload.name && a.target_identity == b.target_identity &&
         a.space.fingerprint() == b.space.fingerprint();
}

/// Adds a set, or its trials to the one that teaches the same.
void add_set(std::vector<TrialSet>& all, TrialSet set) {
  const auto place =
      std::find_if(all.begin(), all.end(), [&](const TrialSet& one) { return teach_the_same(one, set); });
  if (place == all.end())
    all.push_back(std::move(set));
  else
    std::move(set.trials.begin(), set.trials.end(), std::back_inserter(place->trials));
}

/// What all inputs together have.
struct ExplainInput {
  std::vector<TrialSet> sets;
  std::string others;  ///< workloads that were not asked for
};

Status read_log(const std::string& path, const ExplainArguments& arguments, ExplainInput& input) {
  if (arguments.objective.given())
    return invalid_input(
        fmt::format("{}: a log of tamis says what its objectives are; leave --objective out", path));
  TAMIS_ASSIGN(const Log log, Log::open(path, LogMode::read));
  TAMIS_ASSIGN(const std::vector<SessionRecord> sessions, select_sessions(log, {arguments.workload, 0}));
  for (const SessionRecord& record : sessions) {
    TAMIS_ASSIGN(TrialSet set, load_session(log, record));
    add_set(input.sets, std::move(set));
  }
  return {};
}

/// The sets of a file of any format, each config once; what was left out is told of.
Status read_foreign(const std::string& path, const ExplainArguments& arguments, const Console& console,
                    ExplainInput& input) {
  TAMIS_ASSIGN(const ReadOptions options, arguments.objective.options());
  TAMIS_ASSIGN(TrialFile file, read_trials(path, options));
  for (TrialSet& set : file.sets) {
    if (!arguments.workload.empty() && arguments.workload != set.workload.name) {
      input.others += (input.others.empty() ? "" : ", ") + set.workload.name;
      continue;
    }
    if (const uint64_t repeats = drop_repeats(set); repeats > 0)
      console.note(
          fmt::format("tamis: {}: {} repeats of configs of {} left out\n", path, repeats, set.workload.name));
    add_set(input.sets, std::move(set));
  }
  for (const std::string& sentence : file.skipped)
    console.note(fmt::format("tamis: {}: left out {}\n", path, sentence));
  return {};
}

/// All that the input holds: a file, or those of a folder or a pattern.
Result<std::vector<TrialSet>> read_input(const ExplainArguments& arguments, const Console& console) {
  TAMIS_ASSIGN(const std::vector<std::string> paths, expand_input(arguments.input, Logs::take, console));
  ExplainInput input;
  for (const std::string& path : paths)
    TAMIS_TRY(looks_like_log(path) ? read_log(path, arguments, input)
                                   : read_foreign(path, arguments, console, input));
  if (input.sets.empty() && !input.others.empty())
    return not_found(fmt::format("{} has no workload \"{}\"; it has {}", arguments.input, arguments.workload,
                                 input.others));
  return std::move(input.sets);
}

/// The verdicts to explain: the one that was asked for (nothing stands for all but valid), else those that
/// occur, in the order of the enum.
Result<std::vector<std::optional<Verdict>>> questions(const std::vector<Trial>& trials,
                                                      const std::string& asked) {
  std::vector<std::optional<Verdict>> all;
  if (asked == "invalid") {
    all.emplace_back();
  } else if (!asked.empty()) {
    TAMIS_ASSIGN(const Verdict verdict, named_verdict(asked));
    all.emplace_back(verdict);
  } else {
    std::set<Verdict> met;
    for (const Trial& trial : trials) met.insert(trial.verdict);
    for (const Verdict verdict : met)
      if (verdict != Verdict::valid && verdict != Verdict::device_lost) all.emplace_back(verdict);
  }
  return all;
}

Result<Explanation> explain(const TrialSet& input, const ExplainArguments& arguments) {
  Explanation explanation;
  explanation.workload = input.workload.name;
  explanation.target = input.target_spec;
  explanation.target_identity = input.target_identity;
  TAMIS_ASSIGN(const auto verdicts, questions(input.trials, arguments.verdict));
  for (const std::optional<Verdict>& verdict : verdicts) {
    RuleOptions options = arguments.rules;
    options.verdict = verdict;
    TAMIS_ASSIGN(RuleSet rules, learn_rules(input.space, input.trials, options));
    explanation.verdicts.push_back({verdict, std::move(rules)});
  }
  return explanation;
}

Result<int> run_explain(const ExplainArguments& arguments, const Console& console) {
  TAMIS_ASSIGN(const std::vector<TrialSet> inputs, read_input(arguments, console));
  std::vector<Explanation> explanations;
  for (const TrialSet& input : inputs) {
    TAMIS_ASSIGN(Explanation explanation, explain(input, arguments));
    explanations.push_back(std::move(explanation));
  }
  if (arguments.json) return finish(console, to_json(explanations).dump(2) + "\n");
  return finish(console, arguments.as_constraints ? draw_constraints(explanations) : draw(explanations));
}

}  // namespace

Action configure_explain(CLI::App& app) {
  auto arguments = std::make_shared<ExplainArguments>();
  app.add_option(
         "LOG", arguments->input,
         "a log of tamis, a file of any format that `tamis import` reads, or a folder or a pattern of such")
      ->required();
  app.add_option("WORKLOAD", arguments->workload, "only this workload");
  app.add_option("--target-verdict", arguments->verdict,
                 "explain this verdict, or `invalid` for all but valid; if not given each that occurs");
  arguments->objective.add_to(app);
  app.add_option("--max-rules", arguments->rules.max_rules, "rules for each verdict")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--min-precision", arguments->rules.min_precision,
                 "least precision of a rule, at the lower end of its 95 % interval")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_flag("--as-constraints", arguments->as_constraints,
               "only the formulas that exclude what the rules cover, a line each, for --constraint");
  add_json(app, arguments->json);
  return [arguments](const Console& console) {
    const Result<int> code = run_explain(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli
