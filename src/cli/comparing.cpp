#include "cli/comparing.h"

#include "tamis/strategies.h"

#include <algorithm>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace tamis::cli {

void ComparisonArguments::add_to(CLI::App& app) {
  add_names(app, "--strategy", strategies, "strategies to compare, separated by commas")
      ->capture_default_str();
  add_names(app, "--init", initializers,
            "initializers to compare, separated by commas; `default` is each strategy's own")
      ->capture_default_str();
  app.add_option("--seeds", seeds, "repetitions of everything random: sessions of each combination")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--seed", seed, "the first seed; the others follow it")
      ->check(whole_number(0))
      ->capture_default_str();
  app.add_option("--trials", trials, "trials of a session at most, or `all`")->capture_default_str();
  app.add_option("--jobs", jobs, "sessions at the same time; if not given all cores")
      ->check(CLI::Range(1, 256));
  app.add_flag("--with-default", with_default,
               "begin every session with the table's default config, as tune does");
  cost.add_to(app);
}

Result<ComparisonOptions> ComparisonArguments::options(const Console& console) const {
  ComparisonOptions options;
  TAMIS_ASSIGN(const std::vector<std::string> named, cost.apply(strategies, console));
  for (const std::string& strategy : named)
    if (std::find(options.strategies.begin(), options.strategies.end(), strategy) == options.strategies.end())
      options.strategies.push_back(strategy);
  options.initializers.clear();
  for (const std::string& initializer : initializers)
    options.initializers.push_back(initializer == "default" ? "" : initializer);
  options.seeds = seeds;
  options.first_seed = seed;
  options.jobs = jobs > 0 ? jobs : std::max(1U, std::thread::hardware_concurrency());
  options.session.with_default = with_default;
  TAMIS_ASSIGN(options.session.trials, parse_trials(trials));
  for (const std::string& strategy : options.strategies)
    for (const std::string& initializer : options.initializers)
      TAMIS_TRY(check_search(strategy, initializer));
  return options;
}

Result<TrialSet> read_noted_table(const std::string& path, const ReadOptions& options,
                                  const Console& console) {
  TAMIS_ASSIGN(TrialSet table, read_recorded_table(path, options));
  for (const std::string& note : table.notes)
    console.note(fmt::format("tamis: {}: left out {}\n", path, note));
  return table;
}

}  // namespace tamis::cli
