#include "network/kernels/running.h"

#include "targets/cpu/runtime/loaded_code.h"
#include "targets/cpu/runtime/loaded_kernel.h"
#include "targets/loop/bounds.h"
#include "targets/loop/statement.h"

#include <cmath>
#include <cstring>
#include <numeric>
#include <random>
#include <type_traits>

#include <fmt/format.h>

namespace tamis::network {
namespace {

/// For each element in memory, which one of the row-major elements it is.
std::vector<size_t> places_in_memory(const Shape& shape, const PhysicalOrder& order) {
  const std::vector<int64_t> steps = row_major_steps(shape);
  std::vector<size_t> places{0};
  for (const size_t axis : order) {
    std::vector<size_t> longer;
    for (const size_t place : places)
      for (int64_t i = 0; i < shape[axis]; ++i)
        longer.push_back(place + static_cast<size_t>(i * steps[axis]));
    places = std::move(longer);
  }
  return places;
}

PhysicalOrder order_of(const KernelContext& context, const std::string& name, size_t rank) {
  if (const auto found = context.orders.find(name); found != context.orders.end()) return found->second;
  PhysicalOrder order(rank);
  std::iota(order.begin(), order.end(), size_t{0});
  return order;
}

/// Copies elements between row-major and memory, in the direction that `to_memory` says.
void reorder(const Fact& fact, const PhysicalOrder& order, const std::byte* from, std::byte* to,
             bool to_memory) {
  const size_t size = element_size(fact.type);
  const std::vector<size_t> places = places_in_memory(*fact.shape, order);
  for (size_t i = 0; i < places.size(); ++i) {
    const size_t source = to_memory ? places[i] : i;
    const size_t target = to_memory ? i : places[i];
    std::memcpy(to + target * size, from + source * size, size);
  }
}

template <class T>
std::string difference_of(std::span<const T> expected, std::span<const T> given, const Running& running) {
  for (size_t i = 0; i < expected.size(); ++i) {
    const auto a = static_cast<double>(expected[i]);
    const auto b = static_cast<double>(given[i]);
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    const double most =
        std::is_integral_v<T> ? running.quanta : running.tolerance * std::max(1.0, std::fabs(a));
    if (std::fabs(a - b) <= most) continue;
    return fmt::format("element {} is {}, not {}", i, b, a);
  }
  return {};
}

std::string difference(const Array& expected, const Array& given, const Running& running) {
  return visit_type(expected.type(), [&](auto identity) {
    using T = typename decltype(identity)::type;
    return difference_of(expected.values<T>(), given.values<T>(), running);
  });
}

/// What is known of the values of a call.
struct Known {
  std::map<std::string, Fact, std::less<>> facts;
  std::map<std::string, Array> values;
  std::map<std::string, Fact> outputs;
  std::vector<Array> expected;
};

Result<Known> known_of(const TestCall& call, const Running& running) {
  Known known;
  TAMIS_ASSIGN(known.expected, run(call));
  for (size_t i = 0; i < call.inputs.size(); ++i) {
    if (!call.inputs[i]) continue;
    const std::string name = "x" + std::to_string(i);
    const bool told = running.known.count(i) != 0;
    known.values.emplace(name, *call.inputs[i]);
    known.facts[name] = {call.inputs[i]->type(), call.inputs[i]->shape(),
                         told ? std::optional(*call.inputs[i]) : std::nullopt};
  }
  for (size_t i = 0; i < known.expected.size(); ++i) {
    const Fact fact{known.expected[i].type(), known.expected[i].shape(), std::nullopt};
    known.facts["y" + std::to_string(i)] = fact;
    known.outputs["y" + std::to_string(i)] = fact;
  }
  return known;
}

KernelContext context_of(const Known& known, const Running& running) {
  return {&known.facts, running.orders, running.vector_bytes, running.threads};
}

/// A value as it lies in memory.
Result<cpu::AlignedBytes> in_memory(const Fact& fact, const Array* value, const PhysicalOrder& order) {
  const auto bytes = static_cast<size_t>(*element_count(*fact.shape)) * element_size(fact.type);
  TAMIS_ASSIGN(cpu::AlignedBytes memory, cpu::AlignedBytes::create(bytes));
  if (value != nullptr)
    reorder(fact, order, value->bytes().data(), static_cast<std::byte*>(memory.data()), true);
  return memory;
}

/// Compiles a program, checks that it cannot overrun, and runs it on its arguments.
Status run_program(const loop::Program& made, int64_t threads,
                   const std::vector<cpu::AlignedBytes>& memories) {
  const loop::LoweredProgram program = loop::lower(made);
  if (const auto overrun = loop::find_overrun(program)) return invalid_input("overrun: " + *overrun);
  TAMIS_ASSIGN(const cpu::Machine machine, cpu::host_machine());
  TAMIS_ASSIGN(const cpu::CompiledObject object, cpu::compile({program}, machine, static_cast<int>(threads)));
  const cpu::CompiledObject* one = &object;
  TAMIS_ASSIGN(const auto code, cpu::LoadedCode::load({&one, 1}));
  TAMIS_ASSIGN(const auto function, code->find(made.name + "_call"));
  TAMIS_ASSIGN(const cpu::AlignedBytes workspace,
               cpu::AlignedBytes::create(static_cast<size_t>(object.workspace_bytes)));
  std::vector<void*> pointers;
  for (const cpu::AlignedBytes& memory : memories) pointers.push_back(memory.data());
  pointers.push_back(workspace.data());
  function(pointers.data());
  return {};
}

/// What the preparation of a kernel gives.
Result<std::vector<cpu::AlignedBytes>> prepared(const NetworkKernel& kernel, const KernelContext& context,
                                                const std::map<std::string, Array>& values) {
  std::vector<cpu::AlignedBytes> memories;
  if (!kernel.preparation) return memories;
  for (const std::string& name : kernel.preparation->arguments) {
    const Array& value = values.at(name);
    TAMIS_ASSIGN(cpu::AlignedBytes memory,
                 in_memory(Fact::of(value), &value, order_of(context, name, value.shape().size())));
    memories.push_back(std::move(memory));
  }
  for (const loop::Buffer& buffer : kernel.packed()) {
    const int64_t size = buffer.elements() * loop::bytes(buffer.element);
    TAMIS_ASSIGN(cpu::AlignedBytes memory, cpu::AlignedBytes::create(static_cast<size_t>(size)));
    memories.push_back(std::move(memory));
  }
  TAMIS_TRY(run_program(kernel.preparation->program, context.threads, memories));
  memories.erase(memories.begin(),
                 memories.begin() + static_cast<ptrdiff_t>(kernel.preparation->arguments.size()));
  return memories;
}

}  // namespace

Result<std::map<std::string, Array>> run_kernel(const NetworkKernel& kernel, const KernelContext& context,
                                                const std::map<std::string, Array>& values,
                                                const std::map<std::string, Fact>& outputs) {
  TAMIS_ASSIGN(std::vector<cpu::AlignedBytes> packed, prepared(kernel, context, values));
  std::vector<cpu::AlignedBytes> memories;
  for (const std::string& name : kernel.arguments) {
    const auto input = values.find(name);
    const bool given = input != values.end();
    const Fact fact = given ? Fact::of(input->second) : outputs.at(name);
    TAMIS_ASSIGN(cpu::AlignedBytes memory, in_memory(fact, given ? &input->second : nullptr,
                                                     order_of(context, name, fact.shape->size())));
    memories.push_back(std::move(memory));
  }
  for (cpu::AlignedBytes& each : packed) memories.push_back(std::move(each));
  TAMIS_TRY(run_program(kernel.program, context.threads, memories));
  std::map<std::string, Array> written;
  for (size_t i = 0; i < kernel.arguments.size(); ++i) {
    const auto output = outputs.find(kernel.arguments[i]);
    if (output == outputs.end()) continue;
    const Fact& fact = output->second;
    const auto bytes = static_cast<size_t>(*element_count(*fact.shape)) * element_size(fact.type);
    const auto owner = std::make_shared<std::vector<uint64_t>>(bytes / 8 + 1);
    auto* to = reinterpret_cast<std::byte*>(owner->data());
    reorder(fact, order_of(context, output->first, fact.shape->size()),
            static_cast<const std::byte*>(memories[i].data()), to, false);
    written.emplace(output->first, Array(fact.type, *fact.shape, to, owner));
  }
  return written;
}

std::string fault_of(const TestCall& call, const Running& running) {
  const auto known = known_of(call, running);
  if (!known.ok()) return "the reference: " + known.error().message;
  const KernelContext context = context_of(*known, running);
  const auto kernel = operator_program(node_of(call), context);
  if (!kernel.ok()) return kernel.error().message;
  const auto written = run_kernel(*kernel, context, known->values, known->outputs);
  if (!written.ok()) return written.error().message;
  for (size_t i = 0; i < known->expected.size(); ++i) {
    const std::string name = "y" + std::to_string(i);
    if (written->count(name) == 0) return name + " is not written";
    const std::string wrong = difference(known->expected[i], written->at(name), running);
    if (!wrong.empty()) return name + ": " + wrong;
  }
  return {};
}

std::string fault_of_fused(const std::vector<Node>& nodes, const std::map<std::string, Array>& values,
                           const Running& running) {
  std::map<std::string, Fact, std::less<>> all;
  std::map<std::string, Fact, std::less<>> facts;
  for (const auto& [name, value] : values) {
    all[name] = Fact::of(value);
    facts[name] = value.elements() == 1 ? Fact::of(value) : Fact{value.type(), value.shape(), std::nullopt};
  }
  for (const Node& node : nodes) {
    std::vector<const Fact*> inputs;
    for (const std::string& name : node.inputs) inputs.push_back(name.empty() ? nullptr : &all[name]);
    const auto outputs = outputs_of(Call(node, inputs), int64_t{1} << 20);
    if (!outputs.ok()) return "the reference: " + outputs.error().message;
    all[node.outputs[0]] = outputs->front();
    facts[node.outputs[0]] = {outputs->front().type, outputs->front().shape, std::nullopt};
  }
  const KernelContext context{&facts, running.orders, running.vector_bytes, running.threads};
  const auto kernel = fused_program(nodes, context);
  if (!kernel.ok()) return kernel.error().message;
  const auto written = run_kernel(*kernel, context, values, {{"y", facts["y"]}});
  if (!written.ok()) return written.error().message;
  return difference(*all["y"].value, written->at("y"), running);
}

std::string refusal_of(const TestCall& call, const Running& running) {
  const auto known = known_of(call, running);
  if (!known.ok()) return "the reference: " + known.error().message;
  const auto kernel = operator_program(node_of(call), context_of(*known, running));
  return kernel.ok() ? std::string() : kernel.error().message;
}

Array numbers(const Shape& shape, uint64_t seed) {
  std::mt19937_64 random(seed);
  NewArray<float> array(shape);
  for (float& value : array.values())
    value = static_cast<float>(static_cast<int64_t>(random() % 4001) - 2000) / 1000;
  return std::move(array).finish();
}

Array numbers_above(float least, const Shape& shape) {
  NewArray<float> array(shape);
  const Array any = numbers(shape, 7);
  for (size_t i = 0; i < array.values().size(); ++i)
    array.values()[i] = least + 0.01F + std::fabs(any.values<float>()[i]);
  return std::move(array).finish();
}

}  // namespace tamis::network
