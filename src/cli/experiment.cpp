#include "tamis/experiment.h"

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/comparing.h"
#include "cli/inputs.h"
#include "process/stop_on_signal.h"
#include "tamis/formats.h"
#include "tamis/strategies.h"

#include <array>
#include <memory>
#include <string>
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
  ComparisonArguments comparison = {.strategies = default_strategies()};
  ObjectiveArgument objective;
  bool quiet = false;
};

Result<ExperimentOptions> experiment_options(const ExperimentArguments& arguments, const Console& console) {
  ExperimentOptions options;
  options.directory = arguments.directory;
  options.questions = arguments.questions;
  TAMIS_ASSIGN(const ReadOptions files, arguments.objective.options());
  TAMIS_ASSIGN(const std::vector<std::string> paths,
               expand_inputs(arguments.tables, Logs::pass_over, console));
  for (const std::string& path : paths) {
    TAMIS_ASSIGN(TrialSet table, read_noted_table(path, files, console));
    options.tables.push_back(std::make_shared<const TrialSet>(std::move(table)));
  }
  TAMIS_ASSIGN(options.comparison, arguments.comparison.options(console));
  return options;
}

/// Says what this build cannot do of what was asked for.
void note_left_out(const ExperimentArguments& arguments, const ExperimentOptions& options,
                   const Console& console) {
  for (const std::string& sentence : left_out(options)) console.note(fmt::format("tamis: {}\n", sentence));
  if (arguments.comparison.strategies != default_strategies()) return;
  for (const char* name : kStrategies)
    if (const Status supported = check_search(name, ""); !supported.ok())
      console.note(fmt::format("tamis: Left out: {}.\n", supported.error().message));
}

Result<int> run_experiment_command(const ExperimentArguments& arguments, const Console& console) {
  TAMIS_ASSIGN(ExperimentOptions options, experiment_options(arguments, console));
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
  app.add_option("TABLE", arguments->tables, "recorded tables: files of any format that import reads")
      ->required();
  app.add_option("--out", arguments->directory, "directory for index.md, tables and figures")->required();
  add_names(app, "--question", arguments->questions,
            fmt::format("only these, separated by commas: {}", fmt::join(question_names(), ", ")));
  arguments->comparison.add_to(app);
  arguments->objective.add_to(app);
  app.add_flag("--quiet", arguments->quiet, "no progress");
  return [arguments](const Console& console) {
    const Result<int> code = run_experiment_command(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli
