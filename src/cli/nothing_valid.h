#pragma once

#include "cli/console.h"
#include "log/stored_sessions.h"
#include "tamis/result.h"

#include <fmt/format.h>

namespace tamis::cli {

/// Says on standard error that no trial of the matching sessions was valid, and what to do next. Errors: as
/// select_sessions.
inline Status tell_nothing_valid(const Log& log, const SessionFilter& filter, const Console& console) {
  TAMIS_ASSIGN(const std::vector<SessionRecord> sessions, select_sessions(log, filter));
  console.note(fmt::format(
      "no trial was valid: `tamis show {} --session {}` has every message; correct what they say, "
      "and tune again without --resume\n",
      log.path(), sessions.back().id));
  return {};
}

}  // namespace tamis::cli
