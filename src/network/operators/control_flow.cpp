#include "network/operators/bodies.h"
#include "network/operators/families.h"
#include "network/operators/moving.h"
#include "network/operators/settings.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

// If, Loop and Scan, closed (bodies.h). As onnxruntime 1.31 has it, what the body of a Loop says of going on
// holds also where the Loop was given no condition.

namespace tamis::network {
namespace {

/// Rounds of a Loop that nothing ends before; minutes of the smallest body.
constexpr int64_t kMostRounds = int64_t{1} << 24;

Error wrong_outputs(const Call& call, size_t has) {
  return call.invalid("it has " + std::to_string(call.outputs()) + " outputs, and its body gives " +
                      std::to_string(has));
}

/// The values of a call's inputs from one on. An absent one counts as a float32 that nobody may take.
std::vector<Fact> inputs_from(const Call& call, size_t first) {
  std::vector<Fact> facts;
  for (size_t i = first; i < call.inputs(); ++i) {
    const Fact* fact = call.optional_input(i);
    facts.push_back(fact == nullptr ? Fact{} : *fact);
  }
  return facts;
}

// If

Result<const Fact*> if_condition(const Call& call) {
  TAMIS_ASSIGN(const Fact* condition, call.input(0));
  if (condition->type != ElementType::boolean || (condition->shape && element_count(*condition->shape) != 1))
    return call.invalid("its condition must be one boolean");
  return condition;
}

Result<std::vector<Fact>> facts_of_branch(const Call& call, std::string_view name) {
  TAMIS_ASSIGN(const Graph* branch, body_of(call, name));
  TAMIS_ASSIGN(BodyFacts facts, facts_of_body(call, *branch, inputs_from(call, 1)));
  if (facts.outputs.size() < call.outputs()) return wrong_outputs(call, facts.outputs.size());
  facts.outputs.resize(call.outputs());
  for (Fact& fact : facts.outputs) fact.value.reset();
  return std::move(facts.outputs);
}

/// What holds whichever branch is taken. A branch that cannot be computed for these inputs is a fault when it
/// is taken: models choose by their inputs between branches of which only one fits them.
Result<std::vector<Fact>> infer_if(const Call& call) {
  TAMIS_ASSIGN(const Fact* condition, if_condition(call));
  if (condition->value)
    return facts_of_branch(call, condition->value->values<bool>()[0] ? "then_branch" : "else_branch");
  Result<std::vector<Fact>> yes = facts_of_branch(call, "then_branch");
  Result<std::vector<Fact>> no = facts_of_branch(call, "else_branch");
  if (!yes.ok() && !no.ok()) return yes.error();
  if (!yes.ok() || !no.ok()) {
    std::vector<Fact> facts = yes.ok() ? *std::move(yes) : *std::move(no);
    for (Fact& fact : facts) fact.shape.reset();
    return facts;
  }
  for (size_t i = 0; i < yes->size(); ++i) {
    if ((*yes)[i].type != (*no)[i].type)
      return call.invalid("output " + std::to_string(i) + " is " + std::string(to_string((*yes)[i].type)) +
                          " in one branch and " + std::string(to_string((*no)[i].type)) + " in the other");
    if ((*yes)[i].shape != (*no)[i].shape) (*yes)[i].shape.reset();
  }
  return yes;
}

std::vector<Array> arrays_of(std::vector<Fact> facts) {
  std::vector<Array> arrays;
  for (Fact& fact : facts) arrays.push_back(*std::move(fact.value));
  return arrays;
}

Result<std::vector<Array>> evaluate_if(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const Array condition, call.value(0));
  TAMIS_ASSIGN(const Graph* branch,
               body_of(call, condition.values<bool>()[0] ? "then_branch" : "else_branch"));
  TAMIS_ASSIGN(std::vector<Fact> facts, run_body(call, *branch, inputs_from(call, 1)));
  facts.resize(std::min(facts.size(), call.outputs()));
  return arrays_of(std::move(facts));
}

// What Loop and Scan put together.

/// The parts that the rounds gave, side by side along a new axis.
class Gathered {
 public:
  Status add(const Call& call, const Array& part) {
    if (!parts_.empty() && (part.shape() != parts_[0].shape() || part.type() != parts_[0].type()))
      return call.invalid("its rounds give parts of different shapes, " + to_string(parts_[0].shape()) +
                          " and " + to_string(part.shape()));
    parts_.push_back(part);
    return {};
  }

