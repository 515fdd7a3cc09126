#include "network/library/assembly.h"

#include "network/passes/memory_plan.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace tamis::network {
namespace {

using Memory = Place::Memory;

/// A constant of so many elements is weights of a product, where subnormal numbers do not count; a small one
/// may be anything.
constexpr int64_t kWeights = 4096;

std::string text_of(const PhysicalOrder& order) {
  std::string text;
  for (const size_t axis : order) text += std::to_string(axis) + ",";
  return text;
}

LibraryPort port_of(const Port& port, const Resolved& network) {
  const Fact& fact = network.facts.find(port.name)->second;
  return {port.name, fact.type, *fact.shape};
}

}  // namespace

Assembly::Assembly(const Resolved& network, size_t most_fused, const LibraryOptions& options)
    : most_fused_(most_fused), options_(options), kernels_(options.name) {
  outermost_.network = &network;
  size_t next = 0;
  for (const Port& port : network.graph.inputs) {
    const auto fact = network.facts.find(port.name);
    if (fact == network.facts.end()) continue;  // no output needs it
    Room room;
    room.memory = Memory::input;
    room.port = next++;
    scope_->places[lying(port.name, physical(Order::plain, fact->second.shape->size()))] = add_room(room);
  }
}

/// Orders that lie alike are one.
Assembly::Lying Assembly::lying(const std::string& value, const PhysicalOrder& order) const {
  const auto fact = network().facts.find(value);
  if (fact == network().facts.end()) return {value, order};
  const Shape& shape = *fact->second.shape;
  for (const Order one : {Order::plain, Order::channels_last})
    if (same_memory(shape, order, physical(one, shape.size()))) return {value, physical(one, shape.size())};
  return {value, order};
}

int64_t Assembly::bytes_of(const std::string& value) const {
  const Fact& fact = network().facts.find(value)->second;
  return element_count(*fact.shape).value_or(0) * static_cast<int64_t>(element_size(fact.type));
}

size_t Assembly::add_room(Room room) {
  rooms_.push_back(room);
  return rooms_.size() - 1;
}

Status Assembly::add(const PlannedStep& step) {
  if (step.kind == StepKind::control) return add_control(step);
  const Node& node = step.nodes.front();
  const std::string& output = step.outputs.empty() ? node.outputs.front() : step.outputs.front();
  if (step.kind == StepKind::view || (step.kind == StepKind::transpose && stays(step, network()))) {
    TAMIS_ASSIGN(const size_t room,
                 take(node.inputs.front(), order_taken(step, node.inputs.front(), network())));
    scope_->places[lying(output, order_given(step, output, network()))] = room;
    ++report_.views;
    return {};
  }
  TAMIS_ASSIGN(StepProgram program, program_of(step, network(), options_));
  if (step.kind == StepKind::tuned) {
    std::vector<std::string>& untuned = report_.untuned;
    if (program.tuned)
      ++report_.tuned;
    else if (std::find(untuned.begin(), untuned.end(), program.facts.what) == untuned.end())
      untuned.push_back(program.facts.what);
  }
  return add_call(name_of(step), std::move(program));
}

Status Assembly::add_call(const std::string& name, StepProgram program) {
  std::vector<Part> parts;
  for (const StepArgument& argument : program.arguments) {
    TAMIS_ASSIGN(const size_t room, room_of(argument, program));
    parts.push_back({room});
  }
  // Conversions of what it takes are calls of their own, so the number of this one is known only now.
  return add_call(name, std::move(program), std::move(parts));
}

Status Assembly::add_call(const std::string& name, StepProgram program, std::vector<Part> parts) {
  KernelCall call{name, 0, std::move(parts)};
  for (size_t i = 0; i < call.parts.size(); ++i) {
    Room& room = rooms_[call.parts[i].room];
    if (program.arguments[i].kind == ArgumentKind::given && room.first == kNone) room.first = calls_.size();
    use(call.parts[i].room);
  }
  TAMIS_ASSIGN(call.kernel, kernels_.add(std::move(program.run), program.facts));
  items_->push_back({calls_.size()});
  calls_.push_back(std::move(call));
  return {};
}

