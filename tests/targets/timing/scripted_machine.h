#pragma once

#include "targets/timing/sampling.h"

#include <cstdint>
#include <functional>
#include <utility>

namespace tamis::timing {

/// A machine on which time passes only as a test says: no test of timing depends on a real clock.
class ScriptedMachine {
 public:
  /// A program whose n-th run (from 0) takes `latency_ns(n)`.
  std::function<void()> program(std::function<double(uint64_t)> latency_ns) {
    return [this, latency_ns = std::move(latency_ns)] {
      now_ += static_cast<int64_t>(latency_ns(runs_++) * slowdown);
    };
  }
  std::function<void()> program(double latency_ns) {
    return program([latency_ns](uint64_t) { return latency_ns; });
  }
  std::function<int64_t()> clock() {
    return [this] { return now_; };
  }
  SamplingEnvironment environment() {
    SamplingEnvironment environment;
    environment.clock = clock();
    return environment;
  }
  void pass(int64_t ns) { now_ += ns; }
  int64_t now() const { return now_; }
  uint64_t runs() const { return runs_; }

  double slowdown = 1.0;  ///< of everything that runs

 private:
  int64_t now_ = 1'000;
  uint64_t runs_ = 0;
};

}  // namespace tamis::timing
