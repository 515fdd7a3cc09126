#pragma once

#include "tamis/log.h"
#include "tamis/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tamis {

/// Writes into a log which sessions the tasks of a network have, while it is tuned. Not thread safe.
class NetworkKeeper {
 public:
  /// `log` is nullptr where nothing is kept, and so does an empty name; it must outlive this. `tasks` is
  /// NetworkRecord::tasks. With `resume` the newest network of the log goes on that has this name and this
  /// number of tasks and has the first layer that comes; else that layer begins another one.
  NetworkKeeper(Log* log, std::string name, uint64_t tasks, bool resume) : log_(log), resume_(resume) {
    network_.name = std::move(name);
    network_.tasks = tasks;
  }

  /// Takes note of a layer whose session began then, once for each place. A network that had another session
  /// there when it was resumed is left as it was, and another one begun. Errors: as Log.
  Status add(const NetworkLayer& layer, int64_t session_started_unix_ms);

 private:
  /// Makes the newest network of the log that fits the layer this one, if there is one.
  Status find(const NetworkLayer& layer);
  Status begin(int64_t started_unix_ms);

  Log* log_;
  bool resume_;
  NetworkRecord network_;           ///< its layers are those that came in this run
  std::vector<NetworkLayer> held_;  ///< the layers of a network that goes on
};

}  // namespace tamis