Status Assembly::add_copy(const std::string& name, const Fact& fact, Part from, Part to) {
  if (element_count(*fact.shape).value_or(0) == 0) return {};
  TAMIS_ASSIGN(StepProgram program, copy_program(fact.type, *fact.shape, options_));
  std::vector<Part> parts;
  for (const StepArgument& argument : program.arguments)
    parts.push_back(argument.kind == ArgumentKind::given ? to : from);
  return add_call("copy " + name, std::move(program), std::move(parts));
}

Result<size_t> Assembly::room_of(const StepArgument& argument, const StepProgram& program) {
  switch (argument.kind) {
    case ArgumentKind::taken:
      break;
    case ArgumentKind::given:
      return give(argument.value, argument.order);
    case ArgumentKind::constant:
      return constant_room(argument.value, argument.order);
    case ArgumentKind::packed:
      return packed_room(argument.buffer, program);
  }
  return take(argument.value, argument.order);
}

Result<size_t> Assembly::take(const std::string& value, const PhysicalOrder& order) {
  if (network().graph.constants.find(value) != network().graph.constants.end())
    return constant_room(value, order);
  const Lying wanted = lying(value, order);
  if (const auto known = scope_->places.find(wanted); known != scope_->places.end()) return known->second;
  const auto other = scope_->places.lower_bound({value, {}});
  if (other == scope_->places.end() || other->first.first != value)
    return Error{ErrorKind::internal, "nothing gives the value \"" + printable(value) + "\""};
  TAMIS_TRY(convert(value, other->first.second, wanted.second));
  return scope_->places.at(wanted);
}

Result<size_t> Assembly::take_plain(const std::string& value) {
  return take(value, physical(Order::plain, fact_of(value).shape->size()));
}

Status Assembly::convert(const std::string& value, const PhysicalOrder& from, const PhysicalOrder& to) {
  // No value of a model is called so: its names end before a zero byte.
  const std::string converted = value + std::string(1, '\0') + text_of(to);
  TAMIS_ASSIGN(StepProgram program, conversion_program(value, converted, from, to, network(), options_));
  ++report_.conversions;
  for (StepArgument& argument : program.arguments)
    if (argument.kind == ArgumentKind::given) argument = {ArgumentKind::given, value, to};
  return add_call("convert " + value, std::move(program));
}

size_t Assembly::give(const std::string& value, const PhysicalOrder& order) {
  Room room;
  room.bytes = bytes_of(value);
  room.made = true;
  const size_t number = add_room(room);
  scope_->places[lying(value, order)] = number;
  return number;
}

size_t Assembly::constant_room(const std::string& value, const PhysicalOrder& order) {
  const Lying wanted = lying(value, order);
  if (const auto known = scope_->places.find(wanted); known != scope_->places.end()) return known->second;
  const Array& array = network().graph.constants.find(value)->second;
  Room room;
  room.memory = Memory::weights;
  room.offset = weights_.add(scope_->prefix + value + std::string(1, '\0') + text_of(wanted.second),
                             array.bytes().size(), [array, order = wanted.second] {
                               std::vector<std::byte> bytes = laid_out(array, order);
                               if (array.type() == ElementType::float32 && array.elements() >= kWeights)
                                 flush_subnormals(bytes);
                               return bytes;
                             });
  return scope_->places[wanted] = add_room(room);
}

size_t Assembly::packed_room(const std::string& buffer, const StepProgram& program) {
  Room room;
  room.memory = Memory::weights;
  if (program.prepare) {
    const std::string key =
        scope_->prefix + program.source_key + std::string(1, '\0') + loop::to_string(*program.prepare);
    room.offset = weights_.add_prepared(key, buffer, *program.prepare, program.sources);
  } else {
    const loop::Buffer& taken = *program.run.find(buffer);
    const auto bytes = static_cast<size_t>(taken.elements() * loop::bytes(taken.element));
    room.offset = weights_.add(scope_->prefix + program.source_key + std::string(1, '\0') + buffer, bytes,
                               program.sources.at(buffer));
  }
  return add_room(room);
}

