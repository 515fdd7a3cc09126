#include "tamis/import.h"

#include "base/json.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/inputs.h"
#include "tamis/formats.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

struct ImportArguments {
  std::vector<std::string> files;
  std::string log = "tamis.sqlite";
  ObjectiveArgument objective;
  bool json = false;
};

std::string describe(const ImportReport& report) {
  uint64_t added = 0, valid = 0, known = 0;
  for (const ImportedWorkload& workload : report.workloads) {
    added += workload.added;
    valid += workload.valid;
    known += workload.known;
  }
  std::string text =
      fmt::format("{}: {}, {} workload{}: {} trials added ({} valid)", report.path, report.format,
                  report.workloads.size(), report.workloads.size() == 1 ? "" : "s", added, valid);
  if (known > 0) text += fmt::format(", {} were there", known);
  if (report.left_out > 0) text += fmt::format(", {} skipped", report.left_out);
  text += "\n";
  for (const ImportedWorkload& workload : report.workloads)
    text += fmt::format("  {}  {}: {} added\n", workload.workload,
                        workload.session == 0 ? "nothing new" : fmt::format("session {}", workload.session),
                        workload.added);
  return text;
}

/// The first are named, the others counted, by whoever read them.
void tell_skipped(const ImportReport& report, const Console& console) {
  for (const std::string& one : report.skipped)
    console.note(fmt::format("tamis: {}: skipped {}\n", report.path, one));
}

Json to_json(const ImportReport& report) {
  Json workloads = Json::array();
  for (const ImportedWorkload& one : report.workloads)
    workloads.push_back({{"workload", one.workload},
                         {"target_identity", one.target_identity},
                         {"session", one.session == 0 ? Json() : Json(one.session)},
                         {"added", one.added},
                         {"valid", one.valid},
                         {"known", one.known}});
  Json json = {{"file", report.path}, {"format", report.format}};
  json["workloads"] = std::move(workloads);
  json["skipped"] = report.skipped;
  json["left_out"] = report.left_out;
  return json;
}

/// The files of all arguments; of arguments that mean none it tells.
std::vector<std::string> expand_all(const std::vector<std::string>& arguments, const Console& console,
                                    int& code) {
  std::vector<std::string> all;
  for (const std::string& argument : arguments) {
    const Result<std::vector<std::string>> files = expand_input(argument, Logs::pass_over, console);
    if (files.ok())
      all.insert(all.end(), files->begin(), files->end());
    else
      code = fail(console, files.error());
  }
  return all;
}

/// A bad file is told of and the others are imported.
Result<int> run_import(const ImportArguments& arguments, const Console& console) {
  TAMIS_ASSIGN(const ReadOptions options, arguments.objective.options());
  std::optional<Log> log;
  std::error_code ignored;
  std::string text;
  Json all = Json::array();
  int code = kDone;
  for (const std::string& file : expand_all(arguments.files, console, code)) {
    // A log that is missing is made when there is something to put into it.
    if (!log && std::filesystem::exists(arguments.log, ignored)) {
      TAMIS_ASSIGN(log, Log::open(arguments.log, LogMode::read_write));
    }
    const Result<ImportReport> report =
        log ? import_file(*log, file, options) : import_file(arguments.log, file, options);
    if (!report.ok()) {
      code = fail(console, report.error());
      continue;
    }
    tell_skipped(*report, console);
    text += describe(*report);
    all.push_back(to_json(*report));
  }
  if (arguments.json) text = all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  return finish(console, text, code);
}

std::string foreign_format_names() {
  std::string names;
  for (const Format& format : formats())
    if (format.read != nullptr) names += (names.empty() ? "" : ", ") + format.description;
  return names;
}

}  // namespace

Action configure_import(CLI::App& app) {
  auto arguments = std::make_shared<ImportArguments>();
  app.add_option("FILE", arguments->files,
                 foreign_format_names() + "; a folder or a pattern of such; .gz is unpacked")
      ->required();
  app.add_option("--log", arguments->log, "where the trials go; made where missing")
      ->check(not_none())
      ->capture_default_str();
  arguments->objective.add_to(app);
  add_json(app, arguments->json);
  return [arguments](const Console& console) {
    const Result<int> code = run_import(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli
