#include "network/library/step_program.h"

#include "network/kernels/operator_program.h"
#include "network/passes/graph_index.h"
#include "targets/cpu/build.h"
#include "targets/cpu/schedule/schedule_space.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::network {
namespace {

KernelContext context_of(const std::map<std::string, Fact, std::less<>>& facts,
                         const LibraryOptions& options) {
  KernelContext context;
  context.facts = &facts;
  context.vector_bytes = options.machine.vector_bytes;
  context.threads = options.threads;
  return context;
}

bool is_constant(const Resolved& network, const std::string& value) {
  return network.graph.constants.find(value) != network.graph.constants.end();
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

KernelFacts facts_of(const std::vector<Node>& nodes) {
  std::vector<std::string> types;
  types.reserve(nodes.size());
  for (const Node& node : nodes) types.push_back(node.type);
  return {lower_case(types.back()), fmt::format("{}", fmt::join(types, ", ")), {}, 0};
}

/// Constant weights of a recurrent layer lie with the gates of an input together: its program would bring
/// them into that order in every call.
void lay_out_gates(const Node& node, const Resolved& network, KernelContext& context) {
  if (!is(node, "LSTM") && !is(node, "GRU") && !is(node, "RNN")) return;
  for (const size_t weights : {size_t{1}, size_t{2}})
    if (is_constant(network, node.inputs[weights])) context.orders[node.inputs[weights]] = {0, 2, 1};
}

/// What packs the constant weights of a generated program, and its arguments for what is packed.
void add_preparation(NetworkKernel::Preparation& preparation, const std::vector<loop::Buffer>& packed,
                     const Resolved& network, const KernelContext& context, StepProgram& made) {
  for (const loop::Buffer& buffer : packed)
    made.arguments.push_back({ArgumentKind::packed, {}, {}, buffer.name});
  size_t next = 0;
  for (const loop::Buffer& buffer : preparation.program.buffers) {
    if (buffer.storage != loop::Storage::argument || next == preparation.arguments.size()) continue;
    const std::string& value = preparation.arguments[next++];
    const PhysicalOrder order = context.orders.at(value);
    made.sources[buffer.name] = [array = *network.facts.find(value)->second.value, order] {
      return laid_out(array, order);
    };
    made.source_key += value + std::string(1, '\0');
    for (const size_t axis : order) made.source_key += std::to_string(axis) + ",";
  }
  made.prepare = std::move(preparation.program);
}

Result<StepProgram> generated_program(const PlannedStep& step, const Resolved& network,
                                      const LibraryOptions& options) {
  KernelContext context = context_of(network.facts, options);
  for (const Node& node : step.nodes)
    for (const std::vector<std::string>* values : {&node.inputs, &node.outputs})
      for (const std::string& value : *values)
        if (network.facts.find(value) != network.facts.end())
          context.orders[value] = order_taken(step, value, network);
  for (const std::string& output : step.outputs) context.orders[output] = order_given(step, output, network);
  for (const Node& node : step.nodes) lay_out_gates(node, network, context);
  TAMIS_ASSIGN(NetworkKernel kernel, step.nodes.size() > 1 ? fused_program(step.nodes, context)
                                                           : operator_program(step.nodes.front(), context));
  StepProgram made;
  for (const std::string& value : kernel.arguments) {
    // Of several outputs a program may write one that nobody takes.
    const std::vector<std::string>& outputs = step.nodes.back().outputs;
    const auto given = std::find(outputs.begin(), outputs.end(), value);
    const ArgumentKind kind = given != outputs.end()        ? ArgumentKind::given
                              : is_constant(network, value) ? ArgumentKind::constant
                                                            : ArgumentKind::taken;
    made.arguments.push_back({kind, value, context.orders[value]});
  }
  if (kernel.preparation) add_preparation(*kernel.preparation, kernel.packed(), network, context, made);
  made.run = std::move(kernel.program);
  made.facts = facts_of(step.nodes);
  return made;
}

/// The value that is a buffer of a tuned layer's program.
const std::string& operand_of(const LayerOperands& operands, const std::string& buffer) {
  if (buffer == "input") return operands.input;
  if (buffer == "bias") return operands.bias;
  if (buffer == "residual") return operands.residual;
  if (buffer == "inner_bias") return operands.inner_bias;
  if (buffer == "packed_inner_weights") return operands.inner_weights;
  return buffer == "output" ? operands.output : operands.weights;
}

StepArgument tuned_argument(const PlannedStep& step, const loop::Buffer& buffer, bool prepared,
                            const Resolved& network) {
  StepArgument argument;
  argument.value = operand_of(step.layer->operands, buffer.name);
  if (buffer.name == "output") {
    argument.kind = ArgumentKind::given;
    argument.order = order_given(step, argument.value, network);
    return argument;
  }
  const bool activation = !is_constant(network, argument.value);
  const bool packed = !activation && (buffer.name == "weights" || prepared) && buffer.name != "bias" &&
                      buffer.name != "inner_bias" && buffer.name != "input" && buffer.name != "residual";
  argument.kind = packed ? ArgumentKind::packed : activation ? ArgumentKind::taken : ArgumentKind::constant;
  argument.buffer = buffer.name;
  if (!packed) argument.order = order_taken(step, argument.value, network);
  return argument;
}

/// The default config; where it is not allowed, the first suggestion that is.
Result<TunedConfig> usual_config(const Workload& workload, const LibraryOptions& options) {
  TAMIS_ASSIGN(Space space, cpu::schedule_space(workload, options.machine, options.threads));
  std::vector<Config> configs = {cpu::default_schedule(workload, options.machine, options.threads, space)};
  if (!options.allows(space, configs.front()))
    configs = cpu::suggested_schedules(workload, options.machine, options.threads, space);
  for (Config& config : configs)
    if (options.allows(space, config)) return TunedConfig{std::move(space), std::move(config), 0};
  return unsupported(
      fmt::format("no config that is suggested for {} is allowed; tune it", to_spec(workload)));
}

Result<StepProgram> tuned_program(const PlannedStep& step, const Resolved& network,
                                  const LibraryOptions& options) {
  Workload workload = *step.layer->workload;
  workload.layout = layout_of(step.order);
  StepProgram made;
  std::optional<TunedConfig> config = options.find_config(workload);
  made.tuned = config.has_value();
  if (!config) {
    TAMIS_ASSIGN(config, usual_config(workload, options));
  }
  cpu::Kernel kernel = cpu::make_kernel(workload, {options.machine, options.threads}, config->space,
                                        config->config, {}, nullptr);
  made.facts = {std::string(to_string(workload.op)), to_spec(workload),
                config->space.describe(config->config), config->latency_ns};
  for (const loop::Buffer& buffer : kernel.run.buffers)
    if (buffer.storage == loop::Storage::argument)
      made.arguments.push_back(tuned_argument(step, buffer, kernel.prepare.has_value(), network));
  made.run = std::move(kernel.run);
  made.prepare = std::move(kernel.prepare);
  if (const auto weights = network.graph.constants.find(step.layer->operands.weights);
      weights != network.graph.constants.end()) {
    made.source_key = weights->first;
    made.sources["weights"] = [array = weights->second, layer = step.layer] {
      return workload_weights(*layer, array);
    };
  }
  if (const auto weights = network.graph.constants.find(step.layer->operands.inner_weights);
      weights != network.graph.constants.end()) {
    made.source_key += std::string(1, '\0') + weights->first;
    made.sources["inner_weights"] = [array = weights->second, layer = step.layer] {
      return workload_weights(*layer, array);
    };
  }
  return made;
}

/// A matrix with its rows as columns.
std::vector<std::byte> transposed(std::span<const std::byte> from, int64_t rows, int64_t columns,
                                  size_t element) {
  std::vector<std::byte> to(from.size());
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c)
      std::copy_n(from.data() + static_cast<size_t>(r * columns + c) * element, element,
                  to.data() + static_cast<size_t>(c * rows + r) * element);
  return to;
}

/// `orders`: from which, and to which.
Result<StepProgram> conversion_of(const Fact& fact, const std::string& value, const std::string& converted,
                                  const std::pair<PhysicalOrder, PhysicalOrder>& orders,
                                  const LibraryOptions& options) {
  const auto& [from, to] = orders;
  Node node;
  node.type = "Identity";
  node.opset = 14;
  node.inputs = {value};
  node.outputs = {converted};
  std::map<std::string, Fact, std::less<>> facts;
  facts[value] = facts[converted] = {fact.type, fact.shape, std::nullopt};
  KernelContext context = context_of(facts, options);
  context.orders = {{value, from}, {converted, to}};
  TAMIS_ASSIGN(NetworkKernel kernel, operator_program(node, context));
  StepProgram made;
  for (const std::string& argument : kernel.arguments)
    made.arguments.push_back(argument == value ? StepArgument{ArgumentKind::taken, value, from}
                                               : StepArgument{ArgumentKind::given, converted, to});
  made.run = std::move(kernel.program);
  made.facts = {"copy", same_memory(*fact.shape, from, to) ? "a copy" : "another order", {}, 0};
  return made;
}

}  // namespace

