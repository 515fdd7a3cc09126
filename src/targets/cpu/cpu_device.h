#pragma once

#include "tamis/result.h"
#include "tamis/target.h"
#include "targets/cpu/timing/caches.h"

#include <memory>

namespace tamis::cpu {

struct CpuDeviceOptions {
  int slot = 0;     ///< DeviceOptions::slot: which cores it keeps to
  int threads = 1;  ///< of a run
  Caches caches = Caches::warm;
};

/// The processor of this machine; its threads are pinned, each to a core of its own. Errors: io.
Result<std::unique_ptr<Device>> open_cpu_device(const CpuDeviceOptions& options);

}  // namespace tamis::cpu
