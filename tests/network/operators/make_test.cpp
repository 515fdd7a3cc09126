#include "network/operators/moving.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Constant, HasTheValueOfEachAttribute) {
  EXPECT_THAT(values_of<int64_t>({"Constant", {}, {{"value_int", int64_t{7}}}}), ElementsAre(7));
  EXPECT_THAT(values_of<int64_t>({"Constant", {}, {{"value_ints", std::vector<int64_t>{7, 8}}}}),
              ElementsAre(7, 8));
  EXPECT_THAT(values_of<float>({"Constant", {}, {{"value_float", 1.5F}}}), ElementsAre(1.5F));
  EXPECT_THAT(values_of<float>({"Constant", {}, {{"value_floats", std::vector<float>{1.5F}}}}),
              ElementsAre(1.5F));
  EXPECT_THAT(values_of<float>({"Constant", {}, {{"value", ascending({2})}}}), ElementsAre(0, 1));
}

TEST(Constant, RefusesNoValueAndTwoAndTexts) {
  EXPECT_THAT(error_of({"Constant", {}}), HasSubstr("no attribute gives a value"));
  EXPECT_THAT(error_of({"Constant", {}, {{"value_int", int64_t{1}}, {"value_float", 1.0F}}}),
              HasSubstr("more than one attribute"));
  EXPECT_THAT(error_of({"Constant", {}, {{"value_string", std::string("a")}}}),
              HasSubstr("\"value_string\" is not supported"));
}

TEST(ConstantOfShape, IsFullOfItsValue) {
  EXPECT_THAT(values_of<float>({"ConstantOfShape", {integers({2})}}), ElementsAre(0, 0));
  const TestCall call{"ConstantOfShape", {integers({2, 2})}, {{"value", Array::of<int8_t>({1}, {3})}}};
  EXPECT_EQ(shape_of(call), (Shape{2, 2}));
  EXPECT_THAT(values_of<int8_t>(call), Each(3));
}

TEST(ConstantOfShape, RefusesSizesThatNoNetworkHolds) {
  EXPECT_THAT(error_of({"ConstantOfShape", {integers({int64_t{1} << 62, 8})}}),
              HasSubstr("more than any network holds"));
  EXPECT_THAT(error_of({"ConstantOfShape", {integers({-1})}}), HasSubstr("more than any network holds"));
}

TEST(Range, CountsInStepsBeforeTheLimit) {
  const auto range = [](int64_t start, int64_t limit, int64_t delta) {
    return TestCall{
        "Range",
        {Array::scalar<int64_t>(start), Array::scalar<int64_t>(limit), Array::scalar<int64_t>(delta)}};
  };
  EXPECT_THAT(values_of<int64_t>(range(1, 8, 3)), ElementsAre(1, 4, 7));
  EXPECT_THAT(values_of<int64_t>(range(4, 0, -2)), ElementsAre(4, 2));
  EXPECT_THAT(values_of<int64_t>(range(4, 0, 2)), IsEmpty());
  EXPECT_THAT(error_of(range(0, 1, 0)), HasSubstr("steps of 0"));
  constexpr auto kLeast = std::numeric_limits<int64_t>::min();
  constexpr auto kMost = std::numeric_limits<int64_t>::max();
  EXPECT_THAT(error_of(range(kLeast, kMost, 1)), HasSubstr("more than any network holds"));
  EXPECT_THAT(values_of<int64_t>(range(kMost, kLeast, kLeast)), ElementsAre(kMost, -1));
  EXPECT_EQ(early_shape_of(range(1, 8, 3)), std::nullopt);
}

TEST(Range, MultipliesStepsOfFractionsAndDoesNotAddThemUp) {
  const TestCall call{"Range",
                      {Array::scalar<float>(0), Array::scalar<float>(100), Array::scalar<float>(0.1F)}};
  const std::vector<float> values = values_of<float>(call);
  ASSERT_EQ(values.size(), 1000U);
  EXPECT_EQ(values[999], static_cast<float>(999 * static_cast<double>(0.1F)));
}

TEST(Range, RefusesALimitThatIsNoNumber) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(
      error_of({"Range", {Array::scalar<float>(0), Array::scalar<float>(nan), Array::scalar<float>(1)}}),
      HasSubstr("more than any network holds"));
}

TEST(EyeLike, HasOnesOnADiagonal) {
  EXPECT_THAT(values_of<float>({"EyeLike", {ascending({2, 3})}, {{"k", int64_t{1}}}}),
              ElementsAre(0, 1, 0, 0, 0, 1));
  EXPECT_THAT(values_of<float>({"EyeLike", {ascending({2, 3})}, {{"k", int64_t{-1}}}}),
              ElementsAre(0, 0, 0, 1, 0, 0));
  constexpr int64_t kInt32 = 6;
  EXPECT_THAT(values_of<int32_t>({"EyeLike", {ascending({1, 2})}, {{"dtype", kInt32}}}), ElementsAre(1, 0));
  for (const int64_t k : {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()})
    EXPECT_THAT(values_of<float>({"EyeLike", {ascending({2, 2})}, {{"k", k}}}), Each(0));
}

TEST(Dropout, DropsNothingAndItsMaskIsTrue) {
  const TestCall call{.type = "Dropout", .inputs = {ascending({2})}, .outputs = 2};
  const std::vector<Array> outputs = run(call).value();
  EXPECT_THAT(outputs[0].values<float>(), ElementsAre(0, 1));
  EXPECT_THAT(outputs[1].values<bool>(), Each(true));
}

TEST(Dropout, IsRefusedInTraining) {
  const Array ratio = Array::scalar<float>(0.5F);
  EXPECT_THAT(error_of({"Dropout", {ascending({2}), ratio, Array::scalar<bool>(true)}}),
              HasSubstr("training_mode is set"));
  EXPECT_TRUE(run({"Dropout", {ascending({2}), ratio, Array::scalar<bool>(false)}}).ok());
  EXPECT_TRUE(run({"Dropout", {ascending({2}), Array::scalar<float>(0), Array::scalar<bool>(true)}}).ok());
}

}  // namespace
}  // namespace tamis::network
