#pragma once

#include "cli/live_screen.h"
#include "cli/progress_view.h"
#include "tamis/session.h"
#include "tamis/task.h"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace tamis::cli {

/// Shows how the sessions of tasks go, one after the other, on standard error: on a terminal a block of lines
/// that is drawn over, and a line of each task that is finished; otherwise a line at every better config and
/// every 100 trials. Updates come from one thread.
class ProgressDisplay {
 public:
  /// `screen` must outlive it. The tasks are those that follow; `stop` is what stops them.
  ProgressDisplay(LiveScreen& screen, bool quiet, std::span<const SharedTask> tasks, std::stop_token stop);
  ~ProgressDisplay() { screen_.hide(); }
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  /// Begins a task, whose session has these options.
  void begin(const Task& task, const SessionOptions& options);
  /// Shows what a session says of itself: what it resumes, or why it does not. Also when it is quiet, because
  /// it is not progress.
  void note(const std::string& text);
  void update(const Progress& progress);
  /// Shows what happened to a device.
  void tell(const DeviceEvent& event);
  /// Ends the task, of which a line with its result stays on a terminal.
  void end(const SessionResult& result);

 private:
  /// The lines of the block, on the screen's thread.
  std::vector<std::string> draw(const Window& window);
  /// The line where there is no block.
  std::string line(const Progress& progress);
  /// Says at once, after a first batch without a valid trial, why.
  void tell_failing_begin(const Progress& progress);

  LiveScreen& screen_;
  bool quiet_;
  size_t name_columns_ = 0;  // of the longest name
  std::stop_token stop_;
  const Task* task_ = nullptr;
  uint64_t batch_ = 0;
  bool decides_ = false;  // whether the best are measured again in the end

  std::mutex mutex_;  // guards what follows, which two threads use
  TaskView view_;
  Course course_;
  Pace pace_;
};

}  // namespace tamis::cli
