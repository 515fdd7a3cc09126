#include "targets/gpu/gpu_target.h"

#include "base/json.h"
#include "base/text.h"
#include "space/file/space_file.h"
#include "tamis/objective.h"
#include "tamis/task.h"
#include "targets/gpu/gpu_task.h"
#include "targets/gpu/kernel/element.h"
#include "targets/gpu/operator_task.h"
#include "targets/gpu/runtime/cuda_choice.h"

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <set>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

constexpr std::string_view kPrefix = "external:";
/// Of random arguments: every process makes the same, whatever seed the session's other data has.
constexpr uint64_t kArgumentSeed = 0;
/// What the programs of built-in operators are made by; raised whenever a config's program changes.
constexpr const char* kOperatorCode = "operators-3";
/// A property of an identity: what the compiler makes code for, where the runtime tells.
constexpr const char* kArchitecture = "architecture";

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

/// The type of an element in C; halves are their bits.
std::string c_type_of(ElementType type) {
  if (type == ElementType::float16) return "uint16_t";
  if (type == ElementType::float32) return "float";
  return type == ElementType::float64 ? "double" : std::string(to_string(type)) + "_t";
}

/// An argument by value for the reader: `5`, `(1, 2)`.
std::string text_of_value(const ArgumentValue& argument) {
  std::string text;
  for (int lane = 0; lane < argument.lanes; ++lane)
    text += (lane > 0 ? ", " : "") +
            element_text(argument.type,
                         argument.bytes.data() + static_cast<size_t>(lane) * element_size(argument.type));
  return argument.lanes > 1 ? "(" + text + ")" : text;
}

DeployedArgument deployed_argument(ArgumentValue argument, bool changed, std::set<std::string>& taken) {
  DeployedArgument deployed;
  deployed.name = unique_c_identifier(argument.name, taken);
  deployed.type = c_type_of(argument.type);
  deployed.bytes = argument.bytes.size();
  deployed.written = changed;
  const size_t count =
      argument.bytes.size() / element_size(argument.type) / static_cast<size_t>(argument.places);
  deployed.text = argument.scalar ? fmt::format("{} {}", deployed.type, text_of_value(argument))
                                  : fmt::format("{} [{}]", deployed.type, count);
  if (!argument.scalar && argument.places > 1) deployed.text += fmt::format("[{}]", argument.places);
  if (!argument.scalar) return deployed;
  deployed.value_text = text_of_value(argument);
  deployed.value = std::move(argument.bytes);
  return deployed;
}

/// What emitted C calls its own variables.
std::set<std::string> taken_names() {
  return {"argc",    "argv",   "arguments", "before", "bytes",      "code",   "context", "cubin",
          "device",  "folder", "group",     "i",      "items",      "kernel", "least",   "main",
          "program", "queue",  "size",      "source", "stream",     "symbol", "time",    "allocate",
          "check",   "free",   "keep",      "load",   "find_device"};
}

class KernelTask final : public GpuTask {
 public:
  KernelTask(TaskFacts facts, std::shared_ptr<const KernelDescription> kernel,
             std::shared_ptr<SharedRuntime> runtime)
      : GpuTask(std::move(facts), std::move(runtime)), kernel_(std::move(kernel)) {}

  BuildOutcome build(const Config& config) const override {
    Result<KernelProgram> program = kernel_->program(space(), config);
    if (!program.ok()) return {Verdict::build_failed, program.error().message, {}, nullptr};
    Result<SharedRuntime::Use> runtime = this->runtime().use();
    if (!runtime.ok()) return {Verdict::build_failed, runtime.error().message, {}, nullptr};
    return build_program(**runtime, std::move(*program), set());
  }

  Result<BuildOutcome> unpack(const Config& config, std::string_view bytes) const override {
    TAMIS_ASSIGN(KernelProgram program, kernel_->program(space(), config));
    TAMIS_ASSIGN(const SharedRuntime::Use runtime, this->runtime().use());
    return load_program(*runtime, std::move(program), set(), code(), bytes);
  }

  Result<DeployedProgram> deploy(const Config& config) const override {
    DeployedProgram deployed;
    deployed.what = workload().name;
    TAMIS_ASSIGN(deployed.program, kernel_->program(space(), config));
    TAMIS_ASSIGN(std::vector<ArgumentValue> arguments, kernel_->arguments(kArgumentSeed));
    const bool named = std::any_of(arguments.begin(), arguments.end(),
                                   [](const ArgumentValue& argument) { return argument.output; });
    std::set<std::string> taken = taken_names();
    for (ArgumentValue& argument : arguments) {
      const bool changed = named ? argument.output : !argument.scalar;
      deployed.arguments.push_back(deployed_argument(std::move(argument), changed, taken));
    }
    return deployed;
  }

