#include "base/text.h"
#include "model/boosted_trees.h"
#include "search/initializers.h"
#include "search/strategies/annealing_strategy.h"
#include "search/strategies/autotvm_strategy.h"
#include "search/strategies/bayes_strategy.h"
#include "search/strategies/forest_strategy.h"
#include "search/strategies/genetic_strategy.h"
#include "search/strategies/ml2_strategy.h"
#include "search/strategies/rl_strategy.h"
#include "search/strategies/uninformed_strategies.h"
#include "search/strategy_options.h"
#include "search/tamis/tamis_strategy.h"
#include "search/validity_initializer.h"
#include "tamis/strategies.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

using options::OptionField;

/// The largest value of options that only time and memory limit.
constexpr double kMany = 1e6;

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

StrategyKind without_options(std::string name, std::string description,
                             std::unique_ptr<Strategy> (*make)(const Task&, const SearchOptions&)) {
  const StrategyFactory factory =
      [name, make](const Task& task, const SearchOptions& options) -> Result<std::unique_ptr<Strategy>> {
    TAMIS_TRY(check_options(name, {}, options.options));
    return make(task, options);
  };
  return {std::move(name), std::move(description), "none", {}, factory};
}

template <class Parameters>
StrategyKind with_options(std::string name, std::string description, std::string initializer,
                          std::unique_ptr<Strategy> (*make)(const Task&, const SearchOptions&,
                                                            const Parameters&),
                          std::vector<OptionField<Parameters>> fields) {
  std::vector<StrategyOption> declared = options::declare(fields);
  StrategyFactory factory = [name, make, fields = std::move(fields)](
                                const Task& task,
                                const SearchOptions& options) -> Result<std::unique_ptr<Strategy>> {
    TAMIS_ASSIGN(const Parameters parameters, options::read_options(name, fields, options.options));
    return make(task, options, parameters);
  };
  return {std::move(name), std::move(description), std::move(initializer), std::move(declared),
          std::move(factory)};
}

/// A strategy that learns boosted trees, which not every build can.
StrategyKind with_boosted_trees(StrategyKind kind) {
  const Status supported = boosted_trees_supported();
  if (supported.ok()) return kind;
  const Error error = supported.error().within(fmt::format("the strategy \"{}\"", kind.name));
  kind.supported = error;
  kind.make = [error](const Task&, const SearchOptions&) -> Result<std::unique_ptr<Strategy>> {
    return error;
  };
  return kind;
}

/// The options of strategies that gather candidates, after their own.
template <class Parameters>
std::vector<OptionField<Parameters>> and_candidates(std::vector<OptionField<Parameters>> fields) {
  using P = Parameters;
  const std::vector<OptionField<P>> shared = {
      {"whole_space", "a space of no more allowed configs is judged whole", 1, kMany,
       [](P& p) -> size_t& { return p.candidates.whole_space; }},
      {"random", "random candidates of a larger space", 1, kMany,
       [](P& p) -> size_t& { return p.candidates.random; }},
      {"neighbours", "candidates that differ in one or two knobs from the fastest", 0, kMany,
       [](P& p) -> size_t& { return p.candidates.neighbours; }},
      {"leaders", "of so many of the fastest", 1, kMany,
       [](P& p) -> size_t& { return p.candidates.leaders; }},
  };
  fields.insert(fields.end(), shared.begin(), shared.end());
  return fields;
}

StrategyKind annealing() {
  using P = AnnealingStrategyOptions;
  return with_options<P>("annealing", "simulated annealing on the measured latency, without a model", "none",
                         make_annealing_strategy,
                         {{"start_temperature", "in units of the current latency", 1e-6, 1e3,
                           [](P& p) -> double& { return p.start_temperature; }},
                          {"end_temperature", "where cooling stops", 1e-9, 1e3,
                           [](P& p) -> double& { return p.end_temperature; }},
                          {"cooling", "factor on the temperature after every move", 0.01, 1,
                           [](P& p) -> double& { return p.cooling; }},
                          {"patience", "moves onto known configs in a row before it starts afresh", 1, kMany,
                           [](P& p) -> int& { return p.patience; }}});
}

