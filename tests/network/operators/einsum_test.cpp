#include "network/operators/moving.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TestCall einsum_call(const std::string& equation, const std::vector<std::optional<Array>>& inputs) {
  return {"Einsum", inputs, {{"equation", equation}}};
}

TEST(Einsum, MultipliesMatrices) {
  const TestCall call = einsum_call("ij, jk -> ik", {counted({2, 2}), counted({2, 2})});
  EXPECT_EQ(early_shape_of(call), (Shape{2, 2}));
  EXPECT_THAT(values_of<float>(call), ElementsAre(2, 3, 6, 11));
}

TEST(Einsum, TransposesSumsAndTakesDiagonals) {
  EXPECT_THAT(values_of<float>(einsum_call("ij->ji", {counted({2, 2})})), ElementsAre(0, 2, 1, 3));
  EXPECT_THAT(values_of<float>(einsum_call("ij->j", {counted({2, 2})})), ElementsAre(2, 4));
  EXPECT_THAT(values_of<float>(einsum_call("...ii->...i", {counted({1, 2, 2})})), ElementsAre(0, 3));
}

TEST(Einsum, SortsTheLettersOfAnOutputThatIsNotWritten) {
  EXPECT_THAT(values_of<float>(einsum_call("ba", {counted({2, 2})})), ElementsAre(0, 2, 1, 3));
  EXPECT_THAT(values_of<float>(einsum_call("ii", {counted({2, 2})})), ElementsAre(3));
}

TEST(Einsum, RepeatsSizesOfOneInAnEllipsis) {
  const TestCall call = einsum_call("...i,...i->...", {counted({2, 1, 2}), counted({3, 2})});
  EXPECT_EQ(shape_of(call), (Shape{2, 3}));
  EXPECT_THAT(values_of<float>(call), ElementsAre(1, 3, 5, 3, 13, 23));
}

TEST(Einsum, WrapsAroundWhereIntegersOverflow) {
  const Array x = Array::of<int32_t>({1}, {1 << 30});
  EXPECT_THAT(values_of<int32_t>(einsum_call("i,i->", {x, Array::of<int32_t>({1}, {4})})), ElementsAre(0));
}

TEST(Einsum, RefusesEquationsThatDoNotFit) {
  EXPECT_THAT(error_of(einsum_call("ij,jk", {counted({2, 2})})), HasSubstr("has 2 terms for 1 inputs"));
  EXPECT_THAT(error_of(einsum_call("i", {counted({2, 2})})), HasSubstr("does not name the dimensions"));
  EXPECT_THAT(error_of(einsum_call("ii", {counted({2, 3})})), HasSubstr("sizes 2 and 3 for the same"));
  EXPECT_THAT(error_of(einsum_call("i->k", {counted({2})})), HasSubstr("output names \"k\""));
  EXPECT_THAT(error_of(einsum_call("i1", {counted({2, 2})})), HasSubstr("is no term of an equation"));
}

TEST(Einsum, RefusesSumsOverMoreProductsThanCanBeComputed) {
  const Array row = counted({1 << 13});
  EXPECT_THAT(error_of(einsum_call("i,j,k->", {row, row, row})), HasSubstr("too many"));
}

}  // namespace
}  // namespace tamis::network
