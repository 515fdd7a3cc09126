#include "exchange/foreign_file.h"

#include "base/file.h"
#include "base/json.h"
#include "exchange/autotvm_log.h"
#include "exchange/autotvm_sessions.h"
#include "exchange/csv.h"
#include "exchange/recorded_table.h"
#include "exchange/t4.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <simdjson.h>

namespace tamis {
namespace {

Workload external_workload(const std::string& name) {
  Workload workload;
  workload.op = Operator::external;
  workload.source = name;
  workload.name = name;
  return workload;
}

/// The first character that says something.
char first_character(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  return first == std::string_view::npos ? '\0' : text[first];
}

/// Bytes that are no UTF-8 become U+FFFD, as names that a log could not keep would come out as others.
std::string as_utf8(std::string text) {
  if (simdjson::validate_utf8(text)) return text;
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
}

bool is_json(std::string_view text) { return first_character(text) == '{' || first_character(text) == '['; }

Result<ForeignFile> read_autotvm(const std::string& text, const std::string&, const std::string& path) {
  TAMIS_ASSIGN(const AutotvmLog log, read_autotvm_log(text, path));
  ForeignFile file;
  for (const SkippedLine& line : log.skipped)
    file.skipped.push_back(fmt::format("line {}: {}", line.line, line.reason));
  for (const AutotvmGroup& group : group_records(log.records)) {
    auto session = session_of(group);
    if (!session.ok()) {
      file.skipped.push_back(fmt::format("{} records of {}: {}", group.records.size(), group.task.name,
                                         session.error().message));
      continue;
    }
    file.sessions.push_back({std::move(session->workload), std::move(session->target_identity),
                             std::move(session->space), std::move(session->trials)});
  }
  return file;
}

Result<ForeignFile> read_t4_table(const std::string& text, const std::string& name, const std::string& path) {
  TAMIS_ASSIGN(TrialSet table, read_t4(text, name, path));
  std::sort(table.trials.begin(), table.trials.end(),
            [](const Trial& a, const Trial& b) { return a.number < b.number; });
  for (size_t i = 0; i < table.trials.size(); ++i) table.trials[i].number = i;
  // A log does not keep which configs a table lists.
  TAMIS_ASSIGN(Space space, Space::create(table.space.knobs()));
  ForeignFile file;
  file.sessions.push_back({external_workload(name), "t4", std::move(space), std::move(table.trials)});
  return file;
}

/// A valid row without a latency is skipped, the others are taken.
void take_rows(CsvTable table, ForeignFile& file) {
  if (table.workload.empty()) {
    file.skipped.push_back(fmt::format("{} rows whose workload has no name", table.trials.size()));
    return;
  }
  TrialSet session{external_workload(table.workload), "csv", std::move(table.space), {}};
  for (Trial& trial : table.trials) {
    const Status status = set_csv_latency(trial);
    if (!status.ok()) {
      file.skipped.push_back(
          fmt::format("{}, row {}: {}", table.workload, trial.number + 1, status.error().message));
      continue;
    }
    trial.number = session.trials.size();
    session.trials.push_back(std::move(trial));
  }
  if (!session.trials.empty()) file.sessions.push_back(std::move(session));
}

Result<ForeignFile> read_csv_file(const std::string& text, const std::string&, const std::string& path) {
  TAMIS_ASSIGN(std::vector<CsvTable> tables, read_csv_tables(text, path));
  ForeignFile file;
  for (CsvTable& table : tables) take_rows(std::move(table), file);
  return file;
}

}  // namespace

const std::vector<ForeignFormat>& foreign_formats() {
  static const std::vector<ForeignFormat> formats = {
      {"autotvm", "log of AutoTVM 0.2, a JSON record a line", looks_like_autotvm, read_autotvm},
      {"t4", "T4 table, JSON", is_json, read_t4_table},
      {"csv", "CSV table as `tamis export` writes it", [](std::string_view) { return true; }, read_csv_file},
  };
  return formats;
}

Result<ForeignFile> read_foreign(const std::string& path) {
  TAMIS_ASSIGN(std::string content, read_file(path));
  const std::string text = as_utf8(std::move(content));
  if (text.starts_with("SQLite format 3"))
    return unsupported(path + ": this is a log of tamis or another SQLite file; `tamis merge` joins logs");
  if (first_character(text) == '\0') return corrupt(path + ": this file is empty");
  if (text.substr(0, 1000).find('\0') != std::string::npos)
    return corrupt(path + ": this file is none of AutoTVM log, T4 table and CSV table");
  for (const ForeignFormat& format : foreign_formats()) {
    if (!format.recognises(text)) continue;
    TAMIS_ASSIGN(ForeignFile file, format.read(text, recorded_name(path), path));
    file.format = format.name;
    return file;
  }
  return corrupt(path + ": this file is of no known format");
}

}  // namespace tamis
