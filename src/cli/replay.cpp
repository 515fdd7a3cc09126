#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/comparing.h"
#include "cli/inputs.h"
#include "cli/signals.h"
#include "drawing/text_table.h"
#include "tamis/formats.h"
#include "tamis/table.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

/// What CLI11 gives a flag that is a text.
const std::string kFlag = "true";

struct ReplayArguments {
  std::vector<std::string> tables;
  ComparisonArguments comparison;
  std::vector<std::string> learn_from;
  std::vector<std::string> constraints;
  ObjectiveArgument objective;
  uint64_t batch = 1;
  std::string json;  ///< kFlag for the flag, or a value as it was written before
  std::string output;
  bool full = false;
  bool quiet = false;
};

void add_options(CLI::App& app, ReplayArguments& arguments) {
  app.add_option(
         "TABLE", arguments.tables,
         "recorded tables: files of any format that `tamis import` reads, of one workload each; a folder "
         "or a pattern of such")
      ->required();
  arguments.comparison.add_to(app);
  app.add_option("--batch", arguments.batch, "configs asked of the strategy at a time")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--learn-from", arguments.learn_from,
                 "tables that every session starts from; on a table that is among them, from the others");
  add_constraints(app, arguments.constraints);
  arguments.objective.add_to(app);
  app.add_flag("--full", arguments.full, "go on to --trials after the best was found");
  app.add_flag("--json", arguments.json, "one JSON document on standard output")
      ->disable_flag_override(false);  // read_old_json() takes a value
  app.add_option("--output", arguments.output, "also write that document to this file; `-`: as --json");
  app.add_flag("--quiet", arguments.quiet, "no progress");
}

/// Whether a path names a file that may be a recorded table: any file but an array of JSON, which `replay`
/// writes and no table is.
bool may_be_table(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  char first = 0;
  return !(std::ifstream(path) >> first) || first != '[';
}

/// The word after `--json`, which until it was a flag was the file for the results; nothing where there is
/// none, or where it is meant as a table: it alone could be one, or names one. It leaves the tables, among
/// which it was read.
std::optional<std::string> take_word_after_json(const CLI::App& app, std::vector<std::string>& tables) {
  const CLI::Option* table = app.get_option("TABLE");
  const auto& order = app.parse_order();
  const auto place = std::find(order.begin(), order.end(), app.get_option("--json"));
  if (place == order.end() || place + 1 == order.end() || *(place + 1) != table) return std::nullopt;
  const auto word = tables.begin() + std::count(order.begin(), place, table);
  if (*word != "-" && (tables.size() == 1 || may_be_table(*word))) return std::nullopt;
  std::string taken = *word;
  tables.erase(word);
  return taken;
}

/// Makes `--output FILE` of `--json FILE` and `--json` of `--json -`, as they were written before, and says
/// so. Errors: invalid_input where both name a file.
Status read_old_json(const CLI::App& app, ReplayArguments& arguments, const Console& console) {
  std::optional<std::string> old;
  if (arguments.json == kFlag)
    old = take_word_after_json(app, arguments.tables);
  else if (!arguments.json.empty())
    old = arguments.json;  // --json=FILE
  if (!old) return {};
  if (*old != "-" && !arguments.output.empty())
    return invalid_input(
        fmt::format("--json {} is an old form of --output {}, and --output {} is given, too; write --json "
                    "without a value, "
                    "or name one file",
                    *old, *old, arguments.output));
  arguments.json = *old == "-" ? kFlag : "";
  if (*old != "-") arguments.output = *old;
  console.note(fmt::format("tamis: --json takes no value any more; write {} in place of `--json {}`\n",
                           *old == "-" ? "--json" : "--output " + *old, *old));
  return {};
}

using Tables = std::vector<std::shared_ptr<const TrialSet>>;

/// Configs that a constraint excludes leave the space, but the best of the whole table stays the goal.
Result<Tables> read_tables(const std::vector<std::string>& paths, const std::vector<std::string>& constraints,
                           const ReadOptions& options, const Console& console) {
  Tables tables;
  TAMIS_ASSIGN(const std::vector<std::string> files, expand_inputs(paths, Logs::pass_over, console));
  for (const std::string& path : files) {
    TAMIS_ASSIGN(TrialSet read, read_noted_table(path, options, console));
    const auto table = std::make_shared<TrialSet>(std::move(read));
    if (!constraints.empty()) {
      TAMIS_ASSIGN(const SharedTask task, table::bind_table(table, {constraints}));
      table->space = task->space();
    }
    tables.push_back(table);
  }
  return tables;
}

