#include "targets/vta/vta_target.h"

#include "base/json.h"
#include "base/text.h"
#include "tamis/task.h"
#include "targets/vta/codegen/artifact.h"
#include "targets/vta/codegen/codegen.h"
#include "targets/vta/driver/calibration_task.h"
#include "targets/vta/driver/driver_device.h"
#include "targets/vta/schedule/schedule.h"
#include "targets/vta/simulator/checks.h"
#include "targets/vta/simulator_device.h"

#include <fmt/format.h>

namespace tamis::vta {
namespace {

constexpr std::string_view kDriverPrefix = "driver:";

/// Raised whenever a config gives another program or the simulator another time than before, so that trials
/// of different generations are not taken for the same.
constexpr int kGeneration = 2;

Json config_json(const Space& space, const Config& config) {
  Json json = Json::object();
  for (size_t i = 0; i < space.knobs().size(); ++i)
    json[space.knobs()[i].name] = tamis::to_json(space.value(config, i));
  return json;
}

/// The settings of the target, checked.
struct VtaSettings {
  std::string device;
  std::string checks;
  std::string profile;  ///< empty: the hardware's own
  SpaceKind space = SpaceKind::autotvm;

  bool on_driver() const { return device.starts_with(kDriverPrefix); }
};

Result<VtaSettings> read_settings(const Settings& settings) {
  const auto value = [&](const char* name) { return setting_or_default(settings, setting_kinds(), name); };
  VtaSettings read;
  read.device = value("device");
  if (read.device != "simulator" && !read.on_driver())
    return invalid_input(
        fmt::format("the device \"{}\" is neither `simulator` nor `driver:LIBRARY`", read.device));
  read.checks = value("checks");
  if (read.checks != "static" && read.checks != "none")
    return invalid_input(fmt::format("the checks \"{}\" are neither `static` nor `none`", read.checks));
  read.profile = value("profile");
  TAMIS_ASSIGN(read.space, parse_space_kind(value("space")));
  return read;
}

/// What all tasks of a target share.
struct VtaDevice {
  Hardware hardware;
  VtaSettings settings;
};

class VtaTask final : public Task {
 public:
  VtaTask(TaskFacts facts, const BlockedWorkload& blocked, std::shared_ptr<const VtaDevice> device)
      : Task(std::move(facts)), blocked_(blocked), device_(std::move(device)) {}

  BuildOutcome build(const Config& config) const override {
    BuildOutcome outcome;
    const bool unchecked = device_->settings.checks == "none";
    Generated generated = generate(device_->hardware, workload(), blocked_, space(), config, unchecked);
    outcome.features = std::move(generated.features);
    if (generated.rejection && (!unchecked || !generated.launch)) {
      outcome.verdict = generated.rejection->verdict;
      outcome.message = generated.rejection->message;
      return outcome;
    }
    auto artifact = std::make_shared<VtaArtifact>(frame(config));
    artifact->launch = std::move(*generated.launch);
    artifact->bias = generated.bias;
    outcome.artifact = std::move(artifact);
    return outcome;
  }

 private:
  /// A config's program without its launch.
  VtaArtifact frame(const Config& config) const {
    VtaArtifact artifact;
    artifact.hardware = device_->hardware;
    artifact.workload = workload();
    artifact.blocked = blocked_;
    artifact.config = config_json(space(), config);
    return artifact;
  }

  Result<std::string> pack(const Config&, const Artifact& artifact) const override {
    return pack_program(static_cast<const VtaArtifact&>(artifact));
  }

  Result<BuildOutcome> unpack(const Config& config, std::string_view bytes) const override {
    TAMIS_ASSIGN(std::shared_ptr<const VtaArtifact> artifact, unpack_program(frame(config), bytes));
    // The simulator checks what it runs. Without checks a board is given what the code generator writes, too.
    if (device_->settings.on_driver() && device_->settings.checks == "static")
      TAMIS_TRY(check_transfers(device_->hardware, artifact->launch));
    BuildOutcome outcome;
    outcome.artifact = std::move(artifact);
    return outcome;
  }

  BlockedWorkload blocked_;
  std::shared_ptr<const VtaDevice> device_;
};

Result<std::unique_ptr<Task>> bind_operator(const std::shared_ptr<const VtaDevice>& device,
                                            const Workload& workload) {
  const Hardware& hardware = device->hardware;
  TAMIS_ASSIGN(const BlockedWorkload blocked, block_workload(workload, hardware));
  TaskFacts facts;
  facts.workload = workload;
  TAMIS_ASSIGN(facts.space, schedule_space(workload, blocked, device->settings.space));
  facts.identity = {"vta",
                    to_json(hardware).dump(),
                    {{"device", device->settings.device},
                     {"checks", device->settings.checks},
                     {"generation", std::to_string(kGeneration)}}};
  // AutoTVM's fallback: the first config, every inner factor 1.
  facts.default_config = facts.space.config(0);
  facts.bound_ns = hardware.memory.to_ns(static_cast<double>(blocked.gemm_uops()));
  return std::unique_ptr<Task>(std::make_unique<VtaTask>(std::move(facts), blocked, device));
}

/// Behind a driver there is one board unless the user knows better, and its clock is not the program's alone.
TargetTraits traits_of(const VtaSettings& settings) {
  const bool board = settings.on_driver();
  return {.needs_isolation = board,
          .builds_freely = true,
          .latencies_vary = board,
          .jobs = {.usual = board ? 1 : 0}};
}

class VtaTarget final : public Target {
 public:
  VtaTarget(std::string spec, Settings settings, std::shared_ptr<const VtaDevice> device)
      : Target(std::move(spec), std::move(settings), traits_of(device->settings)),
        device_(std::move(device)) {}

