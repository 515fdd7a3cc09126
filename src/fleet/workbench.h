#pragma once

#include "fleet/records.h"
#include "measure/device_guard.h"
#include "tamis/fleet.h"
#include "tamis/result.h"
#include "tamis/target.h"
#include "tamis/task.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tamis::fleet {

/// A task on a worker's device.
struct Bench {
  std::string digest;  ///< of its record
  SharedTask task;
  std::unique_ptr<DeviceGuard> guard;
  std::map<std::string, uint64_t> trials;  ///< that were valid on this device, by their sessions
};

/// The tasks that a worker tried configs of lately, on its one device, which only the current one holds. Used
/// by one thread at a time.
class Workbench {
 public:
  /// So many tasks are kept ready at most.
  static constexpr size_t kMost = 4;

  Workbench(const FleetWorker& worker, std::string device, std::shared_ptr<const Target> target)
      : worker_(worker), device_(std::move(device)), target_(std::move(target)) {}

  /// The task that the device is at; nullptr: none.
  Bench* current() { return current_; }
  /// Gives the device to the task of this digest, where it is kept ready; nullptr where not.
  Bench* find(const std::string& digest);
  /// Makes a task ready and gives it the device. Errors: unsupported where this worker's target is not the
  /// tuner's, saying both; whatever keeps the target from the workload.
  Result<Bench*> make(const std::string& digest, const TaskRecord& record);
  /// Lets go of the device and of all tasks, so that it is opened anew.
  void clear();

 private:
  Bench* use(Bench* bench);

  const FleetWorker& worker_;
  std::string device_;
  std::shared_ptr<const Target> target_;
  std::vector<std::unique_ptr<Bench>> benches_;  // the one used last comes last
  Bench* current_ = nullptr;
};

}  // namespace tamis::fleet
