#include "network/operators/lists.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<std::string> kAllReductions{
    "ReduceL1",   "ReduceL2",  "ReduceLogSum", "ReduceLogSumExp", "ReduceMax",
    "ReduceMean", "ReduceMin", "ReduceProd",   "ReduceSum",       "ReduceSumSquare"};

Array matrix() { return Array::of<float>({2, 3}, {1, -2, 3, 4, 5, -6}); }

/// Of a row of numbers, at an opset where axes are an input.
template <class T>
std::vector<T> reduced(const std::string& type, const std::vector<T>& values) {
  return values_of<T>({type, {list_of<T>(values), axes({0})}, {}, 20});
}

TEST(Reductions, MakeOneNumberOfAll) {
  EXPECT_THAT(reduced<float>("ReduceSum", {1, 2, -4}), near(-1));
  EXPECT_THAT(reduced<float>("ReduceMean", {1, 2, -4}), near(-1.0 / 3));
  EXPECT_THAT(reduced<float>("ReduceMax", {1, 2, -4}), near(2));
  EXPECT_THAT(reduced<float>("ReduceMin", {1, 2, -4}), near(-4));
  EXPECT_THAT(reduced<float>("ReduceProd", {1, 2, -4}), near(-8));
  EXPECT_THAT(reduced<float>("ReduceL1", {1, 2, -4}), near(7));
  EXPECT_THAT(reduced<float>("ReduceL2", {1, 2, -4}), near(std::sqrt(21.0)));
  EXPECT_THAT(reduced<float>("ReduceLogSum", {1, 2, 4}), near(std::log(7.0)));
  EXPECT_THAT(reduced<float>("ReduceLogSumExp", {1, 2, -4}),
              near(std::log(std::exp(1) + std::exp(2) + std::exp(-4))));
  EXPECT_THAT(reduced<float>("ReduceSumSquare", {1, 2, -4}), near(21));
}

TEST(Reductions, TakeAxesFromTheEndToo) {
  for (const int64_t axis : {1, -1})
    EXPECT_THAT(values_of<float>({"ReduceSum", {matrix(), axes({axis})}}), ElementsAre(2, 3));
  EXPECT_THAT(values_of<float>({"ReduceSum", {matrix(), axes({0})}}), ElementsAre(5, 3, -3));
  EXPECT_THAT(values_of<float>({"ReduceSum", {matrix(), axes({0, -2})}}), ElementsAre(5, 3, -3));
}

TEST(Reductions, KeepReducedDimensionsUnlessToldNotTo) {
  EXPECT_EQ(run({"ReduceMax", {matrix()}, {{"axes", std::vector<int64_t>{1}}}}).value()[0].shape(),
            (Shape{2, 1}));
  EXPECT_EQ(run({"ReduceMax", {matrix()}, {{"axes", std::vector<int64_t>{1}}, {"keepdims", int64_t{0}}}})
                .value()[0]
                .shape(),
            (Shape{2}));
}

TEST(Reductions, HaveAxesAsAnAttributeBelowOpset18) {
  for (const std::string& type : kAllReductions) {
    const int64_t first_input = type == "ReduceSum" ? 13 : 18;
    const std::map<std::string, Attribute, std::less<>> attribute{{"axes", std::vector<int64_t>{1}}};
    EXPECT_EQ(inferred_shape({type, {matrix()}, attribute, first_input - 1}), (Shape{2, 1})) << type;
    EXPECT_EQ(run({type, {matrix(), axes({1})}, {}, first_input}).value()[0].shape(), (Shape{2, 1})) << type;
    EXPECT_THAT(error_of({type, {matrix()}, attribute, first_input}),
                HasSubstr("axes are an input from opset"));
    EXPECT_THAT(error_of({type, {matrix(), axes({1})}, {}, first_input - 1}),
                HasSubstr("axes are an attribute below opset"));
  }
}

TEST(Reductions, TakeEmptyAxesAsAbsentOnes) {
  EXPECT_THAT(values_of<float>({"ReduceSum", {matrix(), axes({})}, {}, 18}), ElementsAre(5));
  EXPECT_THAT(values_of<float>({"ReduceSum", {matrix(), std::nullopt}, {}, 18}), ElementsAre(5));
  EXPECT_EQ(run({"ReduceSum", {matrix()}, {}, 18}).value()[0].shape(), (Shape{1, 1}));
}

