#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/comparing.h"
#include "cli/inputs.h"
#include "cli/replay_view.h"
#include "process/stop_on_signal.h"
#include "tamis/formats.h"
#include "tamis/table.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
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
  std::vector<std::string> revealed;
  ObjectiveArgument objective;
  uint64_t batch = 1;
  std::optional<uint64_t> pending;
  std::string score = "trials";
  std::string search_time;  ///< `measured`, or ms for each trial
  std::string samples = "recorded";
  uint64_t noise_runs = 2;
  uint64_t leader_runs = ReplayOptions{}.leader_runs;
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
  CLI::Option* batch = app.add_option("--batch", arguments.batch, "configs asked of the strategy at a time")
                           ->check(CLI::Range(1, 100000))
                           ->capture_default_str();
  app.add_option(
         "--pending", arguments.pending,
         "instead of batches: configs that are under way at the same time, as with --async on so many "
         "devices; with `--score time` each takes what it took when it was recorded")
      ->check(CLI::Range(1, 1000))
      ->excludes(batch);
  app.add_option("--learn-from", arguments.learn_from,
                 "tables that every session starts from; on a table that is among them, from the others");
  add_constraints(app, arguments.constraints);
  arguments.objective.add_to(app);
  app.add_option("--score", arguments.score,
                 "what strategies are compared by: trials, the time that these took when they were recorded, "
                 "or the score P of the FAIR auto-tuning benchmarks")
      ->check(CLI::IsMember({"trials", "time", "fair"}))
      ->capture_default_str();
  app.add_option("--search-time", arguments.search_time,
                 "count the strategy's own time, too: `measured`, or so many ms for each trial");
  app.add_option("--samples", arguments.samples,
                 "what a trial sees of a config that ran several times: the latency that the row names, the "
                 "median of the runs, or one of them, drawn")
      ->check(CLI::IsMember({"recorded", "median", "draw"}))
      ->capture_default_str();
  app.add_option("--noise-runs", arguments.noise_runs,
                 "with `--samples draw`: sessions of each seed, with other draws each")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--revealed", arguments.revealed,
                 "measurements of the tables that building shows, as of what a compiler tells: registers,"
                 "local_memory; strategies then may ask for them of any config, free of charge")
      ->delimiter(',');
  app.add_option(
         "--leader-runs", arguments.leader_runs,
         "with `--samples draw`: how often at most a config is tried before it counts as the best; 1: "
         "once")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
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

/// The time of the strategy that `--search-time` means.
Result<SearchTime> search_time_of(const ReplayArguments& arguments) {
  const std::string& text = arguments.search_time;
  if (text.empty()) return SearchTime{};
  if (arguments.score == "trials")
    return invalid_input("--search-time counts with --score time and --score fair only; name one of them");
  if (text == "measured") return SearchTime{true, 0};
  const auto ms = parse_number(text);
  if (!ms || !(*ms >= 0) || *ms > 1e9)
    return invalid_input(fmt::format(
        "--search-time {}: neither `measured` nor a number of ms for each trial, from 0 to 1e9", text));
  return SearchTime{false, *ms * 1e6};
}

/// Tells of a table on which drawing samples changes nothing.
void note_single_samples(const Tables& tables, const Console& console) {
  for (const auto& table : tables)
    if (std::none_of(table->trials.begin(), table->trials.end(),
                     [](const Trial& trial) { return trial.costs.size() > 1; }))
      console.note(
          fmt::format("tamis: {}: no config of this table has more than one sample, so there is no "
                      "noise to draw\n",
                      table->workload.name));
}

Result<ComparisonOptions> comparison_options(const ReplayArguments& arguments, const ReadOptions& files,
                                             const Console& console) {
  TAMIS_ASSIGN(ComparisonOptions options, arguments.comparison.options(console));
  options.session.batch = arguments.batch;
  options.session.pending = arguments.pending;
  options.session.full = arguments.full;
  options.session.revealed = arguments.revealed;
  TAMIS_ASSIGN(options.session.search_time, search_time_of(arguments));
  if (arguments.score == "time") options.score = Score::time;
  if (arguments.score == "fair") options.score = Score::fair;
  options.session.leader_runs = arguments.leader_runs;
  if (arguments.samples == "draw") options.noise_runs = arguments.noise_runs;
  ReadOptions history = files;
  history.features.clear();
  TAMIS_ASSIGN(options.history, read_tables(arguments.learn_from, {}, history, console));
  return options;
}

Result<int> run_replay(const ReplayArguments& arguments, const Console& console) {
  TAMIS_ASSIGN(ReadOptions files, arguments.objective.options());
  files.samples = arguments.samples != "recorded";
  files.features = arguments.revealed;
  TAMIS_ASSIGN(const Tables tables, read_tables(arguments.tables, arguments.constraints, files, console));
  TAMIS_ASSIGN(ComparisonOptions options, comparison_options(arguments, files, console));
  if (options.noise_runs > 0) note_single_samples(tables, console);
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
  return finish(console, in_place ? json : draw(*rows, options));
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
