#include "space/config_formula.h"

#include "tamis/expression.h"

#include <gtest/gtest.h>

namespace tamis {
namespace {

TEST(ConfigFormula, HoldsForOneConfigAlone) {
  const Space space =
      Space::create({split_knob("tile", 8, 3), number_knob("two words", {1, 2}),
                     name_knob("layout", {"it's", "b"}), Knob{"share", KnobKind::number, {0.1, 0.25}}})
          .value();
  for (uint64_t chosen = 0; chosen < space.size(); ++chosen) {
    const std::string formula = config_formula(space, space.config(chosen));
    const Expression holds = Expression::parse(formula, space.knobs()).value();
    for (uint64_t i = 0; i < space.size(); ++i)
      EXPECT_EQ(holds.holds(space.config(i)), i == chosen) << formula << " of config " << i;
  }
}

}  // namespace
}  // namespace tamis
