#include "network/passes/simplify.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

namespace tamis::network {
namespace {

/// As ONNX's file format numbers types.
constexpr int64_t kCodeOfFloat32 = 1, kCodeOfFloat16 = 10, kCodeOfBfloat16 = 16;

/// Attributes that say a type.
constexpr std::array<std::string_view, 4> kTypeAttributes{"to", "dtype", "output_dtype", "softmax_precision"};

bool is_half(ElementType type) { return type == ElementType::float16 || type == ElementType::bfloat16; }

int64_t code_of(ElementType type) { return type == ElementType::float16 ? kCodeOfFloat16 : kCodeOfBfloat16; }

Array widened(const Array& halves) {
  return visit_type(halves.type(), [&](auto identity) {
    const auto from = halves.values<typename decltype(identity)::type>();
    NewArray<float> wide(halves.shape());
    std::transform(from.begin(), from.end(), wide.values().begin(),
                   [](auto element) { return static_cast<float>(element); });
    return std::move(wide).finish();
  });
}

Node cast_of(const std::string& from, const std::string& to, int64_t code) {
  constexpr int64_t kOpset = 13;
  Node node{.type = "Cast",
            .domain = {},
            .opset = kOpset,
            .name = to,
            .place = 0,
            .inputs = {from},
            .outputs = {to}};
  node.attributes = {{"to", code}};
  return node;
}

/// Makes float32 of all values of 16 bits but the inputs and outputs of the network, and of what casts round
/// to them.
class HalfWidening {
 public:
  explicit HalfWidening(Resolved& network) : network_(network) {}

  size_t widen() {
    const auto half = [](const auto& entry) { return is_half(entry.second.type); };
    const auto count = std::count_if(network_.facts.begin(), network_.facts.end(), half);
    if (count == 0) return 0;
    rename_ports();
    for (auto& [name, fact] : network_.facts)
      if (is_half(fact.type) && !renamed_.contains(name)) widen_fact(name, fact);
    for (const auto& [port, inner] : renamed_) add_inner(port, inner);
    std::vector<Node> nodes = std::move(opening_);
    for (Node& node : network_.graph.nodes) take(std::move(node), nodes);
    std::move(closing_.begin(), closing_.end(), std::back_inserter(nodes));
    network_.graph.nodes = std::move(nodes);
    return static_cast<size_t>(count);
  }

 private:
  /// Where inputs and outputs keep their types, the values inside have names of their own.
  void rename_ports() {
    for (const auto* ports : {&network_.graph.inputs, &network_.graph.outputs})
      for (const Port& port : *ports) {
        const auto fact = network_.facts.find(port.name);
        if (fact == network_.facts.end() || !is_half(fact->second.type)) continue;
        renamed_.try_emplace(port.name, unused(port.name + "/float32"));
      }
    for (const Port& port : network_.graph.inputs)
      if (const auto found = renamed_.find(port.name); found != renamed_.end()) {
        opening_.push_back(cast_of(port.name, found->second, kCodeOfFloat32));
        inputs_.insert(port.name);
      }
  }

  std::string unused(std::string name) const {
    while (network_.facts.contains(name)) name += "_";
    return name;
  }

  void widen_fact(const std::string& name, Fact& fact) {
    was_[name] = fact.type;
    fact.type = ElementType::float32;
    if (!fact.value) return;
    fact.value = widened(*fact.value);
    if (const auto constant = network_.graph.constants.find(name); constant != network_.graph.constants.end())
      constant->second = *fact.value;
  }

  /// The value that stands for a port inside.
  void add_inner(const std::string& port, const std::string& inner) {
    Fact fact = network_.facts.at(port);
    was_[inner] = fact.type;
    if (fact.value) network_.graph.constants.insert_or_assign(inner, widened(*fact.value));
    if (fact.value) fact.value = widened(*fact.value);
    if (!fact.value && !inputs_.contains(port)) closing_.push_back(cast_of(inner, port, code_of(fact.type)));
    fact.type = ElementType::float32;
    network_.facts.insert_or_assign(inner, std::move(fact));
  }

  std::string inner(const std::string& name) const {
    const auto found = renamed_.find(name);
    return found == renamed_.end() ? name : found->second;
  }

  ElementType type_before(const std::string& name) const {
    const auto found = was_.find(name);
    return found == was_.end() ? network_.facts.at(name).type : found->second;
  }

  void take(Node node, std::vector<Node>& nodes) {
    for (std::string& input : node.inputs) input = inner(input);
    for (std::string& output : node.outputs) output = inner(output);
    const bool casts = node.domain.empty() && node.type == "Cast" && was_.contains(node.outputs[0]);
    const bool rounds = casts && type_before(node.inputs[0]) != type_before(node.outputs[0]);
    for (const std::string_view attribute : kTypeAttributes)
      if (const auto found = node.attributes.find(attribute); found != node.attributes.end())
        if (auto* code = std::get_if<int64_t>(&found->second);
            code != nullptr && (*code == kCodeOfFloat16 || *code == kCodeOfBfloat16))
          *code = kCodeOfFloat32;
    if (!rounds) return nodes.push_back(std::move(node));
    // Who casts to 16 bits wants the rounding.
    const ElementType type = type_before(node.outputs[0]);
    const std::string output = node.outputs[0];
    const std::string rounded = unused(output + "/rounded");
    Fact fact = network_.facts.at(output);
    fact.type = type;
    network_.facts.insert_or_assign(rounded, std::move(fact));
    node.attributes.insert_or_assign("to", code_of(type));
    node.outputs[0] = rounded;
    nodes.push_back(std::move(node));
    nodes.push_back(cast_of(rounded, output, kCodeOfFloat32));
  }

  Resolved& network_;
  std::map<std::string, std::string, std::less<>> renamed_;  ///< ports, and what stands for them inside
  std::set<std::string, std::less<>> inputs_;                ///< those of `renamed_` that are inputs
  std::map<std::string, ElementType, std::less<>> was_;      ///< of values that are float32 now
  std::vector<Node> opening_, closing_;
};

}  // namespace

size_t widen_halves(Resolved& network) { return HalfWidening(network).widen(); }

}  // namespace tamis::network
