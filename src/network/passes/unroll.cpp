#include "network/passes/unroll.h"

#include "network/operators/bodies.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace tamis::network {
namespace {

constexpr int64_t kMostTrips = 256;
/// Of both branches of an If, and elements of what it gives: computing both costs less than to choose.
constexpr size_t kMostSelectedNodes = 16;
constexpr int64_t kMostSelectedElements = 4096;

/// What can be computed whatever the data are: no index is out of range, no integer divided by 0.
constexpr std::array<std::string_view, 33> kTotalOperators{
    "Abs",     "Add",  "And",     "Cast",     "Clip",       "Concat",    "Constant", "Conv",    "Exp",
    "Expand",  "Gemm", "Greater", "Identity", "LeakyRelu",  "Less",      "MatMul",   "Max",     "Min",
    "Mul",     "Neg",  "Not",     "Or",       "ReduceMean", "ReduceSum", "Relu",     "Reshape", "Sigmoid",
    "Softmax", "Sqrt", "Squeeze", "Sub",      "Tanh",       "Unsqueeze"};

bool is_total(const Node& node) {
  return node.domain.empty() &&
         std::find(kTotalOperators.begin(), kTotalOperators.end(), node.type) != kTotalOperators.end();
}

bool is_few(int64_t trips, const Graph& body, size_t most_nodes) {
  return trips >= 1 && trips <= kMostTrips && body.nodes.size() * static_cast<size_t>(trips) <= most_nodes;
}

/// Nothing where a branch cannot be computed or has values whose shape depends on data.
std::optional<BodyFacts> clean_facts(const Call& call, const Graph& body, const std::vector<Fact>& inputs) {
  auto facts = facts_of_body(call, body, inputs);
  if (!facts.ok() || !facts->shapes_known) return std::nullopt;
  return *std::move(facts);
}

bool is_true(const Fact& fact) {
  return fact.type == ElementType::boolean && fact.value && fact.value->elements() == 1 &&
         fact.value->values<bool>()[0];
}

/// The inputs of a body are those of the node, from one on, as far as their shapes are known.
std::vector<Fact> body_inputs(const Call& call, size_t first) {
  std::vector<Fact> facts;
  for (size_t i = first; i < call.inputs(); ++i) {
    const Fact* fact = call.optional_input(i);
    facts.push_back(fact == nullptr ? Fact{} : *fact);
  }
  return facts;
}

}  // namespace

std::optional<int64_t> unrolled_trips_of_loop(const Call& call, size_t most_nodes) {
  const auto trips = loop_trips(call);
  const auto form = loop_form(call);
  if (!trips.ok() || !*trips || !form.ok() || !is_few(**trips, *form->body, most_nodes)) return std::nullopt;
  const auto facts = clean_facts(call, *form->body, loop_inputs(call, *form));
  return facts && is_true(facts->outputs[0]) ? *trips : std::nullopt;
}

std::optional<int64_t> unrolled_trips_of_scan(const Call& call, size_t most_nodes) {
  const auto form = scan_form(call);
  if (!form.ok() || !is_few(form->trips, *form->body, most_nodes)) return std::nullopt;
  std::vector<Fact> inputs = body_inputs(call, 0);
  for (size_t i = 0; i < form->states + form->scanned; ++i) inputs[i].value.reset();
  for (size_t i = 0; i < form->scanned; ++i) {
    Shape& shape = *inputs[form->states + i].shape;
    shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(form->input_axes[i]));
  }
  return clean_facts(call, *form->body, inputs) ? std::optional(form->trips) : std::nullopt;
}

bool is_selectable(const Call& call) {
  const auto yes = body_of(call, "then_branch");
  const auto no = body_of(call, "else_branch");
  const auto are_total = [](const Graph& branch) {
    return std::all_of(branch.nodes.begin(), branch.nodes.end(), is_total);
  };
  if (!yes.ok() || !no.ok() || (*yes)->nodes.size() + (*no)->nodes.size() > kMostSelectedNodes ||
      !are_total(**yes) || !are_total(**no))
    return false;
  const auto if_yes = clean_facts(call, **yes, body_inputs(call, 1));
  const auto if_no = clean_facts(call, **no, body_inputs(call, 1));
  if (!if_yes || !if_no || std::min(if_yes->outputs.size(), if_no->outputs.size()) < call.outputs())
    return false;
  for (size_t i = 0; i < call.outputs(); ++i) {
    const Fact& a = if_yes->outputs[i];
    const Fact& b = if_no->outputs[i];
    if (a.type != b.type || a.shape != b.shape || *element_count(*a.shape) > kMostSelectedElements)
      return false;
  }
  return true;
}

}  // namespace tamis::network
