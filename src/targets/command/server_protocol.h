#pragma once

#include "process/spawn.h"
#include "tamis/json_fwd.h"
#include "tamis/result.h"
#include "tamis/space.h"
#include "tamis/target.h"
#include "targets/command/description.h"
#include "targets/command/server_connection.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace tamis::command {

/// What tamis and a user's server say to each other, one JSON object a line (docs/reference/server-protocol):
///
///     tamis   {"id": 1, "request": "describe", "tamis": 1, "workload": "matmul", "device": "board0"}
///     server  {"id": 1, "tamis": 1, "name": "matmul", "knobs": {...}, "constraints": [...]}
///     tamis   {"id": 2, "request": "build", "config": {"tile": 8}}
///     server  {"id": 2}                              or {"id": 2, "verdict": "build_failed", "message":
///     "..."} tamis   {"id": 3, "request": "run", "config": {"tile": 8}, "deadline_ms": 10000} server  {"id":
///     3, "latencies_ns": [1200, 1190]}
///
/// `build` and `features` are asked only of servers that list them in `requests` of their description. To
/// whatever it does not understand a server answers {"id": ..., "error": "..."} and stays up.
inline constexpr int kServerProtocolVersion = 1;

/// How a server introduced itself.
struct ServerDescription {
  bool builds = false;    ///< it takes the request `build`
  bool features = false;  ///< it takes the request `features`
  std::string space;      ///< a space document (space/file/space_file.h); empty when it told no knobs
};

/// The request that opens a connection.
Json describe_request(const std::string& workload, const std::string& device);
/// Errors: unsupported for another version of the protocol; invalid_input that names the member.
Result<ServerDescription> read_description(const Json& reply);

Json build_request(const Json& config);
Json features_request(const Json& config);
/// `incumbent_ns` is sent where it is finite: RunOptions::incumbent_ns.
Json run_request(const Json& config, const RunOptions& options);

/// The features in an answer to features_request. Errors: invalid_input.
Result<Features> read_features_reply(const Json& reply);

/// How long a server may take to start and describe itself.
inline constexpr std::chrono::milliseconds kServerStart{60'000};

/// How the server of a description is started for a device. The placeholder `{device}` is the only one that a
/// server's command has; it is told its configs later. Errors: invalid_input for any other.
Result<SpawnOptions> server_command(const ProgramDescription& program, const std::string& device);

/// Starts a server and asks it to describe itself. Errors: as ServerConnection::start; invalid_input,
/// unsupported and io with what it answered or last wrote.
struct OpenedServer {
  std::unique_ptr<ServerConnection> connection;
  ServerDescription description;
};
Result<OpenedServer> open_server(const SpawnOptions& options, const std::string& workload,
                                 const std::string& device, std::chrono::milliseconds deadline);

}  // namespace tamis::command
