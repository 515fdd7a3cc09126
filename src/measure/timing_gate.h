#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <stop_token>

namespace tamis {

/// Keeps programs that are timed apart from all else that the jobs of a session do:
///
///     job 0   enter ── build, run ── alone ──────── waits ── time it ── leave
///     job 1   enter ── build, run ── alone ── time it ── leave
///     job 2                     enter ── waits until nobody is alone or waits to be ── build, ...
///
/// So jobs build together and are then timed in turn. Thread safe.
class TimingGate {
 public:
  /// The presence of one job, which ends with this object. Used by one thread at a time; its gate must
  /// outlive it.
  class Pass {
   public:
    explicit Pass(TimingGate& gate) : gate_(gate) {}
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;
    ~Pass() { leave(); }
    /// Waits until nobody is alone or waits to be, and is then inside. Whether that came before the stop.
    bool enter(const std::stop_token& stop);
    /// Waits until everybody else has left or waits for the same, and is then the only one inside. Only after
    /// enter(). Whether that came before the stop.
    bool stay_alone(const std::stop_token& stop);
    void leave();

   private:
    enum class State { outside, inside, alone };
    TimingGate& gate_;
    State state_ = State::outside;
  };

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  size_t inside_ = 0;   // but for those who wait to be alone
  size_t waiting_ = 0;  // to be alone
  bool alone_ = false;
};

}  // namespace tamis
