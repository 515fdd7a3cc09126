#include "targets/gpu/gpu_target.h"

#include "base/json.h"
#include "base/text.h"
#include "space/file/space_file.h"
#include "tamis/objective.h"
#include "tamis/task.h"
#include "targets/gpu/operator_task.h"

#include <algorithm>
#include <filesystem>
#include <mutex>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

constexpr std::string_view kPrefix = "external:";
/// Of random arguments: every process makes the same, whatever seed the session's other data has.
constexpr uint64_t kArgumentSeed = 0;
/// What the programs of built-in operators are made by; raised whenever a config's program changes.
constexpr const char* kOperatorCode = "operators-1";

/// Which configs stand for what is right does not depend on what a search tries first.
constexpr uint64_t kReferenceSeed = 0;
/// So many configs are run at most, to have a result that others are compared with.
constexpr size_t kMostReferences = 8;

/// The default config, and others at random behind it, each once.
std::vector<Config> reference_configs(const Space& space, const Config& default_config) {
  std::vector<Config> configs = {default_config};
  Random random(kReferenceSeed);
  for (size_t draws = 0; draws < 4 * kMostReferences && configs.size() < kMostReferences; ++draws) {
    std::optional<Config> config = space.sample(random);
    if (!config) break;
    if (std::find(configs.begin(), configs.end(), *config) == configs.end())
      configs.push_back(std::move(*config));
  }
  return configs;
}

/// The programs of a kernel file, compared with what the file says, or else with those of its default config;
/// where that does not run to its end, with those of the first other one that does.
class KernelSet final : public ProgramSet {
 public:
  KernelSet(std::shared_ptr<const KernelDescription> kernel, Space space, const Config& default_config)
      : kernel_(std::move(kernel)),
        space_(std::move(space)),
        references_(reference_configs(space_, default_config)) {}

  Result<std::vector<ArgumentValue>> arguments(const WorkloadData&) const override {
    return kernel_->arguments(kArgumentSeed);
  }

  std::optional<Reference> reference(size_t number) const override {
    if (const std::optional<KernelProgram>& own = kernel_->reference()) {
      if (number > 0) return std::nullopt;
      return Reference{"the reference kernel", *own};
    }
    if (number >= references_.size()) return std::nullopt;
    const Config& config = references_[number];
    return Reference{fmt::format("the {}config ({})", number == 0 ? "default " : "", space_.describe(config)),
                     kernel_->program(space_, config)};
  }

  Tensor output(const std::vector<std::vector<std::byte>>&) const override { return {}; }

 private:
  std::shared_ptr<const KernelDescription> kernel_;
  Space space_;
  std::vector<Config> references_;
};

class KernelTask final : public Task {
 public:
  KernelTask(TaskFacts facts, std::shared_ptr<const KernelDescription> kernel,
             std::shared_ptr<SharedRuntime> runtime)
      : Task(std::move(facts)), kernel_(std::move(kernel)), runtime_(std::move(runtime)) {}

  BuildOutcome build(const Config& config) const override {
    Result<KernelProgram> program = kernel_->program(space(), config);
    if (!program.ok()) return {Verdict::build_failed, program.error().message, {}, nullptr};
    Result<SharedRuntime::Use> runtime = runtime_->use();
    if (!runtime.ok()) return {Verdict::build_failed, runtime.error().message, {}, nullptr};
    return build_program(**runtime, std::move(*program), set());
  }

 private:
  /// Made when the space and the default config are what bind_task() makes of them.
  std::shared_ptr<const ProgramSet> set() const {
    std::call_once(made_,
                   [this] { set_ = std::make_shared<const KernelSet>(kernel_, space(), default_config()); });
    return set_;
  }

  std::shared_ptr<const KernelDescription> kernel_;
  std::shared_ptr<SharedRuntime> runtime_;
  mutable std::once_flag made_;
  mutable std::shared_ptr<const ProgramSet> set_;
};

/// Jobs, of which there is one for each core, build at the same time and are timed in turn
/// (RunOptions::alone).
TargetTraits gpu_traits(const GpuBackend& backend) {
  TargetTraits traits;
  traits.reserves_addresses = backend.reserves_addresses;
  traits.latencies_vary = true;
  traits.builds_late = true;
  return traits;
}

bool is_t1(const Json& kernel) {
  return kernel.contains("KernelSpecification") || kernel.contains("kernelSpecification");
}

/// Only the latency is measured here: a note where that is the objective's other side, as a rate of published
/// files is; nothing where it is the objective. Errors: invalid_input for any other.
Result<std::optional<std::string>> note_on_objective(const SpaceFile& file, const std::string& source) {
  if (file.objective.empty()) return std::optional<std::string>();
  TAMIS_ASSIGN(const Json json, parse_json(file.objective, source));
  TAMIS_ASSIGN(const Objective objective, objective_from_json(json, source));
  if (objective.is_latency()) return std::optional<std::string>();
  TAMIS_ASSIGN(const Json kernel, parse_json(file.kernel, source));
  if (is_t1(kernel) && objective.direction == Direction::maximise)
    return std::optional(fmt::format(
        "the objective of the file is {}; kernels are measured by their latency, so the least latency is "
        "searched for",
        objective.name));
  return invalid_input(
      fmt::format("{}: its objective is {}, and kernels are measured by their latency; leave the objective "
                  "out, or give a program that measures it and use the target command",
                  source, to_string(objective)));
}

/// What the device's limits leave out of a space, `before` them and `after`; `limits` are not empty.
std::string note_on_limits(const Space& before, const Space& after, const std::vector<Constraint>& limits) {
  const auto count = [](const Space& space) -> std::optional<uint64_t> {
    if (const std::optional<uint64_t> known = known_count(space)) return known;
    const Result<Space> enumerated = space.enumerated();
    return enumerated.ok() ? known_count(*enumerated) : std::nullopt;
  };
  std::string texts;
  for (const Constraint& limit : limits) texts += (texts.empty() ? "" : "; ") + limit.text;
  const std::optional<uint64_t> all = count(before);
  const std::optional<uint64_t> left = count(after);
  if (!all || !left) return fmt::format("the device's limits leave configs out of the space: {}", texts);
  return fmt::format("the device's limits leave {} of {} out of the space: {}", *all - *left,
                     counted(*all, "config"), texts);
}

/// Text as a property of an identity may be.
std::string without_blanks(std::string text) {
  for (char& c : text)
    if (c == ' ' || c == '=' || c == '\t' || c == '\n') c = '-';
  return text;
}

std::string kind_for(Language language) { return language == Language::opencl ? "opencl" : "cuda"; }

Result<KernelDescription> read_kernel(const SpaceFile& file, const std::string& path) {
  TAMIS_ASSIGN(const Json json, parse_json(file.kernel, path));
  return KernelDescription::read(json, path + ", kernel", std::filesystem::path(path).parent_path().string(),
                                 file.space);
}

class GpuTarget final : public Target {
 public:
  GpuTarget(std::string spec, Settings settings, GpuBackend backend)
      : Target(std::move(spec), std::move(settings), gpu_traits(backend)),
        backend_(std::move(backend)),
        runtime_(std::make_shared<SharedRuntime>(backend_.open)) {}

  Result<std::vector<Workload>> resolve(const std::string& text) const override {
    const std::string path = text.starts_with(kPrefix) ? text.substr(kPrefix.size()) : text;
    std::error_code code;
    if (!std::filesystem::is_regular_file(path, code)) {
      if (text.starts_with(kPrefix)) return not_found(fmt::format("there is no kernel file {}", path));
      return resolve_workloads(text, {DataType::float32, Layout::nchw});
    }
    TAMIS_ASSIGN(const SpaceFile file, read_space_file(path));
    Workload workload;
    workload.op = Operator::external;
    workload.source = path;
    workload.name = file.name.empty() ? path : file.name;
    return std::vector<Workload>{std::move(workload)};
  }

