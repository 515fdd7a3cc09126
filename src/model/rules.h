#pragma once

#include "tamis/result.h"
#include "tamis/space.h"
#include "tamis/trial.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tamis {

/// Default of RuleOptions::most_trials.
inline constexpr size_t kRuleTrials = 6000;

struct RuleOptions {
  std::optional<Verdict> verdict;  ///< what the rules are to explain; nothing: everything but valid
  size_t max_rules = 8;
  size_t max_conditions = 3;         ///< of one rule
  double min_precision = 0.75;       ///< least lower bound of a rule's precision (see Rule::precision_bound)
  size_t folds = 5;                  ///< of the check on trials held out; fewer than 2 leave it out
  size_t most_trials = kRuleTrials;  ///< that are learnt from, a random sample of more
  uint64_t seed = 0;                 ///< which trials a fold holds out
};

/// When trials have a verdict, as far as a formula over the knobs tells.
struct Rule {
  std::vector<std::string> conditions;  ///< formulas that must all hold (tamis/expression.h)
  std::vector<std::string> opposites;   ///< for each condition the formula that holds where it does not
  size_t with_verdict = 0;              ///< trials that it covers and that have the verdict: its support
  size_t further = 0;                   ///< of these, how many no rule before it covers
  size_t others = 0;                    ///< trials that it covers and that have another verdict
  size_t valid = 0;                     ///< of these, how many are valid: what its constraint would lose
  double precision_bound = 0;           ///< lower end of the 95 % interval of its precision (Wilson, 1927)

  /// Share of the trials it covers that have the verdict.
  double precision() const;
  /// All conditions as one formula.
  std::string when() const;
  /// The formula that holds exactly where the rule does not: what to declare as a constraint.
  std::string constraint() const;
};

/// What a list of rules makes of some trials.
struct RuleScore {
  size_t with_verdict = 0;  ///< trials that have the verdict
  size_t found = 0;         ///< of these, how many some rule covers
  size_t covered = 0;       ///< trials that some rule covers
  size_t valid = 0;         ///< valid trials
  size_t valid_lost = 0;    ///< of these, how many some rule covers

  double coverage() const;   ///< found / with_verdict; 0 where there is none
  double precision() const;  ///< found / covered; 0 where there is none
};

struct RuleSet {
  std::vector<Rule> rules;  ///< in the order found, which is about that of what they explain
  size_t trials = 0;        ///< that were learnt from: every config once, lost devices left out
  RuleScore learnt;         ///< on the trials that were learnt from
  /// On trials that were held out of learning: each fold in turn is judged by rules that the other folds
  /// gave. Nothing where there are too few trials to hold any out.
  std::optional<RuleScore> held_out;
};

/// Explains a verdict by short rules over the knobs and quantities derived from them (model/quantities.h).
///
/// Sequential covering: a beam search finds the conjunction of conditions that explains most of the trials
/// with the verdict that are not yet explained, weighed against the trials of other verdicts (valid ones
/// count most) and against its length; then the next, until none is precise enough or worth its place. (After
/// Clark and Niblett's CN2, 1989, and Friedman and Fisher's PRIM, 1999.) Learns from at most
/// RuleOptions::most_trials, a random sample of more; supports are counted on all. Deterministic. Errors:
/// invalid_input for trials of another space.
Result<RuleSet> learn_rules(const Space& space, std::span<const Trial> trials, const RuleOptions& options);
/// The same for several verdicts, one set for each, whatever `options.verdict` is: what the trials have in
/// common is worked out once.
Result<std::vector<RuleSet>> learn_rules(const Space& space, std::span<const Trial> trials,
                                         std::span<const std::optional<Verdict>> verdicts,
                                         const RuleOptions& options);

}  // namespace tamis
