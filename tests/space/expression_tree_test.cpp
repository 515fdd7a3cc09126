#include "space/expression_tree.h"

#include "space/expression_compiler.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tamis::expression {
namespace {

std::string draw(const Tree& tree, uint32_t position) {
  const Node& node = tree.nodes[position];
  const auto part = [&](uint32_t one) { return draw(tree, one); };
  switch (node.kind) {
    case Node::Kind::constant:
      return std::to_string(node.constant.whole);
    case Node::Kind::column:
      return "k" + std::to_string(node.column);
    case Node::Kind::conjunction:
      return "(" + part(node.left) + " and " + part(node.right) + ")";
    case Node::Kind::disjunction:
      return "(" + part(node.left) + " or " + part(node.right) + ")";
    default:
      break;
  }
  if (is_unary(node.operation)) return "not " + part(node.left);
  constexpr const char* kSigns[] = {"<", "<=", ">", ">=", "==", "!="};
  const char* sign = node.operation == Operation::compare ? kSigns[static_cast<int>(node.comparison)]
                     : node.operation == Operation::add   ? "+"
                                                          : "*";
  return "(" + part(node.left) + sign + part(node.right) + ")";
}

std::string tree(const std::string& formula) {
  const std::vector<Knob> knobs = {number_knob("a", {1, 2}), number_knob("b", {1, 2}),
                                   number_knob("c", {1, 2})};
  const Tree grown = tree_of(compile(formula, knobs).value());
  for (size_t i = 0; i < grown.nodes.size(); ++i) {
    const Node& node = grown.nodes[i];
    if (node.kind == Node::Kind::constant || node.kind == Node::Kind::column) continue;
    EXPECT_LT(node.left, i);
    EXPECT_LT(node.right, i);
  }
  return draw(grown, grown.root);
}

TEST(ExpressionTree, IsThatOfTheFormula) {
  EXPECT_EQ(tree("a + b * c"), "(k0+(k1*k2))");
  EXPECT_EQ(tree("a and b and c"), "(k0 and (k1 and k2))");
  EXPECT_EQ(tree("a and b or c"), "((k0 and k1) or k2)");
  EXPECT_EQ(tree("not (a or b) and c"), "(not (k0 or k1) and k2)");
  EXPECT_EQ(tree("a < b"), "(k0<k1)");
}

TEST(ExpressionTree, TakesChainsAndListsApart) {
  EXPECT_EQ(tree("a < b <= c"), "((k0<k1) and (k1<=k2))");
  EXPECT_EQ(tree("a in (1, 2)"), "((k0==1) or ((k0==2) or 0))");
  EXPECT_EQ(tree("a not in (b,)"), "not ((k0==k1) or 0)");
  EXPECT_EQ(tree("a < b in (3,)"), "((k0<k1) and ((k1==3) or 0))");
}

TEST(ExpressionTree, OfALongFormulaNeedsNoRecursion) {
  std::string formula = "a";
  for (int i = 0; i < 15000; ++i) formula += " +a";
  const std::vector<Knob> knobs = {number_knob("a", {1, 2})};
  EXPECT_EQ(tree_of(compile(formula, knobs).value()).nodes.size(), 30001U);
}

}  // namespace
}  // namespace tamis::expression
