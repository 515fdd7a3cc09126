#pragma once

#include "measure/protocol.h"
#include "tamis/fleet.h"
#include "tamis/measurer.h"
#include "tamis/result.h"
#include "tamis/task.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tamis::fleet {

// What lies in the buckets of a fleet, as JSON. Reading errors are corrupt, naming what and where.

/// What the configs of jobs are of, and how they are tried. A worker makes its own target (its target's spec
/// and settings never come from a message) and tries nothing of a task with another identity or other knobs.
struct TaskRecord {
  int protocol = kProtocolVersion;
  std::string identity;     ///< to_string(TaskIdentity)
  std::string fingerprint;  ///< knobs_fingerprint() of its space
  Workload workload;
  MeasureOptions options;  ///< of them deadlines, data seed, memory limit, retries and canary
};
std::string to_text(const TaskRecord& record);
Result<TaskRecord> read_task_record(std::string_view text);
TaskRecord make_task_record(const Task& task, const MeasureOptions& options);

/// What a worker says of its device when it begins, and when it ends.
struct DeviceRecord {
  std::string type;
  std::string target;
  std::string identity;
  std::string pool;    ///< pool_of()
  bool signs = false;  ///< whether its worker has a key
  std::string host;
  std::string version;
  int protocol = kProtocolVersion;
  FleetRole role = FleetRole::both;
  int64_t began_unix_ms = 0;
  bool ended = false;  ///< its worker has ended as it should
};
std::string to_text(const DeviceRecord& record);
Result<DeviceRecord> read_device_record(std::string_view text);

/// Who has a device, and how it is.
struct LeaseRecord {
  std::string worker;  ///< an id that no other worker has
  std::string host;
  std::string machine;  ///< machine_id()
  int64_t process = 0;
  FleetState state = FleetState::idle;
  std::string session;  ///< of what it tries; empty: nothing
  uint64_t job = 0;     ///< of that session
  uint64_t trials = 0;
  uint64_t invalid = 0;
  double busy_share = 0;
};
std::string to_text(const LeaseRecord& record);
Result<LeaseRecord> read_lease_record(std::string_view text);

/// What is wanted of a device.
struct OrderRecord {
  bool quarantine = false;  ///< else it is to be drained
  std::string reason;
};
std::string to_text(const OrderRecord& record);
Result<OrderRecord> read_order_record(std::string_view text);

/// A tuner that is at work.
struct TunerRecord {
  std::string name;
  std::string task;
  int priority = 1;
  std::vector<std::string> device_types;
  std::vector<std::string> queues;
  uint64_t given_up_below = 0;  ///< of its jobs those before this one are to be tried no more
};
std::string to_text(const TunerRecord& record);
Result<TunerRecord> read_tuner_record(std::string_view text);

/// What happened to a device, as a report of it says.
std::string to_text(const DeviceEvent& event);
Result<DeviceEvent> read_event(std::string_view text);

}  // namespace tamis::fleet