  Result<std::unique_ptr<Task>> bind(const Workload& workload) const override {
    if (device_->settings.on_driver() && is_calibration(workload)) return bind_calibration(device_->hardware);
    return bind_operator(device_, workload);
  }

  Result<std::unique_ptr<Device>> open_device(const DeviceOptions&) const override {
    if (!device_->settings.on_driver()) return std::unique_ptr<Device>(std::make_unique<SimulatorDevice>());
    return open_driver_device(device_->settings.device.substr(kDriverPrefix.size()));
  }

 private:
  std::shared_ptr<const VtaDevice> device_;
};

/// A target that only recalls: of a device that a log names.
class RecordedVta final : public Target {
 public:
  explicit RecordedVta(std::shared_ptr<const VtaDevice> device)
      : Target("vta", {}, traits_of(device->settings)), device_(std::move(device)) {}

  Result<std::unique_ptr<Task>> bind(const Workload& workload) const override {
    return bind_operator(device_, workload);
  }

  Result<std::unique_ptr<Device>> open_device(const DeviceOptions&) const override {
    return unsupported("a recorded task is read, not run; make the target vta to run it");
  }

 private:
  std::shared_ptr<const VtaDevice> device_;
};

/// What to_string(TaskIdentity) keeps of a device.
Result<VtaDevice> device_of(const TaskIdentity& identity) {
  const std::optional<std::string> device = identity.property("device"), checks = identity.property("checks"),
                                   generation = identity.property("generation");
  const auto origin = [&] { return fmt::format("the identity \"{}\"", to_string(identity)); };
  if (identity.kind != "vta" || !device || !checks || !generation)
    return corrupt(fmt::format("{} is not one of a target vta", origin()));
  if (*generation != std::to_string(kGeneration))
    return unsupported(fmt::format(
        "it was tuned by a release whose configs were other programs (generation {} instead of {}); "
        "tune it again",
        *generation, kGeneration));
  VtaDevice recorded;
  TAMIS_ASSIGN(recorded.settings, read_settings({{"device", *device}, {"checks", *checks}}));
  TAMIS_ASSIGN(const Json hardware, parse_json(identity.subject, origin()));
  TAMIS_ASSIGN(recorded.hardware, hardware_from_json(hardware, origin()));
  return recorded;
}

/// Equal for spaces of the same knobs, whatever their constraints.
Result<std::string> knobs_fingerprint(const Space& space) {
  TAMIS_ASSIGN(const Space bare, Space::create(space.knobs()));
  return bare.fingerprint();
}

/// Which of the spaces of a workload a log has the knobs of.
Result<SpaceKind> recorded_space_kind(const Space& space, const Workload& workload,
                                      const Hardware& hardware) {
  TAMIS_ASSIGN(const BlockedWorkload blocked, block_workload(workload, hardware));
  TAMIS_ASSIGN(const std::string recorded, knobs_fingerprint(space));
  for (const SpaceKind kind : {SpaceKind::autotvm, SpaceKind::wide}) {
    TAMIS_ASSIGN(const Space made, schedule_space(workload, blocked, kind));
    TAMIS_ASSIGN(const std::string fingerprint, knobs_fingerprint(made));
    if (fingerprint == recorded) return kind;
  }
  return unsupported(
      fmt::format("its knobs are not those that this release has for {} on its device", workload.name));
}

}  // namespace

Result<SharedTask> recall_task(const TaskIdentity& identity, const Workload& workload, const Space& space) {
  if (is_calibration(workload)) return unsupported("a calibration is no program of an operator");
  auto device = std::make_shared<VtaDevice>();
  TAMIS_ASSIGN(*device, device_of(identity));
  TAMIS_ASSIGN(device->settings.space, recorded_space_kind(space, workload, device->hardware));
  return bind_task(std::make_shared<const RecordedVta>(std::move(device)), workload);
}

const std::vector<SettingKind>& setting_kinds() {
  static const std::vector<SettingKind> kinds = {
      {"device", "`simulator`, or `driver:LIBRARY` for hardware behind a shared library", "simulator"},
      {"checks", "`static`, or `none` to run configs that the static checks reject", "static"},
      {"profile",
       "of the simulator's memory: `pynq`, `de10`, `tsim` or a file; the device's own if not given", ""},
      {"space", "`template` (AutoTVM's knobs) or `wide`", "template"},
  };
  return kinds;
}

Result<std::shared_ptr<const Target>> make_target(const std::string& spec, const Settings& settings) {
  auto device = std::make_shared<VtaDevice>();
  TAMIS_ASSIGN(device->settings, read_settings(settings));
  if (const size_t colon = spec.find(':'); colon != std::string::npos) {
    TAMIS_ASSIGN(device->hardware, find_hardware(spec.substr(colon + 1)));
  }
  if (!device->settings.profile.empty()) {
    TAMIS_ASSIGN(device->hardware.memory, find_profile(device->settings.profile));
  }
  return std::shared_ptr<const Target>(std::make_shared<const VtaTarget>(spec, settings, std::move(device)));
}

}  // namespace tamis::vta
