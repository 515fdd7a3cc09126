#include "network/operators/moving.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Concat, JoinsAtTheAxis) {
  const TestCall call{
      "Concat", {ascending({2, 1}), ascending({2, 2}), ascending({2, 0})}, {{"axis", int64_t{-1}}}};
  EXPECT_EQ(shape_of(call), (Shape{2, 3}));
  EXPECT_THAT(values_of<float>(call), ElementsAre(0, 0, 1, 1, 2, 3));
}

TEST(Concat, RefusesWhatDoesNotFit) {
  const std::map<std::string, Attribute, std::less<>> axis{{"axis", int64_t{0}}};
  EXPECT_THAT(error_of({"Concat", {ascending({2, 1}), ascending({2, 2})}, axis}),
              HasSubstr("shapes 2x1 and 2x2 cannot be joined at axis 0"));
  EXPECT_THAT(error_of({"Concat", {ascending({2}), integers({1})}, axis}), HasSubstr("must be of"));
  EXPECT_THAT(error_of({"Concat", {ascending({2})}}), HasSubstr("attribute \"axis\" is missing"));
}

TEST(Concat, RefusesSizesThatNoNetworkHolds) {
  const Array huge = ascending({0, int64_t{1} << 62});
  EXPECT_THAT(error_of({"Concat", {huge, huge}, {{"axis", int64_t{1}}}}),
              HasSubstr("more than any network holds"));
}

/// The sizes of a Split's parts at axis 0.
std::vector<int64_t> sizes_of_parts(const TestCall& call) {
  std::vector<int64_t> sizes;
  for (const Array& part : run(call).value()) sizes.push_back(part.shape()[0]);
  return sizes;
}

TEST(Split, LeavesTheRestToTheLastPart) {
  const TestCall call{"Split", {ascending({7})}, {{"num_outputs", int64_t{3}}}, 18, 3};
  EXPECT_THAT(sizes_of_parts(call), ElementsAre(3, 3, 1));
  EXPECT_THAT(run(call).value()[2].values<float>(), ElementsAre(6));
}

TEST(Split, RefusesPartsThatLeaveNothingToTheLast) {
  EXPECT_THAT(error_of({"Split", {ascending({5})}, {{"num_outputs", int64_t{4}}}, 18, 4}),
              HasSubstr("a size of 5 does not split into 4 parts of 2 and a rest"));
  EXPECT_THAT(error_of({"Split", {ascending({4})}, {{"num_outputs", int64_t{3}}}, 18, 3}),
              HasSubstr("a size of 4 does not split"));
}

TEST(Split, TakesItsSizesWhereTheOpsetHasThem) {
  EXPECT_THAT(sizes_of_parts({"Split", {ascending({5})}, {{"split", std::vector<int64_t>{1, 4}}}, 11, 2}),
              ElementsAre(1, 4));
  EXPECT_THAT(sizes_of_parts({"Split", {ascending({5}), integers({0, 5})}, {}, 13, 2}), ElementsAre(0, 5));
}

TEST(Split, SplitsEvenlyOrNotAtAllBelowOpset18) {
  EXPECT_THAT(sizes_of_parts({"Split", {ascending({4})}, {}, 13, 2}), ElementsAre(2, 2));
  EXPECT_THAT(error_of({"Split", {ascending({5})}, {}, 13, 2}),
              HasSubstr("5 does not split into 2 equal parts"));
  EXPECT_THAT(error_of({"Split", {ascending({4})}, {}, 18, 2}), HasSubstr("neither input 1 (split) nor"));
}

TEST(Split, RefusesPartsThatAreNotTheWhole) {
  EXPECT_THAT(error_of({"Split", {ascending({5}), integers({1, 2})}, {}, 13, 2}),
              HasSubstr("are not 2 that make up a size of 5"));
  EXPECT_THAT(error_of({"Split", {ascending({5}), integers({-1, 6})}, {}, 13, 2}), HasSubstr("are not 2"));
  EXPECT_THAT(error_of({"Split", {ascending({5}), integers({5})}, {}, 13, 2}), HasSubstr("are not 2"));
}

TEST(Split, TakesColumns) {
  const TestCall call{"Split", {ascending({2, 3}), integers({1, 2})}, {{"axis", int64_t{1}}}, 13, 2};
  EXPECT_THAT(run(call).value()[1].values<float>(), ElementsAre(1, 2, 4, 5));
}

}  // namespace
}  // namespace tamis::network