TEST(Reductions, OfNoAxesOnRequestStillDoWhatElseTheyDo) {
  const std::vector<std::pair<std::string, double>> expected{
      {"ReduceSum", -3}, {"ReduceMean", -3},     {"ReduceMax", -3},
      {"ReduceMin", -3}, {"ReduceProd", -3},     {"ReduceL1", 3},
      {"ReduceL2", 3},   {"ReduceSumSquare", 9}, {"ReduceLogSumExp", -3}};
  for (const auto& [type, value] : expected)
    EXPECT_THAT(values_of<float>({type, {float_list({-3})}, {{"noop_with_empty_axes", int64_t{1}}}, 18}),
                near(value))
        << type;
  EXPECT_THAT(
      values_of<float>({"ReduceLogSum", {float_list({2})}, {{"noop_with_empty_axes", int64_t{1}}}, 18}),
      near(std::log(2.0)));
}

TEST(Reductions, DoNotKnowThatRequestWhileAxesAreAnAttribute) {
  EXPECT_THAT(error_of({"ReduceMax", {matrix()}, {{"noop_with_empty_axes", int64_t{1}}}, 17}),
              HasSubstr("attribute \"noop_with_empty_axes\" exists from opset 18 on"));
}

TEST(Reductions, OverAnEmptyAxisGiveWhatChangesNothing) {
  const std::vector<std::pair<std::string, float>> expected{{"ReduceSum", 0},
                                                            {"ReduceMean", 0},
                                                            {"ReduceMax", -kInfinite},
                                                            {"ReduceMin", kInfinite},
                                                            {"ReduceProd", 1},
                                                            {"ReduceL1", 0},
                                                            {"ReduceL2", 0},
                                                            {"ReduceSumSquare", 0},
                                                            {"ReduceLogSum", -kInfinite},
                                                            {"ReduceLogSumExp", -kInfinite}};
  for (const auto& [type, value] : expected)
    EXPECT_THAT(values_of<float>({type, {Array::of<float>({2, 0}, {}), axes({1})}, {}, 18}),
                near(value, value))
        << type;
}

TEST(Reductions, OfNoIntegersGiveTheEndsOfTheirType) {
  const Array none = Array::of<int32_t>({1, 0}, {});
  EXPECT_THAT(values_of<int32_t>({"ReduceMax", {none, axes({1})}, {}, 18}),
              ElementsAre(std::numeric_limits<int32_t>::min()));
  EXPECT_THAT(values_of<int32_t>({"ReduceMin", {none, axes({1})}, {}, 18}),
              ElementsAre(std::numeric_limits<int32_t>::max()));
  EXPECT_THAT(values_of<int32_t>({"ReduceMean", {none, axes({1})}, {}, 18}), ElementsAre(0));
}

TEST(Reductions, WrapAroundWhereIntegersOverflow) {
  const int32_t most = std::numeric_limits<int32_t>::max();
  const int32_t fewest = std::numeric_limits<int32_t>::min();
  EXPECT_THAT(reduced<int32_t>("ReduceSum", {most, 1}), ElementsAre(fewest));
  EXPECT_THAT(reduced<int32_t>("ReduceSum", {most, most, -most, -most, -5}), ElementsAre(-5));
  EXPECT_THAT(reduced<int32_t>("ReduceProd", {most, most, -5}), ElementsAre(-5));
  EXPECT_THAT(reduced<int32_t>("ReduceSumSquare", {50000, 50000}), ElementsAre(705032704));
  const int64_t large = std::numeric_limits<int64_t>::max();
  EXPECT_THAT(reduced<int64_t>("ReduceSum", {large, 2}), ElementsAre(-large));
  EXPECT_THAT(reduced<int64_t>("ReduceProd", {large, large, -5}), ElementsAre(-5));
  EXPECT_THAT(reduced<int64_t>("ReduceSumSquare", {large, 2}), ElementsAre(5));
}

TEST(Reductions, HoldMeansAndNormsOfIntegersToWhatTheirTypeHolds) {
  const int32_t most = std::numeric_limits<int32_t>::max();
  EXPECT_THAT(reduced<int32_t>("ReduceMean", {most, most}), ElementsAre(most));
  EXPECT_THAT(reduced<int32_t>("ReduceL1", {most, -most}), ElementsAre(most));
  EXPECT_THAT(reduced<int32_t>("ReduceL2", {50000, 50000}), ElementsAre(70710));
}

