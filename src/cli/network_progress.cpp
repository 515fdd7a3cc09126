#include "cli/network_progress.h"

#include "base/clock.h"
#include "base/text.h"
#include "drawing/text_width.h"
#include "tamis/objective.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

constexpr uint64_t kPlainNetworkEvery = 100;

}  // namespace

NetworkProgressDisplay::NetworkProgressDisplay(LiveScreen& screen, bool quiet, const std::string& name,
                                               std::span<const network::NetworkTask> tasks,
                                               const network::NetworkOptions& options, std::stop_token stop)
    : screen_(screen), quiet_(quiet), name_(printable(name)), tasks_(tasks), stop_(std::move(stop)) {
  for (const network::NetworkTask& task : tasks) {
    views_.push_back(TaskView::of(*task.task));
    decides_ = decides_ || (options.session.finalists > 0 && task.task->target().traits().latencies_vary);
  }
  course_.begun_ns = monotonic_ns();
  course_.total = options.budget.trials;
  if (options.budget.time)
    course_.deadline_ns = course_.begun_ns + std::chrono::nanoseconds(*options.budget.time).count();
  // Where nothing is expected to gain, tuning ends.
  course_.may_end_early = options.least_gain > 0 || options.budget.early_stop;
  if (!quiet_) screen_.show([this](const Window& window) { return draw(window); });
}

void NetworkProgressDisplay::update(const network::NetworkProgress& progress) {
  if (quiet_) return;
  if (screen_.live()) {
    const int64_t now = monotonic_ns();
    const std::lock_guard lock(mutex_);
    take_task(progress, now);
    screen_.touch();
    return;
  }
  const bool faster = progress.missing == 0 && (told_ns_ == 0 || progress.latency_ns < 0.99 * told_ns_);
  if (!faster && progress.trials % kPlainNetworkEvery != 0) return;
  if (progress.missing == 0) told_ns_ = progress.latency_ns;
  screen_.say(line(progress) + "\n");
}

void NetworkProgressDisplay::take_task(const network::NetworkProgress& progress, int64_t now_ns) {
  // Trials of an earlier run were not made in this one's time.
  if (course_.trials == 0) pace_.note(course_.begun_ns, progress.trials - 1);
  course_.trials = progress.trials;
  course_.total = progress.total;
  task_ = progress.task;
  views_[task_].take(*progress.session, now_ns);
  view_.latency_ns = progress.latency_ns;
  view_.untuned_ns = progress.default_latency_ns;
  view_.less_a_minute_ns = progress.gain_per_minute_ns;
  view_.missing = progress.missing;
  view_.known = progress.missing < tasks_.size();
  view_.counts = *progress.others;
  view_.counts.add(*progress.session->counts);
}

std::vector<std::string> NetworkProgressDisplay::draw(const Window& window) {
  const int64_t now = monotonic_ns();
  NetworkView view;
  TaskView task;
  Course course;
  {
    const std::lock_guard lock(mutex_);
    pace_.note(now, course_.trials);
    view = view_;
    task = views_[task_];
    course = course_;
    course.per_second = pace_.per_second();
  }
  course.stopping = stop_.stop_requested();
  course.deciding = decides_ && view.known && course.share(now) == 1.0;
  const Console& console = screen_.console();
  return draw_network(name_, view, task, course, {window, console.colours, console.blocks}, now);
}

std::string NetworkProgressDisplay::line(const network::NetworkProgress& progress) const {
  std::string text = "network ";
  if (progress.missing == tasks_.size())
    text += "not known yet";
  else
    text += format_latency(progress.latency_ns);
  if (progress.missing > 0) text += fmt::format(" without {}", counted(progress.missing, "task"));
  if (progress.gain_per_minute_ns && *progress.gain_per_minute_ns > 0)
    text += fmt::format("  {} less a minute", format_latency(*progress.gain_per_minute_ns));
  text += progress.total ? fmt::format("  {}/{} trials", progress.trials, *progress.total)
                         : "  " + counted(progress.trials, "trial");
  return text + "  " + printable(tasks_[progress.task].task->workload().name);
}

void NetworkProgressDisplay::tell(const DeviceEvent& event) {
  if (!quiet_) screen_.say(printable(describe(event)) + "\n");
}

void NetworkProgressDisplay::note(const std::string& text) { screen_.say(text + "\n"); }

void NetworkProgressDisplay::end(const network::NetworkResult& result) {
  screen_.hide();
  if (quiet_ || !screen_.live()) return;
  const Console& console = screen_.console();
  const Paper paper{console.window(), console.colours, console.blocks};
  size_t name_columns = 0;
  for (const TaskView& view : views_) name_columns = std::max(name_columns, columns_of(view.name));
  std::string lines;
  for (const network::TunedTask& tuned : result.tasks)
    if (tuned.session) lines += draw_finished(*tuned.session, name_columns, paper, tuned.used) + "\n";
  screen_.say(lines);
}

}  // namespace tamis::cli
