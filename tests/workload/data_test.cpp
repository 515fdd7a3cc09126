#include "workload/data.h"

#include "base/random.h"
#include "workload/any_workload.h"
#include "workload/oracle.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace tamis {
namespace {

/// Data of the full int8 and int32 ranges, where make_data draws moderate ones.
WorkloadData extreme_data(const Workload& workload, uint64_t seed) {
  WorkloadData data = make_data(workload, seed);
  Random random(seed);
  for (int8_t& value : data.input.values<int8_t>()) value = static_cast<int8_t>(random.next());
  for (int8_t& value : data.weights.values<int8_t>()) value = static_cast<int8_t>(random.next());
  if (workload.epilogue.bias)
    for (int32_t& value : data.bias.values<int32_t>()) value = static_cast<int32_t>(random.next());
  return data;
}

double share_inside_clip(const Workload& workload, const WorkloadData& data) {
  const auto& output = data.output.values<int8_t>();
  const auto inside = std::count_if(output.begin(), output.end(), [&](int8_t value) {
    return value > workload.epilogue.clip_min && value < workload.epilogue.clip_max;
  });
  return static_cast<double>(inside) / static_cast<double>(data.output.size());
}

Tensor recomputed(const Workload& workload, const WorkloadData& data) {
  return reference_result(workload, data.input, data.weights, data.bias).output;
}

/// The output of a small int8 workload.
std::vector<int8_t> output_of(const Workload& workload, const std::vector<int8_t>& input,
                              const std::vector<int8_t>& weights, const std::vector<int32_t>& bias) {
  return reference_result(workload, input, weights, bias).output.values<int8_t>();
}

TEST(ReferenceProperty, AgreesWithScattering) {
  EXPECT_TRUE(rc::check([] {
    const Workload workload = any_workload();
    const auto seed = *rc::gen::arbitrary<uint64_t>();
    const WorkloadData data = make_data(workload, seed);
    RC_ASSERT(data.output == scattered_output(workload, data));
    const WorkloadData extreme = extreme_data(workload, seed);
    RC_ASSERT(recomputed(workload, extreme) == scattered_output(workload, extreme));
  }));
}

TEST(Reference, ComputesAHandWorkedExample) {
  // One channel, 2x2 input 1 2 / 3 4, 2x2 kernel 1 0 / 0 -1, no padding: 1 - 4 = -3; shifted by 1: -2; plus
  // 7: 5.
  const Workload workload = *parse_spec("conv2d:ci=1,h=2,w=2,co=1,k=2,shift=1");
  EXPECT_EQ(output_of(workload, {1, 2, 3, 4}, {1, 0, 0, -1}, {7}), (std::vector<int8_t>{5}));
  EXPECT_EQ(output_of(workload, {1, 2, 3, 4}, {1, 0, 0, -1}, {-7}), (std::vector<int8_t>{0}));
}

TEST(Reference, ComputesATransposedExample) {
  // Each input is spread over its own 2x2 block: stride equals kernel.
  const Workload workload =
      *parse_spec("conv2d_transpose:ci=1,h=1,w=2,co=1,k=2,stride=2,shift=0,clip_min=-128");
  EXPECT_EQ(output_of(workload, {1, 3}, {1, 2, -1, 4}, {0}),
            (std::vector<int8_t>{1, 2, 3, 6, -1, 4, -3, 12}));
}

TEST(Reference, WrapsAroundLikeTheAccumulator) {
  // 2^17 + 1 products of (-128) * (-128) = 2^14 come to 2^31 + 2^14, which wraps to a negative sum.
  const Workload workload = *parse_spec("dense:ci=131073,co=1,shift=14,bias=0,clip_min=-128");
  const std::vector<int8_t> lowest(131073, -128);
  EXPECT_EQ(output_of(workload, lowest, lowest, {0}), (std::vector<int8_t>{-128}));
}

TEST(MakeData, HasTheShapesOfTheWorkload) {
  const Workload workload = *parse_spec("grouped_conv2d:n=2,ci=6,h=5,w=4,co=9,kh=3,kw=2,groups=3");
  const WorkloadData data = make_data(workload, 1);
  EXPECT_EQ(data.input.size(), 2U * 6 * 5 * 4);
  EXPECT_EQ(data.weights.size(), 9U * 2 * 3 * 2);
  EXPECT_EQ(data.bias.size(), 9U);
  EXPECT_EQ(data.output.size(), 2U * 9 * 3 * 3);
}

TEST(MakeData, IsEmptyForAnExternalWorkload) {
  const WorkloadData data = make_data(*parse_spec("external:some/file"), 1);
  EXPECT_TRUE(data.input.empty() && data.weights.empty() && data.bias.empty() && data.output.empty());
}

TEST(MakeData, DependsOnTheSeedOnly) {
  const Workload workload = *parse_spec("dense:ci=64,co=64");
  EXPECT_EQ(make_data(workload, 1).output, make_data(workload, 1).output);
  EXPECT_NE(make_data(workload, 1).input, make_data(workload, 2).input);
  EXPECT_NE(make_data(workload, 1).weights, make_data(workload, 2).weights);
}

TEST(MakeData, LeavesTheBiasZeroWhereThereIsNone) {
  const WorkloadData data = make_data(*parse_spec("dense:ci=64,co=64,bias=0"), 1);
  EXPECT_EQ(data.bias.values<int32_t>(), std::vector<int32_t>(64, 0));
}

TEST(MakeData, PutsMostOutputsInsideTheClipRange) {
  for (const char* spec :
       {"conv2d:ci=64,h=14,w=14,co=64,k=3,pad=1", "conv2d:ci=64,h=14,w=14,co=64,k=3,pad=1,bias=0",
        "conv2d:ci=1,h=14,w=14,co=16,k=1", "depthwise_conv2d:ci=32,h=14,w=14,k=3,pad=1",
        "dense:n=4,ci=4096,co=64", "dense:n=4,ci=768,co=64,clip_min=-128,bias=0",
        "conv2d_transpose:ci=64,h=7,w=7,co=32,k=4,stride=2,pad=1"}) {
    const Workload workload = *parse_spec(spec);
    EXPECT_GT(share_inside_clip(workload, make_data(workload, 3)), 0.9) << spec;
  }
}

TEST(MakeData, ShowsAWrongAccumulation) {
  // Leaving out one input channel of 64 must change the output, or checking results would be worth little.
  const Workload workload = *parse_spec("conv2d:ci=64,h=14,w=14,co=64,k=3,pad=1");
  WorkloadData data = make_data(workload, 3);
  const std::vector<int8_t> right = data.output.values<int8_t>();
  std::fill_n(data.input.values<int8_t>().begin() + 17 * 14 * 14, 14 * 14, int8_t{0});
  const Tensor output = recomputed(workload, data);
  const auto& wrong = output.values<int8_t>();
  int differing = 0;
  for (size_t i = 0; i < wrong.size(); ++i) differing += wrong[i] != right[i];
  EXPECT_GT(differing, static_cast<int>(wrong.size() / 2));
}

}  // namespace
}  // namespace tamis
