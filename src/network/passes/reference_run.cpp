#include "network/passes/reference_run.h"

#include "base/text.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace tamis::network {
namespace {

/// An output of more could take more memory than machines have, and no network has one.
constexpr int64_t kMostElements = int64_t{1} << 31;

using Values = std::map<std::string, Fact, std::less<>>;

Status add_inputs(const Resolved& network, const std::map<std::string, Array, std::less<>>& inputs,
                  Values& values) {
  std::vector<std::string_view> known;
  for (const Port& port : network.graph.inputs) known.push_back(port.name);
  for (const auto& [name, array] : inputs)
    if (std::find(known.begin(), known.end(), name) == known.end())
      return invalid_input("the network has no input \"" + name + "\"" + did_you_mean(name, known));
  for (const Port& port : network.graph.inputs) {
    const auto fact = network.facts.find(port.name);
    if (fact == network.facts.end()) continue;  // no output needs it
    const auto input = inputs.find(port.name);
    if (input == inputs.end()) return invalid_input("input \"" + port.name + "\" is missing");
    const Fact given = Fact::of(input->second);
    if (given.type != fact->second.type || given.shape != fact->second.shape)
      return invalid_input("input \"" + port.name + "\" must be " +
                           std::string(to_string(fact->second.type)) + " " + to_string(*fact->second.shape) +
                           ", not " + std::string(to_string(given.type)) + " " + to_string(*given.shape));
    values.emplace(port.name, given);
  }
  return {};
}

/// After which node each value is no longer needed; outputs of the graph are not there.
std::map<std::string, size_t, std::less<>> last_uses(const Graph& graph) {
  std::map<std::string, size_t, std::less<>> last;
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    for (const std::string& input : graph.nodes[i].inputs) last[input] = i;
  for (const Port& output : graph.outputs) last.erase(output.name);
  return last;
}

Status compute(const Node& node, Values& values) {
  std::vector<const Fact*> inputs;
  for (const std::string& name : node.inputs) {
    const auto value = values.find(name);
    inputs.push_back(name.empty() || value == values.end() ? nullptr : &value->second);
  }
  const Call call(node, std::move(inputs));
  TAMIS_ASSIGN(std::vector<Fact> outputs, outputs_of(call, kMostElements));
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    if (!call.wants(i)) continue;
    if (i >= outputs.size() || !outputs[i].value)
      return call.cannot("its output " + std::to_string(i) + " has no reference result" +
                         (i < outputs.size() && outputs[i].shape
                              ? ", or one of more than 2^31 elements (" + to_string(*outputs[i].shape) + ")"
                              : ""));
    values.insert_or_assign(node.outputs[i], std::move(outputs[i]));
  }
  return {};
}

}  // namespace

Result<std::vector<Array>> reference_run(const Resolved& network,
                                         const std::map<std::string, Array, std::less<>>& inputs) {
  TAMIS_TRY(without_faults(network));
  Values values;
  TAMIS_TRY(add_inputs(network, inputs, values));
  for (const auto& [name, array] : network.graph.constants) values.emplace(name, Fact::of(array));
  const auto last = last_uses(network.graph);
  for (size_t i = 0; i < network.graph.nodes.size(); ++i) {
    const Node& node = network.graph.nodes[i];
    TAMIS_TRY(compute(node, values));
    for (const std::string& input : node.inputs)
      if (const auto use = last.find(input); use != last.end() && use->second == i) values.erase(input);
  }
  std::vector<Array> outputs;
  for (const Port& output : network.graph.outputs) {
    const auto value = values.find(output.name);
    if (value == values.end() || !value->second.value)
      return invalid_input("nothing computes the output \"" + output.name + "\"");
    outputs.push_back(*value->second.value);
  }
  return outputs;
}

}  // namespace tamis::network
