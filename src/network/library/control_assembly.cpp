// If, Loop and Scan as steps with steps of their own: Assembly's half for them. Bodies are networks whose
// values share the arena with those around. The calls are numbered through all bodies, so a value lives from
// its first call to its last, and one that a loop takes from around it, or carries, until the last of the
// loop.

#include "network/library/assembly.h"
#include "network/operators/bodies.h"

#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace tamis::network {
namespace {

/// Errors where a value has no shape before the network runs.
Status has_shape(const Call& call, const std::string& value, const Fact& fact) {
  if (fact.shape) return {};
  return call.cannot("the shape of its output \"" + printable(value) +
                     "\" depends on data, and code has fixed sizes");
}

/// Errors where a branch of an If cannot be computed for the shapes of its inputs.
Status has_branches(const Call& call) {
  for (const char* name : {"then_branch", "else_branch"}) {
    TAMIS_ASSIGN(const Graph* branch, body_of(call, name));
    std::vector<Fact> inputs;
    for (size_t i = 1; i < call.inputs(); ++i) inputs.push_back(*call.optional_input(i));
    const auto facts = facts_of_body(call, *branch, inputs);
    if (!facts.ok())
      return call.cannot(
          fmt::format("its {} cannot be computed for these shapes, and which branch is taken "
                      "depends on data ({})",
                      name, facts.error().message));
  }
  return {};
}

bool wants(const PlannedStep& step, const std::string& value) {
  return std::find(step.outputs.begin(), step.outputs.end(), value) != step.outputs.end();
}

/// Errors where what a body gives is not as its node has it.
Status gives(const Call& call, const PlannedBody& body, size_t output, const Fact& expected) {
  const auto fact = body.network.facts.find(body.network.graph.outputs[output].name);
  if (fact != body.network.facts.end() && fact->second.type == expected.type &&
      fact->second.shape == expected.shape)
    return {};
  return call.cannot(fmt::format("the shape of output {} of its body depends on data", output));
}

Fact fact_in(const Resolved& network, const std::string& value) {
  if (const auto constant = network.graph.constants.find(value); constant != network.graph.constants.end())
    return Fact::of(constant->second);
  const auto fact = network.facts.find(value);
  return fact == network.facts.end() ? Fact{} : Fact{fact->second.type, fact->second.shape, std::nullopt};
}

/// Whether a body takes its input when the network runs.
bool takes(const PlannedBody& body, size_t input) {
  const std::string& name = body.network.graph.inputs[input].name;
  return body.network.facts.contains(name) && !body.network.graph.constants.contains(name);
}

/// The value of a constant boolean; nothing for one that is computed.
std::optional<bool> constant_flag(const Resolved& network, const std::string& value) {
  const auto constant = network.graph.constants.find(value);
  if (constant == network.graph.constants.end()) return std::nullopt;
  return constant->second.values<bool>()[0];
}

/// The shape without an axis.
Shape without(Shape shape, size_t axis) {
  shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  return shape;
}

/// The axis of an array that is put together; that was checked when the node was inferred.
size_t gathered_axis(int64_t given, size_t rank) {
  return static_cast<size_t>(given < 0 ? given + static_cast<int64_t>(rank) : given);
}

int64_t bytes_of(const Fact& fact) {
  return element_count(*fact.shape).value_or(0) * static_cast<int64_t>(element_size(fact.type));
}

}  // namespace

