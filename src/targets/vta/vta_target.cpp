#include "targets/vta/vta_target.h"

#include "base/json.h"
#include "base/text.h"
#include "targets/vta/codegen/artifact.h"
#include "targets/vta/codegen/codegen.h"
#include "targets/vta/driver/driver_device.h"
#include "targets/vta/schedule/schedule_space.h"
#include "targets/vta/simulator_device.h"
#include "task/settings.h"

#include <fmt/format.h>

namespace tamis::vta {
namespace {

constexpr std::string_view kDriverPrefix = "driver:";

/// Raised whenever a config gives another program or the simulator another time than before, so that trials
/// of different generations are not taken for the same.
constexpr int kGeneration = 1;

Json config_json(const Space& space, const Config& config) {
  Json json = Json::object();
  for (size_t i = 0; i < space.knobs().size(); ++i)
    json[space.knobs()[i].name] = tamis::to_json(space.value(config, i));
  return json;
}

class VtaTarget : public Target {
 public:
  VtaTarget(std::string spec, Hardware hardware, SpaceKind space_kind, const TargetOptions& options)
      : spec_(std::move(spec)), hardware_(std::move(hardware)), space_kind_(space_kind), options_(options) {}

  const std::string& spec() const override { return spec_; }

  std::string identity(const Workload&) const override {
    return fmt::format("vta {} device={} checks={} generation={}", to_json(hardware_).dump(), options_.device,
                       options_.checks, kGeneration);
  }

  Result<Space> space(const Workload& workload) const override {
    TAMIS_ASSIGN(const BlockedWorkload blocked, block_workload(workload, hardware_));
    return schedule_space(workload, blocked, space_kind_);
  }

  /// AutoTVM's fallback: the first config, every inner factor 1.
  Config default_config(const Workload&, const Space& space) const override { return space.config(0); }

  double bound_ns(const Workload& workload) const override {
    const Result<BlockedWorkload> blocked = block_workload(workload, hardware_);
    return blocked.ok() ? static_cast<double>(blocked->gemm_uops()) * 1000.0 / timing_.clock_mhz : 0.0;
  }

  BuildOutcome build(const Workload& workload, const Space& space, const Config& config) const override {
    BuildOutcome outcome;
    const Result<BlockedWorkload> blocked = block_workload(workload, hardware_);
    if (!blocked.ok()) {
      outcome.verdict = Verdict::build_failed;
      outcome.message = blocked.error().message;
      return outcome;
    }
    const bool unchecked = options_.checks == "none";
    Generated generated = generate(hardware_, workload, *blocked, space, config, unchecked);
    outcome.features = std::move(generated.features);
    if (generated.rejection && (!unchecked || !generated.launch)) {
      outcome.verdict = generated.rejection->verdict;
      outcome.message = generated.rejection->message;
      return outcome;
    }
    auto artifact = std::make_shared<VtaArtifact>();
    artifact->hardware = hardware_;
    artifact->workload = workload;
    artifact->blocked = *blocked;
    artifact->config = config_json(space, config);
    artifact->launch = std::move(*generated.launch);
    outcome.artifact = std::move(artifact);
    return outcome;
  }

  bool builds_freely() const override { return true; }

  /// A board's clock is not the program's alone.
  bool latencies_vary() const override { return needs_isolation(options_); }
  /// Behind a driver there is one board unless the user knows better.
  JobLimits job_limits() const override { return {.usual = needs_isolation(options_) ? 1 : 0}; }

  Result<std::unique_ptr<Device>> open_device(const DeviceOptions&) const override {
    if (options_.device == "simulator")
      return std::unique_ptr<Device>(std::make_unique<SimulatorDevice>(timing_));
    return open_driver_device(options_.device.substr(kDriverPrefix.size()));
  }

 private:
  std::string spec_;
  Hardware hardware_;
  SpaceKind space_kind_;
  TargetOptions options_;
  Timing timing_;
};

}  // namespace

bool needs_isolation(const TargetOptions& options) { return options.device.starts_with(kDriverPrefix); }

Result<std::unique_ptr<Target>> make_target(const std::string& spec, const TargetOptions& options) {
  if (options.device != "simulator" && !options.device.starts_with(kDriverPrefix))
    return invalid_input(
        fmt::format("the device \"{}\" is neither `simulator` nor `driver:LIBRARY`", options.device));
  if (options.checks != "static" && options.checks != "none")
    return invalid_input(fmt::format("the checks \"{}\" are neither `static` nor `none`", options.checks));
  TAMIS_TRY(allow_settings(options, "vta", {"--device", "--checks", "--space"}));
  TAMIS_ASSIGN(const SpaceKind space_kind, parse_space_kind(options.space));
  Hardware hardware;
  const size_t colon = spec.find(':');
  if (colon != std::string::npos) {
    TAMIS_ASSIGN(hardware, read_hardware(spec.substr(colon + 1)));
  }
  return std::unique_ptr<Target>(std::make_unique<VtaTarget>(spec, std::move(hardware), space_kind, options));
}

}  // namespace tamis::vta
