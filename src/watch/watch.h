#pragma once

#include "tamis/result.h"
#include "watch/server.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace tamis::watch {

struct WatchOptions {
  std::vector<std::string> logs;  ///< need not exist yet
  ServerOptions server;
  std::chrono::milliseconds interval{300};   ///< how often the logs are looked at while a page is open
  std::chrono::milliseconds hold_back{300};  ///< how long a trial waits for others that began before it
};

/// A page of logs that is up to date while another process tunes, until it is destroyed. Reads the logs, and
/// only while somebody looks.
class Watch {
 public:
  /// Errors: as Server::start.
  static Result<Watch> start(const WatchOptions& options);
  Watch(Watch&&) noexcept;
  Watch& operator=(Watch&&) noexcept;
  ~Watch();

  /// Where a browser finds the page.
  const std::string& address() const;

 private:
  struct State;
  explicit Watch(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tamis::watch
