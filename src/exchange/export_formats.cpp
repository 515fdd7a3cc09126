#include "exchange/export_formats.h"

#include "base/text.h"
#include "exchange/autotvm_sessions.h"
#include "exchange/csv.h"
#include "exchange/t4_writer.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

namespace tamis {
namespace {

/// What a target reports of a trial, in the order of the columns of recorded VTA tables.
constexpr std::array kVtaColumns = {"cycles",    "instructions", "gemm_uops", "alu_uops", "inp_bytes",
                                    "wgt_bytes", "acc_bytes",    "uop_bytes", "out_bytes"};

bool is_vta(const StoredSession& session) { return session.record.target_spec.starts_with("vta"); }

/// Latencies as a feature, those of the finals too, where no column of cycles stands for them.
void add_latencies(StoredSession& session) {
  if (is_vta(session)) return;
  for (Trial& trial : session.trials)
    if (trial.verdict == Verdict::valid && !trial.features.has("latency_ns"))
      trial.features.set("latency_ns", trial.latency_ns());
  if (!session.finals) return;
  for (const Finalist& finalist : session.finals->finalists)
    for (Trial& trial : session.trials)
      if (trial.number == finalist.number && finalist.verdict == Verdict::valid)
        trial.features.set("final_latency_ns", finalist.latency_ns());
}

std::vector<std::string> feature_columns(const StoredSession& session) {
  if (is_vta(session)) return {kVtaColumns.begin(), kVtaColumns.end()};
  std::vector<std::string> names;
  std::set<std::string_view> seen;
  for (const Trial& trial : session.trials)
    for (const auto& [name, value] : trial.features.values)
      if (seen.insert(name).second) names.push_back(name);
  return names;
}

/// The tables below one another under one header line.
Result<std::string> write_csv_file(const ExportRequest& request) {
  std::string text;
  std::string header;
  for (const SessionRecord& record : request.sessions) {
    TAMIS_ASSIGN(StoredSession session, load_for_export(request, record));
    add_latencies(session);
    const std::vector<std::string> columns = feature_columns(session);
    std::string table = write_csv(record.workload.name, session.space, session.trials, columns);
    const size_t line = table.find('\n') + 1;
    if (header.empty()) header = table.substr(0, line);
    if (table.compare(0, line, header) != 0)
      return invalid_input(
          fmt::format("{} has other columns than {} and does not fit into one CSV table; name one with "
                      "--workload",
                      record.workload.name, request.sessions.front().workload.name));
    text += text.empty() ? table : table.substr(line);
  }
  return text;
}

/// The only device that ran trials; empty where there are several or none.
std::string only_device(const std::vector<Trial>& trials) {
  std::string device;
  for (const Trial& trial : trials) {
    if (trial.device.empty()) continue;
    if (!device.empty() && device != trial.device) return "";
    device = trial.device;
  }
  return device;
}

Result<std::string> write_t4_file(const ExportRequest& request) {
  if (request.sessions.size() != 1)
    return invalid_input(
        fmt::format("a T4 table holds one workload, and {} have trials; name one with --workload",
                    request.sessions.size()));
  const SessionRecord& record = request.sessions.front();
  TAMIS_ASSIGN(const StoredSession session, load_for_export(request, record));
  return write_t4({only_device(session.trials), record.workload.name, record.started_unix_ms}, session.space,
                  session.trials);
}

/// Sessions that AutoTVM has no task for are an error only where there are no others.
Result<std::string> write_autotvm_file(const ExportRequest& request) {
  std::string text;
  std::optional<Error> first;
  for (const SessionRecord& record : request.sessions) {
    TAMIS_ASSIGN(const StoredSession session, load_for_export(request, record));
    auto lines = autotvm_lines(record, session.space, session.trials);
    if (lines.ok()) {
      text += *lines;
    } else if (lines.error().kind != ErrorKind::unsupported) {
      return lines.error();
    } else if (!first) {
      first = lines.error();
    }
  }
  if (text.empty() && first) return *first;
  return text;
}

}  // namespace

const std::vector<ExportFormat>& export_formats() {
  static const std::vector<ExportFormat> formats = {
      {"csv", "a CSV table", false, write_csv_file},
      {"t4", "a T4 1.0.0 table of one workload", false, write_t4_file},
      {"autotvm", "lines of AutoTVM 0.2, which TVM 0.9 applies", true, write_autotvm_file},
  };
  return formats;
}

Result<const ExportFormat*> find_export_format(const std::string& name) {
  std::vector<std::string_view> known;
  for (const ExportFormat& format : export_formats()) {
    if (format.name == name) return &format;
    known.emplace_back(format.name);
  }
  return not_found(fmt::format("there is no format \"{}\"{}", name, did_you_mean(name, known)));
}

Result<StoredSession> load_for_export(const ExportRequest& request, const SessionRecord& record) {
  TAMIS_ASSIGN(StoredSession session, load_session(*request.log, record));
  if (!request.best) return session;
  std::optional<Trial> best = session.best();
  session.trials.clear();
  if (best) session.trials.push_back(std::move(*best));
  return session;
}

}  // namespace tamis
