#include "network/passes/resolve.h"

#include "base/text.h"
#include "network/operators/bodies.h"
#include "network/passes/input_shapes.h"
#include "network/passes/unroll.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>
#include <variant>

namespace tamis::network {
namespace {

/// The names of a body that was put in the place of its node, and what they are called there.
using Renaming = std::map<std::string, std::string, std::less<>>;

/// From this opset on the axes of an Unsqueeze are an input.
constexpr int64_t kAxesAreInputs = 13;

class Resolver {
 public:
  Resolver(const ResolveOptions& options, Resolved& resolved) : options_(options), resolved_(resolved) {}

  void take(const Graph& graph) {
    for (const Node& node : graph.nodes) take(node);
  }

 private:
  static std::string renamed(const std::string& name, const Renaming& renaming) {
    const auto found = renaming.find(name);
    return found == renaming.end() ? name : found->second;
  }

  static Node renamed(Node node, const Renaming& renaming) {
    for (std::string& input : node.inputs) input = renamed(input, renaming);
    for (std::string& output : node.outputs) output = renamed(output, renaming);
    return node;
  }

  void take(const Node& node) {
    std::vector<const Fact*> inputs;
    for (const std::string& name : node.inputs) {
      const auto fact = resolved_.facts.find(name);
      if (name.empty())
        inputs.push_back(nullptr);
      else if (fact != resolved_.facts.end())
        inputs.push_back(&fact->second);
      else
        return void(++resolved_.behind_faults);
    }
    const Call call(node, std::move(inputs));
    if (has_bodies(node)) return take_bodies(call);
    auto outputs = outputs_of(call, options_.most_folded_elements);
    if (!outputs.ok()) return resolved_.faults.push_back({node, outputs.error()});
    if (options_.keeps_dequantised && node.type == "DequantizeLinear") outputs->front().value.reset();
    keep(node, *std::move(outputs));
  }

  /// Notes what is known of the outputs, and keeps the node unless that is everything.
  void keep(const Node& node, std::vector<Fact> outputs) {
    bool known = true;
    for (size_t i = 0; i < node.outputs.size() && i < outputs.size(); ++i) {
      if (node.outputs[i].empty()) continue;
      known = known && outputs[i].value.has_value();
      resolved_.facts.insert_or_assign(node.outputs[i], std::move(outputs[i]));
    }
    if (known)
      ++resolved_.folded;
    else
      resolved_.graph.nodes.push_back(node);
  }

  /// Writes out what a node with bodies does, where that is known; else keeps it, uncomputed.
  void take_bodies(const Call& call) {
    auto outputs = find_operator("", call.node().type)->infer(call);
    if (!outputs.ok()) return resolved_.faults.push_back({call.node(), outputs.error()});
    if (call.node().type == "If") return take_if(call, *std::move(outputs));
    const bool is_loop = call.node().type == "Loop";
    const auto trips =
        is_loop ? unrolled_trips_of_loop(call, most_written_) : unrolled_trips_of_scan(call, most_written_);
    if (!trips) return keep(call.node(), *std::move(outputs));
    if (is_loop)
      unroll_loop(call, *trips);
    else
      unroll_scan(call);
    ++resolved_.folded;
  }

  void take_if(const Call& call, std::vector<Fact> outputs) {
    const Node node = call.node();
    const Fact& condition = *call.optional_input(0);
    const std::vector<std::string> captured(node.inputs.begin() + 1, node.inputs.end());
    if (condition.value) {
      const bool is_met = condition.value->values<bool>()[0];
      const std::vector<std::string> given =
          put_in_place(**body_of(call, is_met ? "then_branch" : "else_branch"), captured, next_prefix(node));
      for (size_t i = 0; i < node.outputs.size(); ++i) alias(node, node.outputs[i], given[i]);
      ++resolved_.folded;
      return;
    }
    if (!is_selectable(call)) return keep(node, std::move(outputs));
    const std::vector<std::string> yes =
        put_in_place(**body_of(call, "then_branch"), captured, next_prefix(node));
    const std::vector<std::string> no =
        put_in_place(**body_of(call, "else_branch"), captured, next_prefix(node));
    for (size_t i = 0; i < node.outputs.size(); ++i)
      if (!node.outputs[i].empty()) write(node, "Where", {node.inputs[0], yes[i], no[i]}, node.outputs[i]);
    ++resolved_.folded;
  }

  /// What the names of a body that is put in place begin with.
  std::string next_prefix(const Node& node) { return node.type + std::to_string(bodies_++) + "/"; }

  /// Puts a closed body that takes these values in the place of its node. What its outputs are called.
  std::vector<std::string> put_in_place(const Graph& body, const std::vector<std::string>& inputs,
                                        const std::string& prefix) {
    Renaming inner;
    for (size_t i = 0; i < body.inputs.size(); ++i) inner[body.inputs[i].name] = inputs[i];
    for (const auto& [name, value] : body.constants) {
      inner[name] = prefix + name;
      resolved_.facts.insert_or_assign(prefix + name, Fact::of(value));
    }
    // Before any node is taken: it may not define a name that the body was given under the same one.
    for (const Node& node : body.nodes)
      for (const std::string& output : node.outputs)
        if (!output.empty()) inner[output] = prefix + output;
    for (const Node& node : body.nodes) take(renamed(node, inner));
    std::vector<std::string> outputs;
    for (const Port& output : body.outputs) outputs.push_back(renamed(output.name, inner));
    return outputs;
  }

  void unroll_loop(const Call& call, int64_t trips) {
    const Node node = call.node();
    const LoopForm form = *loop_form(call);
    most_written_ -= form.body->nodes.size() * static_cast<size_t>(trips);
    const std::string prefix = next_prefix(node);
    std::vector<std::string> inputs = node.inputs;
    std::vector<std::vector<std::string>> gathered(form.gathered);
    for (int64_t round = 0; round < trips; ++round) {
      const std::string here = prefix + std::to_string(round) + "/";
      inputs[0] = constant(here + "round", Array::scalar(round));
      inputs[1] = constant(here + "condition", Array::scalar(true));
      const std::vector<std::string> given = put_in_place(*form.body, inputs, here);
      for (size_t i = 0; i < form.carried; ++i) inputs[2 + i] = given[1 + i];
      for (size_t i = 0; i < form.gathered; ++i) gathered[i].push_back(given[1 + form.carried + i]);
    }
    for (size_t i = 0; i < form.carried && i < node.outputs.size(); ++i)
      alias(node, node.outputs[i], inputs[2 + i]);
    for (size_t i = form.carried; i < node.outputs.size(); ++i)
      gather(node, std::move(gathered[i - form.carried]), 0, node.outputs[i], prefix);
  }

  void unroll_scan(const Call& call) {
    const Node node = call.node();
    const ScanForm form = *scan_form(call);
    most_written_ -= form.body->nodes.size() * static_cast<size_t>(form.trips);
    const std::string prefix = next_prefix(node);
    std::vector<std::string> inputs = node.inputs;
    std::vector<std::vector<std::string>> gathered(form.gathered);
    for (int64_t round = 0; round < form.trips; ++round) {
      const std::string here = prefix + std::to_string(round) + "/";
      for (size_t i = 0; i < form.scanned; ++i) {
        const std::string part = here + "part" + std::to_string(i);
        const int64_t index = form.input_backwards[i] ? form.trips - 1 - round : round;
        write(node, "Gather", {node.inputs[form.states + i], constant(part + "/index", Array::scalar(index))},
              part, {{"axis", static_cast<int64_t>(form.input_axes[i])}});
        inputs[form.states + i] = part;
      }
      const std::vector<std::string> given = put_in_place(*form.body, inputs, here + "body/");
      for (size_t i = 0; i < form.states; ++i) inputs[i] = given[i];
      for (size_t i = 0; i < form.gathered; ++i) gathered[i].push_back(given[form.states + i]);
    }
    for (size_t i = 0; i < form.states && i < node.outputs.size(); ++i)
      alias(node, node.outputs[i], inputs[i]);
    for (size_t i = form.states; i < node.outputs.size(); ++i) {
      const size_t place = i - form.states;
      if (form.output_backwards[place]) std::reverse(gathered[place].begin(), gathered[place].end());
      gather(node, std::move(gathered[place]), form.output_axes[place], node.outputs[i], prefix);
    }
  }

  /// Puts the parts of all rounds side by side along a new axis.
  void gather(const Node& node, std::vector<std::string> parts, int64_t axis, const std::string& output,
              const std::string& prefix) {
    if (output.empty()) return;
    const std::string axes = constant(prefix + "axes of " + output, Array::of<int64_t>({1}, {axis}));
    for (size_t i = 0; i < parts.size(); ++i) {
      std::string wide = prefix + std::to_string(i) + "/of " + output;
      write(node, "Unsqueeze", {parts[i], axes}, wide);
      parts[i] = std::move(wide);
    }
    write(node, "Concat", std::move(parts), output, {{"axis", axis}});
  }

  std::string constant(std::string name, Array value) {
    resolved_.facts.insert_or_assign(name, Fact::of(std::move(value)));
    return name;
  }

  /// A node of ONNX's own in the place of one with bodies.
  void write(const Node& origin, std::string type, std::vector<std::string> inputs, std::string output,
             std::map<std::string, Attribute, std::less<>> attributes = {}) {
    Node node{.type = std::move(type),
              .domain = {},
              .opset = std::max(origin.opset, kAxesAreInputs),
              .name = origin.name,
              .place = origin.place,
              .inputs = std::move(inputs),
              .outputs = {std::move(output)}};
    node.attributes = std::move(attributes);
    take(node);
  }

  /// Another name for a value, by a node that does nothing.
  void alias(const Node& node, const std::string& name, const std::string& value) {
    if (!name.empty()) write(node, "Identity", {value}, name);
  }

  const ResolveOptions& options_;
  Resolved& resolved_;
  size_t bodies_ = 0;
  size_t most_written_ = kMostUnrolledNodes;
};

/// Leaves out the nodes that no output needs, and keeps the constants that the others take.
void drop_unused(Resolved& resolved) {
  std::set<std::string, std::less<>> needed;
  for (const Port& output : resolved.graph.outputs) needed.insert(output.name);
  std::vector<Node>& nodes = resolved.graph.nodes;
  std::vector<Node> kept;
  for (size_t i = nodes.size(); i-- > 0;) {
    Node& node = nodes[i];
    const bool used = std::any_of(node.outputs.begin(), node.outputs.end(),
                                  [&](const std::string& output) { return needed.contains(output); });
    if (!used) continue;
    needed.insert(node.inputs.begin(), node.inputs.end());
    needed.insert(node.outputs.begin(), node.outputs.end());  // who computes one output must know the others
    kept.push_back(std::move(node));
  }
  resolved.unused += nodes.size() - kept.size();
  std::reverse(kept.begin(), kept.end());
  nodes = std::move(kept);
  resolved.graph.constants.clear();
  std::erase_if(resolved.facts, [&](const auto& entry) { return !needed.contains(entry.first); });
  for (const auto& [name, fact] : resolved.facts)
    if (fact.value) resolved.graph.constants.emplace(name, *fact.value);
}

}  // namespace

Result<Resolved> resolve(const Model& model, const ResolveOptions& options) {
  Resolved resolved;
  resolved.graph.name = model.graph.name;
  resolved.graph.inputs = model.graph.inputs;
  resolved.graph.outputs = model.graph.outputs;
  TAMIS_ASSIGN(auto inputs, input_facts(model.graph, options));
  for (auto& [name, fact] : inputs) resolved.facts.emplace(name, std::move(fact));
  for (const auto& [name, value] : model.graph.constants)
    resolved.facts.insert_or_assign(name, Fact::of(value));
  TAMIS_ASSIGN(const Graph closed, with_closed_bodies(model.graph));
  Resolver(options, resolved).take(closed);
  // With faults nobody knows what the outputs need.
  if (resolved.faults.empty()) drop_unused(resolved);
  return resolved;
}

Resolved resolve_body(const Graph& body, const std::vector<Fact>& inputs, const ResolveOptions& options) {
  Resolved resolved;
  resolved.graph.name = body.name;
  resolved.graph.inputs = body.inputs;
  resolved.graph.outputs = body.outputs;
  for (size_t i = 0; i < inputs.size() && i < body.inputs.size(); ++i)
    resolved.facts.insert_or_assign(body.inputs[i].name, inputs[i]);
  for (const auto& [name, value] : body.constants) resolved.facts.insert_or_assign(name, Fact::of(value));
  Resolver(options, resolved).take(body);
  if (resolved.faults.empty()) drop_unused(resolved);
  return resolved;
}

Status without_faults(const Resolved& resolved) {
  if (resolved.faults.empty()) return {};
  Error error = resolved.faults.front().error;
  const size_t others = resolved.faults.size() - 1;
  if (others > 0) error.message += " (and " + counted(others, "other node") + ", which `tamis show` lists)";
  return error;
}

}  // namespace tamis::network
