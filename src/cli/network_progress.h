#pragma once

#include "cli/console.h"
#include "network/tuning/tuning.h"
#include "tamis/measurer.h"

#include <cstdint>
#include <span>
#include <string>

namespace tamis::cli {

/// Shows how the tuning of a network goes, on standard error: one line that is redrawn on a terminal,
/// otherwise a line whenever the network has become a hundredth faster, and every 100 trials.
class NetworkProgressDisplay {
 public:
  /// The tasks must outlive it.
  NetworkProgressDisplay(const Console& console, bool quiet, std::span<const network::NetworkTask> tasks)
      : console_(console), quiet_(quiet), tasks_(tasks) {}
  void update(const network::NetworkProgress& progress);
  /// Shows what happened to a device.
  void tell(const DeviceEvent& event);
  /// Shows what a session says of itself, also when it is quiet.
  void note(const std::string& text);
  /// Ends the live line, if one is on the screen.
  void end();

 private:
  std::string line(const network::NetworkProgress& progress) const;

  const Console& console_;
  bool quiet_;
  std::span<const network::NetworkTask> tasks_;
  int64_t drawn_ns_ = 0;
  double told_ns_ = 0;  ///< the latency of the last line
  bool drawn_ = false;
};

}  // namespace tamis::cli
