#include "search/strategy_table.h"

#include "base/text.h"
#include "search/annealing_strategy.h"
#include "search/autotvm_strategy.h"
#include "search/bayes_strategy.h"
#include "search/forest_strategy.h"
#include "search/genetic_strategy.h"
#include "search/grid_strategy.h"
#include "search/ml2_strategy.h"
#include "search/no_initializer.h"
#include "search/random_initializer.h"
#include "search/random_strategy.h"
#include "search/rl_strategy.h"
#include "search/suggested_initializer.h"
#include "search/tamis/tamis_strategy.h"
#include "search/validity_initializer.h"
#include "search/with_initializer.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace tamis {
namespace {

template <class Kind>
Result<const Kind*> find_kind(const std::vector<Kind>& kinds, const std::string& name,
                              std::string_view what) {
  const auto found =
      std::find_if(kinds.begin(), kinds.end(), [&](const Kind& kind) { return kind.name == name; });
  if (found != kinds.end()) return &*found;
  std::vector<std::string_view> names;
  names.reserve(kinds.size());
  for (const Kind& kind : kinds) names.emplace_back(kind.name);
  return not_found(fmt::format("there is no {} \"{}\"{}", what, name, did_you_mean(name, names)));
}

}  // namespace

const std::vector<StrategyKind>& strategy_kinds() {
  static const std::vector<StrategyKind> kinds = {
      {"annealing", "simulated annealing on the measured latency, without a model", "none",
       [](const SearchProblem& problem) { return make_annealing_strategy(problem); }},
      {"autotvm", "AutoTVM's tuner: boosted trees rank configs, simulated annealing searches the ranking",
       "random", [](const SearchProblem& problem) { return make_autotvm_strategy(problem); }},
      {"bayes", "BaCO's scheme: a Gaussian process for latency, a random forest for validity", "none",
       [](const SearchProblem& problem) { return make_bayes_strategy(problem); }},
      {"forest", "SMAC's scheme: a random forest, configs of the largest expected improvement first", "none",
       [](const SearchProblem& problem) { return make_forest_strategy(problem); }},
      {"genetic", "AutoTVM's genetic algorithm: children of the fastest configs", "none",
       [](const SearchProblem& problem) { return make_genetic_strategy(problem); }},
      {"grid", "every config in the order of its index", "none", make_grid_strategy},
      {"ml2", "ML2Tuner's scheme: the configs predicted fastest among those predicted valid", "random",
       [](const SearchProblem& problem) { return make_ml2_strategy(problem); }},
      {"random", "uniformly random configs", "none", make_random_strategy},
      {"rl",
       "Chameleon's scheme: a policy learns to walk over predicted latencies, clusters of its walk are tried",
       "random", [](const SearchProblem& problem) { return make_rl_strategy(problem); }},
      {"tamis",
       "expected improvement times the probability of being valid, both judged from the first trial on",
       "none", [](const SearchProblem& problem) { return make_tamis_strategy(problem); }},
  };
  return kinds;
}

const std::vector<InitializerKind>& initializer_kinds() {
  static const std::vector<InitializerKind> kinds = {
      {"none", "the strategy opens by itself", make_no_initializer},
      {"random", "random configs until 64 trials and a valid one are known",
       [](const SearchProblem& problem) { return make_random_initializer(problem); }},
      {"validity",
       "configs that are likely valid, judged by the trials so far, until enough valid ones are known",
       [](const SearchProblem& problem) { return make_validity_initializer(problem); }},
  };
  return kinds;
}

Result<std::unique_ptr<Strategy>> make_strategy(const std::string& strategy, const std::string& initializer,
                                                const SearchProblem& problem) {
  TAMIS_ASSIGN(const StrategyKind* kind, find_kind(strategy_kinds(), strategy, "strategy"));
  TAMIS_ASSIGN(const InitializerKind* opening,
               find_kind(initializer_kinds(), initializer.empty() ? kind->default_initializer : initializer,
                         "initializer"));
  std::unique_ptr<Strategy> opened = open_with(opening->make(problem), kind->make(problem), problem);
  if (problem.suggested.empty()) return opened;
  return open_with(make_suggested_initializer(problem), std::move(opened), problem);
}

}  // namespace tamis
