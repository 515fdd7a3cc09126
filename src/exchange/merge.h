#pragma once

#include "base/result.h"
#include "log/log.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tamis {

/// What merging did.
struct MergeReport {
  uint64_t sessions = 0;  ///< of the logs that were merged
  uint64_t added = 0;     ///< of them those that are new in the output
  uint64_t extended = 0;  ///< those that the output had shorter
  uint64_t known = 0;     ///< those that it had as long
  uint64_t trials = 0;    ///< written, over all sessions
};

/// Adds every session of the logs, oldest first, to `output`, with its trials, asks and newest finals;
/// sessions that were there before stay.
///
/// Two sessions are the same when all that is recorded of them is and they agree in every trial that both
/// have: copies of one log, of which one went on. They are joined. Copies that went on apart stay two
/// sessions, each with all its trials. Merging the same logs again adds nothing. Errors: as Log; what was
/// merged until then stays, and merging again goes on.
Result<MergeReport> merge_logs(const std::vector<std::string>& paths, Log& output);

}  // namespace tamis
