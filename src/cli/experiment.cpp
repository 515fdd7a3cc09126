#include "tamis/experiment.h"

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/signals.h"
#include "tamis/formats.h"
#include "tamis/strategies.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::cli {
namespace {

/// The strategies that are compared if none are named: of these, those that this build has.
constexpr std::array kStrategies = {"random", "genetic", "autotvm", "tamis"};

std::vector<std::string> default_strategies() {
  std::vector<std::string> supported;
  for (const char* name : kStrategies)
    if (check_search(name, "").ok()) supported.emplace_back(name);
  return supported;
}

struct ExperimentArguments {
  std::vector<std::string> tables;
  std::string directory;
  std::vector<std::string> questions;
  std::vector<std::string> strategies = default_strategies();
  std::vector<std::string> initializers = {"default"};
  uint64_t seeds = 30;
  uint64_t seed = 0;
  std::string trials = "1000";
  size_t jobs = 0;
  bool with_default = false;
  bool quiet = false;
};

/// Unknown strategies and initializers are found before the first session.
Status check_names(const ComparisonOptions& options) {
  for (const std::string& strategy : options.strategies)
    for (const std::string& initializer : options.initializers)
      TAMIS_TRY(check_search(strategy, initializer));
  return {};
}

Result<ComparisonOptions> comparison_options(const ExperimentArguments& arguments) {
  ComparisonOptions options;
  for (const std::string& strategy : arguments.strategies)
    if (std::find(options.strategies.begin(), options.strategies.end(), strategy) == options.strategies.end())
      options.strategies.push_back(strategy);
  options.initializers.clear();
  for (const std::string& initializer : arguments.initializers)
    options.initializers.push_back(initializer == "default" ? "" : initializer);
  options.with_default = arguments.with_default;
  options.seeds = arguments.seeds;
  options.first_seed = arguments.seed;
  options.jobs = arguments.jobs > 0 ? arguments.jobs : std::max(1U, std::thread::hardware_concurrency());
  TAMIS_ASSIGN(options.trials, parse_trials(arguments.trials));
  return options;
}

Result<ExperimentOptions> experiment_options(const ExperimentArguments& arguments) {
  ExperimentOptions options;
  options.directory = arguments.directory;
  options.questions = arguments.questions;
  for (const std::string& path : arguments.tables) {
    TAMIS_ASSIGN(TrialSet table, read_recorded_table(path));
    options.tables.push_back(std::make_shared<const TrialSet>(std::move(table)));
  }
  TAMIS_ASSIGN(options.comparison, comparison_options(arguments));
  TAMIS_TRY(check_names(options.comparison));
  return options;
}

/// Says what this build cannot do of what was asked for.
void note_left_out(const ExperimentArguments& arguments, const ExperimentOptions& options,
                   const Console& console) {
  for (const std::string& sentence : left_out(options)) console.note(fmt::format("tamis: {}\n", sentence));
  if (arguments.strategies != default_strategies()) return;
  for (const char* name : kStrategies)
    if (const Status supported = check_search(name, ""); !supported.ok())
      console.note(fmt::format("tamis: Left out: {}.\n", supported.error().message));
}

Result<int> run_experiment_command(const ExperimentArguments& arguments, const Console& console) {
  TAMIS_ASSIGN(ExperimentOptions options, experiment_options(arguments));
  note_left_out(arguments, options, console);
  const bool shown = console.live && !arguments.quiet;
  options.progress = [&](std::string_view question, size_t done, size_t total) {
    if (shown) console.note(fmt::format("\r\033[K{}: {}/{}", question, done, total));
  };
  const StopOnSignal signals;
  const Status written = run_experiment(options, signals.token());
  if (shown) console.note("\r\033[K");
  if (!written.ok() && written.error().kind == ErrorKind::interrupted) {
    console.note(fmt::format("tamis: interrupted; {}/index.md has what was finished\n", arguments.directory));
    return static_cast<int>(kInterrupted);
  }
  if (!written.ok()) return written.error();
  return finish(console, fmt::format("{}/index.md\n", arguments.directory));
}

}  // namespace

Action configure_experiment(CLI::App& app) {
  auto arguments = std::make_shared<ExperimentArguments>();
  app.add_option("TABLE", arguments->tables, "recorded tables: T4 (JSON) or CSV, possibly gzipped")
      ->required();
  app.add_option("--out", arguments->directory, "directory for index.md, tables and figures")->required();
  add_names(app, "--question", arguments->questions,
            fmt::format("only these, separated by commas: {}", fmt::join(question_names(), ", ")));
  add_names(app, "--strategy", arguments->strategies, "strategies to compare, separated by commas")
      ->capture_default_str();
  add_names(app, "--init", arguments->initializers,
            "initializers to compare, separated by commas; `default` is each strategy's own")
      ->capture_default_str();
  app.add_option("--seeds", arguments->seeds, "repetitions of everything random")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--seed", arguments->seed, "the first seed; the others follow it")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--trials", arguments->trials, "trials of a session at most, or `all`")
      ->capture_default_str();
  app.add_option("--jobs", arguments->jobs, "sessions at the same time; if not given all cores")
      ->check(CLI::Range(1, 256));
  app.add_flag("--with-default", arguments->with_default,
               "begin every session with the table's default config, as tune does");
  app.add_flag("--quiet", arguments->quiet, "no progress");
  return [arguments](const Console& console) {
    const Result<int> code = run_experiment_command(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli
