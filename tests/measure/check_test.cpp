#include "measure/attempt.h"
#include "measure/fault_target.h"
#include "tamis/measurer.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tamis {
namespace {

TEST(Check, FindsNothingWhereOutputsAgree) {
  WorkloadData data;
  data.output = std::vector<int8_t>(30, 5);
  EXPECT_EQ(find_difference(small_workload(), data, data.output), std::nullopt);
}

TEST(Check, SaysHowManyDifferAndWhereTheFirstIs) {
  WorkloadData data;
  data.output = std::vector<int8_t>(30, 5);
  std::vector<int8_t> actual(30, 5);
  actual[3 * 4 + 1] = -7;
  actual[29] = 0;
  EXPECT_EQ(find_difference(small_workload(), data, actual),
            "2 of 30 elements differ from the reference; the first is at n=0 c=0 y=4 x=1: -7 instead of 5");
}

/// What the check says of a float32 output of 1.0 everywhere whose element `index` is something else.
std::string float_difference(const std::string& spec, size_t index, float value) {
  const Workload workload = *parse_spec(spec);
  WorkloadData data;
  data.output = std::vector<float>(static_cast<size_t>(tensor_sizes(workload).output), 1.0F);
  data.tolerance = 0.125;
  Tensor actual = data.output;
  actual.values<float>()[index] = value;
  return find_difference(workload, data, actual).value_or("");
}

TEST(Check, AllowsFloatsTheirTolerance) {
  const std::string spec = "dense:n=2,ci=4,co=4,type=float32";
  EXPECT_EQ(float_difference(spec, 5, 1.125F), "");
  EXPECT_EQ(float_difference(spec, 5, 0.875F), "");
  EXPECT_EQ(float_difference(spec, 5, 1.5F),
            "1 of 8 elements differs from the reference; the first is at n=1 c=1 y=0 x=0: 1.5 instead of 1; "
            "the largest error is 0.5, allowed is 0.125");
}

TEST(Check, NeverTakesANumberForNone) {
  const std::string spec = "dense:n=2,ci=4,co=4,type=float32";
  EXPECT_NE(float_difference(spec, 0, std::nanf("")).find("the largest error is nan"), std::string::npos);
  EXPECT_NE(float_difference(spec, 0, std::numeric_limits<float>::infinity()).find("error is inf"),
            std::string::npos);
}

TEST(Check, NamesThePlaceInEveryLayout) {
  const std::string conv = "conv2d:n=2,ci=32,h=3,w=4,co=32,k=1,type=float32,layout=";
  const auto first_of = [](const std::string& spec, size_t index) {
    const std::string text = float_difference(spec, index, 9.0F);
    const size_t begin = text.find(" at ") + 4;
    return text.substr(begin, text.find(": 9") - begin);
  };
  EXPECT_EQ(first_of(conv + "nchw", 32 * 12 + 17 * 12 + 2 * 4 + 1), "n=1 c=17 y=2 x=1");
  EXPECT_EQ(first_of(conv + "nhwc", 32 * 12 + (2 * 4 + 1) * 32 + 17), "n=1 c=17 y=2 x=1");
  EXPECT_EQ(first_of(conv + "nchw16c", 32 * 12 + 12 * 16 + (2 * 4 + 1) * 16 + 1), "n=1 c=17 y=2 x=1");
  EXPECT_EQ(first_of("matmul:batch=2,m=3,n=4,k=5,type=float32", 12 + 2 * 4 + 1), "batch=1 m=2 n=1");
}

TEST(Check, RefusesAnOutputOfAnotherTypeOrSize) {
  WorkloadData data;
  data.output = std::vector<int8_t>(30, 5);
  EXPECT_EQ(find_difference(small_workload(), data, std::vector<float>(30, 5)),
            "the output is not of the reference's type int8");
  EXPECT_EQ(find_difference(small_workload(), data, std::vector<int8_t>(29, 5)),
            "the output has 29 elements; the reference has 30");
}

TEST(ProgramPath, KeepsNamesThatFilesCanHave) {
  const SharedTask task = fault_task(small_workload());
  const Config config = task->space().config(3);
  EXPECT_EQ(program_path("out", *task, config), "out/small_conv_1-3.json.gz");
  EXPECT_EQ(program_path("", *task, config), "");
}

}  // namespace
}  // namespace tamis
