#include "targets/command/command_target.h"

#include "base/text.h"
#include "space/file/space_file.h"
#include "tamis/random.h"
#include "tamis/task.h"
#include "targets/command/runner.h"
#include "targets/command/server_protocol.h"

#include <filesystem>
#include <mutex>
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
Result<ServerDescription> ask_server(const ProgramDescription& program, const CommandSettings& settings,
                                     const std::string& workload) {
  const std::string device = settings.devices.empty() ? std::string() : settings.devices.front();
  TAMIS_ASSIGN(const SpawnOptions command, server_command(program, device));
  TAMIS_ASSIGN(OpenedServer server, open_server(command, workload, device, kServerStart));
  return std::move(server.description);
}

/// The space that a server describes for a workload that is not a file.
Result<LoadedWorkload> load_from_server(const CommandSettings& settings, const std::string& workload) {
  LoadedWorkload loaded;
  TAMIS_ASSIGN(loaded.program, describe_program(settings, {}, {}));
  TAMIS_ASSIGN(const ServerDescription server, ask_server(loaded.program, settings, workload));
  if (server.space.empty())
    return not_found(fmt::format(
        "there is no space file {}, and the server's description has no \"knobs\" either", workload));
  TAMIS_ASSIGN(loaded.file, parse_space(server.space, "the server's description"));
  return loaded;
}

Result<LoadedWorkload> load(const CommandSettings& settings, const std::string& source) {
  if (!is_file(source) && !settings.serve.empty()) return load_from_server(settings, source);
  LoadedWorkload loaded;
  TAMIS_ASSIGN(loaded.file, read_space_file(source));
  const std::string folder = std::filesystem::path(source).parent_path().string();
  Result<ProgramDescription> program = describe_program(settings, loaded.file.program, folder);
  if (!program.ok()) return program.error().within(source);
  loaded.program = std::move(*program);
  if (loaded.program.serve) {
    // A server that does not start would cost trials, none of which says so as plainly.
    TAMIS_TRY(ask_server(loaded.program, settings, source));
  }
  return loaded;
}

/// The device that was opened last: what is built next is built for it.
class OpenedDevice {
 public:
  void set(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    name_ = name;
    ++count_;
  }
  /// Its name, and how many were opened until it was.
  std::pair<std::string, uint64_t> get() const {
    const std::scoped_lock lock(mutex_);
    return {name_, count_};
  }

 private:
  mutable std::mutex mutex_;
  std::string name_;
  uint64_t count_ = 0;
};

class CommandTask final : public Task {
 public:
  CommandTask(TaskFacts facts, ProgramDescription program, std::shared_ptr<const OpenedDevice> device)
      : Task(std::move(facts)), program_(std::move(program)), device_(std::move(device)) {}

  /// Errors: as make_one_shot_runner.
  Result<std::shared_ptr<Runner>> runner() const {
    const auto [device, count] = device_->get();
    const std::scoped_lock lock(mutex_);
    if (runner_ && made_for_ == count) return runner_;
    runner_.reset();  // a server of the device before must end first
    const RunnerOptions options{space(), program_, workload().source, device, objective()};
    TAMIS_ASSIGN(runner_, program_.serve ? make_server_runner(options) : make_one_shot_runner(options));
    made_for_ = count;
    return runner_;
  }

  BuildOutcome build(const Config& config) const override {
    const Result<std::shared_ptr<Runner>> runner = this->runner();
    if (!runner.ok()) return {Verdict::build_failed, runner.error().message, {}, nullptr};
    BuildOutcome built = (*runner)->build(config);
    if (built.artifact) built.artifact = std::make_shared<RunnableArtifact>(*runner, built.artifact);
    return built;
  }

 private:
  /// What the user's build command made lies on the disk, or in a server, and only the user knows where.
  Result<std::string> pack(const Config&, const Artifact&) const override {
    return unsupported(
        "a program of the target command cannot be sent to another machine: what its build command made lies "
        "on the disk of the machine that ran it; build and run each config on one machine");
  }

  ProgramDescription program_;
  std::shared_ptr<const OpenedDevice> device_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<Runner> runner_;
  mutable uint64_t made_for_ = 0;
};

TargetTraits traits_of(const CommandSettings& settings) {
  const auto devices = static_cast<int>(settings.devices.size());
  TargetTraits traits;
  traits.latencies_vary = true;
  traits.jobs = devices > 0 ? JobLimits{devices, devices} : JobLimits{1, 256};
  traits.devices = settings.devices;
  return traits;
}

