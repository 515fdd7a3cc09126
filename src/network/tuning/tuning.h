#pragma once

#include "network/tuning/scheduler.h"
#include "tamis/counts.h"
#include "tamis/log.h"
#include "tamis/result.h"
#include "tamis/session.h"
#include "tamis/space.h"
#include "tamis/task.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace tamis::network {

/// A task of a network. What several layers have in common is one task.
struct NetworkTask {
  SharedTask task;
  uint64_t occurrences = 1;  ///< how often one run of the network runs it
  /// DeviceRecovery::canary of its session, in place of the one of NetworkOptions::session.
  std::optional<Config> canary = std::nullopt;
  /// The tasks, by their positions, in whose place the network may run this one (TaskState::parts).
  std::optional<std::array<size_t, 2>> parts = std::nullopt;
};

/// How a network is tuned.
struct NetworkOptions {
  /// Of the session of each task; `budget` is passed over. With `resume` the run goes on
  /// that the log holds: the same options, tasks and occurrences then make the same choices.
  SessionOptions session;
  std::string name = {};  ///< under which the log keeps the network (NetworkRecord); empty: it does not
  /// Of all tasks together. `time` includes everything: opening, searching, measuring, and finals, for which
  /// some of it is kept, at most half; finals that do not fit are left out. `early_stop` is the number of
  /// trials in a row without a lesser latency of the network, looked at after each batch.
  Budget budget;
  Scheduling scheduling = Scheduling::gradient;
  /// Tuning ends where no task's next batch is expected to save this share of the network's time; 0: it goes
  /// on until the budget is spent or everything was tried.
  double least_gain = 0.001;
  bool transfer = true;  ///< whether a task starts from the trials that the others have when it is opened
};

/// Why the tuning of a network ended.
enum class NetworkEnd { budget, exhausted, no_gain, early_stop, interrupted };
/// `budget`, `exhausted`, `no_gain`, `early_stop`, `interrupted`.
std::string_view to_string(NetworkEnd end);

/// What a progress display is told after each trial, on the thread that tunes.
struct NetworkProgress {
  size_t task = 0;                    ///< that is being tuned: its position
  const Progress* session = nullptr;  ///< of that task
  uint64_t trials = 0;                ///< of all tasks
  std::optional<uint64_t> total;      ///< trials there will be at most, where that is known
  /// The best latencies times occurrences, ns, of the tasks that have one: the default config's where nothing
  /// better was found.
  double latency_ns = 0;
  size_t missing = 0;  ///< tasks without any valid config so far, which the latency lacks
  /// The same of the default configs; nothing where one of them was not tried or is not valid.
  std::optional<double> default_latency_ns;
  const Counts* others = nullptr;  ///< trials of all tasks but the one that is being tuned
  /// How fast it falls (GainRate); nothing before every task has a latency and a second after.
  std::optional<double> gain_per_minute_ns;
};

/// What came of one task.
struct TunedTask {
  NetworkTask of;
  /// Nothing where the budget ended before it was tried, or where it stands for others too short to pay.
  std::optional<SessionResult> session;
  /// How often the network runs it in its fastest form, where tasks that are faster than their two parts
  /// stand for them.
  uint64_t used = 0;
};

/// What tuning a network came to.
struct NetworkResult {
  std::vector<TunedTask> tasks;  ///< in the order in which they were given
  std::vector<size_t> picks;     ///< which task each batch went to, in their order
  /// The best latencies times how often each task is used, by the finals where there were some, ns; nothing
  /// where a task that the network cannot do without has no valid config.
  std::optional<double> latency_ns;
  /// The same of the default configs; nothing where one of them was not tried or is not valid.
  std::optional<double> default_latency_ns;
  Counts counts;  ///< of all tasks
  NetworkEnd end = NetworkEnd::budget;
  int64_t wall_ns = 0;
};

/// Tunes the tasks of a network under one budget: opens a session for each, lazily, and gives batch after
/// batch to the task that pick_task() names.
///
///     pick a task ──► open it, where it is new, with the trials of the others to start from
///         ▲              └──► a batch: propose, measure, append to the log ──► what is expected of the next?
///         ─┐
///         └───────────────────────────────────────────────────────────────────────────────────────────────────┘
///
/// The first batch of every task has the default config before it. Each task has a session of its own in
/// `log` (nullptr: nothing is kept), as durable as that of run_session(). Resuming takes the log back batch
/// by batch through the same choices, and so goes on exactly as if never interrupted; limits of time aside,
/// the result does not depend on timing. One task has devices at a time.
///
/// Errors: invalid_input for no tasks, for parts that are not two earlier tasks or occur less often than what
/// stands for them, for two of the same workload on the same target, for one that is
/// never run, for an objective that is not a latency, for a least gain outside of 0 to 1; as run_session,
/// naming the workload: the sessions of the log are as durable then as after an interruption.
Result<NetworkResult> tune_network(std::span<const NetworkTask> tasks, Log* log,
                                   const NetworkOptions& options,
                                   const std::function<void(const NetworkProgress&)>& progress,
                                   std::stop_token stop);

}  // namespace tamis::network