StrategyKind autotvm() {
  using P = AutotvmOptions;
  return with_options<P>(
      "autotvm", "AutoTVM's tuner: boosted trees rank configs, simulated annealing searches the ranking",
      "random", make_autotvm_strategy,
      {{"plan", "trials between fits", 1, kMany, [](P& p) -> size_t& { return p.plan; }},
       {"random_share", "share of random configs in a plan", 0, 1,
        [](P& p) -> double& { return p.random_share; }},
       {"depth", "of the trees at most", 1, 16, [](P& p) -> int& { return p.max_depth; }},
       {"chains", "that anneal side by side", 1, 1e4, [](P& p) -> size_t& { return p.annealing.chains; }},
       {"steps", "of annealing at most", 1, kMany, [](P& p) -> int& { return p.annealing.steps; }},
       {"patience", "steps without a better config before annealing ends", 1, kMany,
        [](P& p) -> int& { return p.annealing.patience; }},
       {"start_temperature", "of annealing, in units of the prediction", 0, 1e3,
        [](P& p) -> double& { return p.annealing.start_temperature; }},
       {"end_temperature", "of annealing", 0, 1e3,
        [](P& p) -> double& { return p.annealing.end_temperature; }}});
}

StrategyKind bayes() {
  using P = BayesOptions;
  return with_options<P>(
      "bayes", "BaCO's scheme: a Gaussian process for latency, a random forest for validity", "none",
      make_bayes_strategy,
      and_candidates<P>({{"initial_trials", "random trials before the first fit", 1, kMany,
                          [](P& p) -> size_t& { return p.initial_trials; }},
                         {"least_feasibility", "largest threshold for the probability of being valid", 0, 1,
                          [](P& p) -> double& { return p.least_feasibility; }},
                         {"exploration", "what an improvement must exceed, as a logarithm of latency", 0, 10,
                          [](P& p) -> double& { return p.exploration; }},
                         {"known", "valid trials that the Gaussian process learns at most", 2, 4096,
                          [](P& p) -> size_t& { return p.known; }},
                         {"judged", "candidates that the Gaussian process is asked about", 1, 1e5,
                          [](P& p) -> size_t& { return p.judged; }},
                         {"batch", "configs that one fit chooses apart from each other", 1, 1e3,
                          [](P& p) -> size_t& { return p.batch; }},
                         {"lengthscale_shape", "of the gamma prior of every lengthscale", 1.01, 100,
                          [](P& p) -> double& { return p.process.lengthscale_shape; }},
                         {"lengthscale_rate", "of that prior, whose mode is (shape - 1) / rate", 0.01, 1e3,
                          [](P& p) -> double& { return p.process.lengthscale_rate; }},
                         {"steps", "of the ascent to the likeliest lengthscales", 1, 1e4,
                          [](P& p) -> int& { return p.process.steps; }}}));
}

StrategyKind forest() {
  using P = ForestOptions;
  return with_options<P>(
      "forest", "SMAC's scheme: a random forest, configs of the largest expected improvement first", "none",
      make_forest_strategy,
      and_candidates<P>({{"initial_trials", "random trials before the first fit", 1, kMany,
                          [](P& p) -> size_t& { return p.initial_trials; }},
                         {"random_share", "share of random configs among the proposals", 0, 1,
                          [](P& p) -> double& { return p.random_share; }},
                         {"trees", "of the forest", 1, 1e3, [](P& p) -> size_t& { return p.forest.trees; }},
                         {"feature_share", "share of the features that a split may use", 0.01, 1,
                          [](P& p) -> double& { return p.forest.feature_share; }},
                         {"min_split_rows", "a node of fewer rows is not split", 2, kMany,
                          [](P& p) -> size_t& { return p.forest.min_split_rows; }},
                         {"min_leaf_rows", "rows that both sides of a split keep", 1, kMany,
                          [](P& p) -> size_t& { return p.forest.min_leaf_rows; }},
                         {"bootstrap", "whether each tree gets rows drawn with replacement", 0, 1,
                          [](P& p) -> bool& { return p.forest.bootstrap; }}}));
}

StrategyKind genetic() {
  using P = GeneticOptions;
  return with_options<P>(
      "genetic", "AutoTVM's genetic algorithm: children of the fastest configs", "none",
      make_genetic_strategy,
      {{"population", "configs of a generation", 2, 1e5, [](P& p) -> size_t& { return p.population; }},
       {"elites", "of the fastest that stay parents", 0, 1e4, [](P& p) -> size_t& { return p.elites; }},
       {"mutation_probability", "of each knob of each child", 0, 1,
        [](P& p) -> double& { return p.mutation_probability; }}});
}

StrategyKind ml2() {
  using P = Ml2Options;
  return with_options<P>(
      "ml2", "ML2Tuner's scheme: the configs predicted fastest among those predicted valid", "random",
      make_ml2_strategy,
      and_candidates<P>(
          {{"round", "configs tried between two fits, the paper's N", 1, 1e5,
            [](P& p) -> size_t& { return p.round; }},
           {"surplus", "configs built beyond those tried, in units of N: the paper's alpha", 0, 100,
            [](P& p) -> double& { return p.surplus; }},
           {"validity_threshold", "a config is taken for valid from this probability on", 0, 1,
            [](P& p) -> double& { return p.validity_threshold; }},
           {"trees", "of each model", 1, 1e4, [](P& p) -> int& { return p.trees; }},
           {"depth", "of the trees at most", 1, 16, [](P& p) -> int& { return p.max_depth; }},
           {"learning_rate", "of the trees", 1e-3, 1, [](P& p) -> double& { return p.learning_rate; }}}));
}

