#include "targets/loop/affine.h"

#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tamis::loop {
namespace {

using Values = std::map<std::string, int64_t>;

const std::vector<std::string> kLoops = {"x", "y", "x_o", "x_i"};

int64_t draw(int64_t low, int64_t high) { return *rc::gen::inRange<int64_t>(low, high + 1); }

Affine any_affine() {
  Affine affine = draw(-20, 20);
  for (int64_t terms = draw(0, 5); terms > 0; --terms)
    affine += draw(-4, 4) * Affine::variable(kLoops[static_cast<size_t>(draw(0, 3))]);
  return affine;
}

Values any_values() {
  Values values;
  for (const std::string& loop : kLoops) values[loop] = draw(-30, 30);
  return values;
}

int64_t at(const Affine& affine, const Values& values) {
  int64_t sum = affine.constant();
  for (const Affine::Term& term : affine.terms()) sum += term.factor * values.at(term.loop);
  return sum;
}

RC_GTEST_PROP(Affine, AddsAndScalesAsNumbersDo, ()) {
  const Affine a = any_affine();
  const Affine b = any_affine();
  const Values values = any_values();
  const int64_t factor = draw(-3, 3);
  RC_ASSERT(at(a + b, values) == at(a, values) + at(b, values));
  RC_ASSERT(at(a - b, values) == at(a, values) - at(b, values));
  RC_ASSERT(at(factor * a, values) == factor * at(a, values));
}

RC_GTEST_PROP(Affine, SubstitutesValues, ()) {
  const Affine a = any_affine();
  const Affine by = any_affine();
  Values values = any_values();
  const Affine substituted = a.substitute("x", by);
  values["x"] = at(by, values);
  RC_PRE(by.factor("x") == 0);
  RC_ASSERT(at(substituted, values) == at(a, values));
  RC_ASSERT(substituted.factor("x") == 0);
}

RC_GTEST_PROP(Affine, HasOneFormForEachValue, ()) {
  const Affine a = any_affine();
  const Affine b = any_affine();
  RC_ASSERT(a + b == b + a);
  RC_ASSERT(a + b - b == a);
  RC_ASSERT(2 * a - a == a);
  RC_ASSERT((a - a).is_constant());
  for (size_t i = 1; i < a.terms().size(); ++i) RC_ASSERT(a.terms()[i - 1].loop < a.terms()[i].loop);
  for (const Affine::Term& term : a.terms()) RC_ASSERT(term.factor != 0);
}

TEST(Affine, KnowsItsFactors) {
  const Affine affine = 2 * Affine::variable("y") - Affine::variable("x") + Affine(7);
  EXPECT_EQ(affine.factor("y"), 2);
  EXPECT_EQ(affine.factor("x"), -1);
  EXPECT_EQ(affine.factor("z"), 0);
  EXPECT_EQ(affine.constant(), 7);
  EXPECT_FALSE(affine.is_constant());
  EXPECT_TRUE(Affine(3).is_constant());
}

TEST(Affine, IsPrintedAsOneWritesIt) {
  const Affine x = Affine::variable("x");
  const Affine y = Affine::variable("y");
  EXPECT_EQ(to_string(Affine()), "0");
  EXPECT_EQ(to_string(Affine(-4)), "-4");
  EXPECT_EQ(to_string(x), "x");
  EXPECT_EQ(to_string(x + Affine(3)), "x + 3");
  EXPECT_EQ(to_string(x - Affine(3)), "x - 3");
  EXPECT_EQ(to_string(2 * y + x), "x + 2*y");
  EXPECT_EQ(to_string(x - y), "x - y");
  EXPECT_EQ(to_string(x - 3 * y - Affine(1)), "x - 3*y - 1");
  EXPECT_EQ(to_string(-2 * x), "-2*x");
  EXPECT_EQ(to_string(-1 * x), "-1*x");
}

}  // namespace
}  // namespace tamis::loop
