#include "targets/command/server_check.h"

#include "base/json.h"
#include "base/text.h"
#include "space/file/space_file.h"
#include "tamis/random.h"
#include "targets/command/outcome.h"
#include "targets/command/runner.h"
#include "targets/command/server_protocol.h"

#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace tamis::command {
namespace {

/// The server under examination and what was found so far.
class Examination {
 public:
  Examination(const ServerCheckOptions& options, std::unique_ptr<ServerConnection> server)
      : options_(options), server_(std::move(server)) {}

  std::vector<ServerCheck> run() {
    if (describe() && describe_again() && open_space() && try_configs() && refuse_request() && refuse_line())
      end();
    return std::move(checks_);
  }

 private:
  bool note(std::string rule, bool kept, std::string detail) {
    checks_.push_back({std::move(rule), kept, std::move(detail)});
    return kept;
  }

  ServerReply ask(const Json& request) { return server_->ask(request, deadline_after(options_.deadline)); }

  bool describe() {
    const char* rule = "it describes itself";
    const ServerReply reply = ask(describe_request(options_.workload, options_.device));
    if (reply.state != ReplyState::answered) return note(rule, false, reply.message);
    Result<ServerDescription> description = read_description(*reply.json);
    if (!description.ok()) return note(rule, false, description.error().message);
    description_ = std::move(*description);
    return note(rule, true,
                fmt::format("requests: run{}{}", description_.builds ? ", build" : "",
                            description_.features ? ", features" : ""));
  }

  bool describe_again() {
    const char* rule = "it describes itself twice the same";
    const ServerReply reply = ask(describe_request(options_.workload, options_.device));
    if (reply.state != ReplyState::answered) return note(rule, false, reply.message);
    const Result<ServerDescription> again = read_description(*reply.json);
    if (!again.ok()) return note(rule, false, again.error().message);
    return note(rule, again->space == description_.space, {});
  }

  bool open_space() {
    const char* rule = "its knobs can be read";
    const std::string& text = options_.space.empty() ? description_.space : options_.space;
    if (text.empty()) return note(rule, false, "it told none; give it a space file with --space");
    Result<SpaceFile> file =
        parse_space(text, options_.space.empty() ? "the server's description" : options_.workload);
    if (!file.ok()) return note(rule, false, file.error().message);
    file_ = std::move(*file);
    const Result<Objective> objective = declared_objective(file_, "its objective");
    if (!objective.ok()) return note(rule, false, objective.error().message);
    objective_ = *objective;
    return note(rule, true,
                fmt::format("{}, {} in the full product", counted(file_.space.knobs().size(), "knob"),
                            file_.space.countable() ? counted(file_.space.size(), "config")
                                                    : size_text(file_.space) + " configs"));
  }

  bool try_configs() {
    Random random = Random::stream(options_.seed, "check-target");
    std::vector<Config> configs;
    if (file_.default_config) configs.push_back(*file_.default_config);
    for (uint64_t i = 0; i < options_.configs; ++i)
      if (std::optional<Config> config = file_.space.sample(random)) configs.push_back(std::move(*config));
    if (configs.empty()) return note("its configs can be tried", false, "the space allows none");
    for (const Config& config : configs)
      if (!try_config(config)) return false;
    std::string detail;
    if (outcomes_.size() == 1 && outcomes_.contains("hung"))
      return note("its configs are built and run", false, "none of them was answered in time");
    for (const auto& [outcome, count] : outcomes_)
      detail += fmt::format("{}{} {}", detail.empty() ? "" : ", ", count, outcome);
    return note("its configs are built and run", true, detail);
  }

  /// Whether every answer to the config could be read; a server that the config takes down is started again.
  bool try_config(const Config& config) {
    const Json json = config_to_json(file_.space, config);
    const std::string rule = fmt::format("it tries {}", file_.space.describe(config));
    const auto unreadable = [&](const Error& error) { return note(rule, false, error.message); };
    RunOptions options;
    options.deadline = options_.deadline;
    ServerReply reply;
    if (description_.features) {
      if (!answered(features_request(json), reply)) return go_on(rule, reply);
      if (const auto features = read_features_reply(*reply.json); !features.ok())
        return unreadable(features.error());
    }
    if (description_.builds) {
      if (!answered(build_request(json), reply)) return go_on(rule, reply);
      const Result<BuildOutcome> built = read_build_outcome(*reply.json, "the answer to \"build\"");
      if (!built.ok()) return unreadable(built.error());
      if (built->verdict != Verdict::valid) return count(to_string(built->verdict));
    }
    if (!answered(run_request(json, options), reply)) return go_on(rule, reply);
    const Result<RunOutcome> ran = read_outcome(*reply.json, "the answer to \"run\"", objective_);
    return ran.ok() ? count(to_string(ran->verdict)) : unreadable(ran.error());
  }

  bool answered(const Json& request, ServerReply& reply) {
    reply = ask(request);
    return reply.state == ReplyState::answered;
  }

  bool count(std::string_view what) { return ++outcomes_[std::string(what)], true; }

  /// Tuning survives a server that a config kills or hangs, so that is not a fault; a malformed answer is.
  bool go_on(const std::string& rule, const ServerReply& reply) {
    if (reply.state != ReplyState::died && reply.state != ReplyState::timed_out)
      return note(rule, false, reply.message);
    count(reply.state == ReplyState::died ? "killed the server" : "hung");
    Result<std::unique_ptr<ServerConnection>> again = ServerConnection::start(options_.command);
    if (!again.ok()) return note("it starts again", false, again.error().message);
    server_ = std::move(*again);
    const ServerReply description = ask(describe_request(options_.workload, options_.device));
    return description.state == ReplyState::answered || note("it starts again", false, description.message);
  }

  bool refuse_request() {
    const ServerReply reply = ask(Json{{"request", "no-such-request"}});
    return note("it answers a request that it does not know with an error",
                reply.state == ReplyState::refused,
                reply.state == ReplyState::answered ? "it answered without \"error\"" : reply.message);
  }

  bool refuse_line() {
    const char* rule = "it answers a line that is not a request with an error";
    const ServerReply reply = server_->ask_line("this is not JSON", deadline_after(options_.deadline));
    if (reply.state != ReplyState::answered) return note(rule, false, reply.message);
    if (!reply.json->contains("error")) return note(rule, false, "it answered without \"error\"");
    return note("it stays up after an error",
                ask(describe_request(options_.workload, options_.device)).state == ReplyState::answered, {});
  }

  void end() {
    const bool ended = server_->close(deadline_after(options_.deadline));
    note("it ends when its input is closed", ended, ended ? "" : "it was still there at the deadline");
  }

  const ServerCheckOptions& options_;
  std::unique_ptr<ServerConnection> server_;
  std::vector<ServerCheck> checks_;
  ServerDescription description_;
  SpaceFile file_;
  Objective objective_;
  std::map<std::string, uint64_t> outcomes_;
};

}  // namespace

Result<std::vector<ServerCheck>> check_server(const ServerCheckOptions& options) {
  TAMIS_ASSIGN(std::unique_ptr<ServerConnection> server, ServerConnection::start(options.command));
  return Examination(options, std::move(server)).run();
}

}  // namespace tamis::command
