#include "targets/cpu/cpu_target.h"

#include "base/text.h"
#include "targets/cpu/build.h"
#include "targets/cpu/cpu_device.h"
#include "targets/cpu/identity.h"
#include "targets/cpu/schedule/schedule_space.h"
#include "targets/cpu/timing/cores.h"
#include "targets/cpu/travelling.h"

#include <fmt/format.h>

namespace tamis::cpu {
namespace {

constexpr std::string_view kProcessorKey = "mcpu=";

class CpuTask final : public Task {
 public:
  CpuTask(TaskFacts facts, RunConditions conditions)
      : Task(std::move(facts)), conditions_(std::move(conditions)) {}

  BuildOutcome build(const Config& config) const override {
    BuildOutcome outcome;
    const Result<std::shared_ptr<const CpuArtifact>> built =
        build_object(workload(), {conditions_.machine, conditions_.threads}, space(), config, {}, &prepared_);
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

 private:
  Result<std::string> pack(const Config&, const Artifact& artifact) const override {
    return pack_program(static_cast<const CpuArtifact&>(artifact), conditions_.machine);
  }

  Result<BuildOutcome> unpack(const Config& config, std::string_view bytes) const override {
    const BuildTarget target{conditions_.machine, conditions_.threads};
    const Kernel kernel = make_kernel(workload(), target, space(), config, {}, nullptr);
    BuildOutcome outcome;
    TAMIS_ASSIGN(outcome.artifact, unpack_program(frame_of(kernel, workload(), conditions_.threads),
                                                  kernel.prepare.has_value(), conditions_.machine, bytes));
    return outcome;
  }

  RunConditions conditions_;
  mutable PreparedObjects prepared_;  // known from earlier builds, so that they need not be made again
};

/// What the settings and the spec say, checked.
struct CpuChoice {
  RunConditions conditions;
  Layout layout = Layout::nhwc;  ///< of workloads that do not say theirs
  int cores = 1;                 ///< that this process may use
};

/// A run that uses several cores leaves none for another job, and each job has a core of its own.
TargetTraits traits_of(const CpuChoice& choice) {
  TargetTraits traits;
  traits.latencies_vary = true;
  traits.jobs = choice.conditions.threads > 1 ? JobLimits{1, 1} : JobLimits{choice.cores, choice.cores};
  return traits;
}

class CpuTarget final : public Target {
 public:
  CpuTarget(std::string spec, Settings settings, CpuChoice choice)
      : Target(std::move(spec), std::move(settings), traits_of(choice)), choice_(std::move(choice)) {}

  Result<std::vector<Workload>> resolve(const std::string& text) const override {
    return resolve_workloads(text, {DataType::float32, choice_.layout});
  }

  Result<std::unique_ptr<Task>> bind(const Workload& workload) const override {
    const auto& [machine, threads, caches] = choice_.conditions;
    TaskFacts facts;
    Result<Space> space = schedule_space(workload, machine, threads);
    if (!space.ok()) return space.error().within(fmt::format("the workload \"{}\"", workload.name));
    facts.workload = workload;
    facts.space = std::move(*space);
    facts.identity = identity_of(choice_.conditions);
    facts.default_config = default_schedule(workload, machine, threads, facts.space);
    facts.suggestions = suggested_schedules(workload, machine, threads, facts.space);
    return std::unique_ptr<Task>(std::make_unique<CpuTask>(std::move(facts), choice_.conditions));
  }

  Result<std::unique_ptr<Device>> open_device(const DeviceOptions& options) const override {
    const RunConditions& conditions = choice_.conditions;
    if (!conditions.machine.host)
      return unsupported(fmt::format(
          "this machine cannot run code for {}, so nothing can be tuned for it here; `tamis program --emit` "
          "writes kernels for it",
          conditions.machine.cpu));
    return open_cpu_device({options.slot, conditions.threads, conditions.caches});
  }

