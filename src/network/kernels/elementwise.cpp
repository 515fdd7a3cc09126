#include "network/kernels/elementwise.h"

#include "network/kernels/generators.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

constexpr size_t kMostOperations = 2000;  ///< of one expression: compiling takes seconds beyond

/// How many operations a value has, a shared one as often as it occurs; no more than one above the most.
size_t operations(const loop::Value& value, size_t most) {
  size_t count = 1;
  for (const loop::Value& operand : value->operands)
    if (count <= most) count += operations(operand, most - count);
  return count;
}

/// A known value of a single element.
Result<loop::Value> constant_of(const Call& call, const Array& array) {
  TAMIS_ASSIGN(const loop::Element element, element_of(call, array.type()));
  const double number = visit_type(array.type(), [&](auto identity) {
    return static_cast<double>(array.values<typename decltype(identity)::type>()[0]);
  });
  return loop::Value::constant(number, element);
}

/// Whether a double holds the only element of an array.
bool is_constant(const Fact& fact) {
  if (!fact.value || fact.value->elements() != 1) return false;
  if (fact.type != ElementType::int64) return true;
  constexpr int64_t kExact = int64_t{1} << 53;
  const int64_t number = fact.value->values<int64_t>()[0];
  return number >= -kExact && number <= kExact;
}

/// Nodes as one expression over the elements of the last output.
class Expression {
 public:
  Expression(std::span<const Node> nodes, KernelBuilder& builder) : nodes_(nodes), builder_(&builder) {}

  /// Declares the operands and tries the expression out.
  Status prepare() {
    for (const Node& node : nodes_) {
      TAMIS_ASSIGN(Call call, builder_->call(node));
      calls_.push_back(std::move(call));
      if (!is_elementwise(node)) return without_generator(calls_.back());
    }
    TAMIS_ASSIGN(const Fact* last, builder_->fact(nodes_.back().outputs.front()));
    if (!last->shape) return calls_.back().cannot("its shape is not known");
    shape_ = *last->shape;
    TAMIS_TRY(declare_inputs());
    TAMIS_ASSIGN(const Operand output, builder_->output(calls_.back(), 0));
    buffer_ = output.buffer;
    steps_.insert(steps_.begin(), output.steps);
    const std::vector<loop::Affine> origin(steps_.size(), loop::Affine(0));
    TAMIS_ASSIGN(const loop::Value value, evaluate(origin));
    if (value->element != output.element)
      return calls_.back().cannot("its output is of another type than is known");
    if (operations(value, kMostOperations) > kMostOperations)
      return calls_.back().cannot("the expression of " + std::to_string(nodes_.size()) +
                                  " operators is too large; compile fewer of them together");
    return {};
  }

  void add() {
    Space space{{}, std::vector<int64_t>(steps_.size(), 0)};
    for (size_t i = 0; i < shape_.size(); ++i) {
      Axis axis{shape_[i], {}};
      for (const std::vector<int64_t>& steps : steps_) axis.steps.push_back(steps[i]);
      space.axes.push_back(std::move(axis));
    }
    builder_->add(store_everywhere(
        space, buffer_, [&](std::span<const loop::Affine> places) { return evaluate(places).value(); },
        builder_->shape()));
  }

 private:
  /// An input that is loaded: which operand it is is found by node and input.
  struct Loaded {
    Operand operand;
    size_t place = 0;
  };

  Status declare_inputs() {
    for (size_t i = 0; i < nodes_.size(); ++i)
      for (size_t input = 0; input < nodes_[i].inputs.size(); ++input) {
        const std::string& name = nodes_[i].inputs[input];
        if (name.empty() || is_inner(name, i) || is_constant(*calls_[i].optional_input(input))) continue;
        TAMIS_ASSIGN(Operand operand, builder_->input(calls_[i], input));
        TAMIS_ASSIGN(std::vector<int64_t> steps, steps_of(i, input, operand));
        loaded_[{i, input}] = {std::move(operand), steps_.size() + 1};
        steps_.push_back(std::move(steps));
      }
    return {};
  }

  /// Whether an earlier one of the nodes computes a value.
  bool is_inner(const std::string& name, size_t before) const {
    for (size_t i = 0; i < before; ++i)
      if (nodes_[i].outputs.front() == name) return true;
    return false;
  }

  Result<std::vector<int64_t>> steps_of(size_t node, size_t input, const Operand& operand) const {
    std::vector<int64_t> steps(shape_.size(), 0);
    const Generator& generator = *find_generator(nodes_[node]);
    std::optional<size_t> axis;
    if (generator.axis != nullptr) {
      TAMIS_ASSIGN(axis, generator.axis(calls_[node], input));
    }
    if (axis) {
      TAMIS_ASSIGN(const Shape x, calls_[node].shape(0));
      if (operand.shape.size() != 1)
        return without_generator(calls_[node], nodes_[node].type + " with parameters for each place");
      if (operand.shape[0] != 1) steps[shape_.size() - x.size() + *axis] = operand.steps[0];
      return steps;
    }
    if (operand.shape.size() > shape_.size())
      return calls_[node].cannot("its input has more dimensions than the output of the last operator");
    steps = broadcast_steps(operand, shape_.size());
    for (size_t i = 0; i < steps.size(); ++i)
      if (steps[i] != 0 && operand.shape[i + operand.shape.size() - steps.size()] != shape_[i])
        return calls_[node].cannot("its input is larger than the output of the last operator");
    return steps;
  }

  Result<loop::Value> evaluate(std::span<const loop::Affine> places) const {
    std::map<std::string, loop::Value> inner;
    loop::Value value;
    for (size_t i = 0; i < nodes_.size(); ++i) {
      std::vector<loop::Value> inputs;
      for (size_t input = 0; input < nodes_[i].inputs.size(); ++input) {
        TAMIS_ASSIGN(loop::Value one, input_of(i, input, places, inner));
        inputs.push_back(std::move(one));
      }
      TAMIS_ASSIGN(value, find_generator(nodes_[i])->expression(calls_[i], inputs));
      inner[nodes_[i].outputs.front()] = value;
    }
    return value;
  }

  Result<loop::Value> input_of(size_t node, size_t input, std::span<const loop::Affine> places,
                               const std::map<std::string, loop::Value>& inner) const {
    const std::string& name = nodes_[node].inputs[input];
    if (name.empty()) return loop::Value();
    if (const auto found = inner.find(name); found != inner.end()) return found->second;
    const auto loaded = loaded_.find({node, input});
    if (loaded != loaded_.end()) return load_of(loaded->second.operand, places[loaded->second.place]);
    return constant_of(calls_[node], *calls_[node].optional_input(input)->value);
  }

  std::span<const Node> nodes_;
  KernelBuilder* builder_;
  std::vector<Call> calls_;
  Shape shape_;
  std::string buffer_;
  std::vector<std::vector<int64_t>> steps_;  ///< of the output, then of each loaded input
  std::map<std::pair<size_t, size_t>, Loaded> loaded_;
};

}  // namespace

Status add_elementwise(std::span<const Node> nodes, KernelBuilder& builder) {
  Expression expression(nodes, builder);
  TAMIS_TRY(expression.prepare());
  expression.add();
  return {};
}

}  // namespace tamis::network