  /// `none`: what it is where there was no round.
  Result<Array> finish(const Call& call, int64_t given_axis, bool is_backwards, const Fact& none) {
    Shape shape = parts_.empty() ? none.shape.value_or(Shape{0}) : parts_[0].shape();
    if (parts_.empty()) return NewBytes(none.type, std::move(shape)).finish();
    TAMIS_ASSIGN(const size_t axis, call.axis(given_axis, shape.size() + 1));
    const auto count = static_cast<int64_t>(parts_.size());
    shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), count);
    if (!element_count(shape)) return call.invalid("an output is more than any network holds");
    if (is_backwards) std::reverse(parts_.begin(), parts_.end());
    NewBytes all(parts_[0].type(), shape);
    if (all.bytes().empty()) return std::move(all).finish();
    const auto [outer, inner] = blocks_of(shape, axis);
    for (int64_t part = 0; part < count; ++part)
      for (int64_t block = 0; block < outer; ++block)
        all.copy((block * count + part) * inner, parts_[static_cast<size_t>(part)], block * inner, inner);
    return std::move(all).finish();
  }

 private:
  std::vector<Array> parts_;
};

/// The shape with another axis, whose size is nothing where it is only known when the network runs.
Result<std::optional<Shape>> with_axis(const Call& call, const std::optional<Shape>& part, int64_t given_axis,
                                       std::optional<int64_t> size) {
  if (!part || !size) return std::optional<Shape>();
  TAMIS_ASSIGN(const size_t axis, call.axis(given_axis, part->size() + 1));
  Shape shape = *part;
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), *size);
  return std::optional(std::move(shape));
}

/// What the file says of a body's outputs.
std::optional<BodyFacts> declared_facts(const Graph& body) {
  BodyFacts facts{{}, false};
  for (const Port& output : body.outputs) {
    if (!output.type) return std::nullopt;
    facts.outputs.push_back({*output.type, std::nullopt, std::nullopt});
  }
  return facts;
}

/// What goes from round to round in the body of a Loop or a Scan.
struct Carried {
  size_t first_input = 0;  ///< of the body
  size_t first_output = 0;
  size_t count = 0;
};

/// Forgets the shapes that a round changes; all of them, where one changes. Whether there was any. Errors:
/// invalid_input where a round changes a type.
Result<bool> forget_changed(const Call& call, const BodyFacts& after, const Carried& carried, bool all,
                            std::vector<Fact>& inputs) {
  bool changed = false;
  for (size_t i = 0; i < carried.count; ++i) {
    const Fact& now = after.outputs[carried.first_output + i];
    Fact& before = inputs[carried.first_input + i];
    if (now.type != before.type)
      return call.invalid("a value that goes from round to round is " + std::string(to_string(before.type)) +
                          " before and " + std::string(to_string(now.type)) + " after one");
    if (!before.shape || now.shape == before.shape) continue;
    before.shape.reset();
    changed = true;
  }
  for (size_t i = 0; all && changed && i < carried.count; ++i) inputs[carried.first_input + i].shape.reset();
  return changed;
}

/// What is known of the body's outputs in every round; `inputs`, of the first one, become what is known in
/// every one.
Result<BodyFacts> facts_of_rounds(const Call& call, const Graph& body, const Carried& carried,
                                  std::vector<Fact>& inputs) {
  TAMIS_ASSIGN(BodyFacts facts, facts_of_body(call, body, inputs));
  for (const bool all : {false, true}) {
    TAMIS_ASSIGN(const bool changed, forget_changed(call, facts, carried, all, inputs));
    if (!changed) return facts;
    // Some operators say nothing of inputs without a shape; the file does.
    Result<BodyFacts> again = facts_of_body(call, body, inputs);
    if (!again.ok()) {
      auto declared = declared_facts(body);
      if (!declared) return again.error();
      for (size_t i = 0; i < carried.count; ++i) inputs[carried.first_input + i].shape.reset();
      return *std::move(declared);
    }
    facts = *std::move(again);
  }
  return facts;
}

