#pragma once

#include "cli/console.h"
#include "tamis/session.h"
#include "tamis/task.h"

#include <cstdint>
#include <string>

namespace tamis::cli {

/// Shows how a session goes, on standard error: one line that is redrawn on a terminal, otherwise a line at
/// every better config and every 100 trials.
class ProgressDisplay {
 public:
  ProgressDisplay(const Console& console, bool quiet) : console_(console), quiet_(quiet) {}
  /// Begins a workload.
  void begin(const Task& task, uint64_t batch);
  /// Shows what a session says of itself: what it resumes, or why it does not. Also when it is quiet, because
  /// it is not progress.
  void note(const std::string& text);
  void update(const Progress& progress);
  /// Shows what happened to a device.
  void tell(const DeviceEvent& event);
  /// Ends the live line, if one is on the screen.
  void end();

 private:
  /// On a terminal as much as fits into one line of it.
  std::string line(const Progress& progress) const;
  /// Says at once, after a first batch without a valid trial, why.
  void tell_failing_begin(const Progress& progress);

  const Console& console_;
  bool quiet_;
  int64_t begun_ns_ = 0;
  int64_t drawn_ns_ = 0;
  const Task* task_ = nullptr;
  uint64_t batch_ = 0;
  uint64_t seen_ = 0;  // trials of this run, those of a resumed log not counted
  bool drawn_ = false;
};

}  // namespace tamis::cli
