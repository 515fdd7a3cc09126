#include "targets/command/server_protocol.h"

#include "base/json.h"
#include "process/run_to_end.h"
#include "targets/command/outcome.h"
#include "targets/command/placeholders.h"

#include <cmath>

#include <fmt/format.h>

namespace tamis::command {
namespace {

constexpr const char* kOrigin = "the server's description";

Status read_requests(const Json& reply, ServerDescription& description) {
  const auto requests = reply.find("requests");
  if (requests == reply.end()) return {};
  const Error error = invalid_input(fmt::format(
      "{}: \"requests\" must be an array of the requests it takes: run, build, features", kOrigin));
  if (!requests->is_array()) return error;
  for (const Json& request : *requests) {
    if (request == "build")
      description.builds = true;
    else if (request == "features")
      description.features = true;
    else if (request != "run" && request != "describe")
      return error;
  }
  return {};
}

}  // namespace

Json describe_request(const std::string& workload, const std::string& device) {
  return {
      {"request", "describe"}, {"tamis", kServerProtocolVersion}, {"workload", workload}, {"device", device}};
}

Result<ServerDescription> read_description(const Json& reply) {
  const auto version = reply.find("tamis");
  if (version == reply.end() || !version->is_number_integer())
    return invalid_input(fmt::format("{} must have \"tamis\": {}, the version of the protocol", kOrigin,
                                     kServerProtocolVersion));
  if (*version != kServerProtocolVersion)
    return unsupported(fmt::format("the server speaks version {} of the protocol, and this tamis version {}",
                                   version->dump(), kServerProtocolVersion));
  ServerDescription description;
  TAMIS_TRY(read_requests(reply, description));
  if (!reply.contains("knobs")) return description;
  Json space = reply;
  space.erase("requests");
  description.space = space.dump(-1, ' ', false, Json::error_handler_t::replace);
  return description;
}

Json build_request(const Json& config) { return {{"request", "build"}, {"config", config}}; }

Json features_request(const Json& config) { return {{"request", "features"}, {"config", config}}; }

Json run_request(const Json& config, const RunOptions& options) {
  Json request = {{"request", "run"}, {"config", config}, {"deadline_ms", options.deadline.count()}};
  if (std::isfinite(options.incumbent_ns)) request["incumbent_ns"] = options.incumbent_ns;
  return request;
}

Result<Features> read_features_reply(const Json& reply) {
  const auto features = reply.find("features");
  if (features == reply.end())
    return invalid_input("the server's answer to \"features\" has no member \"features\"");
  return read_features(*features, "the server's answer to \"features\"");
}

Result<SpawnOptions> server_command(const ProgramDescription& program, const std::string& device) {
  const Space no_knobs;
  const PlaceholderValues values{{}, device};
  const auto fill = [&](const std::string& text, const char* key, bool quoted) -> Result<std::string> {
    TAMIS_ASSIGN(const TextTemplate parsed, TextTemplate::parse(text, {}, key));
    if (parsed.depends_on_config())
      return invalid_input(fmt::format(
          "{}: a server runs many configs, so {{device}} is the only placeholder that it has", key));
    return parsed.fill(no_knobs, {}, values, quoted);
  };
  SpawnOptions options;
  options.directory = program.directory;
  for (const std::string& word : program.serve->words) {
    TAMIS_ASSIGN(std::string filled, fill(word, "\"serve\"", program.serve->shell));
    options.arguments.push_back(std::move(filled));
  }
  if (program.serve->shell) options.arguments = shell_command(options.arguments.front());
  options.environment = {{"TAMIS_DEVICE", device}};
  for (const auto& [name, value] : program.environment) {
    TAMIS_ASSIGN(std::string filled, fill(value, "\"environment\"", false));
    options.environment.emplace_back(name, std::move(filled));
  }
  return options;
}

Result<OpenedServer> open_server(const SpawnOptions& options, const std::string& workload,
                                 const std::string& device, std::chrono::milliseconds deadline) {
  OpenedServer opened;
  TAMIS_ASSIGN(opened.connection, ServerConnection::start(options));
  const ServerReply reply =
      opened.connection->ask(describe_request(workload, device), deadline_after(deadline));
  if (reply.state != ReplyState::answered)
    return io_error(fmt::format("the server did not describe itself: {}", reply.message));
  TAMIS_ASSIGN(opened.description, read_description(*reply.json));
  return opened;
}

}  // namespace tamis::command
