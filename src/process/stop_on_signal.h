#pragma once

#include <memory>
#include <stop_token>

namespace tamis {

/// While it lives, the first SIGINT or SIGTERM requests a stop, and another one half a second or more later
/// ends the process at once with code 130. Make it before any other thread, which then inherits the blocked
/// signals. One at a time.
class StopOnSignal {
 public:
  StopOnSignal();
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;
  std::stop_token token() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tamis
