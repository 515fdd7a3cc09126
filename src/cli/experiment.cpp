#include "base/file.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/signals.h"
#include "exchange/recorded_table.h"
#include "experiment/page.h"
#include "experiment/sections.h"
#include "search/strategy_table.h"

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

using Tables = std::vector<std::shared_ptr<const TrialSet>>;

struct StudyArguments {
  std::vector<std::string> tables;
  std::string directory;
  std::vector<std::string> questions;
  std::vector<std::string> strategies = {"random", "genetic", "autotvm", "tamis"};
  std::vector<std::string> initializers = {"default"};
  uint64_t seeds = 30;
  uint64_t seed = 0;
  std::string trials = "1000";
  size_t jobs = 0;
  bool quiet = false;
};

/// What the questions are asked with.
struct Context {
  const StudyArguments& arguments;
  Tables tables;
  ComparisonOptions comparison;
  std::function<std::function<void(size_t, size_t)>(std::string question)> progress;
  std::stop_token stop;
};

/// One row a question: the table that --question chooses from.
struct Question {
  std::string name;
  Result<Section> (*answer)(const Context& context);
};

Result<Section> answer_invalid(const Context& context) {
  std::vector<Invalidity> all;
  for (const auto& table : context.tables) all.push_back(count_invalid(*table));
  return invalidity_section(all);
}

Result<Section> answer_ranking(const Context& context) {
  RankingOptions options;
  options.seeds = context.arguments.seeds;
  options.first_seed = context.arguments.seed;
  options.jobs = context.comparison.jobs;
  options.progress = context.progress("ranking");
  TAMIS_ASSIGN(const std::vector<RankingRow> rows, study_ranking(context.tables, options, context.stop));
  return ranking_section(rows);
}

Result<Section> answer_strategies(const Context& context) {
  ComparisonOptions options = context.comparison;
  options.progress = context.progress("strategies");
  TAMIS_ASSIGN(const std::vector<ComparisonRow> rows, compare(context.tables, options, context.stop));
  return strategies_section(rows);
}

Result<Section> answer_initialization(const Context& context) {
  ComparisonOptions options = context.comparison;
  options.strategies = {"autotvm"};
  options.initializers = {"random", "validity"};
  options.progress = context.progress("initialization");
  TAMIS_ASSIGN(const std::vector<ComparisonRow> rows, compare(context.tables, options, context.stop));
  return initialization_section(rows);
}

const std::vector<Question>& questions() {
  static const std::vector<Question> all = {{"invalid", answer_invalid},
                                            {"ranking", answer_ranking},
                                            {"strategies", answer_strategies},
                                            {"initialization", answer_initialization}};
  return all;
}

std::vector<std::string_view> question_names() {
  std::vector<std::string_view> names;
  for (const Question& question : questions()) names.emplace_back(question.name);
  return names;
}

Result<std::vector<const Question*>> asked(const std::vector<std::string>& names) {
  std::vector<const Question*> all;
  for (const Question& question : questions())
    if (names.empty() || std::find(names.begin(), names.end(), question.name) != names.end())
      all.push_back(&question);
  for (const std::string& name : names) {
    const std::vector<std::string_view> known = question_names();
    if (std::find(known.begin(), known.end(), name) == known.end())
      return invalid_input(fmt::format("there is no question \"{}\"{}", name, did_you_mean(name, known)));
  }
  return all;
}

Result<Tables> read_tables(const std::vector<std::string>& paths) {
  Tables tables;
  for (const std::string& path : paths) {
    TAMIS_ASSIGN(TrialSet table, read_recorded_table(path));
    if (count_valid(table) == 0)
      return invalid_input(
          fmt::format("{}: no config of this table is valid, so there is no best to find", path));
    for (const auto& other : tables)
      if (other->workload.name == table.workload.name)
        return invalid_input(fmt::format("{}: another table is called {} too; give each a name of its own",
                                         path, table.workload.name));
    tables.push_back(std::make_shared<const TrialSet>(std::move(table)));
  }
  return tables;
}

Result<ComparisonOptions> comparison_options(const StudyArguments& arguments, const Space& space) {
  ComparisonOptions options;
  for (const std::string& strategy : arguments.strategies)
    if (std::find(options.strategies.begin(), options.strategies.end(), strategy) == options.strategies.end())
      options.strategies.push_back(strategy);
  options.initializers.clear();
  for (const std::string& initializer : arguments.initializers)
    options.initializers.push_back(initializer == "default" ? "" : initializer);
  for (const std::string& strategy : options.strategies)
    for (const std::string& initializer : options.initializers)
      TAMIS_TRY(make_strategy(strategy, initializer, {&space, 0}));
  options.seeds = arguments.seeds;
  options.first_seed = arguments.seed;
  options.jobs = arguments.jobs > 0 ? arguments.jobs : std::max(1U, std::thread::hardware_concurrency());
  TAMIS_ASSIGN(options.trials, parse_trials(arguments.trials));
  return options;
}

std::vector<std::string> introduction(const StudyArguments& arguments, const Tables& tables) {
  std::string names;
  for (const auto& table : tables) names += (names.empty() ? "" : ", ") + table->workload.name;
  return {fmt::format("Recorded tables: {}. {} seeds from {} on, at most {} trials a session.", names,
                      arguments.seeds, arguments.seed, arguments.trials)};
}

Status write_answers(const Context& context, const std::vector<const Question*>& asked) {
  const StudyArguments& arguments = context.arguments;
  std::vector<Section> sections;
  for (const Question* question : asked) {
    TAMIS_ASSIGN(Section section, question->answer(context));
    TAMIS_TRY(write_section_files(arguments.directory, section));
    sections.push_back(std::move(section));
    // After every answer, so that a study that is interrupted leaves a page of those it has.
    TAMIS_TRY(write_page(arguments.directory, "Search in spaces with invalid configs",
                         introduction(arguments, context.tables), sections));
  }
  return {};
}

Result<int> run_study(const StudyArguments& arguments, const Console& console) {
  TAMIS_ASSIGN(const std::vector<const Question*> wanted, asked(arguments.questions));
  Context context{arguments, {}, {}, {}, {}};
  TAMIS_ASSIGN(context.tables, read_tables(arguments.tables));
  TAMIS_ASSIGN(context.comparison, comparison_options(arguments, context.tables.front()->space));
  TAMIS_TRY(make_directories(arguments.directory));
  // That the directory cannot be written shows now, not after hours.
  TAMIS_TRY(write_page(arguments.directory, "Search in spaces with invalid configs",
                       introduction(arguments, context.tables), {}));
  const bool shown = console.live && !arguments.quiet;
  context.progress = [&](const std::string& question) -> std::function<void(size_t, size_t)> {
    return [&console, shown, question](size_t done, size_t total) {
      if (shown) console.note(fmt::format("\r\033[K{}: {}/{}", question, done, total));
    };
  };
  const StopOnSignal signals;
  context.stop = signals.token();
  const Status written = write_answers(context, wanted);
  if (shown) console.note("\r\033[K");
  if (!written.ok() && written.error().kind == ErrorKind::interrupted) {
    console.note(fmt::format("tamis: interrupted; {}/index.md has what was finished\n", arguments.directory));
    return static_cast<int>(kInterrupted);
  }
  if (!written.ok()) return written.error();
  return finish(console, fmt::format("{}/index.md\n", arguments.directory));
}

}  // namespace

Action configure_study(CLI::App& app) {
  auto arguments = std::make_shared<StudyArguments>();
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
  app.add_flag("--quiet", arguments->quiet, "no progress");
  return [arguments](const Console& console) {
    const Result<int> code = run_study(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli
