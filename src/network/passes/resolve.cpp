#include "network/passes/resolve.h"

#include "base/text.h"
#include "network/passes/input_shapes.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>
#include <variant>

namespace tamis::network {
namespace {

/// The names of a body that was put in the place of its node, and what they are called there.
using Renaming = std::map<std::string, std::string, std::less<>>;

class Resolver {
 public:
  Resolver(const ResolveOptions& options, Resolved& resolved) : options_(options), resolved_(resolved) {}

  void take(const Graph& graph, const Renaming& renaming) {
    for (const Node& node : graph.nodes) take(renamed(node, renaming), renaming);
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

  void take(const Node& node, const Renaming& renaming) {
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
    if (node.type == "If" && node.domain.empty()) return take_branch(call, renaming);
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

  void take_branch(const Call& call, const Renaming& outer) {
    const Node& node = call.node();
    auto branch = branch_of(call);
    if (!branch.ok()) return resolved_.faults.push_back({node, branch.error()});
    // A branch may use names that the graph around it, or the other branch, uses for something else.
    Renaming inner = outer;
    const std::string prefix = "If" + std::to_string(branches_++) + "/";
    for (const auto& [name, value] : (*branch)->constants) {
      inner[name] = prefix + name;
      resolved_.facts.insert_or_assign(prefix + name, Fact::of(value));
    }
    for (const Node& inside : (*branch)->nodes)
      for (const std::string& output : inside.outputs)
        if (!output.empty()) inner[output] = prefix + output;
    take(**branch, inner);
    ++resolved_.folded;
    for (size_t i = 0; i < node.outputs.size() && i < (*branch)->outputs.size(); ++i)
      alias(node, node.outputs[i], renamed((*branch)->outputs[i].name, inner));
  }

  static Result<std::shared_ptr<const Graph>> branch_of(const Call& call) {
    TAMIS_ASSIGN(const Fact* condition, call.input(0));
    if (!condition->value)
      return call.cannot(
          "its condition is only known when the network runs; export the model with one branch");
    if (condition->type != ElementType::boolean || condition->value->elements() != 1)
      return call.invalid("its condition must be one boolean");
    const Attribute* branch =
        call.attribute(condition->value->values<bool>()[0] ? "then_branch" : "else_branch");
    if (branch == nullptr || !std::holds_alternative<std::shared_ptr<const Graph>>(*branch))
      return call.invalid("it has no such branch");
    return *std::get_if<std::shared_ptr<const Graph>>(branch);
  }

  /// Another name for a value, by a node that does nothing.
  void alias(const Node& node, const std::string& name, const std::string& value) {
    if (name.empty()) return;
    const auto fact = resolved_.facts.find(value);
    if (fact == resolved_.facts.end()) return;
    const Fact known = fact->second;
    if (!known.value) {
      Node identity = node;
      identity.type = "Identity";
      identity.inputs = {value};
      identity.outputs = {name};
      identity.attributes.clear();
      resolved_.graph.nodes.push_back(std::move(identity));
    }
    resolved_.facts.insert_or_assign(name, known);
  }

  const ResolveOptions& options_;
  Resolved& resolved_;
  size_t branches_ = 0;
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
  Resolver(options, resolved).take(model.graph, {});
  // With faults nobody knows what the outputs need.
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
