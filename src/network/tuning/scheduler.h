#pragma once

#include "tamis/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tamis::network {

/// How the tasks of a network share one budget.
enum class Scheduling {
  gradient,      ///< the next batch goes where it is expected to save the network most time
  equal,         ///< all tasks get as many trials
  proportional,  ///< trials in proportion to the share of the network's time that a task takes now
};

/// `gradient`, `equal`, `proportional`.
std::string_view to_string(Scheduling scheduling);
/// The scheduling of a word. Errors: invalid_input that names the words there are.
Result<Scheduling> parse_scheduling(std::string_view word);

/// What a scheduler knows of a task. A plain value.
struct TaskState {
  uint64_t occurrences = 1;  ///< how often the network runs it
  bool opened = false;       ///< whether it was tried at all
  bool ended = false;        ///< whether it has no further configs
  uint64_t trials = 0;       ///< configs tried
  /// The best latency after each batch, ns; infinity as long as nothing was valid.
  std::vector<double> best_ns = {};
  /// What its strategy had expected each of these batches to gain, ns; 0 where it had no idea.
  std::vector<double> promised_ns = {};
  /// What its strategy expects the next batch to gain, ns; nothing where it has no idea.
  std::optional<double> expected_ns = std::nullopt;
  /// The tasks, by their positions, in whose place the network may run this one: each occurrence of it in
  /// that of one of both. Nothing for a task that the network cannot do without.
  std::optional<std::array<size_t, 2>> parts = std::nullopt;

  /// The best latency now, ns; infinity where nothing was valid.
  double latency_ns() const;
  /// Whether a valid config is known.
  bool found() const;
};

/// By how much a task that stands for two others is faster than both, ns; negative where it is slower, and
/// infinitely so where it or one of them has no latency.
double lead_ns(std::span<const TaskState> tasks, const TaskState& joined);

/// The time of the network, ns: the best latencies times occurrences, of the tasks that have one, and of
/// those that stand for two others what they save.
double network_latency_ns(std::span<const TaskState> tasks);

/// By how much the next batch is expected to improve the latency of a task, ns; `task.found()`. The sum of
/// - the mean of what the last batch gained and of what its strategy expects of the next, as far as it kept
/// its
///   last promise; where the strategy has no idea, what the last batch gained;
/// - the hope that all are wrong: the latency over the square of the number of batches.
/// The idea is that of Ansor's scheduler (Zheng et al., OSDI 2020, section 6.2), which has no strategy to ask
/// (docs/explanation/network-budget).
double expected_gain_ns(const TaskState& task);

/// By how much the next batch of a task is expected to shorten the network, ns; `tasks[task].found()`: by
/// expected_gain_ns() for each occurrence. Of a task that stands for two others only what takes it ahead of
/// them counts, and of these two only what takes them ahead of it.
double expected_saving_ns(std::span<const TaskState> tasks, size_t task);

/// The task that gets the next batch; nothing where no task is to get one. Follows from its arguments alone.
///
/// Every task is tried once first, in order; one that stands for two others only where the lesser of these
/// takes at least the share `least_gain`, as it can hardly save more. A task without a valid config takes its
/// turn as long as it has no more than an equal share of all trials: nobody can say what it would gain, and
/// it is not to use up what others need. Any other gets batches while the next is expected to save at least
/// the share `least_gain` of the network's time; which of them comes first `scheduling` says, and of equals
/// the first.
std::optional<size_t> pick_task(std::span<const TaskState> tasks, Scheduling scheduling, double least_gain);

}  // namespace tamis::network
