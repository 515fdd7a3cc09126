#include "network/library/layouts.h"

#include "network/library/min_cut.h"
#include "network/operators/settings.h"

#include <algorithm>
#include <map>
#include <utility>

namespace tamis::network {
namespace {

/// What a conversion costs beyond its bytes, and what a byte that is read and written costs, ns.
constexpr double kConversionStart = 500;
constexpr double kConversionByte = 0.15;

const Shape& shape_of(const Resolved& network, const std::string& value) {
  static const Shape kUnknown;
  const auto fact = network.facts.find(value);
  return fact == network.facts.end() || !fact->second.shape ? kUnknown : *fact->second.shape;
}

int64_t bytes_of(const Resolved& network, const std::string& value) {
  const auto fact = network.facts.find(value);
  if (fact == network.facts.end() || !fact->second.shape) return 0;
  return element_count(*fact->second.shape).value_or(0) *
         static_cast<int64_t>(element_size(fact->second.type));
}

/// Whether a value lies in another way in the two orders.
bool has_orders(const Resolved& network, const std::string& value) {
  const Shape& shape = shape_of(network, value);
  return !same_memory(shape, physical(Order::plain, shape.size()),
                      physical(Order::channels_last, shape.size()));
}

/// Which side of a transpose may lie channels last, so that its elements stay where they are.
enum class FreeSide { none, taken, given };

/// Which axis of what it takes each axis of a transpose is; they are reversed where the node says nothing.
std::vector<size_t> permutation_of(const Node& node, size_t rank) {
  std::vector<size_t> permutation;
  if (const auto* perm = find_attribute<std::vector<int64_t>>(node, "perm")) {
    for (const int64_t axis : *perm)
      permutation.push_back(static_cast<size_t>(axis < 0 ? axis + static_cast<int64_t>(rank) : axis));
  } else {
    for (size_t i = rank; i-- > 0;) permutation.push_back(i);
  }
  return permutation;
}

FreeSide free_side(const PlannedStep& step, const Resolved& network) {
  const Node& node = step.nodes.front();
  const Shape& given = shape_of(network, node.outputs[0]);
  const size_t rank = given.size();
  const std::vector<size_t> permutation = permutation_of(node, rank);
  const PhysicalOrder plain = physical(Order::plain, rank);
  const PhysicalOrder last = physical(Order::channels_last, rank);
  if (same_memory(given, transposed_order(last, permutation), plain)) return FreeSide::taken;
  return same_memory(given, transposed_order(plain, permutation), last) ? FreeSide::given : FreeSide::none;
}

/// Whether the program of a tuned layer has a layout to choose.
bool has_layouts(const Layer& layer) {
  return layer.workload->op != Operator::dense && layer.workload->op != Operator::matmul;
}

bool has_orders(const PlannedStep& step, const std::string& value, const Resolved& network) {
  const size_t rank = shape_of(network, value).size();
  const size_t reached = step.outputs.empty() ? 0 : shape_of(network, step.outputs[0]).size();
  if (rank < 3 || rank < reached) return false;
  return step.kind == StepKind::tuned ? has_layouts(*step.layer) : step.kind == StepKind::generated;
}

/// Whether the order of a value that a step takes or gives is the step's own; else it is plain.
bool order_varies(const PlannedStep& step, const std::string& value, const Resolved& network, FreeSide side) {
  return step.kind == StepKind::transpose ? free_side(step, network) == side
                                          : has_orders(step, value, network);
}

/// The choice as a cut: a node for each step, and for each value those of who makes it and who takes it.
class Chooser {
 public:
  Chooser(const Resolved& network, const LayoutFacts& facts, std::vector<PlannedStep>& steps)
      : network_(network), facts_(facts), steps_(steps) {}

  LayoutChoice choose() {
    plain_ = cut_.add_node(0, kForbidden);
    for (const PlannedStep& step : steps_) nodes_.push_back(add_step(step));
    collect_takers();
    for (const Port& port : network_.graph.inputs) add_value(port.name, plain_);
    for (size_t i = 0; i < steps_.size(); ++i)
      for (const std::string& output : steps_[i].outputs)
        add_value(output, node_of(i, output, FreeSide::given));
    const std::vector<bool> last = cut_.solve();
    for (size_t i = 0; i < steps_.size(); ++i)
      steps_[i].order = last[nodes_[i]] ? Order::channels_last : Order::plain;
    return total();
  }

 private:
  size_t add_step(const PlannedStep& step) {
    switch (step.kind) {
      case StepKind::tuned:
        if (!has_layouts(*step.layer)) return plain_;
        return cut_.add_node(time_of(*step.layer, Layout::nchw), time_of(*step.layer, Layout::nhwc));
      case StepKind::view:
      case StepKind::control:
        return plain_;
      case StepKind::transpose:
        if (free_side(step, network_) == FreeSide::none) return plain_;
        return cut_.add_node(conversion_ns(bytes_of(network_, step.outputs[0])), 0);
      case StepKind::generated:
        break;
    }
    return cut_.add_node(0, facts_.plain_only.contains(name_of(step)) ? kForbidden : 0);
  }

