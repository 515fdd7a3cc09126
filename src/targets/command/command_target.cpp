#include "targets/command/command_target.h"

#include "base/random.h"
#include "space/allowed_configs.h"
#include "space/file/space_file.h"
#include "targets/command/runner.h"
#include "targets/command/server_command.h"
#include "targets/command/server_protocol.h"
#include "task/settings.h"
#include "task/shelf.h"

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace tamis::command {
namespace {

constexpr std::string_view kPrefix = "external:";

/// Everything that is known of a workload.
struct LoadedWorkload {
  SpaceFile file;
  ProgramDescription program;
};

/// Runs a config on one device: the runner that built it knows how.
struct RunnableArtifact final : Artifact {
  RunnableArtifact(std::shared_ptr<Runner> by, std::shared_ptr<const Artifact> made)
      : runner(std::move(by)), artifact(std::move(made)) {}
  std::shared_ptr<Runner> runner;
  std::shared_ptr<const Artifact> artifact;
};

class CommandDevice final : public Device {
 public:
  explicit CommandDevice(std::string name) : name_(std::move(name)) {}
  const std::string& name() const override { return name_; }
  RunOutcome run(const Artifact& artifact, const WorkloadData&, const RunOptions& options) override {
    const auto& runnable = static_cast<const RunnableArtifact&>(artifact);
    return runnable.runner->run(*runnable.artifact, options);
  }

 private:
  std::string name_;
};

bool is_file(const std::string& path) {
  std::error_code code;
  return std::filesystem::is_regular_file(path, code);
}

/// How a server describes itself to the first of the devices.
Result<ServerDescription> ask_server(const ProgramDescription& program, const TargetOptions& options,
                                     const std::string& workload) {
  const std::string device = options.devices.empty() ? std::string() : options.devices.front();
  TAMIS_ASSIGN(const SpawnOptions command, server_command(program, device));
  TAMIS_ASSIGN(OpenedServer server, open_server(command, workload, device, kServerStart));
  return std::move(server.description);
}

/// The space that a server describes for a workload that is no file.
Result<LoadedWorkload> load_from_server(const TargetOptions& options, const std::string& workload) {
  LoadedWorkload loaded;
  TAMIS_ASSIGN(loaded.program, describe_program(options, {}, {}));
  TAMIS_ASSIGN(const ServerDescription server, ask_server(loaded.program, options, workload));
  if (server.space.empty())
    return not_found(fmt::format(
        "there is no space file {}, and the server's description has no \"knobs\" either", workload));
  TAMIS_ASSIGN(loaded.file, parse_space(server.space, "the server's description"));
  return loaded;
}

Result<LoadedWorkload> load(const TargetOptions& options, const std::string& source) {
  if (!is_file(source) && !options.serve.empty()) return load_from_server(options, source);
  LoadedWorkload loaded;
  TAMIS_ASSIGN(loaded.file, read_space_file(source));
  const std::string folder = std::filesystem::path(source).parent_path().string();
  Result<ProgramDescription> program = describe_program(options, loaded.file.program, folder);
  if (!program.ok()) return program.error().within(source);
  loaded.program = std::move(*program);
  if (loaded.program.serve) {
    // A server that does not start would cost trials, none of which says so as plainly.
    TAMIS_TRY(ask_server(loaded.program, options, source));
  }
  return loaded;
}

/// The runners of the workloads that were built for so far, each on the device that was opened last.
class Runners {
 public:
  void open_device(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    device_ = name;
    runners_.clear();
  }

  Result<std::shared_ptr<Runner>> fetch(const std::string& source, const LoadedWorkload& loaded) {
    const std::scoped_lock lock(mutex_);
    std::shared_ptr<Runner>& runner = runners_[source];
    if (runner) return runner;
    const RunnerOptions options{loaded.file.space, loaded.program, source, device_};
    TAMIS_ASSIGN(runner, loaded.program.serve ? make_server_runner(options) : make_one_shot_runner(options));
    return runner;
  }

 private:
  std::mutex mutex_;
  std::string device_;
  std::map<std::string, std::shared_ptr<Runner>> runners_;
};

class CommandTarget final : public Target {
 public:
  CommandTarget(std::string spec, TargetOptions options)
      : spec_(std::move(spec)),
        options_(std::move(options)),
        shelf_(std::make_unique<Shelf<LoadedWorkload>>()),
        runners_(std::make_unique<Runners>()) {}

  const std::string& spec() const override { return spec_; }

  Result<std::vector<Workload>> workloads(const std::string& text) const override {
    Workload workload;
    workload.op = Operator::external;
    workload.source = text.starts_with(kPrefix) ? text.substr(kPrefix.size()) : text;
    TAMIS_ASSIGN(const auto loaded, fetch(workload));
    workload.name = loaded->file.name.empty() ? workload.source : loaded->file.name;
    TAMIS_TRY(runners_->fetch(workload.source, *loaded));  // placeholders that are wrong show now
    return std::vector<Workload>{workload};
  }

  /// What runs a config, so that trials of another program are not taken for those of this one.
  std::string identity(const Workload& workload) const override {
    const auto loaded = fetch(workload);
    return loaded.ok() ? fmt::format("command {:016x}", stable_hash((*loaded)->program.text)) : "command";
  }

  Result<Space> space(const Workload& workload) const override {
    TAMIS_ASSIGN(const auto loaded, fetch(workload));
    return loaded->file.space;
  }

  Config default_config(const Workload& workload, const Space& space) const override {
    const auto loaded = fetch(workload);
    if (loaded.ok() && (*loaded)->file.default_config) return *(*loaded)->file.default_config;
    const Config first = near_allowed(space, space.config(0));
    if (space.allows(first)) return first;
    Random random(0);
    return space.sample(random).value_or(first);
  }

  double bound_ns(const Workload&) const override { return 0.0; }

  BuildOutcome build(const Workload& workload, const Space&, const Config& config) const override {
    const auto failed = [](const Error& error) {
      return BuildOutcome{Verdict::build_failed, error.message, {}, nullptr};
    };
    const auto loaded = fetch(workload);
    if (!loaded.ok()) return failed(loaded.error());
    const Result<std::shared_ptr<Runner>> runner = runners_->fetch(workload.source, **loaded);
    if (!runner.ok()) return failed(runner.error());
    BuildOutcome built = (*runner)->build(config);
    if (built.artifact) built.artifact = std::make_shared<RunnableArtifact>(*runner, built.artifact);
    return built;
  }

  bool latencies_vary() const override { return true; }

  JobLimits job_limits() const override {
    const auto devices = static_cast<int>(options_.devices.size());
    return devices > 0 ? JobLimits{devices, devices} : JobLimits{1, 256};
  }

  Result<std::unique_ptr<Device>> open_device(const DeviceOptions& options) const override {
    const auto slot = static_cast<size_t>(options.slot);
    if (!options_.devices.empty() && slot >= options_.devices.size())
      return not_found(
          fmt::format("there are {} devices, none with number {}", options_.devices.size(), slot));
    const std::string name = options_.devices.empty() ? std::string() : options_.devices[slot];
    runners_->open_device(name);
    return std::unique_ptr<Device>(std::make_unique<CommandDevice>(name.empty() ? "command" : name));
  }

 private:
  Result<std::shared_ptr<const LoadedWorkload>> fetch(const Workload& workload) const {
    if (workload.op == Operator::external)
      return shelf_->fetch(workload.source,
                           [this](const std::string& source) { return load(options_, source); });
    return unsupported(
        fmt::format("the target command runs spaces of its own, not {}; name a space file as the workload",
                    workload.name.empty() ? to_string(workload.op) : workload.name));
  }

  std::string spec_;
  TargetOptions options_;
  std::unique_ptr<Shelf<LoadedWorkload>> shelf_;
  std::unique_ptr<Runners> runners_;
};

}  // namespace

Result<std::unique_ptr<Target>> make_target(const std::string& spec, const TargetOptions& options) {
  if (spec != "command")
    return invalid_input(fmt::format(
        "\"{}\": the target command takes nothing after its name; name the space file as a workload", spec));
  TAMIS_TRY(allow_settings(options, "command", {"--program", "--run", "--serve", "--latency", "--devices"}));
  for (size_t i = 0; i < options.devices.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (options.devices[i] == options.devices[j])
        return invalid_input(fmt::format("--devices names {} twice", options.devices[i]));
  return std::unique_ptr<Target>(std::make_unique<CommandTarget>(spec, options));
}

bool needs_isolation(const TargetOptions&) { return true; }

}  // namespace tamis::command
