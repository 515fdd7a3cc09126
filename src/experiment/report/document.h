#pragma once

#include "base/json.h"
#include "experiment/report/session.h"
#include "log/stored_sessions.h"
#include "tamis/formats.h"
#include "tamis/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tamis::report {

/// What a report has of one file.
struct ReportLog {
  std::string name;  ///< the file's, without the folders above it
  std::vector<ReportSession> sessions = {};
  std::vector<NetworkRecord> networks = {};
  std::vector<std::string> left_out = {};  ///< sentences on what of the file could not be read
};

/// Reads a file for a report: of a log the sessions that the filter names, of a file of any other format
/// (`tamis import` reads them) its sets as sessions that were recorded. Errors: as Log::open, read_trials and
/// select_sessions, but a log without any session has none.
Result<ReportLog> read_report_log(const std::string& path, const SessionFilter& filter = {},
                                  const ReadOptions& options = {});

/// One session of an open log, with what is known of its task. `log_name` is the file's name.
Result<ReportSession> read_session(const Log& log, const SessionRecord& record, const std::string& log_name);

/// What a document says besides what its sessions do.
struct DocumentOptions {
  std::string title = {};         ///< empty: the page makes one of the workloads
  int64_t generated_unix_ms = 0;  ///< wall clock; 0: it is left out
};

/// The document of a report: web/schema/report.schema.json says what is in it. The same logs and options give
/// the same document. Sessions are numbered through all logs, in their order. Texts may hold bytes that are
/// not UTF-8 (to_text).
Json make_document(std::span<const ReportLog> logs, const DocumentOptions& options = {});

/// JSON as text, in which bytes that are not UTF-8 are U+FFFD.
std::string to_text(const Json& json);

}  // namespace tamis::report
