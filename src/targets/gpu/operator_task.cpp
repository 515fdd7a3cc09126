#include "targets/gpu/operator_task.h"

#include "targets/gpu/schedule/operator_program.h"

#include <cstring>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

template <class T>
Tensor tensor_of(const std::vector<std::byte>& bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return Tensor(std::move(values));
}

/// The programs of one config: how many arguments they have is the config's choice.
class OperatorSet final : public ProgramSet {
 public:
  OperatorSet(DataType type, std::vector<OperatorArgument> arguments)
      : type_(type), arguments_(std::move(arguments)) {}

  Result<std::vector<ArgumentValue>> arguments(const WorkloadData& data) const override {
    std::vector<ArgumentValue> values;
    for (const OperatorArgument& argument : arguments_) {
      ArgumentValue value;
      value.name = argument.name;
      value.type = ElementType::int8;  // nobody looks inside: the measurer compares output()
      value.bytes = argument_bytes(argument, data);
      values.push_back(std::move(value));
    }
    return values;
  }

  std::optional<Reference> reference(size_t) const override { return std::nullopt; }

  Tensor output(const std::vector<std::vector<std::byte>>& after) const override {
    for (size_t i = 0; i < arguments_.size(); ++i) {
      if (arguments_[i].role != ArgumentRole::output) continue;
      if (type_ == DataType::int8) return tensor_of<int8_t>(after[i]);
      return is_half(type_) ? tensor_of<uint16_t>(after[i]) : tensor_of<float>(after[i]);
    }
    return {};
  }

 private:
  DataType type_;
  std::vector<OperatorArgument> arguments_;
};

class OperatorTask final : public Task {
 public:
  OperatorTask(TaskFacts facts, Language language, std::shared_ptr<SharedRuntime> runtime)
      : Task(std::move(facts)), language_(language), runtime_(std::move(runtime)) {}

  BuildOutcome build(const Config& config) const override {
    Result<OperatorProgram> made = operator_program(workload(), space(), config, language_);
    if (!made.ok()) return {Verdict::build_failed, made.error().message, {}, nullptr};
    Result<SharedRuntime::Use> runtime = runtime_->use();
    if (!runtime.ok()) return {Verdict::build_failed, runtime.error().message, {}, nullptr};
    const auto set = std::make_shared<const OperatorSet>(workload().type, std::move((*made).arguments));
    return build_program(**runtime, std::move((*made).program), set);
  }

 private:
  Language language_;
  std::shared_ptr<SharedRuntime> runtime_;
};

Result<std::vector<ProgramText>> print_source(const Task& task, const Config& config,
                                              const PrintOptions& options, Language language) {
  if (task.workload().op == Operator::external)
    return unsupported(
        "the source of a kernel file is the file that it names; only built-in operators are printed");
  if (options.steps || options.stage != PrintOptions{}.stage)
    return unsupported(
        fmt::format("the target {} prints the source of a config; leave --stage and --steps out",
                    language == Language::opencl ? "opencl" : "cuda"));
  TAMIS_ASSIGN(OperatorProgram made, operator_program(task.workload(), task.space(), config, language));
  return std::vector<ProgramText>{{std::string(to_string(language)), std::move(made.program.source.text)}};
}

}  // namespace

Result<TaskFacts> operator_facts(const Workload& workload, const DeviceFacts& device) {
  TaskFacts facts;
  facts.workload = workload;
  TAMIS_ASSIGN(facts.space, operator_space(workload, device));
  facts.default_config = default_operator_config(workload, device, facts.space);
  facts.suggestions = operator_suggestions(workload, device, facts.space);
  return facts;
}

std::unique_ptr<Task> make_operator_task(TaskFacts facts, Language language,
                                         std::shared_ptr<SharedRuntime> runtime) {
  return std::make_unique<OperatorTask>(std::move(facts), language, std::move(runtime));
}

Result<std::vector<ProgramText>> print_opencl_program(const Task& task, const Config& config,
                                                      const PrintOptions& options) {
  return print_source(task, config, options, Language::opencl);
}

Result<std::vector<ProgramText>> print_cuda_program(const Task& task, const Config& config,
                                                    const PrintOptions& options) {
  return print_source(task, config, options, Language::cuda);
}

}  // namespace tamis::gpu
