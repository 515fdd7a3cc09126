#include "session/session.h"

#include "search/strategies.h"
#include "session/loop.h"

namespace tamis {
namespace {

/// The initializer by its own name, so that a session is recognised whether it was named or left to the
/// strategy.
std::string resolve_initializer(const SessionOptions& options) {
  if (!options.initializer.empty()) return options.initializer;
  for (const StrategyKind& kind : strategy_kinds())
    if (kind.name == options.strategy) return kind.default_initializer;
  return {};
}

}  // namespace

Result<SessionResult> run_session(const Target& target, const Workload& workload, Log* log,
                                  const SessionOptions& options,
                                  const std::function<void(const Progress&)>& progress,
                                  std::stop_token stop) {
  SessionOptions resolved = options;
  resolved.initializer = resolve_initializer(options);
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