 private:
  /// Made when the space and the default config are what bind_task() makes of them.
  std::shared_ptr<const ProgramSet> set() const {
    std::call_once(made_,
                   [this] { set_ = std::make_shared<const KernelSet>(kernel_, space(), default_config()); });
    return set_;
  }

  std::shared_ptr<const KernelDescription> kernel_;
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
    return open_gpu_device(runtime_, backend_.language, backend_.caches);
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
    if (!device.architecture.empty()) identity.properties.emplace_back(kArchitecture, device.architecture);
    for (const auto& property : backend_.properties) identity.properties.push_back(property);
    return identity;
  }

  GpuBackend backend_;
  std::shared_ptr<SharedRuntime> runtime_;
};

/// A target that only recalls: of a device that a log names, under a space that the log holds.
class RecordedGpu final : public Target {
 public:
  RecordedGpu(Language language, TaskIdentity identity, Space space)
      : Target(kind_for(language), {}, {}),
        language_(language),
        identity_(std::move(identity)),
        space_(std::move(space)),
        runtime_(std::make_shared<SharedRuntime>(opener())) {}

  Result<std::unique_ptr<Task>> bind(const Workload& workload) const override {
    TaskFacts facts;
    facts.workload = workload;
    facts.space = space_;
    facts.identity = identity_;
    facts.default_config = space_.config(0);
    const std::optional<std::string> code = identity_.property("kernel");
    if (identity_.kind != kind_for(language_) || !code)
      return corrupt(
          fmt::format("\"{}\" is not an identity of a target {}", to_string(identity_), kind_for(language_)));
    if (workload.op == Operator::external) return bind_kernel(std::move(facts), *code);
    if (*code != kOperatorCode)
      return unsupported(fmt::format(
          "it was tuned by a release whose configs were other programs ({} instead of {}); tune it again",
          *code, kOperatorCode));
    return make_operator_task(std::move(facts), language_, runtime_);
  }

  Result<std::unique_ptr<Device>> open_device(const DeviceOptions&) const override {
    return unsupported("a recorded task is deployed or read, not run; make the target itself to run it");
  }

 private:
  Result<std::unique_ptr<Task>> bind_kernel(TaskFacts facts, const std::string& digest) const {
    TAMIS_ASSIGN(const SpaceFile file, read_space_file(facts.workload.source));
    if (file.kernel.empty()) return corrupt(facts.workload.source + " describes no kernel any more");
    TAMIS_ASSIGN(KernelDescription kernel, read_kernel(file, facts.workload.source));
    if (without_blanks(kernel.digest()) != digest)
      return unsupported(fmt::format(
          "{} or its sources have changed since it was tuned; tune it again, or bring back what they were",
          facts.workload.source));
    auto shared = std::make_shared<const KernelDescription>(std::move(kernel));
    return std::unique_ptr<Task>(std::make_unique<KernelTask>(std::move(facts), std::move(shared), runtime_));
  }

  SharedRuntime::Open opener() const {
    const std::optional<std::string> architecture = identity_.property(kArchitecture);
    if (language_ == Language::cuda && architecture)
      return [name = *architecture] { return open_cuda_builder(usual_scope(), name); };
    return []() -> Result<std::unique_ptr<Runtime>> {
      return unsupported(
          "the log does not say which architecture it was tuned for, so nothing can be compiled for it; tune "
          "it again");
    };
  }

  Language language_;
  TaskIdentity identity_;
  Space space_;
  std::shared_ptr<SharedRuntime> runtime_;
};

}  // namespace

std::string_view operator_code() { return kOperatorCode; }

Result<SharedTask> recall_opencl_task(const TaskIdentity& identity, const Workload& workload,
                                      const Space& space) {
  return bind_task(std::make_shared<const RecordedGpu>(Language::opencl, identity, space), workload);
}

Result<SharedTask> recall_cuda_task(const TaskIdentity& identity, const Workload& workload,
                                    const Space& space) {
  return bind_task(std::make_shared<const RecordedGpu>(Language::cuda, identity, space), workload);
}

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
