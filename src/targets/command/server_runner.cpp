#include "base/json.h"
#include "process/run_to_end.h"
#include "targets/command/outcome.h"
#include "targets/command/placeholders.h"
#include "targets/command/runner.h"
#include "targets/command/server_protocol.h"

#include <mutex>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace tamis::command {
namespace {

struct ServerArtifact final : Artifact {
  Json config;
};

class ServerRunner final : public Runner {
 public:
  explicit ServerRunner(const RunnerOptions& options) : options_(options) {}

  BuildOutcome build(const Config& config) override {
    const std::scoped_lock lock(mutex_);
    auto artifact = std::make_shared<ServerArtifact>();
    artifact->config = config_to_json(options_.space, config);
    // A server that does not start is met again when the config is to run, where it counts as a lost device.
    if (!ensure().ok()) return {Verdict::valid, {}, {}, std::move(artifact)};
    BuildOutcome outcome;
    if (server_->description.features) outcome = ask_features(artifact->config);
    if (outcome.verdict == Verdict::valid && server_->description.builds)
      outcome = ask_build(artifact->config, std::move(outcome.features));
    if (outcome.verdict == Verdict::valid) outcome.artifact = std::move(artifact);
    return outcome;
  }

  RunOutcome run(const Artifact& artifact, const RunOptions& options) override {
    const std::scoped_lock lock(mutex_);
    if (const Status ready = ensure(); !ready.ok())
      return {Verdict::device_lost, ready.error().message, {}, {}, {}};
    const Json& config = static_cast<const ServerArtifact&>(artifact).config;
    const ServerReply reply = ask(run_request(config, options), deadline_after(options.deadline));
    switch (reply.state) {
      case ReplyState::answered:
        break;
      case ReplyState::refused:
        return {Verdict::device_lost, reply.message, {}, {}, {}};
      case ReplyState::died:
        return {Verdict::crashed, reply.message, {}, {}, {}};
      case ReplyState::timed_out:
        return {Verdict::run_timeout, reply.message, {}, {}, {}};
      case ReplyState::malformed:
        return {Verdict::run_failed, reply.message, {}, {}, {}};
    }
    Result<RunOutcome> outcome =
        read_outcome(*reply.json, "the server's answer to \"run\"", options_.objective);
    if (outcome.ok()) return std::move(*outcome);
    return {Verdict::run_failed, outcome.error().message, {}, {}, {}};
  }

 private:
  /// Starts the server where there is none.
  Status ensure() {
    if (server_) return {};
    TAMIS_ASSIGN(const SpawnOptions command, server_command(options_.program, options_.device));
    TAMIS_ASSIGN(server_, open_server(command, options_.workload, options_.device, kServerStart));
    return {};
  }

  /// A server that is of no more use is not asked again.
  ServerReply ask(const Json& request, Deadline deadline) {
    ServerReply reply = server_->connection->ask(request, deadline);
    if (reply.state != ReplyState::answered && reply.state != ReplyState::refused) server_.reset();
    return reply;
  }

  static BuildOutcome build_failed(std::string message) {
    return {Verdict::build_failed, std::move(message), {}, nullptr};
  }

  BuildOutcome ask_features(const Json& config) {
    const ServerReply reply = ask(features_request(config), kNever);
    if (reply.state != ReplyState::answered) return build_failed(reply.message);
    Result<Features> features = read_features_reply(*reply.json);
    if (!features.ok()) return build_failed(features.error().message);
    return {Verdict::valid, {}, std::move(*features), nullptr};
  }

  BuildOutcome ask_build(const Json& config, Features features) {
    const ServerReply reply = ask(build_request(config), kNever);
    if (reply.state != ReplyState::answered) return build_failed(reply.message);
    Result<BuildOutcome> outcome = read_build_outcome(*reply.json, "the server's answer to \"build\"");
    if (!outcome.ok()) return build_failed(outcome.error().message);
    features.values.insert(features.values.end(), outcome->features.values.begin(),
                           outcome->features.values.end());
    outcome->features = std::move(features);
    return std::move(*outcome);
  }

  RunnerOptions options_;
  std::mutex mutex_;
  std::optional<OpenedServer> server_;
};

}  // namespace

Result<std::unique_ptr<Runner>> make_server_runner(const RunnerOptions& options) {
  return std::unique_ptr<Runner>(std::make_unique<ServerRunner>(options));
}

}  // namespace tamis::command
