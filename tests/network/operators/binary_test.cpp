#include "network/operators/calls.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Add, RepeatsSizesOfOne) {
  const Array column = Array::of<float>({2, 1}, {10, 20});
  const Array row = Array::of<float>({3}, {1, 2, 3});
  const TestCall call{"Add", {column, row}};
  EXPECT_EQ(run(call).value()[0].shape(), (Shape{2, 3}));
  EXPECT_THAT(values_of<float>(call), ElementsAre(11, 12, 13, 21, 22, 23));
}

TEST(Add, SaysWhichShapesDoNotGoTogether) {
  const TestCall call{"Add", {Array::of<float>({2}, {1, 2}), Array::of<float>({3}, {1, 2, 3})}};
  EXPECT_THAT(run(call).error().message,
              HasSubstr("node 0 \"tested\" (Add): shapes 2 and 3 do not go together"));
}

TEST(Add, KnowsTheShapeOfWhatIsNotKnownYet) {
  const TestCall call{"Add", {Array::of<float>({2, 1}, {10, 20}), Array::of<float>({3}, {1, 2, 3})}};
  const Fact fact = facts_of(call, false).value().front();
  EXPECT_EQ(fact.shape, (Shape{2, 3}));
  EXPECT_FALSE(fact.value.has_value());
}

TEST(Add, WrapsAroundWhereIntegersOverflow) {
  const auto most = std::numeric_limits<int32_t>::max();
  const TestCall call{"Add", {Array::of<int32_t>({1}, {most}), Array::of<int32_t>({1}, {1})}};
  EXPECT_THAT(values_of<int32_t>(call), ElementsAre(std::numeric_limits<int32_t>::min()));
}

TEST(Operators, NameTheNearestOfAnUnknownOne) {
  EXPECT_THAT(run({"Reluu", {Array::of<float>({1}, {1})}}).error().message,
              HasSubstr("did you mean \"Relu\"?"));
}

}  // namespace
}  // namespace tamis::network
