#include "network/tuning/scheduler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include <fmt/format.h>

namespace tamis::network {
namespace {

/// Shares of a latency below this neither keep nor break a promise.
constexpr double kNegligible = 0.01;

/// What the last batch gained, as a share of the latency before it; 0 where nothing was valid before it.
double last_gain(const TaskState& task) {
  const size_t count = task.best_ns.size();
  if (count < 2 || !std::isfinite(task.best_ns[count - 2])) return 0;
  return 1 - task.best_ns[count - 1] / task.best_ns[count - 2];
}

/// What the strategy had expected of the last batch, as a share of the latency before it.
double last_promise(const TaskState& task) {
  const size_t count = task.best_ns.size();
  if (count < 2 || !std::isfinite(task.best_ns[count - 2])) return 0;
  return task.promised_ns[count - 1] / task.best_ns[count - 2];
}

/// Whether a task without a valid config has no more than an equal share of all trials.
bool is_within_share(const TaskState& task, std::span<const TaskState> tasks) {
  uint64_t trials = 0;
  for (const TaskState& one : tasks) trials += one.trials;
  return task.trials * tasks.size() <= trials;
}

/// What ranks a task that may get the next batch: the largest comes first.
double priority(std::span<const TaskState> tasks, size_t place, Scheduling scheduling) {
  const TaskState& task = tasks[place];
  const double occurrences = static_cast<double>(task.occurrences);
  const double trials = static_cast<double>(task.trials);
  switch (scheduling) {
    case Scheduling::gradient:
      return expected_saving_ns(tasks, place);
    case Scheduling::equal:
      return -trials;
    case Scheduling::proportional:
      return -trials / (task.latency_ns() * occurrences);
  }
  return 0;
}

/// Whether a task is worth a first batch: what stands for two others saves about the lesser of them at most.
bool may_pay(std::span<const TaskState> tasks, const TaskState& task, double least_ns) {
  if (!task.parts) return true;
  const TaskState& first = tasks[(*task.parts)[0]];
  const TaskState& second = tasks[(*task.parts)[1]];
  if (!first.found() || !second.found()) return false;
  const double lesser = std::min(first.latency_ns(), second.latency_ns());
  return lesser * static_cast<double>(task.occurrences) >= least_ns;
}

}  // namespace

std::string_view to_string(Scheduling scheduling) {
  switch (scheduling) {
    case Scheduling::gradient:
      return "gradient";
    case Scheduling::equal:
      return "equal";
    case Scheduling::proportional:
      return "proportional";
  }
  return "";
}

Result<Scheduling> parse_scheduling(std::string_view word) {
  for (const Scheduling scheduling : {Scheduling::gradient, Scheduling::equal, Scheduling::proportional})
    if (word == to_string(scheduling)) return scheduling;
  return invalid_input(
      fmt::format("\"{}\" is no way to share a budget; there are gradient, equal and proportional", word));
}

double TaskState::latency_ns() const {
  return best_ns.empty() ? std::numeric_limits<double>::infinity() : best_ns.back();
}

bool TaskState::found() const { return std::isfinite(latency_ns()); }

double lead_ns(std::span<const TaskState> tasks, const TaskState& joined) {
  const TaskState& first = tasks[(*joined.parts)[0]];
  const TaskState& second = tasks[(*joined.parts)[1]];
  if (!joined.found() || !first.found() || !second.found()) return -std::numeric_limits<double>::infinity();
  return first.latency_ns() + second.latency_ns() - joined.latency_ns();
}

double network_latency_ns(std::span<const TaskState> tasks) {
  double sum = 0;
  for (const TaskState& task : tasks)
    if (task.found() && !task.parts) sum += task.latency_ns() * static_cast<double>(task.occurrences);
  for (const TaskState& task : tasks)
    if (task.parts) sum -= std::max(0.0, lead_ns(tasks, task)) * static_cast<double>(task.occurrences);
  return sum;
}

double expected_gain_ns(const TaskState& task) {
  const double batches = static_cast<double>(task.best_ns.size());
  const double hope = task.latency_ns() / (batches * batches);
  const double gained = last_gain(task);
  if (!task.expected_ns) return gained * task.latency_ns() + hope;
  const double kept = (gained + kNegligible) / (last_promise(task) + kNegligible);
  return (gained * task.latency_ns() + kept * *task.expected_ns) / 2 + hope;
}

double expected_saving_ns(std::span<const TaskState> tasks, size_t task) {
  const TaskState& state = tasks[task];
  const double gain = expected_gain_ns(state);
  const double occurrences = static_cast<double>(state.occurrences);
  if (state.parts) {
    const double behind = std::max(0.0, -lead_ns(tasks, state));
    return std::max(0.0, gain - behind) * occurrences;
  }
  double saving = gain * occurrences;
  for (const TaskState& joined : tasks) {
    if (!joined.parts || ((*joined.parts)[0] != task && (*joined.parts)[1] != task)) continue;
    const double ahead = std::max(0.0, lead_ns(tasks, joined));
    saving -= std::min(gain, ahead) * static_cast<double>(joined.occurrences);
  }
  return saving;
}

std::optional<size_t> pick_task(std::span<const TaskState> tasks, Scheduling scheduling, double least_gain) {
  const double least_ns = least_gain * network_latency_ns(tasks);
  for (size_t i = 0; i < tasks.size(); ++i)
    if (!tasks[i].opened && may_pay(tasks, tasks[i], least_ns)) return i;
  std::optional<size_t> best;
  for (size_t i = 0; i < tasks.size(); ++i) {
    const TaskState& task = tasks[i];
    if (task.ended || !task.opened) continue;
    if (!task.found()) {
      if (is_within_share(task, tasks)) return i;
      continue;
    }
    if (expected_saving_ns(tasks, i) < least_ns) continue;
    if (!best || priority(tasks, i, scheduling) > priority(tasks, *best, scheduling)) best = i;
  }
  return best;
}

}  // namespace tamis::network