// Loop

Result<std::vector<Fact>> infer_loop(const Call& call) {
  TAMIS_ASSIGN(const LoopForm form, loop_form(call));
  if (call.outputs() > form.carried + form.gathered) return wrong_outputs(call, form.carried + form.gathered);
  TAMIS_ASSIGN(std::optional<int64_t> trips, loop_trips(call));
  std::vector<Fact> inputs = loop_inputs(call, form);
  TAMIS_ASSIGN(const BodyFacts body, facts_of_rounds(call, *form.body, {2, 1, form.carried}, inputs));
  const Fact& goes_on = body.outputs[0];
  if (goes_on.type != ElementType::boolean) return call.invalid("its body must give a boolean condition");
  if (!goes_on.value || goes_on.value->elements() != 1 || !goes_on.value->values<bool>()[0])
    trips = trips == 0 ? trips : counted_rounds(call, form);
  std::vector<Fact> facts;
  for (size_t i = 0; i < form.carried; ++i) {
    facts.push_back({inputs[2 + i].type, inputs[2 + i].shape, std::nullopt});
    // Without a round, it stays as it came.
    if (body.outputs[1 + i].shape != inputs[2 + i].shape) facts.back().shape.reset();
  }
  for (size_t i = 1 + form.carried; i < body.outputs.size(); ++i) {
    TAMIS_ASSIGN(auto shape, with_axis(call, body.outputs[i].shape, 0, trips));
    facts.push_back({body.outputs[i].type, std::move(shape), std::nullopt});
  }
  facts.resize(call.outputs());
  return facts;
}

/// One boolean.
Result<bool> is_to_go_on(const Call& call, const Array& condition) {
  if (condition.type() == ElementType::boolean && condition.elements() == 1)
    return condition.values<bool>()[0];
  return call.invalid("its condition must be one boolean");
}

Result<std::vector<Array>> evaluate_loop(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const LoopForm form, loop_form(call));
  int64_t most = std::numeric_limits<int64_t>::max();
  if (const Fact* count = call.optional_input(0)) most = count->value->values<int64_t>()[0];
  bool goes_on = true;
  if (const Fact* condition = call.optional_input(1)) {
    TAMIS_ASSIGN(goes_on, is_to_go_on(call, *condition->value));
  }
  std::vector<Fact> inputs = inputs_from(call, 0);
  std::vector<Gathered> gathered(form.gathered);
  for (int64_t round = 0; round < most && goes_on; ++round) {
    if (round == kMostRounds) return call.cannot("it goes round more often than 2^24 times");
    inputs[0] = Fact::of(Array::scalar(round));
    inputs[1] = Fact::of(Array::scalar(true));
    TAMIS_ASSIGN(std::vector<Fact> given, run_body(call, *form.body, inputs));
    TAMIS_ASSIGN(goes_on, is_to_go_on(call, *given[0].value));
    for (size_t i = 0; i < form.gathered; ++i)
      TAMIS_TRY(gathered[i].add(call, *given[1 + form.carried + i].value));
    for (size_t i = 0; i < form.carried; ++i) inputs[2 + i] = std::move(given[1 + i]);
  }
  std::vector<Array> arrays;
  for (size_t i = 0; i < form.carried && i < call.outputs(); ++i)
    arrays.push_back(*std::move(inputs[2 + i].value));
  for (size_t i = form.carried; i < call.outputs(); ++i) {
    TAMIS_ASSIGN(Array all, gathered[i - form.carried].finish(call, 0, false, outputs[i]));
    arrays.push_back(std::move(all));
  }
  return arrays;
}

