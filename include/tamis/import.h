#pragma once

#include "tamis/formats.h"
#include "tamis/log.h"
#include "tamis/result.h"

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

/// What importing a file did: each workload of the file in its order, and what was left out.
struct ImportReport {
  std::string path;    ///< of the file
  std::string format;  ///< TrialFile::format
  std::vector<ImportedWorkload> workloads;
  std::vector<std::string> skipped = {};  ///< TrialFile::skipped
  uint64_t left_out = 0;                  ///< TrialFile::left_out
};

/// Adds the trials of a file (tamis/formats.h) to a log. Each workload becomes a session of the
/// strategy `imported`, whose initializer is the file's name and whose target is the format; trials that
/// imported sessions of the same workload and device already hold are not added again, and others join the
/// session with the same space, if there is one. The file is never in memory as a whole, nor are its trials.
/// Errors: as read_trials, before anything is written; as Log, which keeps what was added before: importing
/// again goes on; unsupported for a log of tamis.
Result<ImportReport> import_file(Log& log, const std::string& path, const ReadOptions& options = {});
/// The same with the log of a path, which is opened, and made where it is missing, only once the file was
/// read.
Result<ImportReport> import_file(const std::string& log_path, const std::string& path,
                                 const ReadOptions& options = {});

/// What merging did.
struct MergeReport {
  uint64_t sessions = 0;  ///< of the logs that were merged
  uint64_t added = 0;     ///< of them those that are new in the output
  uint64_t extended = 0;  ///< those of which the output lacked trials, asks or finals that are up to date
  uint64_t known = 0;     ///< those of which it lacked nothing but outdated finals
  uint64_t trials = 0;    ///< written, over all sessions
};

/// Adds every session of the logs, oldest first, to `output`, with its trials, asks and newest finals;
/// sessions that were there before stay.
///
/// Two sessions are the same when all that is recorded of them is and they agree in every trial that both
/// have: copies of one log, of which one went on. They are joined. Copies that went on apart stay two
/// sessions, each with all its trials. Networks come along: two are the same when they have name and
/// beginning in common, and at each place where both have a layer its session. Merging the same logs again
/// adds nothing. Errors: as Log; what was merged until then stays, and merging again goes on.
Result<MergeReport> merge_logs(const std::vector<std::string>& paths, Log& output);

}  // namespace tamis