Status Assembly::place_outputs() {
  const auto& outputs = network().graph.outputs;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const auto fact = network().facts.find(outputs[i].name);
    if (fact == network().facts.end() || !fact->second.shape)
      return invalid_input("nothing computes the output \"" + printable(outputs[i].name) + "\"");
    const PhysicalOrder plain = physical(Order::plain, fact->second.shape->size());
    TAMIS_ASSIGN(size_t room, take(outputs[i].name, plain));
    if (!rooms_[room].made || rooms_[room].memory != Memory::arena) {
      // The value is an input, a constant, or another output as well.
      const size_t target = add_room({.bytes = bytes_of(outputs[i].name), .made = true});
      TAMIS_TRY(add_copy(outputs[i].name, fact->second, {room}, {target}));
      room = target;
    }
    rooms_[room].memory = Memory::output;
    rooms_[room].port = i;
  }
  return {};
}

Place Assembly::place_of(size_t room) const {
  return {rooms_[room].memory, rooms_[room].port, rooms_[room].offset};
}

std::vector<LibraryStep> Assembly::steps_of(const std::vector<Item>& items,
                                            const std::vector<int64_t>& workspaces) const {
  const auto maybe = [&](size_t room) {
    return room == kNone ? std::nullopt : std::optional(place_of(room));
  };
  std::vector<LibraryStep> steps;
  for (const Item& item : items) {
    LibraryStep& step = steps.emplace_back();
    if (item.control != nullptr) {
      const Control& control = *item.control;
      step.name = control.name;
      step.control = std::make_shared<const ControlFlow>(
          ControlFlow{control.what, control.loop, maybe(control.condition), control.most,
                      maybe(control.trips), maybe(control.counter), steps_of(control.body, workspaces),
                      steps_of(control.otherwise, workspaces)});
      continue;
    }
    const KernelCall& call = calls_[item.call];
    step.name = call.name;
    step.kernel = call.kernel;
    step.workspace = workspaces[item.call];
    for (const Part& part : call.parts) {
      Place place = place_of(part.room);
      place.offset += part.offset;
      place.round_bytes = part.round_bytes;
      step.arguments.push_back(place);
    }
  }
  return steps;
}

void Assembly::plan(Library& library) {
  std::vector<Lifetime> pieces;
  std::vector<size_t> owners;
  for (size_t i = 0; i < rooms_.size(); ++i) {
    if (rooms_[i].memory != Memory::arena || rooms_[i].first == kNone) continue;
    pieces.push_back({rooms_[i].bytes, rooms_[i].first, rooms_[i].last});
    owners.push_back(i);
  }
  const size_t values = pieces.size();
  for (size_t i = 0; i < calls_.size(); ++i)
    pieces.push_back({library.kernels[calls_[i].kernel].object->workspace_bytes, i, i});
  const MemoryPlan plan = plan_memory(pieces);
  for (size_t i = 0; i < values; ++i) rooms_[owners[i]].offset = plan.offsets[i];
  library.arena_bytes = plan.bytes;
  library.unshared_bytes = plan.sum;
  library.least_bytes = plan.least;
  const auto begin = plan.offsets.begin() + static_cast<std::ptrdiff_t>(values);
  library.steps = steps_of(all_items_, {begin, plan.offsets.end()});
}

Result<MadeLibrary> Assembly::finish() && {
  TAMIS_TRY(place_outputs());
  Library library;
  library.name = options_.name;
  library.model = options_.model;
  library.processor = options_.machine.cpu;
  library.features = options_.machine.features;
  library.threads = options_.threads;
  for (const Port& port : network().graph.inputs) {
    if (network().facts.find(port.name) != network().facts.end())
      library.inputs.push_back(port_of(port, network()));
    else
      report_.left_out_inputs.push_back(port.name);
  }
  for (const Port& port : network().graph.outputs) library.outputs.push_back(port_of(port, network()));
  TAMIS_ASSIGN(library.kernels, kernels_.compile(options_.machine, options_.threads));
  plan(library);
  TAMIS_ASSIGN(library.weights, weights_.write());
  return MadeLibrary{std::move(library), std::move(report_)};
}

}  // namespace tamis::network
