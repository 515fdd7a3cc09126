#pragma once

#include "tamis/measurer.h"
#include "tamis/result.h"
#include "tamis/target.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// Where a fleet's server is, and what proves who asks. The server is NATS with JetStream; everybody only
/// connects to it.
struct FleetAddress {
  std::string url;  ///< `nats://HOST[:PORT]` or `tls://HOST[:PORT]`; several servers of a cluster by commas
  std::string credentials_file;  ///< a NATS `.creds` file with JWT and seed; empty: none
  std::string authorities_file;  ///< PEM of the certificate authorities that are trusted; empty: the system's
  std::string certificate_file;  ///< PEM of this side's own certificate, with `private_key_file`; empty: none
  std::string private_key_file;  ///< PEM
  /// A file with the fleet's key, at least 32 bytes: jobs are signed with it (HMAC-SHA-256), and a worker
  /// that has it runs nothing else. Empty: jobs are neither signed nor checked.
  std::string key_file;
};

/// How a tuner uses a fleet.
struct FleetTuning {
  FleetAddress address;
  /// The device types that configs are tried on; empty: every type whose devices have the task's identity.
  std::vector<std::string> device_types;
  /// Tuners that share a fleet get its devices in the proportion of their priorities; 1 to 1000.
  int priority = 1;
  /// Calls the run in `tamis fleet status`; empty: host and process.
  std::string name;
};

/// Makes measurers that try configs on a fleet (SessionOptions::make_measurer). Trials come out as those of
/// make_measurer() do, with the devices' names; a job whose worker died, hung or lost its connection is tried
/// by another, and counts once. A session should be asynchronous (SessionOptions::asynchronous), or all
/// devices wait for the slowest of each batch.
///
/// Errors: unsupported in a build without NATS; invalid_input for options out of range; io where the server
/// cannot be reached or has no JetStream; not_found where no device that fits is registered; unsupported
/// where those that are there differ, saying how. Measuring errors: as Measurer, io where every device that
/// fits is quarantined, naming them and why.
Result<MeasurerFactory> make_fleet_measurers(const FleetTuning& tuning);

/// What a worker of a fleet does.
enum class FleetRole {
  both,   ///< builds and runs
  build,  ///< builds what others run
  run,    ///< runs what others built
};

/// `both`, `build`, `run`.
std::string_view to_string(FleetRole role);
/// Errors: invalid_input, naming the roles there are.
Result<FleetRole> parse_fleet_role(const std::string& text);

/// A worker's device, and how it is kept fit.
struct FleetWorker {
  FleetAddress address;
  /// The devices of a type are equal: whichever is free tries a config. Letters, digits, `-` and `_`.
  std::string device_type;
  /// The device's name in the whole fleet; letters, digits, `-`, `_`, `.`. Empty: the host's name and the
  /// type.
  std::string device;
  std::string target = "vta";  ///< as after --target
  Settings settings = {};      ///< of the target: the worker's own, whatever a tuner says
  int slot = 0;                ///< DeviceOptions::slot
  FleetRole role = FleetRole::both;
  /// The program that runs in a process of its own what a config makes (MeasureOptions::worker_path).
  std::string worker_path = {};
  /// Where the files lie that workloads name (space files, recorded tables): of what a message names only the
  /// last part is looked for, and only here. Empty: workloads that are files are refused.
  std::string folder = {};
  std::string reset_command = {};  ///< DeviceRecovery::reset_command: the worker's own, never a tuner's
  std::chrono::milliseconds reset_deadline{60'000};
  std::function<void(const std::string&)> note = nullptr;  ///< told a line for people; may be empty
};

/// Serves a fleet with one device until `stop` is requested; what is under way is then finished first. It
/// takes the lease of the device, registers it, tries what tuners send, and reports its health. An outage of
/// the server is waited for.
///
/// Blocks. Errors: as make_fleet_measurers; invalid_input for a name out of range; io where another worker
/// holds the device's lease, or the server could not be reached when it began.
Status serve_fleet(const FleetWorker& worker, const TargetFactory& make, const std::stop_token& stop);

/// How a device of a fleet is.
enum class FleetState {
  idle,         ///< it waits for something to try
  busy,         ///< it tries a config
  draining,     ///< it was told to take no more, and finishes what it has
  drained,      ///< it was told to take no more
  quarantined,  ///< it is not fit to be used, or was said not to be
  silent,       ///< its worker has gone without saying so, or cannot be heard
  gone,         ///< its worker has ended
};

/// `idle`, `busy`, ...
std::string_view to_string(FleetState state);

/// What is known of a device of a fleet.
struct FleetDevice {
  std::string name;
  std::string type;
  FleetState state = FleetState::idle;
  std::string reason;    ///< why it is quarantined or drained; else empty
  std::string target;    ///< what its worker makes configs of: `vta`
  std::string identity;  ///< of the target (TaskIdentity), as far as it is known without a workload
  std::string host;
  std::string version;  ///< of the worker's tamis
  int protocol = 0;     ///< kProtocolVersion of the worker
  FleetRole role = FleetRole::both;
  uint64_t trials = 0;  ///< since its worker began
  uint64_t invalid = 0;
  double busy_share = 0;      ///< of the time since it began that it was trying something
  int64_t began_unix_ms = 0;  ///< by the worker's clock
  int64_t seen_unix_ms = 0;   ///< when the server heard of it last, by the server's clock
  std::string session;        ///< FleetTuner::session of what it tries now; empty: nothing
};

/// A tuner at work on a fleet.
struct FleetTuner {
  std::string session;  ///< its id in the fleet
  std::string name;
  std::string task;  ///< workload and target
  int priority = 1;
  std::vector<std::string> device_types;
  uint64_t waiting = 0;  ///< its jobs that no worker has yet
};

/// A whole fleet at one moment.
struct FleetStatus {
  std::vector<FleetDevice> devices;  ///< by type and name
  std::vector<FleetTuner> tuners;    ///< by name
};

/// What operators see and do of a fleet. Thread safe: each call has a connection of its own.
/// Errors of all: as make_fleet_measurers; not_found naming the devices there are, where there is no such
/// device.
Result<FleetStatus> fleet_status(const FleetAddress& address);
/// Tells a device to finish what it tries and to take no more, until it is released.
Status drain_device(const FleetAddress& address, const std::string& device, const std::string& reason);
/// Lets no device take anything that is said not to be fit; what it tries now is tried by another.
Status quarantine_device(const FleetAddress& address, const std::string& device, const std::string& reason);
/// Lets a device that was drained or quarantined be used again.
Status release_device(const FleetAddress& address, const std::string& device);
/// Forgets a device whose worker is gone or silent. Errors: invalid_input where it is not.
Status forget_device(const FleetAddress& address, const std::string& device);

/// Makes what a fleet keeps on its server (streams and buckets), where it is not there: workers and tuners do
/// so themselves where they may, and an operator where only he may.
Status set_up_fleet(const FleetAddress& address);

}  // namespace tamis
