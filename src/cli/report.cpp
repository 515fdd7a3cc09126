#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/inputs.h"
#include "experiment/report/document.h"
#include "experiment/report/page.h"

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

struct ReportArguments {
  std::vector<std::string> inputs;
  std::string output;
  std::string workload;
  int64_t session = 0;
  std::string title;
  ObjectiveArgument objective;
  bool json = false;
};

void add_options(CLI::App& app, ReportArguments& arguments) {
  app.add_option(
         "LOG", arguments.inputs,
         "logs of tamis, and files of any format that `tamis import` reads; a folder or a pattern of such")
      ->required();
  app.add_option("-o,--output", arguments.output,
                 "the page; report.html if not given; `-` for standard output");
  app.add_option("--workload", arguments.workload, "only this workload");
  app.add_option("--session", arguments.session, "only this session, of a single log")
      ->check(whole_number(1, std::numeric_limits<int64_t>::max()));
  app.add_option("--title", arguments.title, "what the page is called; made of the workloads if not given");
  arguments.objective.add_to(app);
  app.add_flag(
      "--json", arguments.json,
      "the data of the page as one JSON document (docs/reference/report-document), on standard output "
      "unless --output is given");
}

Result<std::vector<report::ReportLog>> read_all(const ReportArguments& arguments,
                                                const std::vector<std::string>& paths,
                                                const Console& console) {
  if (arguments.session != 0 && paths.size() > 1)
    return invalid_input("--session names a session of one log, and several are given; leave it out");
  TAMIS_ASSIGN(const ReadOptions options, arguments.objective.options());
  std::vector<report::ReportLog> logs;
  for (const std::string& path : paths) {
    TAMIS_ASSIGN(report::ReportLog log,
                 report::read_report_log(path, {arguments.workload, arguments.session}, options));
    for (const std::string& sentence : log.left_out)
      console.note(fmt::format("tamis: {}: left out {}\n", path, sentence));
    logs.push_back(std::move(log));
  }
  return logs;
}

/// What was written, in one line.
std::string summary(const std::string& path, size_t bytes, const std::vector<report::ReportLog>& logs) {
  uint64_t trials = 0;
  size_t sessions = 0;
  for (const report::ReportLog& log : logs) {
    sessions += log.sessions.size();
    for (const report::ReportSession& session : log.sessions) trials += session.counts().trials;
  }
  return fmt::format("wrote {}: {} of {}, {:.1f} MB\n", path, counted(trials, "trial"),
                     counted(sessions, "session"), static_cast<double>(bytes) / 1e6);
}

/// Where the result goes; `-` is standard output.
std::string output_of(const ReportArguments& arguments) {
  if (!arguments.output.empty()) return arguments.output;
  return arguments.json ? "-" : "report.html";
}

Result<int> run_report(const ReportArguments& arguments, const Console& console) {
  TAMIS_ASSIGN(const std::vector<std::string> paths, expand_inputs(arguments.inputs, Logs::take, console));
  const std::string path = output_of(arguments);
  if (path != "-") TAMIS_TRY(check_output(path, paths));
  TAMIS_ASSIGN(const std::vector<report::ReportLog> logs, read_all(arguments, paths, console));
  std::string text = report::to_text(report::make_document(logs, {arguments.title, unix_ms()}));
  text = arguments.json ? text + "\n" : report::fill_page(report::report_page(), text);
  if (path == "-") return finish(console, text);
  TAMIS_TRY(write_file(path, text));
  return finish(console, summary(path, text.size(), logs));
}

}  // namespace

Action configure_report(CLI::App& app) {
  auto arguments = std::make_shared<ReportArguments>();
  add_options(app, *arguments);
  return [arguments](const Console& console) {
    const Result<int> code = run_report(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli
