#include "tamis/session.h"

#include "session/timed_stop.h"

#include <utility>

namespace tamis {

std::string_view to_string(StopReason reason) {
  switch (reason) {
    case StopReason::budget:
      return "budget";
    case StopReason::exhausted:
      return "exhausted";
    case StopReason::early_stop:
      return "early_stop";
    case StopReason::interrupted:
      return "interrupted";
  }
  return "";
}

Result<SessionResult> run_session(const SharedTask& task, Log* log, const SessionOptions& options,
                                  const std::function<void(const Progress&)>& progress,
                                  std::stop_token stop) {
  const TimedStop timed_stop(stop, options.budget.time);
  TAMIS_ASSIGN(OpenSession session, OpenSession::open(task, log, options, progress));
  std::optional<StopReason> ended;
  while (!ended) {
    TAMIS_ASSIGN(ended, session.step(timed_stop.token()));
  }
  const bool timed_out = *ended == StopReason::interrupted && !stop.stop_requested();
  // A budget of time is for the search: without finals its end would choose the winner.
  return session.finish(timed_out ? StopReason::budget : *ended, std::move(stop));
}

}  // namespace tamis
