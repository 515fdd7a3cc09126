#pragma once

#include "base/result.h"
#include "log/log.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tamis {

/// The name of the strategy of sessions that were imported.
inline constexpr const char* kImportedStrategy = "imported";

/// What importing a file did to one workload.
struct ImportedWorkload {
  int64_t session = 0;  ///< that holds the trials added; 0 where all were there already
  std::string workload;
  std::string target_identity;
  uint64_t added = 0;
  uint64_t valid = 0;  ///< of those added
  uint64_t known = 0;  ///< trials of the file that the log held already
};

struct ImportReport {
  std::string path;
  std::string format;
  std::vector<ImportedWorkload> workloads;
  std::vector<std::string> skipped;  ///< a sentence for each line or row that could not be taken
};

/// Adds the trials of a file (exchange/formats.h) to a log. Each workload becomes a session of the
/// strategy `imported`, whose initializer is the file's name and whose target is the format; trials that
/// imported sessions of the same workload and device already hold are not added again, and others join the
/// session with the same space, if there is one. Errors: as read_trials, before anything is written; as Log;
/// unsupported for a log of tamis.
Result<ImportReport> import_file(Log& log, const std::string& path);

}  // namespace tamis
