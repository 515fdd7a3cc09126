#include "network/operators/bodies.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>

namespace tamis::network {
namespace {

using BodyAttribute = std::shared_ptr<const Graph>;
using Known = std::map<std::string, Fact, std::less<>>;

constexpr size_t kDeepestBodies = 8;
/// What inference computes of constants: sizes and indices.
constexpr int64_t kMostInferred = 4096;
/// Rounds of a loop that are counted before the network runs, and nodes that are computed in each.
constexpr int64_t kMostCounted = 4096;
constexpr size_t kMostSliced = 64;
/// An output of more could take more memory than machines have, and no network has one.
constexpr int64_t kMostComputed = int64_t{1} << 31;

/// What a graph takes that it does not define, in the order of first use. Its nodes must be closed.
void add_free_names(const Graph& graph, std::vector<std::string>& names) {
  std::set<std::string_view> own;
  for (const Port& input : graph.inputs) own.insert(input.name);
  for (const auto& [name, value] : graph.constants) own.insert(name);
  for (const Node& node : graph.nodes) own.insert(node.outputs.begin(), node.outputs.end());
  const auto take = [&](const std::string& name) {
    if (!name.empty() && !own.contains(name) && std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(name);
  };
  for (const Node& node : graph.nodes) std::for_each(node.inputs.begin(), node.inputs.end(), take);
  for (const Port& output : graph.outputs) take(output.name);
}

Result<Graph> closed_graph(const Graph& graph, size_t depth);

Result<Node> closed_node(Node node, size_t depth) {
  if (depth == kDeepestBodies)
    return unsupported(describe(node) + ": bodies lie deeper in each other than " +
                       std::to_string(kDeepestBodies) + "; export the model with fewer");
  node.attributes.erase(std::string(kCaptured));
  std::vector<std::string> captured;
  std::map<std::string, Graph> bodies;
  for (const auto& [name, attribute] : node.attributes) {
    const auto* body = std::get_if<BodyAttribute>(&attribute);
    if (body == nullptr) continue;
    TAMIS_ASSIGN(Graph closed, closed_graph(**body, depth + 1));
    add_free_names(closed, captured);
    bodies.emplace(name, std::move(closed));
  }
  for (auto& [name, body] : bodies) {
    for (const std::string& outer : captured) body.inputs.push_back({outer, std::nullopt, std::nullopt});
    node.attributes[name] = std::make_shared<const Graph>(std::move(body));
  }
  node.inputs.insert(node.inputs.end(), captured.begin(), captured.end());
  node.attributes[std::string(kCaptured)] = static_cast<int64_t>(captured.size());
  return node;
}

Result<Graph> closed_graph(const Graph& graph, size_t depth) {
  Graph closed = graph;
  for (Node& node : closed.nodes) {
    if (!has_bodies(node)) continue;
    TAMIS_ASSIGN(node, closed_node(std::move(node), depth));
  }
  return closed;
}

/// Goes through the nodes of a body.
class BodyWalk {
 public:
  /// `computes`: whether every value is wanted, else only what is known without much computing.
  BodyWalk(const Call& call, bool computes) : call_(call), computes_(computes) {}

  Result<BodyFacts> go(const Graph& body, const std::vector<Fact>& inputs) {
    if (inputs.size() != body.inputs.size())
      return call_.invalid("its body has " + std::to_string(body.inputs.size()) + " inputs, and is given " +
                           std::to_string(inputs.size()));
    for (size_t i = 0; i < inputs.size(); ++i) known_.insert_or_assign(body.inputs[i].name, inputs[i]);
    for (const auto& [name, value] : body.constants) known_.insert_or_assign(name, Fact::of(value));
    for (const Node& node : body.nodes) TAMIS_TRY(take(node));
    BodyFacts facts;
    for (const Port& output : body.outputs) {
      const auto found = known_.find(output.name);
      if (found == known_.end()) return call_.invalid("nothing in its body gives \"" + output.name + "\"");
      facts.outputs.push_back(found->second);
    }
    facts.shapes_known = std::all_of(known_.begin(), known_.end(),
                                     [](const auto& entry) { return entry.second.shape.has_value(); });
    return facts;
  }

 private:
  Result<std::vector<Fact>> outputs(const Call& call) const {
    if (computes_) return outputs_of(call, kMostComputed);
    if (has_bodies(call.node())) return find_operator("", call.node().type)->infer(call);
    return outputs_of(call, kMostInferred);
  }

  Status take(const Node& node) {
    std::vector<const Fact*> inputs;
    for (const std::string& name : node.inputs) {
      const auto found = known_.find(name);
      if (!name.empty() && found == known_.end())
        return call_.invalid("nothing gives \"" + name + "\" to " + describe(node) + " in its body");
      inputs.push_back(name.empty() ? nullptr : &found->second);
    }
    const Call call(node, std::move(inputs));
    Result<std::vector<Fact>> given = outputs(call);
    if (!given.ok()) return given.error().within(describe(call_.node()));
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (!call.wants(i)) continue;
      if (i >= given->size() || (computes_ && !(*given)[i].value))
        return call.cannot("its output " + std::to_string(i) + " has no reference result");
      known_.insert_or_assign(node.outputs[i], std::move((*given)[i]));
    }
    return {};
  }

  const Call& call_;
  bool computes_;
  Known known_;
};

Result<std::vector<bool>> directions(const Call& call, std::string_view name, size_t count) {
  TAMIS_ASSIGN(const auto given, call.integer_list(name));
  std::vector<bool> backwards(count, false);
  if (!given) return backwards;
  if (given->size() != count)
    return call.invalid("attribute \"" + std::string(name) + "\" must have " + std::to_string(count) +
                        " entries, and has " + std::to_string(given->size()));
  for (size_t i = 0; i < count; ++i) {
    if ((*given)[i] != 0 && (*given)[i] != 1)
      return call.invalid("attribute \"" + std::string(name) + "\" must be of 0 and 1");
    backwards[i] = (*given)[i] == 1;
  }
  return backwards;
}

Result<std::vector<int64_t>> scan_axes(const Call& call, std::string_view name, size_t count) {
  TAMIS_ASSIGN(const auto given, call.integer_list(name));
  if (!given) return std::vector<int64_t>(count, 0);
  if (given->size() != count)
    return call.invalid("attribute \"" + std::string(name) + "\" must have " + std::to_string(count) +
                        " entries, and has " + std::to_string(given->size()));
  return *given;
}

/// Errors where the scanned inputs differ in length.
Status find_trips(const Call& call, ScanForm& form, const std::vector<int64_t>& axes) {
  std::optional<int64_t> trips;
  for (size_t i = 0; i < form.scanned; ++i) {
    TAMIS_ASSIGN(const Shape shape, call.shape(form.states + i));
    TAMIS_ASSIGN(const size_t axis, call.axis(axes[i], shape.size()));
    form.input_axes.push_back(axis);
    if (trips && *trips != shape[axis])
      return call.invalid("its inputs are of different lengths, " + std::to_string(*trips) + " and " +
                          std::to_string(shape[axis]));
    trips = shape[axis];
  }
  form.trips = trips.value_or(0);
  return {};
}

/// What of a Loop's body says whether it goes on: the condition, and the carried values that it follows from.
struct ConditionSlice {
  Graph graph;  ///< its outputs are the condition and the next of each of `carried`
  std::vector<size_t> carried;
};

/// The nodes of a body that give the values of `needed`, to which what these take is added.
std::vector<Node> nodes_for(const Graph& body, std::set<std::string>& needed) {
  std::vector<Node> nodes;
  for (size_t i = body.nodes.size(); i-- > 0;) {
    const Node& node = body.nodes[i];
    if (std::none_of(node.outputs.begin(), node.outputs.end(),
                     [&](const std::string& output) { return needed.contains(output); }))
      continue;
    needed.insert(node.inputs.begin(), node.inputs.end());
    nodes.push_back(node);
  }
  std::reverse(nodes.begin(), nodes.end());
  return nodes;
}

/// Nothing where it takes data, or more than a few numbers.
std::optional<ConditionSlice> condition_of(const Call& call, const LoopForm& form) {
  const Graph& body = *form.body;
  ConditionSlice slice;
  std::set<std::string> needed{body.outputs[0].name};
  for (bool grows = true; grows;) {
    grows = false;
    slice.graph.nodes = nodes_for(body, needed);
    for (size_t i = 2; i < body.inputs.size(); ++i) {
      if (!needed.contains(body.inputs[i].name)) continue;
      const Fact* first = call.optional_input(i);
      if (first == nullptr || !first->value || first->value->elements() > kMostInferred) return std::nullopt;
      if (i < 2 + form.carried) grows = needed.insert(body.outputs[i - 1].name).second || grows;
    }
  }
  if (slice.graph.nodes.size() > kMostSliced) return std::nullopt;
  slice.graph.inputs = body.inputs;
  slice.graph.constants = body.constants;
  slice.graph.outputs = {body.outputs[0]};
  for (size_t i = 0; i < form.carried; ++i) {
    if (!needed.contains(body.inputs[2 + i].name)) continue;
    slice.carried.push_back(i);
    slice.graph.outputs.push_back(body.outputs[1 + i]);
  }
  return slice;
}

}  // namespace

bool has_bodies(const Node& node) {
  return node.domain.empty() && (node.type == "If" || node.type == "Loop" || node.type == "Scan");
}

Result<Graph> with_closed_bodies(const Graph& graph) { return closed_graph(graph, 0); }

Result<const Graph*> body_of(const Call& call, std::string_view name) {
  const auto* body = find_attribute<BodyAttribute>(call.node(), name);
  if (body == nullptr || *body == nullptr)
    return call.invalid("it has no body \"" + std::string(name) + "\"");
  return body->get();
}

size_t captured_by(const Node& node) {
  const auto captured = attribute_or<int64_t>(node, kCaptured, 0);
  return static_cast<size_t>(std::clamp<int64_t>(captured, 0, static_cast<int64_t>(node.inputs.size())));
}

Result<BodyFacts> facts_of_body(const Call& call, const Graph& body, const std::vector<Fact>& inputs) {
  return BodyWalk(call, false).go(body, inputs);
}

Result<std::vector<Fact>> run_body(const Call& call, const Graph& body, const std::vector<Fact>& inputs) {
  TAMIS_ASSIGN(BodyFacts facts, BodyWalk(call, true).go(body, inputs));
  return std::move(facts.outputs);
}

Result<ScanForm> scan_form(const Call& call) {
  if (call.opset() < 9) return call.cannot("of opset 8, which knows batches, it is not supported");
  ScanForm form;
  TAMIS_ASSIGN(form.body, body_of(call, "body"));
  const size_t own = call.inputs() - captured_by(call.node());
  TAMIS_ASSIGN(const int64_t scanned, call.integer("num_scan_inputs", 0));
  if (scanned < 1 || scanned > static_cast<int64_t>(own))
    return call.invalid("attribute \"num_scan_inputs\" must be 1 to " + std::to_string(own) + ", and is " +
                        std::to_string(scanned));
  form.scanned = static_cast<size_t>(scanned);
  form.states = own - form.scanned;
  if (form.body->outputs.size() < form.states)
    return call.invalid("its body has fewer outputs than it has states");
  form.gathered = form.body->outputs.size() - form.states;
  TAMIS_ASSIGN(const std::vector<int64_t> input_axes, scan_axes(call, "scan_input_axes", form.scanned));
  TAMIS_TRY(find_trips(call, form, input_axes));
  TAMIS_ASSIGN(form.output_axes, scan_axes(call, "scan_output_axes", form.gathered));
  TAMIS_ASSIGN(form.input_backwards, directions(call, "scan_input_directions", form.scanned));
  TAMIS_ASSIGN(form.output_backwards, directions(call, "scan_output_directions", form.gathered));
  return form;
}

Result<LoopForm> loop_form(const Call& call) {
  LoopForm form;
  TAMIS_ASSIGN(form.body, body_of(call, "body"));
  const size_t own = call.inputs() - captured_by(call.node());
  if (own < 2) return call.invalid("it must have a trip count and a condition among its inputs, if empty");
  form.carried = own - 2;
  if (form.body->outputs.size() < 1 + form.carried)
    return call.invalid("its body must give a condition and " + std::to_string(form.carried) +
                        " values, and has " + std::to_string(form.body->outputs.size()) + " outputs");
  form.gathered = form.body->outputs.size() - 1 - form.carried;
  return form;
}

Result<std::optional<int64_t>> loop_trips(const Call& call) {
  const Fact* most = call.optional_input(0);
  const Fact* condition = call.optional_input(1);
  if (most != nullptr && most->type != ElementType::int64)
    return call.invalid("its trip count must be int64, not " + std::string(to_string(most->type)));
  if (condition != nullptr && condition->type != ElementType::boolean)
    return call.invalid("its condition must be boolean, not " + std::string(to_string(condition->type)));
  for (const Fact* scalar : {most, condition})
    if (scalar != nullptr && scalar->shape && element_count(*scalar->shape) != 1)
      return call.invalid("its trip count and its condition must be one element, not " +
                          to_string(*scalar->shape));
  if (condition != nullptr && !condition->value) return std::optional<int64_t>();
  if (condition != nullptr && !condition->value->values<bool>()[0]) return std::optional<int64_t>(0);
  if (most == nullptr || !most->value) return std::optional<int64_t>();
  return std::optional(std::max<int64_t>(0, most->value->values<int64_t>()[0]));
}

std::optional<int64_t> counted_rounds(const Call& call, const LoopForm& form) {
  const Fact* most = call.optional_input(0);
  const Fact* condition = call.optional_input(1);
  if ((most != nullptr && !most->value) || (condition != nullptr && !condition->value)) return std::nullopt;
  if (condition != nullptr && !condition->value->values<bool>()[0]) return 0;
  const auto slice = condition_of(call, form);
  if (!slice) return std::nullopt;
  std::vector<Fact> inputs;
  for (size_t i = 0; i < call.inputs(); ++i) {
    const Fact* fact = call.optional_input(i);
    inputs.push_back(fact == nullptr ? Fact{} : *fact);
  }
  inputs[1] = Fact::of(Array::scalar(true));
  const int64_t limit = most == nullptr ? kMostCounted + 1 : most->value->values<int64_t>()[0];
  for (int64_t round = 0; round < limit; ++round) {
    if (round > kMostCounted) return std::nullopt;
    inputs[0] = Fact::of(Array::scalar(round));
    Result<std::vector<Fact>> given = run_body(call, slice->graph, inputs);
    if (!given.ok()) return std::nullopt;
    const Array& goes_on = *given->front().value;
    if (goes_on.type() != ElementType::boolean || goes_on.elements() != 1) return std::nullopt;
    if (!goes_on.values<bool>()[0]) return round + 1;
    for (size_t i = 0; i < slice->carried.size(); ++i)
      inputs[2 + slice->carried[i]] = std::move((*given)[1 + i]);
  }
  return most == nullptr ? std::nullopt : std::optional(std::max<int64_t>(0, limit));
}

std::vector<Fact> loop_inputs(const Call& call, const LoopForm& form) {
  std::vector<Fact> facts{{ElementType::int64, Shape{}, std::nullopt}, Fact::of(Array::scalar(true))};
  for (size_t i = 2; i < call.inputs(); ++i) {
    const Fact* fact = call.optional_input(i);
    facts.push_back(fact == nullptr ? Fact{} : *fact);
    if (i < 2 + form.carried) facts.back().value.reset();
  }
  return facts;
}

}  // namespace tamis::network