StrategyKind rl() {
  using P = RlOptions;
  return with_options<P>(
      "rl",
      "Chameleon's scheme: a policy learns to walk over predicted latencies, clusters of its walk are tried",
      "random", make_rl_strategy,
      {{"initial_trials", "random trials before the first fit", 1, kMany,
        [](P& p) -> size_t& { return p.initial_trials; }},
       {"trajectory", "visited configs that are clustered", 1, 1e5,
        [](P& p) -> size_t& { return p.trajectory; }},
       {"trees", "of the cost model", 1, 1e4, [](P& p) -> int& { return p.trees; }},
       {"depth", "of the trees at most", 1, 16, [](P& p) -> int& { return p.max_depth; }},
       {"walkers", "that walk side by side", 2, 1e4, [](P& p) -> size_t& { return p.search.walkers; }},
       {"steps", "of an episode", 1, 1e4, [](P& p) -> size_t& { return p.search.steps; }},
       {"episodes", "of one search", 1, 1e3, [](P& p) -> size_t& { return p.search.episodes; }},
       {"discount", "of a reward one step later", 0, 1, [](P& p) -> double& { return p.search.discount; }},
       {"smoothing", "the lambda of generalised advantage estimation", 0, 1,
        [](P& p) -> double& { return p.search.smoothing; }},
       {"hidden", "units of the policy's hidden layer", 1, 4096,
        [](P& p) -> size_t& { return p.search.policy.hidden; }},
       {"step_size", "of Adam", 1e-6, 1, [](P& p) -> double& { return p.search.policy.step_size; }},
       {"clip", "how far a probability may move in one update", 0, 10,
        [](P& p) -> double& { return p.search.policy.clip; }},
       {"entropy_weight", "of the entropy of the moves in the loss", 0, 10,
        [](P& p) -> double& { return p.search.policy.entropy_weight; }},
       {"fewest_clusters", "at first", 1, 1e4, [](P& p) -> size_t& { return p.sampling.fewest; }},
       {"most_clusters", "at most", 1, 1e4, [](P& p) -> size_t& { return p.sampling.most; }},
       {"knee", "more clusters are made while each step divides the loss by this", 1, 100,
        [](P& p) -> double& { return p.sampling.knee; }}});
}

StrategyKind tamis() {
  using P = TamisOptions;
  StrategyKind kind = with_options<P>(
      "tamis",
      "expected improvement times the probability of being valid, both judged from the first trial on",
      "none", make_tamis_strategy,
      {{"candidates", "a space of no more configs is judged whole, a fifth as many of a larger one", 40,
        kMany, [](P& p) -> size_t& { return p.candidates; }},
       {"caution", "by what the deviation of expectations is multiplied", 0.01, 100,
        [](P& p) -> double& { return p.caution; }},
       {"validity_power", "of the probability of being valid, in its product with the improvement", 0, 100,
        [](P& p) -> double& { return p.validity_power; }},
       {kInvalidCostOption,
        "an invalid trial costs so many valid ones; auto: fewer than one where their times say so and may "
        "steer a search",
        0, 10, [](P& p) -> std::optional<double>& { return p.invalid_cost; }},
       {"heeds_setbacks", "whether that power grows when many trials in a row are invalid", 0, 1,
        [](P& p) -> bool& { return p.heeds_setbacks; }},
       {"heeds_noise", "whether it counts how much runs of a config differ, where latencies vary", 0, 1,
        [](P& p) -> bool& { return p.heeds_noise; }},
       {"pending",
        "of so many configs that are under way since earlier proposals, the newest, it counts that what lies "
        "near them will be known better",
        0, 1000, [](P& p) -> size_t& { return p.pending; }},
       {"process_share", "how much a Gaussian process counts for validity at first", 0.001, 1,
        [](P& p) -> double& { return p.validity.process_share; }},
       {"trees_share", "how much randomised trees count", 0.001, 1,
        [](P& p) -> double& { return p.validity.trees_share; }},
       {"limits_share", "how much limits on products of knobs count", 0.001, 1,
        [](P& p) -> double& { return p.validity.limits_share; }},
       {"products",
        "whether limits on several products of knobs count too, which are sampled: slower, for tiles "
        "that must fit several memories",
        0, 1, [](P& p) -> bool& { return p.validity.products; }},
       {"depth", "of the randomised trees at most", 1, 64,
        [](P& p) -> size_t& { return p.validity.tree_depth; }},
       {"sameness", "whether it counts for latency that values are the same", 0, 1,
        [](P& p) -> bool& { return p.latency.sameness; }},
       {"alignment", "whether it counts for latency how often 2 divides values", 0, 1,
        [](P& p) -> bool& { return p.latency.alignment; }}});
  // 1 judged every candidate of a large space with every trial, 2 the validity of every one and did not heed
  // how long trials take; both fitted the trees of validity more often.
  kind.generation = 3;
  kind.uses_history = true;
  kind.heeds_hints = true;
  return kind;
}

}  // namespace

