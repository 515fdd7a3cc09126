#include "targets/gpu/operator_task.h"

#include "base/json.h"
#include "targets/gpu/schedule/operator_program.h"
#include "targets/loop/winograd.h"
#include "workload/tensor_text.h"

#include <algorithm>
#include <cstring>
#include <string_view>

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

/// An element of an argument in C. Sums, and what is added to them, are wider than what they are of.
std::string c_type_of(ArgumentRole role, DataType type) {
  if (role == ArgumentRole::bias || role == ArgumentRole::scratch)
    return type == DataType::int8 ? "int32_t" : "float";
  if (type == DataType::int8) return "int8_t";
  return is_half(type) ? "uint16_t" : "float";
}

/// The name of an argument as the target cpu has it: operands of a matmul are `a` and `b`.
std::string c_name_of(const OperatorArgument& argument, const Workload& workload) {
  if (workload.op != Operator::matmul) return argument.name;
  if (argument.role == ArgumentRole::input) return "a";
  return argument.role == ArgumentRole::weights ? "b" : argument.name;
}

DeployedArgument deployed_argument(const OperatorArgument& argument, const Workload& workload) {
  DeployedArgument deployed;
  deployed.name = c_name_of(argument, workload);
  deployed.type = c_type_of(argument.role, workload.type);
  deployed.bytes = static_cast<uint64_t>(argument.bytes);
  deployed.scratch = argument.role == ArgumentRole::scratch;
  deployed.written = deployed.scratch || argument.role == ArgumentRole::output;
  const bool halves = is_half(workload.type) && deployed.type == "uint16_t";
  const std::string type =
      halves ? fmt::format("{} (bits of {})", deployed.type, to_string(workload.type)) : deployed.type;
  const int64_t size = deployed.type == "float" || deployed.type == "int32_t" ? 4 : halves ? 2 : 1;
  std::string shape = tensor_text(workload, argument.name);
  if (argument.role == ArgumentRole::bias)
    shape = bracketed({argument.bytes / size}, workload.op == Operator::matmul ? "column" : "output channel");
  if (deployed.scratch) shape = bracketed({argument.bytes / size}, "intermediate results");
  deployed.text = fmt::format("{} {}", type, shape);
  if (argument.extents.empty()) return deployed;
  deployed.prepared_name = deployed.name;
  deployed.prepared_text = deployed.text;
  deployed.name = "packed_" + deployed.name;
  deployed.text = fmt::format("{} {}", type, bracketed({argument.bytes / size}, "weights as prepared"));
  deployed.preparation = {argument.extents, argument.order, {}};
  if (argument.winograd_tile > 0)
    deployed.preparation.winograd = loop::winograd_matrices(argument.winograd_tile, 1).weights;
  return deployed;
}

class OperatorTask final : public GpuTask {
 public:
  OperatorTask(TaskFacts facts, Language language, std::shared_ptr<SharedRuntime> runtime)
      : GpuTask(std::move(facts), std::move(runtime)), language_(language) {}

  BuildOutcome build(const Config& config) const override {
    Result<OperatorProgram> made = operator_program(workload(), space(), config, language_);
    if (!made.ok()) return {Verdict::build_failed, made.error().message, {}, nullptr};
    Result<SharedRuntime::Use> runtime = this->runtime().use();
    if (!runtime.ok()) return {Verdict::build_failed, runtime.error().message, {}, nullptr};
    const auto set = std::make_shared<const OperatorSet>(workload().type, std::move((*made).arguments));
    return build_program(**runtime, std::move((*made).program), set);
  }

  Result<BuildOutcome> unpack(const Config& config, std::string_view bytes) const override {
    TAMIS_ASSIGN(OperatorProgram made, operator_program(workload(), space(), config, language_));
    TAMIS_ASSIGN(const SharedRuntime::Use runtime, this->runtime().use());
    const auto set = std::make_shared<const OperatorSet>(workload().type, std::move(made.arguments));
    return load_program(*runtime, std::move(made.program), set, code(), bytes);
  }

  Result<DeployedProgram> deploy(const Config& config) const override {
    TAMIS_ASSIGN(OperatorProgram made, operator_program(workload(), space(), config, language_));
    DeployedProgram program;
    program.what = to_spec(workload());
    program.result = result_text(workload());
    // With more than a source may declare, it is each launch's to say.
    const auto asks = [](const Launch& launch) { return launch.shared_bytes > 0; };
    const std::vector<Launch>& launches = made.program.launches;
    if (std::none_of(launches.begin(), launches.end(), asks))
      program.shared_bytes = static_cast<uint64_t>(made.shared_bytes);
    program.program = std::move(made.program);
    for (const OperatorArgument& argument : made.arguments)
      program.arguments.push_back(deployed_argument(argument, workload()));
    return program;
  }

 private:
  Language language_;
};

std::string_view name_of(ArgumentRole role) {
  switch (role) {
    case ArgumentRole::input:
      return "input";
    case ArgumentRole::weights:
      return "weights";
    case ArgumentRole::bias:
      return "bias";
    case ArgumentRole::residual:
      return "residual";
    case ArgumentRole::output:
      return "output";
    case ArgumentRole::scratch:
      return "scratch";
  }
  return "";
}

/// What a program of one's own needs to run the source: arguments, and launches in their order, as JSON.
std::string describe_launches(const OperatorProgram& made) {
  Json arguments = Json::array();
  for (const OperatorArgument& argument : made.arguments) {
    Json one = {{"name", argument.name}, {"role", name_of(argument.role)}, {"bytes", argument.bytes}};
    if (!argument.extents.empty()) one["extents"] = argument.extents;
    if (argument.winograd_tile > 0)
      one["transform"] = loop::winograd_matrices(argument.winograd_tile, 1).weights;
    else if (!argument.order.empty())
      one["order"] = argument.order;
    arguments.push_back(std::move(one));
  }
  Json launches = Json::array();
  for (const Launch& launch : made.program.launches)
    launches.push_back({{"entry", launch.entry},
                        {"groups", launch.grid.groups},
                        {"group", launch.grid.group},
                        {"shared_bytes", launch.shared_bytes},
                        {"arguments", launch.arguments}});
  const Json json = {{"arguments", std::move(arguments)},
                     {"launches", std::move(launches)},
                     {"options", made.program.source.options}};
  return json.dump(1) + "\n";
}

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
  std::string launches = describe_launches(made);
  return std::vector<ProgramText>{{std::string(to_string(language)), std::move(made.program.source.text)},
                                  {"launches", std::move(launches)}};
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
