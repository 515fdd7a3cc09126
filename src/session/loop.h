#pragma once

#include "search/strategy.h"
#include "session/session.h"

#include <functional>
#include <memory>
#include <stop_token>

namespace tamis {

/// The parts that a session joins, each made when the session needs it.
struct SessionParts {
  std::function<Result<std::unique_ptr<Strategy>>(const SearchProblem&)> make_strategy;
  std::function<Result<std::unique_ptr<Measurer>>(const MeasureTask&)> make_measurer;
};

/// run_session with given parts. `options.initializer` must be resolved: it is part of what a session is
/// recognised by.
Result<SessionResult> run_loop(const Target& target, const Workload& workload, Log* log,
                               const SessionOptions& options, const SessionParts& parts,
                               const std::function<void(const Progress&)>& progress, std::stop_token stop);

}  // namespace tamis