  Result<std::unique_ptr<Task>> bind(const Workload& workload) const override {
    if (workload.op != Operator::external) return bind_operator(workload);
    TAMIS_ASSIGN(const SpaceFile file, read_space_file(workload.source));
    TAMIS_ASSIGN(std::shared_ptr<const KernelDescription> kernel, kernel_of(file, workload.source));
    TAMIS_ASSIGN(const std::optional<std::string> objective, note_on_objective(file, workload.source));
    TAMIS_ASSIGN(const DeviceFacts device, device_facts());
    TAMIS_ASSIGN(std::vector<Constraint> limits, kernel->limits(device));
    TaskFacts facts;
    facts.workload = workload;
    facts.space = file.space;
    facts.notes = kernel->notes();
    if (objective) facts.notes.push_back(*objective);
    if (!limits.empty()) {
      facts.space = file.space.constrained(limits);
      facts.notes.push_back(note_on_limits(file.space, facts.space, limits));
    }
    facts.default_config = file.default_config.value_or(facts.space.config(0));
    TAMIS_ASSIGN(facts.identity, identity(kernel->digest()));
    return std::unique_ptr<Task>(std::make_unique<KernelTask>(std::move(facts), std::move(kernel), runtime_));
  }

  Result<std::unique_ptr<Device>> open_device(const DeviceOptions&) const override {
    if (!backend_.builds_only.empty()) return unsupported(backend_.builds_only);
    return open_gpu_device(runtime_, backend_.caches);
  }

 private:
  Result<std::shared_ptr<const KernelDescription>> kernel_of(const SpaceFile& file,
                                                             const std::string& source) const {
    if (file.kernel.empty())
      return unsupported(fmt::format(
          "{} describes no kernel: it has neither the member `kernel` nor T1's `KernelSpecification` (see "
          "docs/reference/kernel-files.md); a program of your own is for the target command",
          source));
    TAMIS_ASSIGN(KernelDescription kernel, read_kernel(file, source));
    if (kernel.language() != backend_.language)
      return unsupported(fmt::format("{}: the kernel is {}; write --target {}", source,
                                     to_string(kernel.language()), kind_for(kernel.language())));
    return std::make_shared<const KernelDescription>(std::move(kernel));
  }

  Result<DeviceFacts> device_facts() const {
    TAMIS_ASSIGN(const SharedRuntime::Use runtime, runtime_->use());
    return runtime->facts();
  }

  Result<std::unique_ptr<Task>> bind_operator(const Workload& workload) const {
    TAMIS_ASSIGN(const DeviceFacts device, device_facts());
    TAMIS_ASSIGN(TaskFacts facts, operator_facts(workload, device));
    TAMIS_ASSIGN(facts.identity, identity(kOperatorCode));
    return make_operator_task(std::move(facts), backend_.language, runtime_);
  }

  /// `code`: what programs of a config are made of.
  Result<TaskIdentity> identity(const std::string& code) const {
    TAMIS_ASSIGN(const DeviceFacts device, device_facts());
    TaskIdentity identity{backend_.kind, device.name, {}};
    for (char& c : identity.subject)
      if (c == '=') c = '-';
    identity.properties = {{"driver", without_blanks(device.driver)},
                           {"kernel", without_blanks(code)},
                           {"caches", backend_.caches == Caches::cold ? "cold" : "warm"}};
    for (const auto& property : backend_.properties) identity.properties.push_back(property);
    return identity;
  }

  GpuBackend backend_;
  std::shared_ptr<SharedRuntime> runtime_;
};

}  // namespace

std::shared_ptr<const Target> make_gpu_target(std::string spec, Settings settings, GpuBackend backend) {
  return std::make_shared<const GpuTarget>(std::move(spec), std::move(settings), std::move(backend));
}

Result<std::optional<std::string>> target_of_kernel_file(const std::string& text, const std::string& path) {
  const Result<SpaceFile> file = parse_space(text, path);
  if (!file.ok() || file->kernel.empty()) return std::optional<std::string>();
  TAMIS_ASSIGN(const KernelDescription kernel, read_kernel(*file, path));
  return std::optional(kind_for(kernel.language()));
}

Result<Caches> parse_caches(const std::string& word) {
  if (word == "warm") return Caches::warm;
  if (word == "cold") return Caches::cold;
  return invalid_input(fmt::format("--caches is \"{}\"; it must be warm or cold", word));
}

}  // namespace tamis::gpu
