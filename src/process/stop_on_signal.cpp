#include "process/stop_on_signal.h"

#include "base/clock.h"

#include <atomic>
#include <csignal>
#include <thread>

#include <pthread.h>
#include <unistd.h>

namespace tamis {
namespace {

/// timeout(1) and some shells signal a process and then its group: two signals so close are one interruption.
constexpr int64_t kSameInterruptionNs = 500'000'000;

/// How a shell says that SIGINT ended a program.
constexpr int kInterruptedExit = 130;

}  // namespace

/// A thread that waits for the signals: request_stop() wakes condition variables and takes locks, which no
/// signal handler may.
struct StopOnSignal::State {
  std::stop_source stop;
  std::atomic<bool> leaving = false;
  sigset_t signals{};
  sigset_t before{};
  std::thread waiter;
};

StopOnSignal::StopOnSignal() : state_(std::make_unique<State>()) {
  sigemptyset(&state_->signals);
  sigaddset(&state_->signals, SIGINT);
  sigaddset(&state_->signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &state_->signals, &state_->before);
  state_->waiter = std::thread([state = state_.get()] {
    int64_t first_ns = 0;
    for (int received = 0; sigwait(&state->signals, &received) == 0 && !state->leaving;) {
      if (state->stop.request_stop()) {
        first_ns = monotonic_ns();
      } else if (monotonic_ns() - first_ns > kSameInterruptionNs) {
        ::_exit(kInterruptedExit);
      }
    }
  });
}

StopOnSignal::~StopOnSignal() {
  state_->leaving = true;
  pthread_kill(state_->waiter.native_handle(), SIGINT);
  state_->waiter.join();
  pthread_sigmask(SIG_SETMASK, &state_->before, nullptr);
}

std::stop_token StopOnSignal::token() const { return state_->stop.get_token(); }

}  // namespace tamis