TEST(Reductions, AreExactForIntegersOf64Bits) {
  const uint64_t large = (uint64_t{1} << 63) + 5;
  for (const char* type :
       {"ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2"})
    EXPECT_THAT(reduced<uint64_t>(type, {large}), ElementsAre(large)) << type;
  EXPECT_THAT(reduced<int64_t>("ReduceSum", {(int64_t{1} << 53) + 1, 2}),
              ElementsAre((int64_t{1} << 53) + 3));
  EXPECT_THAT(reduced<uint64_t>("ReduceL2", {~uint64_t{0}, ~uint64_t{0}}), ElementsAre(~uint64_t{0}));
}

TEST(Reductions, CutIntegers) {
  EXPECT_THAT(reduced<int32_t>("ReduceMean", {-7, 2}), ElementsAre(-2));
  EXPECT_THAT(reduced<int32_t>("ReduceLogSum", {7, -2, 3, 4}), ElementsAre(2));
  EXPECT_THAT(reduced<int32_t>("ReduceLogSum", {-9}), ElementsAre(std::numeric_limits<int32_t>::min()));
  EXPECT_THAT(reduced<int32_t>("ReduceLogSumExp", {7, 7, 7}), ElementsAre(8));
  EXPECT_THAT(reduced<int32_t>("ReduceLogSumExp", {-7, -2}), ElementsAre(-1));
}

TEST(Reductions, TakeBooleansForTheirExtremes) {
  EXPECT_THAT(reduced<bool>("ReduceMax", {true, false}), ElementsAre(true));
  EXPECT_THAT(reduced<bool>("ReduceMin", {true, false}), ElementsAre(false));
  EXPECT_THAT(error_of({"ReduceSum", {list_of<bool>({true})}}), HasSubstr("is of boolean"));
}

TEST(Reductions, AddFloat32InDouble) {
  EXPECT_THAT(reduced<float>("ReduceSum", {1e8F, 1, -1e8F}), ElementsAre(1));
}

TEST(ReduceMax, PassesOverNaNBehindTheFirst) {
  EXPECT_THAT(reduced<float>("ReduceMax", {1, kNotANumber, 3}), near(3));
  EXPECT_THAT(reduced<float>("ReduceMax", {kNotANumber, 3}), near(kNotANumber));
}

TEST(ReduceLogSumExp, DoesNotOverflow) {
  EXPECT_THAT(reduced<float>("ReduceLogSumExp", {1000, 1000}), near(1000 + std::log(2.0)));
  EXPECT_THAT(reduced<float>("ReduceLogSumExp", {-kInfinite, -kInfinite}), near(-kInfinite));
  EXPECT_THAT(reduced<float>("ReduceLogSumExp", {kInfinite, 1}), near(kInfinite));
}

TEST(Reductions, OfAScalarIsAScalar) {
  EXPECT_EQ(inferred_shape({"ReduceSum", {Array::scalar(3.F)}, {}, 18}), Shape{});
  EXPECT_THAT(values_of<float>({"ReduceSumSquare", {Array::scalar(3.F), axes({0})}, {}, 18}), ElementsAre(9));
}

TEST(Reductions, HaveNoShapeWhereAxesDependOnData) {
  EXPECT_EQ(inferred_shape({"ReduceSum", {matrix(), axes({1})}}), std::nullopt);
}

TEST(Reductions, RefuseAnAxisThatIsNone) {
  EXPECT_THAT(error_of({"ReduceSum", {matrix(), axes({2})}}),
              HasSubstr("axis 2 is none of a value with 2 dimensions"));
}

TEST(Reductions, RefuseAxesThatAreNoListOfIntegers) {
  EXPECT_THAT(error_of({"ReduceSum", {matrix(), Array::scalar<int64_t>(0)}}),
              HasSubstr("axes must be a list"));
  EXPECT_THAT(error_of({"ReduceSum", {matrix(), float_list({0})}}), HasSubstr("input \"x1\" is of float32"));
}

}  // namespace
}  // namespace tamis::network