const std::vector<StrategyKind>& strategy_kinds() {
  static const std::vector<StrategyKind> kinds = {
      annealing(),
      with_boosted_trees(autotvm()),
      bayes(),
      forest(),
      genetic(),
      without_options("grid", "every config in the order of its index", make_grid_strategy),
      with_boosted_trees(ml2()),
      without_options("random", "uniformly random configs", make_random_strategy),
      with_boosted_trees(rl()),
      tamis(),
  };
  return kinds;
}

const std::vector<InitializerKind>& initializer_kinds() {
  static const std::vector<InitializerKind> kinds = {
      {"none", "the strategy makes its own initial design", make_no_initializer},
      {"random", "random configs until 64 trials and a valid one are known",
       [](const Task& task, const SearchOptions& options) { return make_random_initializer(task, options); }},
      {"validity",
       "configs that are likely valid, judged by the trials so far, until enough valid ones are known",
       [](const Task& task, const SearchOptions& options) {
         return make_validity_initializer(task, options);
       },
       2},
  };
  return kinds;
}

Result<const StrategyKind*> find_strategy(const std::string& name) {
  return find_kind(strategy_kinds(), name, "strategy");
}

Result<const InitializerKind*> find_initializer(const std::string& name) {
  return find_kind(initializer_kinds(), name, "initializer");
}

Result<StrategyChoice> split_strategy(const std::string& text) {
  const std::vector<std::string> parts = split_text(text, ':');
  StrategyChoice choice{parts.front(), {}};
  for (size_t i = 1; i < parts.size(); ++i) {
    const size_t equals = parts[i].find('=');
    const std::string name = parts[i].substr(0, equals);
    if (equals == std::string::npos || equals == 0)
      return invalid_input(fmt::format("\"{}\" sets no option of strategy \"{}\"; write {}:OPTION=VALUE",
                                       parts[i], choice.name, choice.name));
    if (!choice.options.emplace(name, parts[i].substr(equals + 1)).second)
      return invalid_input(
          fmt::format("option \"{}\" of strategy \"{}\" is given twice; give it once", name, choice.name));
  }
  return choice;
}

Result<StrategyChoice> parse_strategy(const std::string& text) {
  TAMIS_ASSIGN(const StrategyChoice given, split_strategy(text));
  TAMIS_ASSIGN(const StrategyKind* kind, find_strategy(given.name));
  TAMIS_ASSIGN(StrategyOptions options, check_options(kind->name, kind->options, given.options));
  return StrategyChoice{kind->name, std::move(options)};
}

std::string to_string(const StrategyChoice& choice) {
  std::string text = choice.name;
  for (const auto& [name, value] : choice.options) text += fmt::format(":{}={}", name, value);
  return text;
}

Status check_search(const std::string& strategy, const std::string& initializer) {
  TAMIS_ASSIGN(const StrategyChoice choice, parse_strategy(strategy));
  TAMIS_ASSIGN(const StrategyKind* kind, find_strategy(choice.name));
  TAMIS_TRY(kind->supported);
  if (!initializer.empty()) TAMIS_TRY(find_initializer(initializer));
  return {};
}

Result<std::unique_ptr<Strategy>> make_strategy(const std::string& strategy, const std::string& initializer,
                                                const Task& task, const SearchOptions& options) {
  TAMIS_ASSIGN(const StrategyKind* kind, find_strategy(strategy));
  TAMIS_ASSIGN(const InitializerKind* first,
               find_initializer(initializer.empty() ? kind->default_initializer : initializer));
  TAMIS_ASSIGN(std::unique_ptr<Initializer> initial, first->make(task, options));
  TAMIS_ASSIGN(std::unique_ptr<Strategy> rest, kind->make(task, options));
  return with_suggestions(with_initializer(std::move(initial), std::move(rest), task), task);
}

}  // namespace tamis
