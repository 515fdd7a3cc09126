#include "base/json.h"
#include "tamis/space.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using Factors = std::vector<int64_t>;

TEST(SplitKnob, ListsInnerFactorsAscendingAsAutoTvmDoes) {
  const Knob knob = split_knob("tile_h", 14, 2);
  EXPECT_EQ(knob.kind, KnobKind::split);
  EXPECT_THAT(knob.values, ElementsAre(Factors{14, 1}, Factors{7, 2}, Factors{2, 7}, Factors{1, 14}));
}

TEST(SplitKnob, SplitsOneIntoOnes) {
  EXPECT_THAT(split_knob("tile_b", 1, 2).values, ElementsAre(Factors{1, 1}));
}

TEST(SplitKnob, CountsOrderedFactorisationsOfMoreParts) {
  const Knob knob = split_knob("tile", 12, 3);
  EXPECT_EQ(knob.values.size(), 18U);  // 2^2 * 3: C(4, 2) * C(3, 2)
  for (const KnobValue& value : knob.values) {
    const auto& factors = std::get<Factors>(value);
    ASSERT_EQ(factors.size(), 3U);
    EXPECT_EQ(factors[0] * factors[1] * factors[2], 12);
  }
}

TEST(KnobValue, IsWrittenForPeople) {
  EXPECT_EQ(to_string(KnobValue(int64_t{8})), "8");
  EXPECT_EQ(to_string(KnobValue(0.5)), "0.5");
  EXPECT_EQ(to_string(KnobValue("nchw")), "nchw");
  EXPECT_EQ(to_string(KnobValue(Factors{7, 8})), "[7, 8]");
}

TEST(KnobValue, HasAShortFormOfInnerFactors) {
  EXPECT_EQ(to_short_string(KnobValue(Factors{7, 8})), "8");
  EXPECT_EQ(to_short_string(KnobValue(Factors{2, 2, 14})), "2x14");
  EXPECT_EQ(to_short_string(KnobValue(Factors{})), "");
  EXPECT_EQ(to_short_string(KnobValue(int64_t{3})), "3");
}

TEST(KnobValue, IsWrittenAsJson) {
  EXPECT_EQ(to_json(KnobValue(int64_t{8})).dump(), "8");
  EXPECT_EQ(to_json(KnobValue("nchw")).dump(), "\"nchw\"");
  EXPECT_EQ(to_json(KnobValue(Factors{7, 8})).dump(), "[7,8]");
}

TEST(KnobValue, HasAScalar) {
  EXPECT_EQ(scalar(KnobValue(int64_t{8})), 8.0);
  EXPECT_EQ(scalar(KnobValue(0.5)), 0.5);
  EXPECT_EQ(scalar(KnobValue("nchw")), 0.0);
  EXPECT_EQ(scalar(KnobValue(Factors{7, 8})), 8.0);
}

}  // namespace
}  // namespace tamis
