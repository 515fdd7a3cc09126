#pragma once

#include "tamis/measurer.h"
#include "tamis/result.h"
#include "tamis/session.h"
#include "tamis/task.h"

#include <memory>
#include <optional>
#include <vector>

namespace tamis {

/// The measurer of a session, and what happens to its devices.
class Measuring {
 public:
  Measuring(SharedTask task, const SessionOptions& options);
  Measuring(const Measuring&) = delete;  // the measurer tells it of events
  Measuring& operator=(const Measuring&) = delete;

  Status make();
  /// Makes the default config the canary once it is found valid, where that is wanted: all measurers before
  /// that have none.
  Status take_canary(const std::optional<Trial>& default_trial);
  Measurer& measurer() { return *measurer_; }
  /// Gives devices back until something is measured.
  void rest() { measurer_->rest(); }
  std::vector<DeviceEvent>& events() { return events_; }

 private:
  SharedTask task_;
  MeasurerFactory factory_;
  MeasureOptions options_;
  bool wants_canary_;
  std::vector<DeviceEvent> events_;
  std::unique_ptr<Measurer> measurer_;
};

}  // namespace tamis
