#include "session/session.h"

#include "search/strategy_table.h"
#include "session/loop.h"
#include "session/proposals.h"

namespace tamis {

std::string_view to_string(StopReason ending) {
  switch (ending) {
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

Result<SessionResult> run_session(const Target& target, const Workload& workload, Log* log,
                                  const SessionOptions& options,
                                  const std::function<void(const Progress&)>& progress,
                                  std::stop_token stop) {
  SessionOptions resolved = options;
  resolved.initializer = resolve_initializer(options.strategy, options.initializer);
  SessionParts parts;
  parts.make_strategy = [&](const SearchProblem& problem) {
    return make_strategy(resolved.strategy, resolved.initializer, problem);
  };
  parts.make_measurer = [&](const MeasureTask& task) {
    return make_measurer(task, resolved.target, resolved.measure);
  };
  return run_loop(target, workload, log, resolved, parts, progress, std::move(stop));
}

}  // namespace tamis
