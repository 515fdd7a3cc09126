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
  const TestCall call = einsum_call("ij, jk -> ik", {ascending({2, 2}), ascending({2, 2})});
  EXPECT_EQ(early_shape_of(call), (Shape{2, 2}));
  EXPECT_THAT(values_of<float>(call), ElementsAre(2, 3, 6, 11));
}

TEST(Einsum, TransposesSumsAndTakesDiagonals) {
  EXPECT_THAT(values_of<float>(einsum_call("ij->ji", {ascending({2, 2})})), ElementsAre(0, 2, 1, 3));
  EXPECT_THAT(values_of<float>(einsum_call("ij->j", {ascending({2, 2})})), ElementsAre(2, 4));
  EXPECT_THAT(values_of<float>(einsum_call("...ii->...i", {ascending({1, 2, 2})})), ElementsAre(0, 3));
}

TEST(Einsum, SortsTheLettersOfAnOutputThatIsNotWritten) {
  EXPECT_THAT(values_of<float>(einsum_call("ba", {ascending({2, 2})})), ElementsAre(0, 2, 1, 3));
  EXPECT_THAT(values_of<float>(einsum_call("ii", {ascending({2, 2})})), ElementsAre(3));
}

TEST(Einsum, RepeatsSizesOfOneInAnEllipsis) {
  const TestCall call = einsum_call("...i,...i->...", {ascending({2, 1, 2}), ascending({3, 2})});
  EXPECT_EQ(shape_of(call), (Shape{2, 3}));
  EXPECT_THAT(values_of<float>(call), ElementsAre(1, 3, 5, 3, 13, 23));
}

TEST(Einsum, WrapsAroundWhereIntegersOverflow) {
  const Array x = Array::of<int32_t>({1}, {1 << 30});
  EXPECT_THAT(values_of<int32_t>(einsum_call("i,i->", {x, Array::of<int32_t>({1}, {4})})), ElementsAre(0));
}

TEST(Einsum, RefusesEquationsThatDoNotFit) {
  EXPECT_THAT(error_of(einsum_call("ij,jk", {ascending({2, 2})})), HasSubstr("has 2 terms for 1 inputs"));
  EXPECT_THAT(error_of(einsum_call("i", {ascending({2, 2})})), HasSubstr("does not name the dimensions"));
  EXPECT_THAT(error_of(einsum_call("ii", {ascending({2, 3})})), HasSubstr("sizes 2 and 3 for the same"));
  EXPECT_THAT(error_of(einsum_call("i->k", {ascending({2})})), HasSubstr("output names \"k\""));
  EXPECT_THAT(error_of(einsum_call("i1", {ascending({2, 2})})), HasSubstr("is no term of an equation"));
}

TEST(Einsum, RefusesSumsOverMoreProductsThanCanBeComputed) {
  const Array row = ascending({1 << 13});
  EXPECT_THAT(error_of(einsum_call("i,j,k->", {row, row, row})), HasSubstr("too many"));
}

}  // namespace
}  // namespace tamis::network
