#pragma once

#include "targets/gpu/runtime/program.h"
#include "targets/gpu/runtime/runtime.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace tamis::gpu {

/// Fixed arithmetic on all of a device, some tens of microseconds of it, that needs no memory: its time says
/// how fast the device is clocked, whatever program is being measured. It is to a GPU what
/// timing::reference_arithmetic is to a core. Used by the thread that uses the runtime.
class DeviceReference {
 public:
  /// The kernel, which takes memory for as many floats as there are items, and the number of steps.
  static Source source(Language language);
  /// `runtime` must outlive this. nullptr where the kernel cannot be had: then nobody watches.
  static std::unique_ptr<DeviceReference> create(Runtime& runtime, Language language);

  /// Runs it once. After a failure nothing runs any more, and no time passes: the program that is being
  /// measured will meet the same failure and say so.
  void run();
  /// The time of all runs together by the device's clock, ns.
  int64_t now_ns() const { return static_cast<int64_t>(ran_ns_); }

 private:
  DeviceReference(Runtime& runtime, std::shared_ptr<const CompiledProgram> program)
      : runtime_(runtime), program_(std::move(program)) {}

  Runtime& runtime_;
  std::shared_ptr<const CompiledProgram> program_;
  Launch launch_;
  std::vector<Argument> arguments_;
  double ran_ns_ = 0;
  bool failed_ = false;
};

}  // namespace tamis::gpu