/// While it lives, what is added are the steps of a body.
class Assembly::Inside {
 public:
  /// `taken`: the rooms of the body's inputs, kNone of those that it does not take. `items` get its calls.
  Inside(Assembly& assembly, const PlannedBody& body, const std::vector<size_t>& taken,
         std::vector<Item>& items)
      : assembly_(assembly), scope_before_(assembly.scope_), items_before_(assembly.items_) {
    scope_.network = &body.network;
    // No value of a model is called so.
    scope_.prefix = fmt::format("{0}{1}{0}", '\0', assembly.scopes_++);
    assembly.scope_ = &scope_;
    assembly.items_ = &items;
    for (size_t i = 0; i < taken.size(); ++i) {
      if (taken[i] == kNone) continue;
      const std::string& name = body.network.graph.inputs[i].name;
      scope_.places[assembly.lying(name, assembly.along(0, assembly.fact_of(name).shape->size()))] = taken[i];
    }
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  ~Inside() {
    assembly_.scope_ = scope_before_;
    assembly_.items_ = items_before_;
  }

 private:
  Assembly& assembly_;
  Scope* scope_before_;
  std::vector<Item>* items_before_;
  Scope scope_;
};

Fact Assembly::fact_of(const std::string& value) const { return fact_in(network(), value); }

PhysicalOrder Assembly::along(size_t axis, size_t rank) const {
  PhysicalOrder order = physical(Order::plain, rank);
  if (axis < rank)
    std::rotate(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(axis),
                order.begin() + static_cast<std::ptrdiff_t>(axis) + 1);
  return order;
}

Status Assembly::add_control(const PlannedStep& step) {
  const Node& node = step.nodes.front();
  std::vector<Fact> facts;
  for (const std::string& input : node.inputs) facts.push_back(fact_of(input));
  std::vector<const Fact*> known;
  for (size_t i = 0; i < facts.size(); ++i) known.push_back(node.inputs[i].empty() ? nullptr : &facts[i]);
  const Call call(node, std::move(known));
  if (node.type == "If") TAMIS_TRY(has_branches(call));
  for (const std::string& output : step.outputs) TAMIS_TRY(has_shape(call, output, fact_of(output)));
  if (node.type == "If") return add_branch(step, call);
  return node.type == "Loop" ? add_loop(step, call) : add_scan(step, call);
}

Result<const PlannedBody*> Assembly::plan_body(const Call& call, const Graph& body,
                                               const std::vector<Fact>& inputs) {
  auto planned = planned_body(body, inputs, most_fused_, options_);
  if (!planned.ok()) return planned.error().within(describe(call.node()));
  bodies_.push_back(*std::move(planned));
  return bodies_.back().get();
}

Status Assembly::take_captured(const Node& node, const PlannedBody& body, size_t first, size_t shift,
                               std::vector<size_t>& taken) {
  taken.resize(body.network.graph.inputs.size(), kNone);
  for (size_t i = first; i < taken.size(); ++i)
    if (takes(body, i)) {
      TAMIS_ASSIGN(taken[i], take_plain(node.inputs[i + shift]));
    }
  return {};
}

Status Assembly::add_steps(const Node& node, const PlannedBody& body) {
  for (const PlannedStep& step : body.steps) {
    const Status added = add(step);
    if (!added.ok()) return added.error().within(describe(node));
  }
  return {};
}

Status Assembly::add_branch(const PlannedStep& step, const Call& call) {
  const Node& node = step.nodes.front();
  Control control{.name = name_of(step), .what = node.type};
  std::vector<Fact> captured;
  for (size_t i = 1; i < node.inputs.size(); ++i) captured.push_back(fact_of(node.inputs[i]));
  TAMIS_ASSIGN(control.condition, take_plain(node.inputs[0]));
  struct Branch {
    const PlannedBody* body = nullptr;
    std::vector<size_t> taken;
  };
  std::vector<Branch> branches;
  for (const char* name : {"then_branch", "else_branch"}) {
    TAMIS_ASSIGN(const Graph* graph, network::body_of(call, name));
    Branch& branch = branches.emplace_back();
    TAMIS_ASSIGN(branch.body, plan_body(call, *graph, captured));
    TAMIS_TRY(take_captured(node, *branch.body, 0, 1, branch.taken));
  }
  use(control.condition);
  std::vector<size_t> given(node.outputs.size(), kNone);
  for (size_t i = 0; i < given.size(); ++i)
    if (wants(step, node.outputs[i])) given[i] = add_room({.bytes = bytes_of(node.outputs[i]), .made = true});
  for (size_t number = 0; number < branches.size(); ++number) {
    const PlannedBody& body = *branches[number].body;
    std::vector<Fact> facts;
    for (const std::string& output : node.outputs) facts.push_back(fact_of(output));
    const Inside inside(*this, body, branches[number].taken, number == 0 ? control.body : control.otherwise);
    TAMIS_TRY(add_steps(node, body));
    for (size_t i = 0; i < given.size(); ++i) {
      if (given[i] == kNone) continue;
      TAMIS_TRY(gives(call, body, i, facts[i]));
      TAMIS_ASSIGN(const size_t room, take_plain(body.network.graph.outputs[i].name));
      TAMIS_TRY(add_copy(node.outputs[i], facts[i], {room}, {given[i]}));
    }
  }
  for (size_t i = 0; i < given.size(); ++i)
    if (given[i] != kNone)
      scope_->places[lying(node.outputs[i], along(0, fact_of(node.outputs[i]).shape->size()))] = given[i];
  items_->push_back({kNone, std::make_shared<const Control>(std::move(control))});
  return {};
}

Status Assembly::add_loop(const PlannedStep& step, const Call& call) {
  const Node& node = step.nodes.front();
  TAMIS_ASSIGN(const LoopForm form, loop_form(call));
  Rounds rounds;
  rounds.states = form.carried;
  rounds.first_state_input = 2;
  rounds.first_state_output = 1;
  rounds.gathered_axes.assign(form.gathered, 0);
  rounds.gathered_backwards.assign(form.gathered, false);
  TAMIS_ASSIGN(rounds.body, plan_body(call, *form.body, loop_inputs(call, form)));
  TAMIS_ASSIGN(const std::optional<int64_t> trips, loop_trips(call));
  Control control{.name = name_of(step), .what = node.type, .loop = true};
  control.most = trips.value_or(std::numeric_limits<int64_t>::max());
  if (!trips && !node.inputs[0].empty()) {
    const Fact count = fact_of(node.inputs[0]);
    if (count.value) {
      control.most = count.value->values<int64_t>()[0];
    } else {
      TAMIS_ASSIGN(control.trips, take_plain(node.inputs[0]));
    }
  }
  if (const auto counted = counted_rounds(call, form)) {
    control.most = *counted;
    return add_rounds(step, call, std::move(rounds), std::move(control));
  }
  TAMIS_TRY(start_condition(node, rounds, control));
  return add_rounds(step, call, std::move(rounds), std::move(control));
}

Status Assembly::start_condition(const Node& node, Rounds& rounds, Control& control) {
  const std::string& given = node.inputs[1];
  const PlannedBody& body = *rounds.body;
  rounds.condition_changes =
      constant_flag(body.network, body.network.graph.outputs[0].name) != std::optional(true);
  const bool starts_open = !given.empty() && !constant_flag(network(), given);
  if (!rounds.condition_changes && !starts_open) return {};
  const Fact flag{ElementType::boolean, Shape{}, std::nullopt};
  size_t first = kNone;
  if (starts_open) {
    TAMIS_ASSIGN(first, take_plain(given));
  } else {
    const Array goes_on = Array::scalar(true);
    const auto bytes = [goes_on] {
      return std::vector<std::byte>(goes_on.bytes().begin(), goes_on.bytes().end());
    };
    first = add_room(
        {.memory = Place::Memory::weights, .offset = weights_.add(std::string(1, '\0') + "true", 1, bytes)});
  }
  control.condition = add_room({.bytes = 1});
  return add_copy(node.name, flag, {first}, {control.condition});
}

Status Assembly::add_scan(const PlannedStep& step, const Call& call) {
  const Node& node = step.nodes.front();
  TAMIS_ASSIGN(const ScanForm form, scan_form(call));
  Rounds rounds;
  rounds.states = form.states;
  rounds.scanned_axes = form.input_axes;
  rounds.scanned_backwards = form.input_backwards;
  rounds.gathered_axes = form.output_axes;
  rounds.gathered_backwards = form.output_backwards;
  std::vector<Fact> inputs;
  for (const std::string& input : node.inputs) inputs.push_back(fact_of(input));
  for (size_t i = 0; i < form.states; ++i) inputs[i].value.reset();
  for (size_t i = 0; i < form.scanned; ++i) {
    Fact& part = inputs[form.states + i];
    part.value.reset();
    part.shape = without(*part.shape, form.input_axes[i]);
  }
  TAMIS_ASSIGN(rounds.body, plan_body(call, *form.body, inputs));
  Control control{.name = name_of(step), .what = node.type, .loop = true};
  control.most = form.trips;
  return add_rounds(step, call, std::move(rounds), std::move(control));
}

Status Assembly::add_rounds(const PlannedStep& step, const Call& call, Rounds rounds, Control control) {
  const Node& node = step.nodes.front();
  const PlannedBody& body = *rounds.body;
  for (size_t i = 0; i < rounds.states; ++i)
    TAMIS_TRY(
        gives(call, body, rounds.first_state_output + i, fact_of(node.inputs[rounds.first_state_input + i])));
  if (control.most <= 0 && control.trips == kNone) return skip_rounds(step, rounds);
  const size_t captured = rounds.first_state_input + rounds.states + rounds.scanned_axes.size();
  TAMIS_TRY(take_captured(node, body, captured, 0, rounds.taken));
  TAMIS_TRY(take_scanned(node, rounds));
  TAMIS_TRY(start_states(node, rounds));
  // From here on there are only calls of rounds.
  const size_t begin = calls_.size();
  for (size_t i = 0; i < rounds.states; ++i) use(rounds.taken[rounds.first_state_input + i]);
  if (control.trips != kNone) use(control.trips);
  if (control.condition != kNone) use(control.condition);
  if (rounds.first_state_input > 0 && takes(body, 0)) {
    control.counter = rounds.taken[0] = add_room({.bytes = 8, .first = begin});
    use(control.counter);
  }
  make_gathered(step, rounds);
  const size_t known_rooms = rooms_.size();
  TAMIS_TRY(add_round(node, rounds, control));
  live_through(begin, known_rooms);
  give_states(step, rounds);
  items_->push_back({kNone, std::make_shared<const Control>(std::move(control))});
  return {};
}

/// A loop that is known to have no rounds: the states come out as they went in, and nothing is put together.
Status Assembly::skip_rounds(const PlannedStep& step, Rounds& rounds) {
  rounds.taken.resize(rounds.body->network.graph.inputs.size(), kNone);
  TAMIS_TRY(start_states(step.nodes.front(), rounds));
  make_gathered(step, rounds);
  give_states(step, rounds);
  return {};
}

/// Makes what the states are after the last round the outputs of the node.
void Assembly::give_states(const PlannedStep& step, const Rounds& rounds) {
  const std::vector<std::string>& outputs = step.nodes.front().outputs;
  for (size_t i = 0; i < rounds.states && i < outputs.size(); ++i)
    if (wants(step, outputs[i]))
      scope_->places[lying(outputs[i], along(0, fact_of(outputs[i]).shape->size()))] =
          rounds.taken[rounds.first_state_input + i];
}

/// Brings what is scanned into an order in which what a round takes lies together.
Status Assembly::take_scanned(const Node& node, Rounds& rounds) {
  for (size_t i = 0; i < rounds.scanned_axes.size(); ++i) {
    const size_t input = rounds.first_state_input + rounds.states + i;
    rounds.scanned.push_back(kNone);
    if (!takes(*rounds.body, input)) continue;
    const size_t rank = fact_of(node.inputs[input]).shape->size();
    TAMIS_ASSIGN(rounds.scanned.back(), take(node.inputs[input], along(rounds.scanned_axes[i], rank)));
  }
  return {};
}

Status Assembly::start_states(const Node& node, Rounds& rounds) {
  for (size_t i = 0; i < rounds.states; ++i) {
    const size_t input = rounds.first_state_input + i;
    TAMIS_ASSIGN(const size_t from, take_plain(node.inputs[input]));
    const Fact fact = fact_of(node.inputs[input]);
    rounds.taken[input] = add_room({.bytes = network::bytes_of(fact), .first = calls_.size(), .made = true});
    TAMIS_TRY(add_copy(node.inputs[input], fact, {from}, {rounds.taken[input]}));
  }
  return {};
}

/// Makes the outputs that rounds put together, each in an order in which what a round gives lies together.
void Assembly::make_gathered(const PlannedStep& step, Rounds& rounds) {
  const Node& node = step.nodes.front();
  for (size_t i = 0; i < rounds.gathered_axes.size(); ++i) {
    const size_t output = rounds.states + i;
    rounds.gathered.push_back(kNone);
    if (output >= node.outputs.size() || !wants(step, node.outputs[output])) continue;
    const std::string& name = node.outputs[output];
    const size_t rank = fact_of(name).shape->size();
    const size_t room = give(name, along(gathered_axis(rounds.gathered_axes[i], rank), rank));
    rooms_[room].first = calls_.size();
    use(room);
    rounds.gathered.back() = room;
  }
}

Status Assembly::add_round(const Node& node, const Rounds& rounds, Control& control) {
  const PlannedBody& body = *rounds.body;
  Rounds inner = rounds;
  std::vector<Fact> wholes;
  for (size_t i = 0; i < rounds.scanned.size(); ++i)
    wholes.push_back(fact_of(node.inputs[rounds.first_state_input + rounds.states + i]));
  std::vector<Fact> given;
  for (size_t i = 0; i < rounds.gathered.size(); ++i)
    given.push_back(rounds.gathered[i] == kNone ? Fact{} : fact_of(node.outputs[rounds.states + i]));
  for (size_t i = 0; i < rounds.scanned.size(); ++i) {
    if (rounds.scanned[i] == kNone) continue;
    const Fact part{wholes[i].type, without(*wholes[i].shape, rounds.scanned_axes[i]), std::nullopt};
    inner.taken[rounds.first_state_input + rounds.states + i] =
        add_room({.bytes = network::bytes_of(part), .first = calls_.size()});
  }
  const Inside inside(*this, body, inner.taken, control.body);
  TAMIS_TRY(take_slices(wholes, inner, control.most));
  TAMIS_TRY(add_steps(node, body));
  if (rounds.condition_changes) {
    TAMIS_ASSIGN(const size_t goes_on, take_plain(body.network.graph.outputs[0].name));
    TAMIS_TRY(
        add_copy(node.name, {ElementType::boolean, Shape{}, std::nullopt}, {goes_on}, {control.condition}));
  }
  TAMIS_TRY(gather_outputs(given, rounds, control.most));
  return carry_states(rounds);
}

/// Copies what a round takes of what is scanned.
Status Assembly::take_slices(const std::vector<Fact>& wholes, const Rounds& rounds, int64_t most) {
  for (size_t i = 0; i < wholes.size(); ++i) {
    if (rounds.scanned[i] == kNone) continue;
    const size_t input = rounds.first_state_input + rounds.states + i;
    const Fact part{wholes[i].type, without(*wholes[i].shape, rounds.scanned_axes[i]), std::nullopt};
    TAMIS_TRY(add_copy(rounds.body->network.graph.inputs[input].name, part,
                       part_of_round(rounds.scanned[i], part, rounds.scanned_backwards[i], most),
                       {rounds.taken[input]}));
  }
  return {};
}

Status Assembly::gather_outputs(const std::vector<Fact>& wholes, const Rounds& rounds, int64_t most) {
  for (size_t i = 0; i < wholes.size(); ++i) {
    if (rounds.gathered[i] == kNone) continue;
    const std::string& output =
        rounds.body->network.graph.outputs[rounds.first_state_output + rounds.states + i].name;
    const size_t axis = gathered_axis(rounds.gathered_axes[i], wholes[i].shape->size());
    const Fact part{wholes[i].type, without(*wholes[i].shape, axis), std::nullopt};
    TAMIS_ASSIGN(const size_t room, take_plain(output));
    TAMIS_TRY(add_copy(output, part, {room},
                       part_of_round(rounds.gathered[i], part, rounds.gathered_backwards[i], most)));
  }
  return {};
}

Assembly::Part Assembly::part_of_round(size_t room, const Fact& part, bool backwards, int64_t most) const {
  const int64_t bytes = network::bytes_of(part);
  if (!backwards) return {room, 0, bytes};
  return {room, bytes * std::max<int64_t>(most - 1, 0), -bytes};
}

/// Puts what a round gives where the next one takes it. What is the place of another state is set aside
/// first: rounds may swap their values.
Status Assembly::carry_states(const Rounds& rounds) {
  const PlannedBody& body = *rounds.body;
  const auto first = rounds.taken.begin() + static_cast<std::ptrdiff_t>(rounds.first_state_input);
  const std::vector<size_t> states(first, first + static_cast<std::ptrdiff_t>(rounds.states));
  std::vector<size_t> from;
  for (size_t i = 0; i < states.size(); ++i) {
    const std::string& output = body.network.graph.outputs[rounds.first_state_output + i].name;
    TAMIS_ASSIGN(size_t room, take_plain(output));
    if (room != states[i] && std::find(states.begin(), states.end(), room) != states.end()) {
      const Fact fact = fact_of(output);
      const size_t aside = add_room({.bytes = network::bytes_of(fact)});
      TAMIS_TRY(add_copy(output, fact, {room}, {aside}));
      room = aside;
    }
    from.push_back(room);
  }
  for (size_t i = 0; i < states.size(); ++i) {
    const std::string& output = body.network.graph.outputs[rounds.first_state_output + i].name;
    if (from[i] != states[i]) TAMIS_TRY(add_copy(output, fact_of(output), {from[i]}, {states[i]}));
  }
  return {};
}

/// Lets what was there before a loop, and what it uses, live until its last call: the next round needs it.
void Assembly::live_through(size_t begin, size_t known_rooms) {
  const size_t end = std::max(begin, calls_.size() - std::min<size_t>(calls_.size(), 1));
  for (size_t i = 0; i < known_rooms; ++i) {
    Room& room = rooms_[i];
    if (room.first != kNone && room.last >= begin) room.last = std::max(room.last, end);
  }
}

}  // namespace tamis::network
