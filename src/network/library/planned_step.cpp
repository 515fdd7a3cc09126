#include "network/library/planned_step.h"

#include "network/operators/bodies.h"
#include "network/passes/graph_index.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

namespace tamis::network {
namespace {

constexpr std::array<std::string_view, 5> kViews = {"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity"};

StepKind kind_of(const Layer& layer) {
  if (layer.workload) return StepKind::tuned;
  const Node& node = layer.nodes.front();
  if (has_bodies(node)) return StepKind::control;
  if (node.domain.empty() && std::find(kViews.begin(), kViews.end(), node.type) != kViews.end())
    return StepKind::view;
  return is(node, "Transpose") ? StepKind::transpose : StepKind::generated;
}

void add_once(std::vector<std::string>& values, const std::string& value) {
  if (!value.empty() && std::find(values.begin(), values.end(), value) == values.end())
    values.push_back(value);
}

class Planner {
 public:
  Planner(const Resolved& network, const std::vector<Layer>& layers, size_t most_fused)
      : network_(network), layers_(layers), most_fused_(most_fused), index_(network.graph) {}

  std::vector<PlannedStep> steps() {
    std::vector<PlannedStep> steps;
    for (const Layer& layer : layers_) {
      PlannedStep step = step_of(layer);
      if (fusable(step)) take_in_producers(step, steps);
      find_inputs(step);
      for (const std::string& output : step.outputs) makers_[output] = steps.size();
      steps.push_back(std::move(step));
    }
    std::erase_if(steps, [](const PlannedStep& step) { return step.nodes.empty(); });
    return steps;
  }

 private:
  PlannedStep step_of(const Layer& layer) const {
    PlannedStep step;
    step.kind = kind_of(layer);
    step.nodes = layer.nodes;
    if (step.kind == StepKind::tuned) {
      step.layer = &layer;
      step.outputs = {layer.operands.output};
      return step;
    }
    for (const std::string& output : layer.nodes.front().outputs)
      if (index_.uses(output) > 0) add_once(step.outputs, output);
    return step;
  }

  static bool fusable(const PlannedStep& step) {
    return step.kind == StepKind::generated && step.outputs.size() == 1 && is_elementwise(step.nodes.back());
  }

  /// Takes the nodes of earlier steps whose values go into this one alone; these steps become empty.
  void take_in_producers(PlannedStep& step, std::vector<PlannedStep>& steps) const {
    const Shape* shape = shape_of(step.outputs[0]);
    if (shape == nullptr) return;
    const std::vector<std::string> inputs = step.nodes.back().inputs;
    for (const std::string& input : inputs) {
      const auto maker = makers_.find(input);
      if (maker == makers_.end() || index_.only_consumer(input) == nullptr) continue;
      PlannedStep& producer = steps[maker->second];
      const Shape* own = shape_of(input);
      if (!fusable(producer) || own == nullptr || *own != *shape) continue;
      if (producer.nodes.size() + step.nodes.size() > most_fused_) continue;
      step.nodes.insert(step.nodes.begin(), producer.nodes.begin(), producer.nodes.end());
      producer.nodes.clear();
      producer.outputs.clear();
    }
    std::stable_sort(step.nodes.begin(), step.nodes.end(),
                     [&](const Node& a, const Node& b) { return place(a) < place(b); });
  }

  size_t place(const Node& node) const {
    return static_cast<size_t>(index_.producer(node.outputs[0]) - network_.graph.nodes.data());
  }

  const Shape* shape_of(const std::string& value) const {
    const auto fact = network_.facts.find(value);
    return fact == network_.facts.end() || !fact->second.shape ? nullptr : &*fact->second.shape;
  }

  void find_inputs(PlannedStep& step) const {
    std::set<std::string> inner;
    for (const Node& node : step.nodes) {
      for (const std::string& input : node.inputs)
        if (!inner.contains(input) && index_.constant(input) == nullptr) add_once(step.inputs, input);
      inner.insert(node.outputs.begin(), node.outputs.end());
    }
  }

  const Resolved& network_;
  const std::vector<Layer>& layers_;
  size_t most_fused_;
  GraphIndex index_;
  std::map<std::string, size_t> makers_;
};

}  // namespace

std::vector<PlannedStep> planned_steps(const Resolved& network, const std::vector<Layer>& layers,
                                       size_t most_fused) {
  return Planner(network, layers, most_fused).steps();
}

std::string name_of(const PlannedStep& step) {
  const Node& node = step.nodes.front();
  return node.name.empty() ? step.outputs.front() : node.name;
}

}  // namespace tamis::network
