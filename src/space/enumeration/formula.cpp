#include "space/enumeration/formula.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace tamis::enumeration {
namespace {

using expression::Node;
using expression::Operation;

bool has_parts(const Node& node) {
  return node.kind != Node::Kind::constant && node.kind != Node::Kind::column;
}

std::array<uint32_t, 3> parts_of(const Node& node) { return {node.left, node.right, node.condition}; }

/// Whether a part that is an integer cannot leave 64 bits; `is_real`: of every node before it whether it is
/// no integer for sure.
bool fits(const Node& node, const Range& range, const std::vector<bool>& is_real) {
  constexpr double kFits = 0x1.0p62;
  if (node.kind != Node::Kind::operation) return true;
  switch (node.operation) {
    case Operation::divide:
    case Operation::modulo:
    case Operation::compare:
    case Operation::minimum:
    case Operation::maximum:
    case Operation::negate_boolean:
    case Operation::to_boolean:
    case Operation::to_real:
      return true;
    case Operation::to_whole:
    case Operation::round:
      break;
    default:
      if (is_real[node.left] || is_real[node.right]) return true;
  }
  return range.empty() || (range.low > -kFits && range.high < kFits);
}

/// Whether a node is no integer for sure.
bool gives_real(const Node& node, const expression::Program& program, const std::vector<bool>& is_real) {
  if (node.kind == Node::Kind::constant) return node.constant.is_real;
  if (node.kind == Node::Kind::column) {
    const auto& values = program.columns[node.column].values;
    return std::all_of(values.begin(), values.end(),
                       [](const expression::Number& one) { return one.is_real; });
  }
  if (node.kind != Node::Kind::operation) return is_real[node.left] && is_real[node.right];
  switch (node.operation) {
    case Operation::divide:
    case Operation::to_real:
      return true;
    case Operation::add:
    case Operation::subtract:
    case Operation::multiply:
    case Operation::floor_divide:
    case Operation::modulo:
    case Operation::power:
      return is_real[node.left] || is_real[node.right];
    case Operation::negate:
    case Operation::absolute:
    case Operation::minimum:
    case Operation::maximum:
      return is_real[node.left] && is_real[node.right];
    default:
      return false;
  }
}

bool is_chain(const Node& node) {
  return node.kind == Node::Kind::operation &&
         (node.operation == Operation::add || node.operation == Operation::multiply);
}

Range column_range(const expression::Column& column) {
  Range range;
  for (const expression::Number& number : column.values)
    range = range.empty() ? range_of(expression::OptionalNumber(number))
                          : hull(range, range_of(expression::OptionalNumber(number)));
  return range;
}

class Preparation {
 public:
  Preparation(const Condition& condition, const std::vector<int>& levels)
      : tree_(*condition.tree),
        program_(*condition.program),
        levels_(levels),
        root_(condition.root),
        reached_(root_ + 1, false),
        inner_(root_ + 1, false),
        mapped_(root_ + 1, 0),
        domains_(root_ + 1) {
    for (const expression::Column& column : program_.columns) columns_.push_back(column_range(column));
  }

  std::vector<FormulaNode> run() {
    reached_[root_] = true;
    for (uint32_t i = root_ + 1; i-- > 0;)
      if (reached_[i] && has_parts(tree_.nodes[i]))
        for (const uint32_t part : parts_of(tree_.nodes[i])) reached_[part] = true;
    for (uint32_t i = 0; i <= root_; ++i)
      if (reached_[i]) domains_[i] = domain(tree_.nodes[i]);
    for (uint32_t i = root_ + 1; i-- > 0;)
      if (reached_[i] && !inner_[i] && is_chain(tree_.nodes[i])) mark_chain(i);
    for (uint32_t i = 0; i <= root_; ++i)
      if (reached_[i] && !inner_[i]) mapped_[i] = build(i);
    for (const FormulaNode& one : nodes_)
      if (has_parts(one.node))
        for (const uint32_t part : parts_of(one.node))
          nodes_[part].needed = std::max(nodes_[part].needed, one.level);
    return std::move(nodes_);
  }

 private:
  Range domain(const Node& node) const {
    FormulaNode one;
    one.node = node;
    if (node.kind == Node::Kind::column) return columns_[node.column];
    return range_of(one, domains_);
  }

  /// The operands of a chain of one operation, and the nodes in between.
  std::pair<std::vector<uint32_t>, std::vector<uint32_t>> operands(uint32_t top) const {
    std::vector<uint32_t> leaves;
    std::vector<uint32_t> between;
    std::vector<uint32_t> left = {tree_.nodes[top].right, tree_.nodes[top].left};
    while (!left.empty()) {
      const uint32_t i = left.back();
      left.pop_back();
      const Node& node = tree_.nodes[i];
      if (!is_chain(node) || node.operation != tree_.nodes[top].operation) {
        leaves.push_back(i);
        continue;
      }
      between.push_back(i);
      left.push_back(node.right);
      left.push_back(node.left);
    }
    return {std::move(leaves), std::move(between)};
  }

  /// A chain may be calculated in any order where nothing can overflow or be rounded.
  void mark_chain(uint32_t top) {
    const auto [leaves, between] = operands(top);
    if (between.empty()) return;
    const bool sum = tree_.nodes[top].operation == Operation::add;
    double most = sum ? 0 : 1;
    for (const uint32_t leaf : leaves) {
      const Range& range = domains_[leaf];
      const double size = std::max({std::fabs(range.low), std::fabs(range.high), 1.0});
      most = range.whole ? (sum ? most + size : most * size) : kExact;
    }
    if (most >= kExact) return;
    for (const uint32_t i : between) inner_[i] = true;
  }

  uint32_t build(uint32_t i) {
    Node node = tree_.nodes[i];
    if (is_chain(node) && (inner_[node.left] || inner_[node.right])) return build_chain(i);
    if (has_parts(node)) {
      node.left = mapped_[node.left];
      node.right = mapped_[node.right];
      node.condition = mapped_[node.condition];
    }
    return add(node);
  }

  uint32_t build_chain(uint32_t top) {
    std::vector<uint32_t> leaves = operands(top).first;
    for (uint32_t& leaf : leaves) leaf = mapped_[leaf];
    std::stable_sort(leaves.begin(), leaves.end(),
                     [&](uint32_t a, uint32_t b) { return nodes_[a].level < nodes_[b].level; });
    uint32_t chain = leaves.front();
    for (size_t i = 1; i < leaves.size(); ++i) {
      Node node = tree_.nodes[top];
      node.left = node.condition = chain;
      node.right = leaves[i];
      chain = add(node);
    }
    return chain;
  }

  uint32_t add(const Node& node) {
    FormulaNode one;
    one.node = node;
    if (node.kind == Node::Kind::column) {
      one.column = &program_.columns[node.column];
      one.level = levels_[one.column->knob];
      one.domain = columns_[node.column];
    } else if (node.kind != Node::Kind::constant) {
      for (const uint32_t part : parts_of(node)) one.level = std::max(one.level, nodes_[part].level);
    }
    nodes_.push_back(one);
    return static_cast<uint32_t>(nodes_.size() - 1);
  }

  const expression::Tree& tree_;
  const expression::Program& program_;
  const std::vector<int>& levels_;
  uint32_t root_;
  std::vector<bool> reached_;
  std::vector<bool> inner_;  ///< between the operands of a chain, and so calculated in another order
  std::vector<uint32_t> mapped_;
  std::vector<Range> domains_;
  std::vector<Range> columns_;
  std::vector<FormulaNode> nodes_;
};

}  // namespace

std::vector<FormulaNode> prepare(const Condition& condition, const std::vector<int>& levels) {
  return Preparation(condition, levels).run();
}

bool stays_in_64_bits(const expression::Tree& tree, const expression::Program& program) {
  std::vector<Range> columns;
  for (const expression::Column& column : program.columns) columns.push_back(column_range(column));
  std::vector<Range> ranges;
  std::vector<bool> is_real;
  for (const Node& node : tree.nodes) {
    FormulaNode one;
    one.node = node;
    if (node.kind == Node::Kind::column) one.domain = columns[node.column];
    ranges.push_back(range_of(one, ranges));
    is_real.push_back(gives_real(node, program, is_real));
    if (!fits(node, ranges.back(), is_real)) return false;
  }
  return true;
}

Range range_of(const FormulaNode& one, const std::vector<Range>& ranges) {
  const Node& node = one.node;
  switch (node.kind) {
    case Node::Kind::constant:
      return range_of(expression::OptionalNumber(node.constant));
    case Node::Kind::column:
      return one.domain;
    case Node::Kind::conjunction:
      return conjoin(ranges[node.left], ranges[node.right]);
    case Node::Kind::disjunction:
      return disjoin(ranges[node.left], ranges[node.right]);
    case Node::Kind::conditional:
      return choose(ranges[node.condition], ranges[node.left], ranges[node.right]);
    default:
      if (node.operation == Operation::compare)
        return apply(node.comparison, ranges[node.left], ranges[node.right]);
      return apply(node.operation, ranges[node.left], ranges[node.right]);
  }
}

}  // namespace tamis::enumeration
