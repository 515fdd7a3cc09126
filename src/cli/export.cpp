#include "base/file.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/sessions.h"
#include "format/csv.h"

#include <array>
#include <map>
#include <memory>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

struct ExportArguments {
  std::string log;
  std::string format = "csv";
  std::string workload;
  int64_t session = 0;
  std::string output;
};

/// What a target reports of a trial, in the order of the columns of recorded VTA tables.
constexpr std::array kVtaColumns = {"cycles",    "instructions", "gemm_uops", "alu_uops", "inp_bytes",
                                    "wgt_bytes", "acc_bytes",    "uop_bytes", "out_bytes"};

bool is_vta(const LoadedSession& session) { return session.record.target_spec.starts_with("vta"); }

/// Latencies as a feature, those of the finals too, where no column of cycles stands for them.
void add_latencies(LoadedSession& session) {
  if (is_vta(session)) return;
  for (Trial& trial : session.trials)
    if (trial.verdict == Verdict::valid) trial.features.set("latency_ns", trial.latency_ns());
  if (!session.finals) return;
  for (const Finalist& finalist : session.finals->finalists)
    for (Trial& trial : session.trials)
      if (trial.number == finalist.number && finalist.verdict == Verdict::valid)
        trial.features.set("final_latency_ns", finalist.latency_ns());
}

std::vector<std::string> feature_columns(const LoadedSession& session) {
  if (is_vta(session)) return {kVtaColumns.begin(), kVtaColumns.end()};
  std::vector<std::string> names;
  for (const Trial& trial : session.trials)
    for (const auto& [name, value] : trial.features.values)
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  return names;
}

/// Of several sessions of a workload the newest is meant, unless one was named.
std::vector<SessionRecord> newest_of_each(const std::vector<SessionRecord>& sessions) {
  std::map<std::string, SessionRecord> newest;
  for (const SessionRecord& session : sessions) newest.insert_or_assign(session.workload.name, session);
  std::vector<SessionRecord> chosen;
  for (const SessionRecord& session : sessions)
    if (newest.at(session.workload.name).id == session.id) chosen.push_back(session);
  return chosen;
}

/// The tables below one another under one header line.
Result<std::string> export_csv(const Log& log, const std::vector<SessionRecord>& sessions) {
  std::string text;
  std::string header;
  for (const SessionRecord& record : sessions) {
    TAMIS_ASSIGN(LoadedSession session, load_session(log, record));
    add_latencies(session);
    const std::vector<std::string> columns = feature_columns(session);
    std::string table = write_csv(record.workload.name, session.space, session.trials, columns);
    const size_t line = table.find('\n') + 1;
    if (header.empty()) header = table.substr(0, line);
    if (table.compare(0, line, header) != 0)
      return invalid_input(fmt::format(
          "{} has other knobs than {} and does not fit into one CSV table; name one with --workload",
          record.workload.name, sessions.front().workload.name));
    text += text.empty() ? table : table.substr(line);
  }
  return text;
}

Result<int> run_export(const ExportArguments& arguments, const Console& console) {
  if (arguments.format != "csv")
    return not_found(fmt::format("there is no format \"{}\"{}", arguments.format,
                                 did_you_mean(arguments.format, {"csv"})));
  TAMIS_ASSIGN(const Log log, Log::open(arguments.log, LogMode::read));
  TAMIS_ASSIGN(std::vector<SessionRecord> sessions,
               select_sessions(log, {arguments.workload, arguments.session}));
  TAMIS_ASSIGN(const std::string text, export_csv(log, newest_of_each(sessions)));
  if (arguments.output.empty()) return finish(console, text);
  TAMIS_TRY(write_file(arguments.output, text));
  return static_cast<int>(kDone);
}

}  // namespace

Action configure_export(CLI::App& app) {
  auto arguments = std::make_shared<ExportArguments>();
  app.add_option("LOG", arguments->log, "a log of tamis")->required();
  app.add_option("--format", arguments->format, "csv")->capture_default_str();
  app.add_option("--workload", arguments->workload, "only this workload's newest session");
  app.add_option("--session", arguments->session, "only this session")->check(CLI::PositiveNumber);
  app.add_option("--output", arguments->output, "a file instead of standard output; .gz compresses");
  return [arguments](const Console& console) {
    const Result<int> code = run_export(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli
