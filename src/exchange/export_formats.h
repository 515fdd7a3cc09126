#pragma once

#include "base/result.h"
#include "log/log.h"
#include "log/stored_sessions.h"

#include <span>
#include <string>
#include <vector>

namespace tamis {

/// Sessions to be written to one file, each loaded when its turn comes.
struct ExportRequest {
  const Log* log = nullptr;
  std::vector<SessionRecord> sessions;
  bool best = false;  ///< of each workload and target the best trial only
};

/// A format that sessions can be written in: the table of the extension point (docs/how-to/adding-a-format).
struct ExportFormat {
  std::string name;
  std::string description;
  bool every_session = false;  ///< whether all sessions of a workload are meant, or the newest of them
  /// The file's text. Errors: unsupported, invalid_input, for what the format cannot hold; as the log.
  Result<std::string> (*write)(const ExportRequest& request);
};

/// Every format there is.
const std::vector<ExportFormat>& export_formats();

/// Errors: not_found, with the nearest.
Result<const ExportFormat*> find_export_format(const std::string& name);

/// The trials of a session that are to be written: all, or the best one.
Result<StoredSession> load_for_export(const ExportRequest& request, const SessionRecord& record);

}  // namespace tamis