 private:
  CpuChoice choice_;
};

/// A target that only recalls: of a machine that a log names, under a space that the log holds.
class RecordedCpu final : public Target {
 public:
  RecordedCpu(RunConditions conditions, Space space)
      : Target("cpu", {}, {}), conditions_(std::move(conditions)), space_(std::move(space)) {}

  Result<std::unique_ptr<Task>> bind(const Workload& workload) const override {
    TaskFacts facts;
    facts.workload = workload;
    facts.space = space_;
    facts.identity = identity_of(conditions_);
    facts.default_config = space_.config(0);
    return std::unique_ptr<Task>(std::make_unique<CpuTask>(std::move(facts), conditions_));
  }

  Result<std::unique_ptr<Device>> open_device(const DeviceOptions&) const override {
    return unsupported("a recorded task is deployed or read, not run; make the target cpu to run it");
  }

 private:
  RunConditions conditions_;
  Space space_;
};

/// The processor that a spec names; empty for this machine's.
Result<std::string> processor_of(const std::string& spec) {
  const size_t colon = spec.find(':');
  if (colon == std::string::npos) return std::string();
  const std::string text = spec.substr(colon + 1);
  if (!text.starts_with(kProcessorKey))
    return invalid_input(
        fmt::format("\"{}\" is not a cpu target; write `cpu` or `cpu:mcpu=PROCESSOR`", spec));
  if (text.size() == kProcessorKey.size())
    return invalid_input(fmt::format("\"{}\" names no processor; write `cpu` for this one", spec));
  return text.substr(kProcessorKey.size());
}

Result<int> thread_count(const std::string& text, const CpuChoice& choice) {
  const std::optional<int64_t> threads = parse_integer(text);
  if (!threads || *threads < 0 || *threads > 4096)
    return invalid_input(fmt::format("--threads is \"{}\"; it must be an integer from 0 to 4096", text));
  if (choice.conditions.machine.host && *threads > choice.cores)
    return invalid_input(
        fmt::format("{} threads cannot each have a core: there are {}", *threads, choice.cores));
  return *threads == 0 ? choice.cores : static_cast<int>(*threads);
}

}  // namespace

const std::vector<SettingKind>& setting_kinds() {
  static const std::vector<SettingKind> kinds = {
      {"threads", "threads of a run; 0: one for each core that tamis may use", "0"},
      {"caches",
       "`warm`; `cold`: emptied before every timed run; `network`: the weights were not read for a while, as "
       "where "
       "other layers ran in between",
       "warm"},
      {"layout", "nhwc, nchw or nchw16c, of workloads that do not say theirs", "nhwc"},
  };
  return kinds;
}

Result<std::shared_ptr<const Target>> make_target(const std::string& spec, const Settings& settings) {
  const auto value = [&](const char* name) { return setting_or_default(settings, setting_kinds(), name); };
  CpuChoice choice;
  TAMIS_ASSIGN(choice.conditions.caches, parse_caches(value("caches")));
  TAMIS_ASSIGN(choice.layout, parse_layout(value("layout")));
  TAMIS_ASSIGN(const std::string processor, processor_of(spec));
  TAMIS_ASSIGN(choice.conditions.machine, find_machine(processor));
  TAMIS_ASSIGN(const std::vector<int> allowed, allowed_cores());
  choice.cores = static_cast<int>(allowed.size());
  TAMIS_ASSIGN(choice.conditions.threads, thread_count(value("threads"), choice));
  return std::shared_ptr<const Target>(std::make_shared<const CpuTarget>(spec, settings, std::move(choice)));
}

Result<SharedTask> recall_task(const TaskIdentity& identity, const Workload& workload, const Space& space) {
  TAMIS_ASSIGN(RunConditions conditions, conditions_of(identity));
  return bind_task(std::make_shared<const RecordedCpu>(std::move(conditions), space), workload);
}

}  // namespace tamis::cpu
