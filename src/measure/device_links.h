#pragma once

#include "measure/device_guard.h"
#include "tamis/measurer.h"
#include "tamis/result.h"
#include "tamis/task.h"

#include <memory>
#include <vector>

namespace tamis {

/// What the devices of so many slots, from this one on, are reached through, as the task's target asks for
/// (TargetTraits::needs_isolation). Errors: as make_measurer.
struct LinkSlots {
  int first = 0;
  int count = 1;
};
Result<std::vector<std::unique_ptr<DeviceLink>>> make_device_links(SharedTask task,
                                                                   const MeasureOptions& options,
                                                                   const LinkSlots& slots);

/// Of each kind.
Result<std::vector<std::unique_ptr<DeviceLink>>> make_in_process_links(SharedTask task,
                                                                       const MeasureOptions& options,
                                                                       const LinkSlots& slots);
Result<std::vector<std::unique_ptr<DeviceLink>>> make_worker_links(SharedTask task,
                                                                   const MeasureOptions& options,
                                                                   const LinkSlots& slots);

}  // namespace tamis
