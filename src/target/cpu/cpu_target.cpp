#include "target/cpu/cpu_target.h"

#include "target/cpu/artifact.h"
#include "target/cpu/cpu_device.h"
#include "target/cpu/schedule/schedule_space.h"
#include "target/cpu/timing/cores.h"

#include <fmt/format.h>

namespace tamis::cpu {
namespace {

constexpr std::string_view kProcessorKey = "mcpu=";

/// Raised whenever a config gives another program than before, so that trials of different generations are
/// not taken for the same.
constexpr int kGeneration = 1;

std::vector<Buffer> arguments_of(const Program& program) {
  std::vector<Buffer> arguments;
  for (const Buffer& buffer : program.buffers)
    if (buffer.storage == Storage::argument) arguments.push_back(buffer);
  return arguments;
}

class CpuTarget : public Target {
 public:
  CpuTarget(std::string spec, Machine machine, int threads, bool cold)
      : spec_(std::move(spec)), machine_(std::move(machine)), threads_(threads), cold_(cold) {}

  const std::string& spec() const override { return spec_; }

  Result<std::vector<Workload>> workloads(const std::string& text) const override {
    return resolve_workloads(text, {DataType::float32});
  }

  std::string identity(const Workload&) const override {
    return fmt::format("cpu {} {} threads={} caches={} generation={}", machine_.cpu, machine_.features,
                       threads_, cold_ ? "cold" : "warm", kGeneration);
  }

  Result<Space> space(const Workload& workload) const override {
    return schedule_space(workload, machine_, threads_);
  }

  Config default_config(const Workload& workload, const Space& space) const override {
    return default_schedule(workload, machine_, space);
  }

  double bound_ns(const Workload&) const override { return 0; }

  BuildOutcome build(const Workload& workload, const Space& space, const Config& config) const override {
    BuildOutcome outcome;
    const ScheduleChoices choices = choices_of(workload, machine_, space, config);
    const Kernel kernel = schedule(workload, choices, nullptr);
    std::vector<LoweredProgram> programs = {lower(kernel.run)};
    if (kernel.prepare) programs.push_back(lower(*kernel.prepare));
    Result<CompiledObject> object = compile(programs, machine_, threads_);
    if (!object.ok()) {
      outcome.verdict = Verdict::build_failed;
      outcome.message = object.error().message;
      return outcome;
    }
    auto artifact = std::make_shared<CpuArtifact>();
    artifact->workload = workload;
    artifact->object = std::move(*object);
    artifact->threads = threads_;
    artifact->run_arguments = arguments_of(kernel.run);
    if (kernel.prepare) artifact->prepare_arguments = arguments_of(*kernel.prepare);
    outcome.features.set("code_bytes", static_cast<double>(artifact->object.code_bytes));
    outcome.features.set("workspace_bytes", static_cast<double>(artifact->object.workspace_bytes));
    outcome.artifact = std::move(artifact);
    return outcome;
  }

  bool latencies_vary() const override { return true; }

  /// A run that uses several cores leaves none for another job.
  JobLimits job_limits() const override { return threads_ > 1 ? JobLimits{1, 1} : JobLimits{}; }

  Result<std::unique_ptr<Device>> open_device(const DeviceOptions& options) const override {
    if (!machine_.host)
      return unsupported(
          fmt::format("this machine may not be able to run code for {}; build it with `tamis best --emit`",
                      machine_.cpu));
    return open_cpu_device({options.slot, threads_, cold_});
  }

 private:
  std::string spec_;
  Machine machine_;
  int threads_;
  bool cold_;
};

}  // namespace

bool needs_isolation(const TargetOptions&) { return true; }

Result<std::unique_ptr<Target>> make_target(const std::string& spec, const TargetOptions& options) {
  if (options.caches != "warm" && options.caches != "cold")
    return invalid_input(fmt::format("the caches \"{}\" are neither `warm` nor `cold`", options.caches));
  std::string cpu;
  if (const size_t colon = spec.find(':'); colon != std::string::npos) {
    cpu = spec.substr(colon + 1);
    if (!cpu.starts_with(kProcessorKey))
      return invalid_input(fmt::format("\"{}\" is no cpu target; write `cpu` or `cpu:mcpu=PROCESSOR`", spec));
    cpu = cpu.substr(kProcessorKey.size());
  }
  TAMIS_ASSIGN(Machine machine, find_machine(cpu));
  TAMIS_ASSIGN(const std::vector<int> allowed, allowed_cores());
  const auto cores = static_cast<int>(allowed.size());
  if (options.threads < 0 || options.threads > cores)
    return invalid_input(
        fmt::format("{} threads cannot each have a core: there are {}", options.threads, cores));
  const int threads = options.threads == 0 ? cores : options.threads;
  return std::unique_ptr<Target>(
      std::make_unique<CpuTarget>(spec, std::move(machine), threads, options.caches == "cold"));
}

}  // namespace tamis::cpu
