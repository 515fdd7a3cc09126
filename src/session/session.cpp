#include "session/session.h"

#include "search/strategies.h"
#include "session/loop.h"
#include "session/proposals.h"

namespace tamis {
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
