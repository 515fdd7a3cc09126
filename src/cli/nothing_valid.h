#pragma once

#include "log/stored_sessions.h"
#include "session/building.h"
#include "tamis/result.h"

#include <string>

#include <fmt/format.h>

namespace tamis::cli {

/// That no trial of the matching sessions was valid, and what to do next, for standard error. Errors: as
/// select_sessions.
inline Result<std::string> nothing_valid(const Log& log, const SessionFilter& filter) {
  TAMIS_ASSIGN(const std::vector<SessionRecord> sessions, select_sessions(log, filter));
  if (sessions.back().strategy == kBuildStrategy)
    return fmt::format(
        "session {0} of {1} only built configs, so none has a latency: tune where they can run; `tamis "
        "explain "
        "{1}` says what does not build\n",
        sessions.back().id, log.path());
  return fmt::format(
      "no trial was valid: `tamis show {} --session {}` has every message; correct what they say, "
      "and tune again without --resume\n",
      log.path(), sessions.back().id);
}

}  // namespace tamis::cli
