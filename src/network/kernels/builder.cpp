#include "network/kernels/builder.h"

#include <algorithm>
#include <numeric>

namespace tamis::network {

namespace {

/// Whether an operator does no arithmetic.
bool is_moved(const Node& node) {
  return node.domain.empty() && (node.type == "Cast" || node.type == "Identity" || node.type == "Transpose");
}

}  // namespace

int64_t Operand::elements() const {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

Result<loop::Element> element_of(const Call& call, ElementType type) {
  switch (type) {
    case ElementType::float32:
      return loop::Element::float32;
    case ElementType::int8:
      return loop::Element::int8;
    case ElementType::uint8:
      return loop::Element::uint8;
    case ElementType::int32:
      return loop::Element::int32;
    case ElementType::int64:
      return loop::Element::int64;
    case ElementType::boolean:
      return loop::Element::boolean;
    case ElementType::float16:
    case ElementType::bfloat16:
      // Only read and written: a simplified network computes in float32.
      if (is_moved(call.node()))
        return type == ElementType::float16 ? loop::Element::float16 : loop::Element::bfloat16;
      [[fallthrough]];
    default:
      return call.cannot("there is no code generator for elements of " + std::string(to_string(type)));
  }
}

Result<const Fact*> KernelBuilder::fact(const std::string& value) const {
  const auto found = context_->facts->find(value);
  if (found != context_->facts->end()) return &found->second;
  return Error{ErrorKind::internal, "nothing is known of the value \"" + value + "\""};
}

Result<Call> KernelBuilder::call(const Node& node) const {
  std::vector<const Fact*> inputs;
  for (const std::string& name : node.inputs) {
    const Fact* known = nullptr;
    if (!name.empty()) {
      TAMIS_ASSIGN(known, fact(name));
    }
    inputs.push_back(known);
  }
  return Call(node, std::move(inputs));
}

Result<PhysicalOrder> KernelBuilder::order_of(const std::string& value) const {
  TAMIS_ASSIGN(const Fact* known, fact(value));
  if (!known->shape)
    return Error{ErrorKind::internal, "the shape of the value \"" + value + "\" is not known"};
  PhysicalOrder order(known->shape->size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto given = context_->orders.find(value);
  if (given == context_->orders.end()) return order;
  if (!std::is_permutation(order.begin(), order.end(), given->second.begin(), given->second.end()))
    return Error{ErrorKind::internal, "the physical order of \"" + value + "\" is none of its axes"};
  return given->second;
}

Result<Operand> KernelBuilder::input(const Call& call, size_t index, std::vector<int64_t> extents) {
  TAMIS_TRY(call.input(index));
  return operand(call, call.node().inputs[index], false, std::move(extents), run_);
}

Result<Operand> KernelBuilder::input(const Call& call, size_t index, When when) {
  TAMIS_TRY(call.input(index));
  return operand(call, call.node().inputs[index], false, {}, part(when));
}

Result<Operand> KernelBuilder::output(const Call& call, size_t index) {
  return operand(call, call.node().outputs[index], true, {}, run_);
}

Result<Operand> KernelBuilder::operand(const Call& call, const std::string& value, bool written,
                                       std::vector<int64_t> extents, Part& part) {
  TAMIS_ASSIGN(const Fact* known, fact(value));
  Operand made;
  TAMIS_ASSIGN(made.element, element_of(call, known->type));
  TAMIS_ASSIGN(made.order, order_of(value));
  made.shape = *known->shape;
  made.steps.assign(made.shape.size(), 1);
  int64_t step = 1;
  for (size_t i = made.order.size(); i-- > 0;) {
    made.steps[made.order[i]] = step;
    step *= made.shape[made.order[i]];
  }
  const auto place = std::find(part.arguments.begin(), part.arguments.end(), value);
  made.buffer = "argument" + std::to_string(place - part.arguments.begin());
  if (place != part.arguments.end()) return made;
  part.arguments.push_back(value);
  if (extents.empty()) extents = {made.elements()};
  part.program.buffers.push_back(
      {made.buffer, made.element, std::move(extents), loop::Storage::argument, written});
  return made;
}

std::string KernelBuilder::scratch(std::vector<int64_t> extents, loop::Element element) {
  std::string name = "scratch" + std::to_string(scratches_++);
  run_.program.buffers.push_back({name, element, std::move(extents), loop::Storage::registers});
  return name;
}

std::string KernelBuilder::kept(int64_t elements, loop::Element element, When when) {
  loop::Buffer buffer{"kept" + std::to_string(workspaces_++), element, {elements}, loop::Storage::workspace};
  if (when == When::each_call) {
    run_.program.buffers.push_back(buffer);
  } else {
    buffer.storage = loop::Storage::argument;
    packed_.push_back(buffer);
  }
  return buffer.name;
}

std::string KernelBuilder::workspace(int64_t elements, loop::Element element, loop::Storage storage) {
  std::string name = "workspace" + std::to_string(scratches_++);
  run_.program.buffers.push_back({name, element, {elements}, storage});
  return name;
}

std::string KernelBuilder::workspace(std::vector<int64_t> extents, loop::Element element) {
  std::string name = "workspace" + std::to_string(scratches_++);
  run_.program.buffers.push_back({name, element, std::move(extents), loop::Storage::workspace});
  return name;
}

void KernelBuilder::add(std::vector<loop::Nest> nests, When when) {
  for (loop::Nest& nest : nests) add(std::move(nest), when);
}

NetworkKernel KernelBuilder::finish() && {
  NetworkKernel kernel{std::move(run_.program), std::move(run_.arguments), std::nullopt};
  if (packed_.empty()) return kernel;
  kernel.preparation = std::move(prepare_);
  for (loop::Buffer& buffer : packed_) {
    kernel.program.buffers.push_back(buffer);
    buffer.written = true;
    kernel.preparation->program.buffers.push_back(std::move(buffer));
  }
  return kernel;
}

bool is_known(const Call& call, size_t input) {
  const Fact* fact = call.optional_input(input);
  return fact != nullptr && fact->value.has_value();
}

loop::Value load_of(const Operand& operand, const loop::Affine& place) {
  return loop::Value::load({operand.buffer, {place}}, operand.element);
}

std::vector<int64_t> broadcast_steps(const Operand& operand, size_t rank) {
  std::vector<int64_t> steps(rank, 0);
  const size_t first = rank - operand.shape.size();
  for (size_t i = 0; i < operand.shape.size(); ++i)
    if (operand.shape[i] != 1) steps[first + i] = operand.steps[i];
  return steps;
}

}  // namespace tamis::network
