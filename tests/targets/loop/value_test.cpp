#include "targets/loop/value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::loop {
namespace {

using ::testing::ElementsAre;

const Affine kVariable = Affine::variable("x");
const Value kA = Value::load({"a", {kVariable}});
const Value kB = Value::load({"b", {kVariable + Affine(1), Affine(2)}});

TEST(Value, IsPrintedAsOneWritesIt) {
  EXPECT_EQ(to_string(Value()), "0");
  EXPECT_EQ(to_string(Value::constant(-0.5)), "-0.5");
  EXPECT_EQ(to_string(kA + kB), "(a[x] + b[x + 1, 2])");
  EXPECT_EQ(to_string(kA - kB * kA), "(a[x] - b[x + 1, 2] * a[x])");
  EXPECT_EQ(to_string(kA / kB), "(a[x] / b[x + 1, 2])");
  EXPECT_EQ(to_string(Value::of(Value::Kind::exponential, kA)), "exp(a[x])");
  EXPECT_EQ(to_string(Value::of(Value::Kind::error_function, kA)), "erf(a[x])");
  EXPECT_EQ(to_string(Value::of(Value::Kind::hyperbolic_tangent, kA)), "tanh(a[x])");
  EXPECT_EQ(to_string(Value::of(Value::Kind::logarithm, kA)), "log(a[x])");
  EXPECT_EQ(to_string(Value::of(Value::Kind::square_root, kA)), "sqrt(a[x])");
  EXPECT_EQ(to_string(Value::of(Value::Kind::round_down, kA)), "floor(a[x])");
  EXPECT_EQ(to_string(Value::of(Value::Kind::round_up, kA)), "ceil(a[x])");
  EXPECT_EQ(to_string(Value::of(Value::Kind::round_even, kA)), "round(a[x])");
  EXPECT_EQ(to_string(Value::of(Value::Kind::magnitude, kA)), "abs(a[x])");
  EXPECT_EQ(to_string(Value::select(Value::of(Value::Kind::less, kA, kB), kA, kB)),
            "select((a[x] < b[x + 1, 2]), a[x], b[x + 1, 2])");
  EXPECT_EQ(to_string(Value::of(Value::Kind::less_or_equal, kA, kB)), "(a[x] <= b[x + 1, 2])");
  EXPECT_EQ(to_string(Value::of(Value::Kind::equal, kA, kA)), "(a[x] == a[x])");
  EXPECT_EQ(to_string(Value::load_at({"table", {Affine(0), kVariable}}, 0,
                                     Value::load({"places", {kVariable}}, Element::int64))),
            "table[held(places[x]), x]");
  EXPECT_EQ(to_string(Value::position(2 * kVariable + Affine(1))), "position(2*x + 1)");
  EXPECT_EQ(to_string(Value::multiply_add(kA, kB, Value::accumulated())),
            "multiply_add(a[x], b[x + 1, 2], sum)");
  EXPECT_EQ(to_string(Value::of(Value::Kind::minimum, kA, kB)), "min(a[x], b[x + 1, 2])");
  EXPECT_EQ(to_string(Value::of(Value::Kind::maximum, kA, Value::constant(0))), "max(a[x], 0)");
  EXPECT_EQ(to_string(Value::of(Value::Kind::shift_right, kA, Value::constant(8))), "(a[x] >> 8)");
  EXPECT_EQ(to_string(Value::convert(kA, Element::int32)), "int32(a[x])");
  EXPECT_EQ(to_string(Value::dot4(kA, kB, Value::accumulated(Element::int32))),
            "dot4(a[x], b[x + 1, 2], sum)");
  EXPECT_EQ(to_string(Value::guarded({kVariable - Affine(1), Affine(5) - kVariable}, kA, kB)),
            "(a[x] if x - 1 >= 0 and -1*x + 5 >= 0 else b[x + 1, 2])");
}

TEST(Value, ReplacesLoopsEverywhere) {
  const Value value = Value::guarded({kVariable}, kA + kB, Value::constant(1));
  EXPECT_EQ(to_string(value.substitute("x", 2 * Affine::variable("y") + Affine(3))),
            "((a[2*y + 3] + b[2*y + 4, 2]) if 2*y + 3 >= 0 else 1)");
  EXPECT_EQ(to_string(value), "((a[x] + b[x + 1, 2]) if x >= 0 else 1)") << "values never change";
}

TEST(Value, OfAComparisonIsABoolean) {
  EXPECT_EQ(Value::of(Value::Kind::less, kA, kB)->element, Element::boolean);
  EXPECT_EQ(Value::select(Value::of(Value::Kind::less, kA, kB), kA, kB)->element, Element::float32);
}

TEST(Value, ReplacesTheSum) {
  const Value value = Value::multiply_add(kA, kA, Value::accumulated()) + Value::accumulated();
  EXPECT_EQ(to_string(value.replace_accumulated(kB)),
            "(multiply_add(a[x], a[x], b[x + 1, 2]) + b[x + 1, 2])");
}

TEST(Value, KnowsItsLoads) {
  std::vector<Access> loads;
  Value::guarded({kVariable}, kA + kB, kA).collect_loads(loads);
  std::vector<std::string> texts;
  for (const Access& load : loads) texts.push_back(to_string(load));
  EXPECT_THAT(texts, ElementsAre("a[x]", "b[x + 1, 2]", "a[x]"));
}

TEST(Element, HasASizeAndAName) {
  EXPECT_EQ(bytes(Element::float32), 4);
  EXPECT_EQ(bytes(Element::int32), 4);
  EXPECT_EQ(bytes(Element::int8), 1);
  EXPECT_EQ(bytes(Element::uint8), 1);
  EXPECT_EQ(bytes(Element::int64), 8);
  EXPECT_EQ(bytes(Element::boolean), 1);
  EXPECT_EQ(to_string(Element::int64), "int64");
  EXPECT_EQ(to_string(Element::boolean), "boolean");
  EXPECT_EQ(to_string(Element::uint8), "uint8");
}

}  // namespace
}  // namespace tamis::loop
