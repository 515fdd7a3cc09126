#include "measure/timing_gate.h"

namespace tamis {

bool TimingGate::Pass::enter(const std::stop_token& stop) {
  std::unique_lock lock(gate_.mutex_);
  const bool entered =
      gate_.changed_.wait(lock, stop, [this] { return !gate_.alone_ && gate_.waiting_ == 0; });
  if (!entered) return false;
  ++gate_.inside_;
  state_ = State::inside;
  return true;
}

bool TimingGate::Pass::stay_alone(const std::stop_token& stop) {
  std::unique_lock lock(gate_.mutex_);
  --gate_.inside_;
  state_ = State::outside;
  ++gate_.waiting_;
  gate_.changed_.notify_all();
  const bool alone = gate_.changed_.wait(lock, stop, [this] { return !gate_.alone_ && gate_.inside_ == 0; });
  --gate_.waiting_;
  if (alone) {
    gate_.alone_ = true;
    state_ = State::alone;
  }
  gate_.changed_.notify_all();
  return alone;
}

void TimingGate::Pass::leave() {
  const std::scoped_lock lock(gate_.mutex_);
  if (state_ == State::inside) --gate_.inside_;
  if (state_ == State::alone) gate_.alone_ = false;
  state_ = State::outside;
  gate_.changed_.notify_all();
}

}  // namespace tamis
