#pragma once

#include "cli/live_screen.h"
#include "cli/progress_view.h"
#include "network/tuning/tuning.h"
#include "tamis/measurer.h"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace tamis::cli {

/// Shows how the tuning of a network goes, on standard error: on a terminal a block of lines that is drawn
/// over, and in the end a line of each task; otherwise a line whenever the network has become a hundredth
/// faster, and every 100 trials. Updates come from one thread.
class NetworkProgressDisplay {
 public:
  /// `screen`, the tasks and the options must outlive it. The network is shown under this name; `stop` is
  /// what stops it.
  NetworkProgressDisplay(LiveScreen& screen, bool quiet, const std::string& name,
                         std::span<const network::NetworkTask> tasks, const network::NetworkOptions& options,
                         std::stop_token stop);
  ~NetworkProgressDisplay() { screen_.hide(); }
  NetworkProgressDisplay(const NetworkProgressDisplay&) = delete;
  NetworkProgressDisplay& operator=(const NetworkProgressDisplay&) = delete;

  void update(const network::NetworkProgress& progress);
  /// Shows what happened to a device.
  void tell(const DeviceEvent& event);
  /// Shows what a session says of itself, also when it is quiet.
  void note(const std::string& text);
  /// Ends the network, of whose tasks a line each stays on a terminal.
  void end(const network::NetworkResult& result);

 private:
  std::vector<std::string> draw(const Window& window);
  std::string line(const network::NetworkProgress& progress) const;
  /// Under `mutex_`: takes in what is shown of the task that is being tuned.
  void take_task(const network::NetworkProgress& progress, int64_t now_ns);

  LiveScreen& screen_;
  bool quiet_;
  std::string name_;
  std::span<const network::NetworkTask> tasks_;
  std::stop_token stop_;
  bool decides_ = false;  // whether the best are measured again in the end
  double told_ns_ = 0;    // the latency of the last line

  std::mutex mutex_;  // guards what follows, which two threads use
  NetworkView view_;
  std::vector<TaskView> views_;  // of the tasks
  size_t task_ = 0;              // that is being tuned
  Course course_;
  Pace pace_;
};

}  // namespace tamis::cli
