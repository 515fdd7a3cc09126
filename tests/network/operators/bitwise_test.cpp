#include "network/operators/lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TestCall shift(Array x, Array places, const char* direction, int64_t opset = 28) {
  return {"BitShift", {std::move(x), std::move(places)}, {{"direction", std::string(direction)}}, opset};
}

TEST(BitwiseOperators, WorkOnBits) {
  const std::vector<std::optional<Array>> pairs{list_of<uint8_t>({0b1100, 255}),
                                                list_of<uint8_t>({0b1010, 1})};
  EXPECT_THAT(values_of<uint8_t>({"BitwiseAnd", pairs, {}, 18}), ElementsAre(0b1000, 1));
  EXPECT_THAT(values_of<uint8_t>({"BitwiseOr", pairs, {}, 18}), ElementsAre(0b1110, 255));
  EXPECT_THAT(values_of<uint8_t>({"BitwiseXor", pairs, {}, 18}), ElementsAre(0b0110, 254));
  EXPECT_THAT(values_of<int16_t>({"BitwiseNot", {list_of<int16_t>({0, 5})}, {}, 18}), ElementsAre(-1, -6));
}

TEST(BitwiseOperators, DoNotTakeFractions) {
  EXPECT_THAT(error_of({"BitwiseAnd", {float_list({1}), float_list({1})}, {}, 18}),
              HasSubstr("is of float32"));
}

TEST(BitShift, LosesWhatLeavesTheType) {
  EXPECT_THAT(values_of<uint8_t>(shift(list_of<uint8_t>({255, 1}), list_of<uint8_t>({1, 7}), "LEFT", 11)),
              ElementsAre(254, 128));
  EXPECT_THAT(values_of<uint8_t>(shift(list_of<uint8_t>({255, 1}), list_of<uint8_t>({1, 1}), "RIGHT", 11)),
              ElementsAre(127, 0));
}

TEST(BitShift, ByAllBitsAndMoreLeavesNothing) {
  EXPECT_THAT(
      values_of<uint32_t>(shift(list_of<uint32_t>({255, 255}), list_of<uint32_t>({32, 40}), "LEFT", 11)),
      ElementsAre(0, 0));
  EXPECT_THAT(values_of<uint64_t>(
                  shift(list_of<uint64_t>({255, 255}), list_of<uint64_t>({64, uint64_t{1} << 63}), "RIGHT")),
              ElementsAre(0, 0));
}

TEST(BitShift, OfSignedIntegersToTheRightKeepsTheSign) {
  EXPECT_THAT(
      values_of<int8_t>(shift(list_of<int8_t>({-8, -8, 8, -8}), list_of<int8_t>({1, 9, -1, -1}), "RIGHT")),
      ElementsAre(-4, -1, 0, -1));
}

TEST(BitShift, TakesSignedIntegersFromOpset28On) {
  EXPECT_THAT(error_of(shift(list_of<int8_t>({1}), list_of<int8_t>({1}), "LEFT", 27)),
              HasSubstr("is of int8"));
}

TEST(BitShift, MustBeToldADirection) {
  EXPECT_THAT(error_of({"BitShift", {list_of<uint8_t>({1}), list_of<uint8_t>({1})}}),
              HasSubstr("must be \"LEFT\" or \"RIGHT\", not \"\""));
}

}  // namespace
}  // namespace tamis::network