// Scan

/// What is known of one part of a scanned input.
Fact part_of(const Fact& whole, size_t axis) {
  Fact part{whole.type, whole.shape, std::nullopt};
  part.shape->erase(part.shape->begin() + static_cast<std::ptrdiff_t>(axis));
  return part;
}

/// The elements at one index of an axis, which goes away.
Array slice_of(const Array& whole, size_t axis, int64_t index) {
  Shape shape = whole.shape();
  shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  NewBytes part(whole.type(), shape);
  if (part.bytes().empty()) return std::move(part).finish();
  const auto [outer, inner] = blocks_of(whole.shape(), axis);
  for (int64_t block = 0; block < outer; ++block)
    part.copy(block * inner, whole, (block * whole.shape()[axis] + index) * inner, inner);
  return std::move(part).finish();
}

Result<std::vector<Fact>> infer_scan(const Call& call) {
  TAMIS_ASSIGN(const ScanForm form, scan_form(call));
  if (call.outputs() > form.states + form.gathered) return wrong_outputs(call, form.states + form.gathered);
  std::vector<Fact> inputs = inputs_from(call, 0);
  for (size_t i = 0; i < form.states; ++i) inputs[i].value.reset();
  for (size_t i = 0; i < form.scanned; ++i)
    inputs[form.states + i] = part_of(inputs[form.states + i], form.input_axes[i]);
  TAMIS_ASSIGN(const BodyFacts body, facts_of_rounds(call, *form.body, {0, 0, form.states}, inputs));
  std::vector<Fact> facts;
  for (size_t i = 0; i < form.states; ++i) {
    facts.push_back({inputs[i].type, inputs[i].shape, std::nullopt});
    if (body.outputs[i].shape != inputs[i].shape) facts.back().shape.reset();
  }
  for (size_t i = 0; i < form.gathered; ++i) {
    const Fact& part = body.outputs[form.states + i];
    TAMIS_ASSIGN(auto shape, with_axis(call, part.shape, form.output_axes[i], form.trips));
    facts.push_back({part.type, std::move(shape), std::nullopt});
  }
  facts.resize(call.outputs());
  return facts;
}

Result<std::vector<Array>> evaluate_scan(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const ScanForm form, scan_form(call));
  const std::vector<Fact> wholes = inputs_from(call, 0);
  std::vector<Fact> inputs = wholes;
  std::vector<Gathered> gathered(form.gathered);
  for (int64_t round = 0; round < form.trips; ++round) {
    for (size_t i = 0; i < form.scanned; ++i) {
      const int64_t index = form.input_backwards[i] ? form.trips - 1 - round : round;
      inputs[form.states + i] = Fact::of(slice_of(*wholes[form.states + i].value, form.input_axes[i], index));
    }
    TAMIS_ASSIGN(std::vector<Fact> given, run_body(call, *form.body, inputs));
    for (size_t i = 0; i < form.gathered; ++i)
      TAMIS_TRY(gathered[i].add(call, *given[form.states + i].value));
    for (size_t i = 0; i < form.states; ++i) inputs[i] = std::move(given[i]);
  }
  std::vector<Array> arrays;
  for (size_t i = 0; i < form.states && i < call.outputs(); ++i)
    arrays.push_back(*std::move(inputs[i].value));
  for (size_t i = form.states; i < call.outputs(); ++i) {
    const size_t place = i - form.states;
    TAMIS_ASSIGN(Array all, gathered[place].finish(call, form.output_axes[place],
                                                   form.output_backwards[place], outputs[i]));
    arrays.push_back(std::move(all));
  }
  return arrays;
}

constexpr std::array kControlFlow{
    OperatorDefinition{"If", infer_if, evaluate_if},
    OperatorDefinition{"Loop", infer_loop, evaluate_loop},
    OperatorDefinition{"Scan", infer_scan, evaluate_scan},
};

}  // namespace

std::span<const OperatorDefinition> control_flow_operators() { return kControlFlow; }

}  // namespace tamis::network
