#include "targets/cpu/cpu_target.h"

#include "targets/cpu/build.h"
#include "targets/cpu/cpu_device.h"
#include "targets/cpu/identity.h"
#include "targets/cpu/schedule/schedule_space.h"
#include "targets/cpu/timing/cores.h"
#include "task/settings.h"

#include <fmt/format.h>

namespace tamis::cpu {
namespace {

constexpr std::string_view kProcessorKey = "mcpu=";

class CpuTarget : public Target {
 public:
  CpuTarget(std::string spec, Identity identity, int cores, Layout layout)
      : spec_(std::move(spec)), identity_(std::move(identity)), cores_(cores), layout_(layout) {}

  const std::string& spec() const override { return spec_; }

  Result<std::vector<Workload>> workloads(const std::string& text) const override {
    return resolve_workloads(text, {DataType::float32, layout_});
  }

  std::string identity(const Workload&) const override { return to_string(identity_); }

  Result<Space> space(const Workload& workload) const override {
    Result<Space> space = schedule_space(workload, identity_.machine, identity_.threads);
    if (!space.ok()) return space.error().within(fmt::format("the workload \"{}\"", workload.name));
    return space;
  }

  Config default_config(const Workload& workload, const Space& space) const override {
    return default_schedule(workload, identity_.machine, identity_.threads, space);
  }

  std::vector<Config> suggestions(const Workload& workload, const Space& space) const override {
    return suggested_schedules(workload, identity_.machine, identity_.threads, space);
  }

  double bound_ns(const Workload&) const override { return 0; }

  BuildOutcome build(const Workload& workload, const Space& space, const Config& config) const override {
    BuildOutcome outcome;
    const Result<std::shared_ptr<const CpuArtifact>> built =
        build_object(workload, {identity_.machine, identity_.threads}, space, config, {}, &prepared_);
    if (!built.ok()) {
      outcome.verdict = Verdict::build_failed;
      outcome.message = built.error().message;
      return outcome;
    }
    const CompiledObject& object = (*built)->object;
    outcome.features.set("code_bytes", static_cast<double>(object.code_bytes));
    outcome.features.set("stack_bytes", static_cast<double>(object.stack_bytes));
    outcome.features.set("workspace_bytes", static_cast<double>(object.workspace_bytes));
    outcome.artifact = *built;
    return outcome;
  }

  bool latencies_vary() const override { return true; }

  /// A run that uses several cores leaves none for another job, and each job has a core of its own.
  JobLimits job_limits() const override {
    return identity_.threads > 1 ? JobLimits{1, 1} : JobLimits{cores_, cores_};
  }

  Result<std::unique_ptr<Device>> open_device(const DeviceOptions& options) const override {
    if (!identity_.machine.host)
      return unsupported(fmt::format(
          "this machine cannot run code for {}, so nothing can be tuned for it here; `tamis program --emit` "
          "writes kernels for it",
          identity_.machine.cpu));
    return open_cpu_device({options.slot, identity_.threads, identity_.cold});
  }

 private:
  std::string spec_;
  Identity identity_;
  int cores_;                         // that this process may use
  Layout layout_;                     ///< of workloads that do not say theirs
  mutable PreparedObjects prepared_;  ///< known from earlier builds, so that they need not be made again
};

}  // namespace

bool needs_isolation(const TargetOptions&) { return true; }

Result<std::unique_ptr<Target>> make_target(const std::string& spec, const TargetOptions& options) {
  TAMIS_TRY(allow_settings(options, "cpu", {"--threads", "--caches", "--layout"}));
  if (options.caches != "warm" && options.caches != "cold")
    return invalid_input(fmt::format("the caches \"{}\" are neither `warm` nor `cold`", options.caches));
  TAMIS_ASSIGN(const Layout layout, parse_layout(options.layout));
  std::string cpu;
  if (const size_t colon = spec.find(':'); colon != std::string::npos) {
    cpu = spec.substr(colon + 1);
    if (!cpu.starts_with(kProcessorKey))
      return invalid_input(fmt::format("\"{}\" is no cpu target; write `cpu` or `cpu:mcpu=PROCESSOR`", spec));
    cpu = cpu.substr(kProcessorKey.size());
    if (cpu.empty())
      return invalid_input(fmt::format("\"{}\" names no processor; write `cpu` for this one", spec));
  }
  TAMIS_ASSIGN(Machine machine, find_machine(cpu));
  TAMIS_ASSIGN(const std::vector<int> allowed, allowed_cores());
  const auto cores = static_cast<int>(allowed.size());
  if (options.threads < 0 || (machine.host && options.threads > cores))
    return invalid_input(
        fmt::format("{} threads cannot each have a core: there are {}", options.threads, cores));
  const int threads = options.threads == 0 ? cores : options.threads;
  Identity identity{std::move(machine), threads, options.caches == "cold"};
  return std::unique_ptr<Target>(std::make_unique<CpuTarget>(spec, std::move(identity), cores, layout));
}

}  // namespace tamis::cpu
