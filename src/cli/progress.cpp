#include "cli/progress.h"

#include "base/clock.h"
#include "base/text.h"
#include "drawing/text_width.h"
#include "experiment/tuning_report.h"
#include "tamis/objective.h"
#include "tamis/space.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

constexpr uint64_t kPlainEvery = 100;

}  // namespace

ProgressDisplay::ProgressDisplay(LiveScreen& screen, bool quiet, std::span<const SharedTask> tasks,
                                 std::stop_token stop)
    : screen_(screen), quiet_(quiet), stop_(std::move(stop)) {
  for (const SharedTask& task : tasks)
    name_columns_ = std::max(name_columns_, columns_of(printable(task->workload().name)));
}

void ProgressDisplay::begin(const Task& task, const SessionOptions& options) {
  task_ = &task;
  batch_ = options.asynchronous ? SessionOptions{}.batch : options.batch;
  decides_ = options.finalists > 0 && task.target().traits().latencies_vary;
  const std::optional<uint64_t> configs = known_count(task.space());
  {
    const std::lock_guard lock(mutex_);
    view_ = TaskView::of(task);
    course_ = {};
    course_.begun_ns = monotonic_ns();
    if (options.budget.time)
      course_.deadline_ns = course_.begun_ns + std::chrono::nanoseconds(*options.budget.time).count();
    course_.total = options.budget.trials;
    if (configs) course_.total = std::min(course_.total.value_or(*configs), *configs);
    course_.may_end_early = options.budget.early_stop.has_value();
    pace_ = {};
  }
  if (quiet_) return;
  if (screen_.live())
    screen_.show([this](const Window& window) { return draw(window); });
  else
    screen_.say(fmt::format("{}: {}\n", view_.name,
                            configs ? counted(*configs, "config") : size_text(task.space()) + " configs"));
}

void ProgressDisplay::note(const std::string& text) {
  screen_.say(fmt::format("{}: {}\n", printable(task_->workload().name), text));
}

void ProgressDisplay::tell_failing_begin(const Progress& progress) {
  const Counts& counts = *progress.counts;
  if (counts.trials != batch_ || counts.invalid != batch_ || progress.reasons->empty()) return;
  const std::string name = printable(task_->workload().name);
  std::string text = batch_ == 1 ? fmt::format("{}: the first trial was not valid\n", name)
                                 : fmt::format("{}: none of the first {} trials was valid\n", name, batch_);
  for (const Reason& reason : progress.reasons->most_frequent())
    text += fmt::format("  {} {}: {}\n", reason.trials, to_string(reason.verdict), printable(reason.message));
  screen_.say(text);
}

void ProgressDisplay::update(const Progress& progress) {
  if (quiet_) return;
  {
    const int64_t now = monotonic_ns();
    const std::lock_guard lock(mutex_);
    // Trials of an earlier run were not made in this one's time.
    if (view_.counts.trials == 0) pace_.note(course_.begun_ns, progress.counts->trials - 1);
    view_.take(progress, now);
    course_.trials = progress.counts->trials;
    course_.total = progress.total;
  }
  tell_failing_begin(progress);
  if (screen_.live())
    screen_.touch();
  else if (progress.improved || progress.counts->trials % kPlainEvery == 0)
    screen_.say(line(progress) + "\n");
}

void ProgressDisplay::tell(const DeviceEvent& event) {
  if (!quiet_) screen_.say(printable(describe(event)) + "\n");
}

void ProgressDisplay::end(const SessionResult& result) {
  screen_.hide();
  if (quiet_ || !screen_.live()) return;
  const Console& console = screen_.console();
  const Paper paper{console.window(), console.colours, console.blocks};
  screen_.say(draw_finished(result, name_columns_, paper) + "\n");
}

std::vector<std::string> ProgressDisplay::draw(const Window& window) {
  const int64_t now = monotonic_ns();
  TaskView view;
  Course course;
  {
    const std::lock_guard lock(mutex_);
    pace_.note(now, course_.trials);
    view = view_;
    course = course_;
    course.per_second = pace_.per_second();
  }
  course.stopping = stop_.stop_requested();
  course.deciding = decides_ && view.best && course.share(now) == 1.0;
  const Console& console = screen_.console();
  return draw_task(view, course, {window, console.colours, console.blocks}, now);
}

std::string ProgressDisplay::line(const Progress& progress) {
  const Counts& counts = *progress.counts;
  const std::string trials = progress.total ? fmt::format("{}/{} trials", counts.trials, *progress.total)
                                            : counted(counts.trials, "trial");
  const double valid =
      100.0 * static_cast<double>(counts.trials - counts.invalid) / static_cast<double>(counts.trials);
  std::string text =
      fmt::format("{}  {}  {:.0f} % valid  best {}", printable(task_->workload().name), trials, valid,
                  progress.best != nullptr ? task_->objective().show(progress.best->cost()) : "none yet");
  const int64_t now = monotonic_ns();
  const std::lock_guard lock(mutex_);
  pace_.note(now, course_.trials);
  Course course = course_;
  course.per_second = pace_.per_second();
  const bool more = !course.total || course.trials < *course.total;
  if (const std::string left = course.left(now); more && !left.empty()) text += "  " + left;
  return text;
}

}  // namespace tamis::cli