  double time_of(const Layer& layer, Layout layout) const {
    Workload workload = *layer.workload;
    workload.layout = layout;
    return facts_.time_of(workload);
  }

  /// A product of matrices has no layout, whatever its workload says.
  double chosen_time(const PlannedStep& step) const {
    const double plain = time_of(*step.layer, Layout::nchw);
    const double last = time_of(*step.layer, Layout::nhwc);
    if (!has_layouts(*step.layer)) return std::min(plain, last);
    return step.order == Order::plain ? plain : last;
  }

  /// The node whose side says in which order a step has a value that it takes or gives.
  size_t node_of(size_t step, const std::string& value, FreeSide side) const {
    return order_varies(steps_[step], value, network_, side) ? nodes_[step] : plain_;
  }

  void collect_takers() {
    for (size_t i = 0; i < steps_.size(); ++i)
      for (const std::string& input : steps_[i].inputs)
        takers_[input].push_back(node_of(i, input, FreeSide::taken));
    for (const Port& port : network_.graph.outputs) takers_[port.name].push_back(plain_);
  }

  /// One conversion serves all who want a value in the order that it is not given in.
  void add_value(const std::string& value, size_t maker) {
    const auto takers = takers_.find(value);
    if (takers == takers_.end() || !tamis::network::has_orders(network_, value)) return;
    const double cost = conversion_ns(bytes_of(network_, value));
    const size_t any_last = cut_.add_node();
    const size_t any_plain = cut_.add_node();
    cut_.add_cost(maker, any_last, cost);
    cut_.add_cost(any_plain, maker, cost);
    for (const size_t taker : takers->second) {
      cut_.add_cost(any_last, taker, kForbidden);
      cut_.add_cost(taker, any_plain, kForbidden);
    }
  }

  LayoutChoice total() const {
    LayoutChoice choice;
    std::map<std::string, PhysicalOrder> given;
    for (const Port& port : network_.graph.inputs)
      given[port.name] = physical(Order::plain, shape_of(network_, port.name).size());
    for (const PlannedStep& step : steps_) {
      if (step.kind == StepKind::tuned) choice.layers_ns += chosen_time(step);
      for (const std::string& output : step.outputs) given[output] = order_given(step, output, network_);
    }
    std::set<std::string> converted;
    const auto take = [&](const std::string& value, const PhysicalOrder& order) {
      if (!same_memory(shape_of(network_, value), given[value], order)) converted.insert(value);
    };
    for (const PlannedStep& step : steps_)
      for (const std::string& input : step.inputs) take(input, order_taken(step, input, network_));
    for (const Port& port : network_.graph.outputs)
      if (given.contains(port.name))
        take(port.name, physical(Order::plain, shape_of(network_, port.name).size()));
    for (const std::string& value : converted)
      choice.conversions_ns += conversion_ns(bytes_of(network_, value));
    return choice;
  }

  const Resolved& network_;
  const LayoutFacts& facts_;
  std::vector<PlannedStep>& steps_;
  MinCut cut_;
  size_t plain_ = 0;
  std::vector<size_t> nodes_;
  std::map<std::string, std::vector<size_t>> takers_;
};

PhysicalOrder order_on(const PlannedStep& step, const std::string& value, const Resolved& network,
                       FreeSide side) {
  const bool varies = order_varies(step, value, network, side);
  return physical(varies ? step.order : Order::plain, shape_of(network, value).size());
}

}  // namespace

LayoutChoice choose_orders(const Resolved& network, const LayoutFacts& facts,
                           std::vector<PlannedStep>& steps) {
  return Chooser(network, facts, steps).choose();
}

PhysicalOrder order_taken(const PlannedStep& step, const std::string& value, const Resolved& network) {
  return order_on(step, value, network, FreeSide::taken);
}

PhysicalOrder order_given(const PlannedStep& step, const std::string& value, const Resolved& network) {
  return order_on(step, value, network, FreeSide::given);
}

bool stays(const PlannedStep& transpose, const Resolved& network) {
  const Node& node = transpose.nodes.front();
  const Shape& given = shape_of(network, node.outputs[0]);
  const PhysicalOrder moved =
      transposed_order(order_taken(transpose, node.inputs[0], network), permutation_of(node, given.size()));
  return same_memory(given, moved, order_given(transpose, node.outputs[0], network));
}

double conversion_ns(int64_t bytes) {
  return kConversionStart + kConversionByte * static_cast<double>(bytes);
}

}  // namespace tamis::network