Result<ComparisonOptions> comparison_options(const ReplayArguments& arguments, const ReadOptions& files,
                                             const Console& console) {
  TAMIS_ASSIGN(ComparisonOptions options, arguments.comparison.options());
  options.session.batch = arguments.batch;
  options.session.full = arguments.full;
  TAMIS_ASSIGN(options.history, read_tables(arguments.learn_from, {}, files, console));
  return options;
}

std::string count(const std::optional<double>& value) {
  return value ? fmt::format("{:.0f}", *value) : "never";
}

/// `70/150(2)`: median, 90th percentile and, if any, how many seeds failed.
std::string cell(const Spread& spread) {
  const std::string failed = spread.failed > 0 ? fmt::format("({})", spread.failed) : "";
  return fmt::format("{}/{}{}", count(spread.median), count(spread.p90), failed);
}

/// The geometric mean over tables of the medians, or nothing where one lies among failed seeds.
std::optional<double> mean_median(const std::vector<const ComparisonRow*>& rows, size_t goal) {
  double sum = 0;
  for (const ComparisonRow* row : rows) {
    if (!row->trials_to[goal].median) return std::nullopt;
    sum += std::log(*row->trials_to[goal].median);
  }
  return std::exp(sum / static_cast<double>(rows.size()));
}

/// Goals from the loosest to the best.
constexpr std::array<size_t, kGoals.size()> kShown = {3, 2, 1, 0};
static_assert(kGoals == std::array{0, 1, 5, 10});

void add_means(TextTable& table, const std::vector<ComparisonRow>& rows) {
  std::map<std::pair<std::string, std::string>, std::vector<const ComparisonRow*>> groups;
  for (const ComparisonRow& row : rows) groups[{row.strategy, row.initializer}].push_back(&row);
  for (const auto& [names, group] : groups) {
    if (group.size() < 2) continue;
    std::vector<std::string> cells = {"geometric mean of medians", names.first, names.second};
    for (const size_t goal : kShown) {
      const std::optional<double> mean = mean_median(group, goal);
      cells.push_back(mean ? fmt::format("{:.1f}", *mean) : "-");
    }
    table.add_row(std::move(cells));
  }
}

std::string draw(const std::vector<ComparisonRow>& rows) {
  TextTable table({"table", "strategy", "init", "to 10 %", "to 5 %", "to 1 %", "to best", "invalid to 1 %",
                   "invalid", "ms/trial"},
                  {0, 1, 2});
  for (const ComparisonRow& row : rows) {
    std::vector<std::string> cells = {row.table, row.strategy, row.initializer};
    for (const size_t goal : kShown) cells.push_back(cell(row.trials_to[goal]));
    cells.push_back(cell(row.invalid_to[1]));
    cells.push_back(percent(row.invalid_share));
    cells.push_back(fmt::format("{:.3f}", row.search_ms_per_trial));
    table.add_row(std::move(cells));
  }
  add_means(table, rows);
  return table.draw() +
         fmt::format("\nTrials, valid and invalid together: median/90th percentile(failed seeds) of {}.\n",
                     counted(rows.front().seeds, "seed"));
}

Result<int> run_replay(const ReplayArguments& arguments, const Console& console) {
  TAMIS_ASSIGN(const ReadOptions files, arguments.objective.options());
  TAMIS_ASSIGN(const Tables tables, read_tables(arguments.tables, arguments.constraints, files, console));
  TAMIS_ASSIGN(ComparisonOptions options, comparison_options(arguments, files, console));
  const bool shown = console.live && !arguments.quiet && arguments.json.empty();
  for (const std::string& sentence : unused_history(tables, options))
    console.note(fmt::format("tamis: {}\n", sentence));
  options.progress = [&](size_t done, size_t total) {
    if (shown) console.note(fmt::format("\r\033[K{}/{} sessions", done, total));
  };
  const StopOnSignal signals;
  const auto rows = compare(tables, options, signals.token());
  if (shown) console.note("\r\033[K");
  if (!rows.ok() && rows.error().kind == ErrorKind::interrupted) {
    console.note("tamis: interrupted\n");
    return static_cast<int>(kInterrupted);
  }
  if (!rows.ok()) return rows.error();
  const std::string json = to_json(*rows).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  const bool in_place = !arguments.json.empty() || arguments.output == "-";
  if (!arguments.output.empty() && arguments.output != "-") TAMIS_TRY(write_file(arguments.output, json));
  return finish(console, in_place ? json : draw(*rows));
}

}  // namespace

Action configure_replay(CLI::App& app) {
  auto arguments = std::make_shared<ReplayArguments>();
  add_options(app, *arguments);
  return [arguments, &app](const Console& console) {
    if (const Status read = read_old_json(app, *arguments, console); !read.ok())
      return fail(console, read.error());
    const Result<int> code = run_replay(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli
