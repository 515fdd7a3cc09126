#pragma once

#include <csignal>

namespace tamis {

/// While it lives, the calling thread takes neither SIGINT nor SIGTERM, and so do all threads that it starts,
/// for good. For libraries that start threads of their own: one of those would take a signal that another
/// thread of this process waits for, and end the process by it. Lives and dies on one thread.
class SignalShield {
 public:
  SignalShield();
  ~SignalShield();
  SignalShield(const SignalShield&) = delete;
  SignalShield& operator=(const SignalShield&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace tamis
