#include "network/operators/einsum.h"
#include "network/passes/graph_index.h"
#include "network/passes/rewriting.h"
#include "network/passes/simplify.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace tamis::network {
namespace {

/// The labels of an Einsum of two inputs that is a product of matrices: those of both inputs and the output,
/// those of one input and the output, and those that are summed over, of both inputs.
struct Factored {
  Contraction all;
  Term batches;
  Term rows;
  Term columns;
  Term summed;
};

bool holds(const Term& term, Label label) { return std::find(term.begin(), term.end(), label) != term.end(); }

bool is_distinct(const Term& term) { return std::set<Label>(term.begin(), term.end()).size() == term.size(); }

Term joined(std::initializer_list<Term> parts) {
  Term all;
  for (const Term& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

/// The sizes of labels; with one part each, the products of their sizes.
Shape sizes_of(const Contraction& all, const Term& term) {
  Shape shape;
  for (const Label label : term) shape.push_back(all.sizes.at(label));
  return shape;
}

Shape products_of(const Contraction& all, std::initializer_list<Term> parts) {
  Shape shape;
  for (const Term& part : parts) {
    shape.push_back(1);
    for (const Label label : part) shape.back() *= all.sizes.at(label);
  }
  return shape;
}

/// Whether each input has the whole size of its labels, so that nothing is repeated.
bool has_whole_sizes(const Resolved& network, const Node& node, const Contraction& all) {
  for (size_t i = 0; i < node.inputs.size(); ++i)
    if (*network.facts.at(node.inputs[i]).shape != sizes_of(all, all.inputs[i])) return false;
  return true;
}

std::optional<Factored> factored(const Resolved& network, const Node& node) {
  if (!is(node, "Einsum") || node.inputs.size() != 2) return std::nullopt;
  std::vector<const Fact*> facts;
  for (const std::string& input : node.inputs) {
    const auto fact = network.facts.find(input);
    if (fact == network.facts.end() || !fact->second.shape || fact->second.type != ElementType::float32)
      return std::nullopt;
    facts.push_back(&fact->second);
  }
  auto all = contraction_of(Call(node, facts));
  if (!all.ok() || !is_distinct(all->inputs[0]) || !is_distinct(all->inputs[1])) return std::nullopt;
  Factored parts{std::move(*all), {}, {}, {}, {}};
  for (const auto& [label, size] : parts.all.sizes) {
    const bool left = holds(parts.all.inputs[0], label);
    const bool right = holds(parts.all.inputs[1], label);
    const bool kept = holds(parts.all.output, label);
    if (size == 0 || (!kept && !(left && right))) return std::nullopt;
    if (!kept) parts.summed.push_back(label);
  }
  // In the order of the output, so that what is made of them needs no other.
  for (const Label label : parts.all.output) {
    const bool left = holds(parts.all.inputs[0], label);
    const bool both = left && holds(parts.all.inputs[1], label);
    (both ? parts.batches : left ? parts.rows : parts.columns).push_back(label);
  }
  if (parts.summed.empty() || !has_whole_sizes(network, node, parts.all)) return std::nullopt;
  return parts;
}

/// From which place each axis comes where labels are put into another order.
std::vector<int64_t> order_of(const Term& from, const Term& to) {
  std::vector<int64_t> order;
  for (const Label label : to) order.push_back(std::find(from.begin(), from.end(), label) - from.begin());
  return order;
}

/// What a value is called whose axes are in another order: itself where they are not.
std::string ordered(Rewriting& rewriting, const Contraction& all, const std::string& what,
                    const std::string& value, const Term& from, const Term& to) {
  if (from == to) return value;
  std::string name = rewriting.value(what, sizes_of(all, to));
  rewriting.add("Transpose", {value}, name).attributes.insert_or_assign("perm", order_of(from, to));
  return name;
}

void reshape(Rewriting& rewriting, const std::string& what, const std::string& value, const std::string& name,
             const Shape& shape) {
  const std::string sizes =
      rewriting.constant(what + "_shape", Array::of<int64_t>({static_cast<int64_t>(shape.size())}, shape));
  rewriting.add("Reshape", {value, sizes}, name);
}

std::string reshaped(Rewriting& rewriting, const std::string& what, const std::string& value,
                     const Shape& shape) {
  std::string name = rewriting.value(what, shape);
  reshape(rewriting, what, value, name, shape);
  return name;
}

std::vector<Node> product_of_matrices(Resolved& network, const Node& node, const Factored& parts) {
  const Contraction& all = parts.all;
  // A matrix without an axis of batches may be a constant that is a layer's weights.
  const auto matrices = [&](const Term& rows, const Term& columns) {
    return parts.batches.empty() ? products_of(all, {rows, columns})
                                 : products_of(all, {parts.batches, rows, columns});
  };
  Rewriting rewriting(network, node);
  std::string left = ordered(rewriting, all, "left", node.inputs[0], all.inputs[0],
                             joined({parts.batches, parts.rows, parts.summed}));
  left = reshaped(rewriting, "rows", left, matrices(parts.rows, parts.summed));
  std::string right = ordered(rewriting, all, "right", node.inputs[1], all.inputs[1],
                              joined({parts.batches, parts.summed, parts.columns}));
  right = reshaped(rewriting, "columns", right, matrices(parts.summed, parts.columns));
  const std::string product = rewriting.value("product", matrices(parts.rows, parts.columns));
  rewriting.add("MatMul", {left, right}, product);
  const Term made = joined({parts.batches, parts.rows, parts.columns});
  if (made == all.output) {
    reshape(rewriting, "made", product, node.outputs[0], sizes_of(all, made));
    return std::move(rewriting).nodes();
  }
  const std::string apart = reshaped(rewriting, "apart", product, sizes_of(all, made));
  rewriting.add("Transpose", {apart}, node.outputs[0])
      .attributes.insert_or_assign("perm", order_of(made, all.output));
  return std::move(rewriting).nodes();
}

}  // namespace

size_t multiply_einsums(Resolved& network) {
  std::vector<Node> nodes;
  size_t count = 0;
  for (const Node& node : network.graph.nodes) {
    const auto parts = factored(network, node);
    if (!parts) {
      nodes.push_back(node);
      continue;
    }
    for (Node& made : product_of_matrices(network, node, *parts)) nodes.push_back(std::move(made));
    ++count;
  }
  network.graph.nodes = std::move(nodes);
  return count;
}

}  // namespace tamis::network
