#include "drawing/scale.h"

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tamis {
namespace {

std::vector<std::string> labels(const Scale& scale) {
  std::vector<std::string> all;
  for (const Tick& tick : scale.ticks()) all.push_back(tick.label);
  return all;
}

using Labels = std::vector<std::string>;

TEST(Scale, MapsEndsToEnds) {
  const Scale scale({"", false, false, 0.0, 10.0}, 0, 0, 100.0, 300.0);
  EXPECT_DOUBLE_EQ(scale(0.0), 100.0);
  EXPECT_DOUBLE_EQ(scale(10.0), 300.0);
  const Scale logarithmic({"", true, false, 1.0, 100.0}, 0, 0, 100.0, 300.0);
  EXPECT_DOUBLE_EQ(logarithmic(10.0), 200.0);
}

TEST(Scale, HasRoundTicks) {
  EXPECT_EQ(labels(Scale({"", false, false, 0.0, 1.0}, 0, 0, 0.0, 300.0)),
            (Labels{"0", "0.2", "0.4", "0.6", "0.8", "1"}));
  EXPECT_EQ(labels(Scale({"", false, true, 0.0, 1.0}, 0, 0, 0.0, 120.0)), (Labels{"0 %", "50 %", "100 %"}));
  EXPECT_EQ(labels(Scale({"", true, false, 1.0, 1000.0}, 0, 0, 0.0, 200.0)),
            (Labels{"1", "10", "100", "1000"}));
}

TEST(Scale, FitsWhatIsDrawn) {
  const Scale scale({}, 2.0, 7.0, 0.0, 100.0);
  EXPECT_GE(scale(2.0), 0.0);
  EXPECT_LT(scale(7.0), 100.0);
}

TEST(Scale, SurvivesNothingAndOneValue) {
  for (const bool logarithmic : {false, true})
    for (const double value : std::vector<double>{INFINITY, 0.0, 5.0, -3.0, std::nan("")}) {
      const Scale scale({"", logarithmic}, value, value, 0.0, 100.0);
      EXPECT_TRUE(std::isfinite(scale(1.0)));
      EXPECT_LT(scale.ticks().size(), 30U);
    }
}

TEST(Scale, KnowsWhatItCannotShow) {
  EXPECT_FALSE(Scale({"", true}, 1, 10, 0, 1).can_show(0.0));
  EXPECT_TRUE(Scale({"", false}, 1, 10, 0, 1).can_show(0.0));
  EXPECT_FALSE(Scale({"", false}, 1, 10, 0, 1).can_show(INFINITY));
}

}  // namespace
}  // namespace tamis