class CommandTarget final : public Target {
 public:
  CommandTarget(Settings settings, CommandSettings read)
      : Target("command", std::move(settings), traits_of(read)),
        settings_(std::move(read)),
        device_(std::make_shared<OpenedDevice>()) {}

  Result<std::vector<Workload>> resolve(const std::string& text) const override {
    Workload workload;
    workload.op = Operator::external;
    workload.source = text.starts_with(kPrefix) ? text.substr(kPrefix.size()) : text;
    workload.name = workload.source;
    if (is_file(workload.source) || settings_.serve.empty()) {
      TAMIS_ASSIGN(const SpaceFile file, read_space_file(workload.source));
      if (!file.name.empty()) workload.name = file.name;
    }
    return std::vector<Workload>{std::move(workload)};
  }

  Result<std::unique_ptr<Task>> bind(const Workload& workload) const override {
    if (workload.op != Operator::external)
      return unsupported(
          fmt::format("the target command runs spaces of its own, not {}; name a space file as the workload",
                      workload.name.empty() ? to_string(workload.op) : workload.name));
    TAMIS_ASSIGN(LoadedWorkload loaded, load(settings_, workload.source));
    TAMIS_ASSIGN(const Objective objective,
                 declared_objective(loaded.file, workload.source, settings_.objective));
    if (loaded.program.latency) {
      if (const Status fits = check_rule(*loaded.program.latency, objective); !fits.ok())
        return fits.error().within(workload.source);
    }
    TaskFacts facts;
    facts.workload = workload;
    // Only the server knows what a workload that is not a file is called.
    if (workload.name == workload.source && !loaded.file.name.empty()) facts.workload.name = loaded.file.name;
    facts.space = loaded.file.space;
    // What runs a config, so that trials of another program are not taken for those of this one.
    facts.identity = {"command", fmt::format("{:016x}", stable_hash(loaded.program.text))};
    facts.objective = objective;
    facts.default_config = loaded.file.default_config.value_or(facts.space.config(0));
    auto task = std::make_unique<CommandTask>(std::move(facts), std::move(loaded.program), device_);
    TAMIS_TRY(task->runner());  // placeholders that are wrong show now
    return std::unique_ptr<Task>(std::move(task));
  }

  Result<std::unique_ptr<Device>> open_device(const DeviceOptions& options) const override {
    const auto slot = static_cast<size_t>(options.slot);
    if (!settings_.devices.empty() && slot >= settings_.devices.size())
      return not_found(
          fmt::format("there are {} devices, none with number {}", settings_.devices.size(), slot));
    const std::string name = settings_.devices.empty() ? std::string() : settings_.devices[slot];
    device_->set(name);
    return std::unique_ptr<Device>(std::make_unique<CommandDevice>(name.empty() ? "command" : name));
  }

 private:
  CommandSettings settings_;
  std::shared_ptr<OpenedDevice> device_;
};

}  // namespace

const std::vector<SettingKind>& setting_kinds() {
  static const std::vector<SettingKind> kinds = {
      {"run", "the line for the shell that runs a config: './bench --tile {tile}'", ""},
      {"serve", "the server that runs configs", ""},
      {"latency", "with --run: where the latency is: json, wall, or a pattern such as 'time (?P<ms>[0-9.]+)'",
       ""},
      {"objective", "what is optimised, NAME[:UNIT][:min|max]: energy:J, GFLOP/s, score:max", ""},
      {"program", "a file that says how a config is run, instead of the space file", ""},
      {"devices", "names of the devices, each of which tries one config at a time, with commas between them",
       ""},
  };
  return kinds;
}

Result<std::shared_ptr<const Target>> make_target(const std::string& spec, const Settings& settings) {
  if (spec != "command")
    return invalid_input(fmt::format(
        "\"{}\": the target command takes nothing after its name; name the space file as a workload", spec));
  const auto value = [&](const char* name) { return setting_or_default(settings, setting_kinds(), name); };
  CommandSettings read{value("program"), value("run"), value("serve"), value("latency"), value("objective")};
  if (const std::string names = value("devices"); !names.empty()) read.devices = split_text(names, ',');
  for (size_t i = 0; i < read.devices.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (read.devices[i] == read.devices[j])
        return invalid_input(fmt::format("--devices names {} twice", read.devices[i]));
  return std::shared_ptr<const Target>(std::make_shared<const CommandTarget>(settings, std::move(read)));
}

}  // namespace tamis::command
