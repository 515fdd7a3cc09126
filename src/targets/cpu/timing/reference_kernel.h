#pragma once

#include <cstdint>
#include <functional>

namespace tamis::cpu {

/// A fixed piece of arithmetic of about ten microseconds that needs no memory: its time says how fast the
/// core is, whatever program is being measured.
void reference_arithmetic();

/// Tells a machine that is slower than it was (its frequency went down, or a neighbour takes part of the
/// core) from one that is calm. Used by one thread, pinned like the programs it stands beside.
class ReferenceKernel {
 public:
  /// Finds the calm time: the least median of many blocks of runs, about a millisecond in all. `clock` gives
  /// ns and never goes back.
  explicit ReferenceKernel(std::function<int64_t()> clock,
                           std::function<void()> kernel = reference_arithmetic);

  /// How many times slower than calm a block of runs is now: about 1, or more. A block that is faster than
  /// any before becomes the calm one, so a start on a busy machine is not taken for calm for ever.
  double slowdown();
  /// Of one run, ns.
  double calm_ns() const { return calm_ns_; }

 private:
  double time_block();

  std::function<int64_t()> clock_;
  std::function<void()> kernel_;
  double calm_ns_;
};

}  // namespace tamis::cpu
