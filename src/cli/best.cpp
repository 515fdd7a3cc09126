#include "base/json.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/emission.h"
#include "cli/nothing_valid.h"
#include "drawing/text_table.h"
#include "experiment/tuning_report.h"
#include "log/stored_sessions.h"
#include "tamis/objective.h"

#include <algorithm>
#include <memory>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::cli {
namespace {

struct BestArguments {
  std::string log;
  std::string workload;
  std::string emit;
  bool json = false;
};

/// What an identity says in short: its words, and the members of the JSON among them.
std::vector<std::string> words_of(std::string identity) {
  std::replace_if(
      identity.begin(), identity.end(), [](char c) { return c == ',' || c == '{' || c == '}'; }, ' ');
  return split_text(identity, ' ');
}

/// The words in which a row's device and settings differ from those of other rows of the same workload and
/// target; empty where there are none.
std::string distinction(const BestRow& row, const std::vector<BestRow>& rows) {
  const std::vector<std::string> own = words_of(row.session.target_identity);
  std::vector<std::string> different;
  for (const BestRow& other : rows) {
    if (other.session.workload.name != row.session.workload.name ||
        other.session.target_spec != row.session.target_spec)
      continue;
    const std::vector<std::string> words = words_of(other.session.target_identity);
    for (const std::string& word : own)
      if (std::find(words.begin(), words.end(), word) == words.end() &&
          std::find(different.begin(), different.end(), word) == different.end())
        different.push_back(word);
  }
  return fmt::format("{}", fmt::join(different, " "));
}

/// What the column of the best values is called.
std::string value_name(const std::vector<BestRow>& rows) {
  std::set<std::string> names;
  for (const BestRow& row : rows) names.insert(row.session.objective.name);
  return names.size() == 1 ? *names.begin() : "best";
}

/// The columns of words: names, settings where there are any, and configs, which are last.
std::set<size_t> left_columns(bool distinct, bool sure) {
  std::set<size_t> columns = {0, 1, size_t{4} + (distinct ? 1 : 0) + (sure ? 1 : 0)};
  if (distinct) columns.insert(2);
  return columns;
}

std::string draw_best(const std::vector<BestRow>& rows) {
  std::vector<std::string> distinctions;
  for (const BestRow& row : rows) distinctions.push_back(distinction(row, rows));
  const bool distinct = std::any_of(distinctions.begin(), distinctions.end(),
                                    [](const std::string& text) { return !text.empty(); });
  std::vector<std::string> header = {"workload", "target", value_name(rows), "trial", "config"};
  if (distinct) header.insert(header.begin() + 2, "settings");
  const bool sure =
      std::any_of(rows.begin(), rows.end(), [](const BestRow& row) { return row.evidence.has_value(); });
  if (sure) header.insert(header.end() - 1, "sure");
  TextTable table(std::move(header), left_columns(distinct, sure));
  for (size_t i = 0; i < rows.size(); ++i) {
    const BestRow& row = rows[i];
    std::vector<std::string> cells = {
        row.session.workload.name, row.session.target_spec, row.session.objective.show(row.trial.cost()),
        fmt::format("{}.{}", row.session.id, row.trial.number), row.space.describe(row.trial.config)};
    if (sure) cells.insert(cells.end() - 1, row.evidence ? percent(row.evidence->good) : "-");
    if (distinct) cells.insert(cells.begin() + 2, distinctions[i]);
    table.add_row(std::move(cells));
  }
  return table.draw();
}

/// A function that was emitted, and its files; an empty name where none was.
struct Emitted {
  std::string function;
  std::vector<std::string> files;
};

/// `functions` are those that were emitted, by row.
Json to_json(const std::vector<BestRow>& rows, const std::vector<Emitted>& functions) {
  Json all = Json::array();
  for (size_t i = 0; i < rows.size(); ++i) {
    const BestRow& row = rows[i];
    all.push_back({{"workload", row.session.workload.name},
                   {"spec", to_spec(row.session.workload)},
                   {"target", row.session.target_spec},
                   {"target_identity", row.session.target_identity},
                   {"session", row.session.id},
                   {"evidence", tamis::to_json(row.evidence)},
                   {"best", tamis::to_json(row.trial, row.space, row.session.objective)}});
    if (!functions.empty()) {
      const std::string& function = functions[i].function;
      all.back()["function"] = function.empty() ? Json() : Json(function);
    }
  }
  return all;
}

/// Writes the kernels of all rows whose target has such; gives them by row.
Result<std::vector<Emitted>> emit(const std::vector<BestRow>& rows, const std::string& directory,
                                  const Console& console) {
  std::vector<Emitted> functions;
  std::set<std::string> taken;
  for (const BestRow& row : rows) {
    if (!can_emit(row.session.target_spec)) {
      console.note(fmt::format("{}: programs of the target {} cannot be deployed as C functions\n",
                               row.session.workload.name, row.session.target_spec));
      functions.emplace_back();
      continue;
    }
    functions.push_back({unique_c_identifier(row.session.workload.name, taken), {}});
    const auto task =
        recall_task(row.session.target_spec, row.session.target_identity, row.session.workload, row.space);
    if (!task.ok()) return task.error().within(row.session.workload.name);
    Result<std::vector<std::string>> files =
        emit_kernel(**task, row.trial.config, {functions.back().function, row.trial.cost()}, directory);
    if (!files.ok()) return files.error().within(row.session.workload.name);
    functions.back().files = std::move(*files);
  }
  if (!rows.empty() && taken.empty())
    return unsupported(
        "none of these programs can be deployed; the targets cpu, opencl and cuda have some that can");
  return functions;
}

/// AutoTVM applies the record of least mean to a network; where that is another trial, one line says so.
Status tell_other_means(const Log& log, const std::vector<BestRow>& rows, const SessionFilter& filter,
                        const Console& console) {
  if (std::none_of(rows.begin(), rows.end(),
                   [](const BestRow& row) { return row.session.target_spec == "autotvm"; }))
    return {};
  TAMIS_ASSIGN(const std::vector<BestRow> others, find_best(log, filter, RankBy::mean));
  std::vector<std::string> different;
  for (size_t i = 0; i < std::min(rows.size(), others.size()); ++i)
    if (rows[i].session.target_spec == "autotvm" &&
        (rows[i].session.id != others[i].session.id || rows[i].trial.number != others[i].trial.number))
      different.push_back(fmt::format("{}.{} of {}", others[i].session.id, others[i].trial.number,
                                      others[i].session.workload.name));
  if (!different.empty())
    console.note(
        fmt::format("tamis: the best is the trial of least median; AutoTVM applies the one of least "
                    "mean, which is another: {}. `tamis export --best --by mean` writes these\n",
                    fmt::join(different, ", ")));
  return {};
}

/// No trial was valid: that is the last that is said.
Result<int> finish_without(const Log& log, const BestArguments& arguments, const Console& console) {
  TAMIS_ASSIGN(const std::string sentence, nothing_valid(log, {arguments.workload, 0}));
  const int code = finish(console, arguments.json ? "[]\n" : "", kNothingValid);
  if (code == kNothingValid) console.note(sentence);
  return code;
}

Result<int> run_best(const BestArguments& arguments, const Console& console) {
  TAMIS_ASSIGN(const Log log, Log::open(arguments.log, LogMode::read));
  TAMIS_ASSIGN(const std::vector<BestRow> rows, find_best(log, {arguments.workload, 0}));
  if (rows.empty()) return finish_without(log, arguments, console);
  TAMIS_TRY(tell_other_means(log, rows, {arguments.workload, 0}, console));
  std::vector<Emitted> functions;
  if (!arguments.emit.empty()) {
    TAMIS_ASSIGN(functions, emit(rows, arguments.emit, console));
  }
  std::string text = arguments.json ? to_json(rows, functions).dump(2) + "\n" : draw_best(rows);
  if (!arguments.json)
    for (const Emitted& one : functions)
      if (!one.function.empty()) text += describe_kernel(one.function, one.files, arguments.emit);
  return finish(console, text);
}

}  // namespace

Action configure_best(CLI::App& app) {
  auto arguments = std::make_shared<BestArguments>();
  app.add_option("LOG", arguments->log, "a log of tamis")->required();
  app.add_option("--workload", arguments->workload, "only this workload");
  app.add_option(
      "--emit", arguments->emit,
      "directory for the best programs as C functions: of the target cpu object files, headers, CMake "
      "files, and programs that check and time them; of opencl and cuda sources, cubins, C functions that "
      "launch them, and programs that run them");
  add_json(app, arguments->json);
  return [arguments](const Console& console) {
    const Result<int> code = run_best(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli
