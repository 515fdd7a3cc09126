// Formulas against a second evaluator that walks a tree in 128-bit numbers, and random bytes.

#include "tamis/expression.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tamis {
namespace {

__extension__ using Wide = __int128;

/// Every operation on integers; `first` and `second` are its operands.
struct Tree {
  std::string operation;  // of a leaf its text
  Wide leaf = 0;
  std::vector<Tree> parts;
};

constexpr Wide kLimit = INT64_MAX;

Wide floor_quotient(Wide a, Wide b) { return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0); }

/// Nothing where it is undefined; `exact` turns false where a number would leave 64 bits.
std::optional<Wide> walk(const Tree& tree, bool& exact) {
  const std::string& operation = tree.operation;
  if (tree.parts.empty()) return tree.leaf;
  const std::optional<Wide> a = walk(tree.parts[0], exact);
  if (!a) return std::nullopt;
  if (operation == "not") return *a == 0 ? 1 : 0;
  if (operation == "and" && *a == 0) return a;
  if (operation == "or" && *a != 0) return a;
  const std::optional<Wide> b = walk(tree.parts[1], exact);
  if (!b) return std::nullopt;
  if ((operation == "//" || operation == "%") && *b == 0) return std::nullopt;
  Wide result = *b;  // of `and` and `or`
  if (operation == "+") result = *a + *b;
  if (operation == "-") result = *a - *b;
  if (operation == "*") result = *a * *b;
  if (operation == "//") result = floor_quotient(*a, *b);
  if (operation == "%") result = *a - floor_quotient(*a, *b) * *b;
  if (operation == "<") result = *a < *b;
  if (operation == "<=") result = *a <= *b;
  if (operation == "==") result = *a == *b;
  if (operation == "!=") result = *a != *b;
  exact = exact && result <= kLimit && result >= -kLimit;
  return exact ? result : 0;
}

Tree any_tree(int depth) {
  if (depth == 0 || *rc::gen::inRange(0, 5) == 0) {
    if (*rc::gen::arbitrary<bool>()) return {"knob", 3, {}};
    const auto number = *rc::gen::arbitrary<uint16_t>() >> *rc::gen::inRange(0, 17);
    return {std::to_string(number), number, {}};
  }
  const std::string operation = *rc::gen::element<std::string>("+", "-", "*", "*", "//", "%", "<",
                                                               "<=", "==", "!=", "and", "or", "not");
  Tree tree{operation, 0, {any_tree(depth - 1)}};
  if (operation != "not") tree.parts.push_back(any_tree(depth - 1));
  return tree;
}

std::string write(const Tree& tree) {
  if (tree.parts.empty()) return tree.operation;
  if (tree.operation == "not") return "(not " + write(tree.parts[0]) + ")";
  return "(" + write(tree.parts[0]) + " " + tree.operation + " " + write(tree.parts[1]) + ")";
}

TEST(ExpressionProperty, AgreesWithATreeWalk) {
  const std::vector<Knob> knobs = {number_knob("knob", {3})};
  EXPECT_TRUE(rc::check([&] {
    const Tree tree = any_tree(*rc::gen::inRange(0, 7));
    const std::string text = write(tree);
    bool exact = true;
    const std::optional<Wide> expected = walk(tree, exact);
    RC_PRE(exact);
    const Result<Expression> parsed = Expression::parse(text, knobs);
    RC_ASSERT(parsed.ok());
    const std::optional<KnobValue> value = parsed->evaluate(Config{{0}});
    RC_ASSERT(value.has_value() == expected.has_value());
    if (value) RC_ASSERT(std::get<int64_t>(*value) == static_cast<int64_t>(*expected));
  }));
}

TEST(ExpressionProperty, SurvivesRandomTokens) {
  const std::vector<Knob> knobs = {number_knob("knob", {0, 3}), name_knob("layout", {"a", "b"}),
                                   split_knob("tile", 6, 2)};
  const std::vector<std::string> words = {"knob", "layout", "tile", "[",  "]",    "(",    ")",  "in",  "not",
                                          "and",  "or",     "**",   "//", "%",    "<",    "==", "'a'", "0",
                                          "7",    "1.5",    "-",    ",",  "min(", "abs(", "!"};
  EXPECT_TRUE(rc::check([&] {
    std::string text;
    for (const size_t word :
         *rc::gen::container<std::vector<size_t>>(rc::gen::inRange<size_t>(0, words.size())))
      text += words[word] + " ";
    const Result<Expression> parsed = Expression::parse(text, knobs);
    if (parsed.ok())
      (void)parsed->evaluate(Config{{1, 1, 2}});
    else
      RC_ASSERT(parsed.error().kind == ErrorKind::invalid_input);
  }));
}

TEST(ExpressionProperty, SurvivesRandomBytes) {
  const std::vector<Knob> knobs = {number_knob("k", {0, 3})};
  EXPECT_TRUE(rc::check([&](const std::string& text) {
    const Result<Expression> parsed = Expression::parse(text, knobs);
    if (parsed.ok()) (void)parsed->holds(Config{{1}});
  }));
}

}  // namespace
}  // namespace tamis