Result<StepProgram> program_of(const PlannedStep& step, const Resolved& network,
                               const LibraryOptions& options) {
  return step.kind == StepKind::tuned ? tuned_program(step, network, options)
                                      : generated_program(step, network, options);
}

Result<StepProgram> conversion_program(const std::string& value, const std::string& converted,
                                       const PhysicalOrder& from, const PhysicalOrder& to,
                                       const Resolved& network, const LibraryOptions& options) {
  return conversion_of(network.facts.find(value)->second, value, converted, {from, to}, options);
}

Result<StepProgram> copy_program(ElementType type, const Shape& shape, const LibraryOptions& options) {
  const PhysicalOrder plain = physical(Order::plain, shape.size());
  return conversion_of({type, shape, std::nullopt}, "from", "to", {plain, plain}, options);
}

std::vector<std::byte> workload_weights(const Layer& layer, const Array& weights) {
  const auto flushed = [](std::vector<std::byte> bytes) {
    flush_subnormals(bytes);
    return bytes;
  };
  const Node& node = layer.nodes.front();
  const Shape& shape = weights.shape();
  const size_t element = element_size(weights.type());
  // A dense layer has a row for each output; the constant of a product of batches is an operand as it is.
  const bool columns = layer.workload->op == Operator::dense &&
                       (is(node, "MatMul") || attribute_or<int64_t>(node, "transB", 0) == 0);
  if (columns) return flushed(transposed(weights.bytes(), shape[0], shape[1], element));
  if (is(node, "ConvTranspose")) {
    const int64_t kernel = weights.elements() / (shape[0] * shape[1]);
    return flushed(transposed(weights.bytes(), shape[0], shape[1], element * static_cast<size_t>(kernel)));
  }
  return flushed({weights.bytes().begin(), weights.bytes().end()});
}

}  // namespace tamis::network
