#include "tamis/data.h"

#include "tamis/random.h"
#include "workload/any_workload.h"
#include "workload/oracle.h"

#include <algorithm>
#include <cmath>
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

/// The largest error of one float32 output against another.
double largest_error(const Tensor& output, const Tensor& expected) {
  double largest = 0;
  for (size_t i = 0; i < expected.size(); ++i)
    largest = std::max(largest, std::abs(static_cast<double>(output.values<float>()[i]) -
                                         static_cast<double>(expected.values<float>()[i])));
  return largest;
}

TEST(ReferenceProperty, AgreesWithScattering) {
  EXPECT_TRUE(rc::check([] {
    const Workload workload = any_workload();
    const auto seed = *rc::gen::arbitrary<uint64_t>();
    const WorkloadData data = make_data(workload, seed);
    const Tensor scattered = scattered_output(workload, data);
    RC_ASSERT(data.output.size() == scattered.size());
    if (workload.type == DataType::float32) {
      // Both sum up in doubles, in different orders, and round once.
      RC_ASSERT(largest_error(data.output, scattered) <= 1e-5);
      return;
    }
    if (is_half(workload.type)) {
      // One rounding of the sums, which are taken in another order.
      const double step = workload.type == DataType::float16 ? 0x1p-11 : 0x1p-8;
      const Tensor output = widened(workload.type, data.output);
      for (size_t i = 0; i < scattered.size(); ++i) {
        const double expected = scattered.values<float>()[i];
        RC_ASSERT(std::abs(output.values<float>()[i] - expected) <= 1e-5 + step * std::abs(expected));
      }
      return;
    }
    RC_ASSERT(data.output == scattered);
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

TEST(Reference, SumsUpAVolume) {
  // Two planes of one pixel, a kernel of two planes and a plane of padding behind: 1 * 3 + 2 * 4, then 2 * 3.
  const Workload workload =
      *parse_spec("conv3d:ci=1,d=2,h=1,w=1,co=1,kd=2,kh=1,kw=1,pad_back=1,type=float32,bias=0");
  const Reference reference =
      reference_result(workload, std::vector<float>{1, 2}, std::vector<float>{3, 4}, std::vector<float>{0});
  EXPECT_EQ(reference.output.values<float>(), (std::vector<float>{11, 6}));
}

TEST(Reference, RoundsHalvesOnceAndAllowsTheirNeighbours) {
  const Workload workload = *parse_spec("dense:ci=2,co=1,type=float16,bias=0");
  // 2048 + 1 lies between 2048 and 2050, and takes the even one.
  const Tensor input = narrowed(DataType::float16, {2048, 1}), ones = narrowed(DataType::float16, {1, 1});
  const Reference reference = reference_result(workload, input, ones, std::vector<float>{0});
  EXPECT_EQ(reference.output, narrowed(DataType::float16, {2048}));
  EXPECT_EQ(reference.relative_tolerance, 0x1p-10);
  const Workload upper = *parse_spec("dense:ci=2,co=1,type=bfloat16,bias=0");
  EXPECT_EQ(make_data(upper, 1).relative_tolerance, 0x1p-7);
  EXPECT_EQ(make_data(*parse_spec("dense:ci=2,co=1,type=float32"), 1).relative_tolerance, 0.0);
}

TEST(Reference, LetsThroughWhatIsNotANumber) {
  const float nan = std::nanf("");
  for (const char* keys : {"", ",clip_min=-1,clip_max=1", ",activation=hard_sigmoid", ",activation=silu"}) {
    const Workload workload = *parse_spec("dense:ci=1,co=1,type=float32" + std::string(keys));
    const Reference reference =
        reference_result(workload, std::vector<float>{nan}, std::vector<float>{1}, std::vector<float>{0});
    EXPECT_TRUE(std::isnan(reference.output.values<float>()[0])) << keys;
  }
}

TEST(Reference, AddsTheResidualAfterTheBiasAndBeforeTheActivation) {
  const Workload workload = *parse_spec("dense:ci=1,co=2,type=float32,residual=1,activation=hard_sigmoid");
  const Reference reference = reference_result(workload, std::vector<float>{2}, std::vector<float>{1, -1},
                                               std::vector<float>{0.5, 0}, std::vector<float>{0.25, 2});
  EXPECT_FLOAT_EQ(reference.output.values<float>()[0], 2.75F / 6 + 0.5F);
  EXPECT_FLOAT_EQ(reference.output.values<float>()[1], 0.5F);
}

TEST(Reference, ComputesATransposedExample) {
  // Each input is spread over its own 2x2 block: stride equals kernel.
  const Workload workload =
      *parse_spec("conv2d_transpose:ci=1,h=1,w=2,co=1,k=2,stride=2,shift=0,clip_min=-128");
  EXPECT_EQ(output_of(workload, {1, 3}, {1, 2, -1, 4}, {0}),
            (std::vector<int8_t>{1, 2, 3, 6, -1, 4, -3, 12}));
}

TEST(Reference, MultipliesMatricesAsTheyLie) {
  // [1 2; 3 4] times [5 6; 7 8], plus a bias per column.
  for (const char* transposes : {"", ",transpose_a=1", ",transpose_b=1", ",transpose_a=1,transpose_b=1"}) {
    const Workload workload = *parse_spec(std::string("matmul:m=2,n=2,k=2,type=float32") + transposes);
    const std::vector<float> a =
        workload.matmul.transpose_a ? std::vector<float>{1, 3, 2, 4} : std::vector<float>{1, 2, 3, 4};
    const std::vector<float> b =
        workload.matmul.transpose_b ? std::vector<float>{5, 7, 6, 8} : std::vector<float>{5, 6, 7, 8};
    EXPECT_EQ(reference_result(workload, a, b, std::vector<float>{0, 100}).output,
              Tensor(std::vector<float>{19, 122, 43, 150}))
        << transposes;
  }
}

TEST(Reference, ClipsFloatsAfterTheBias) {
  const Workload workload = *parse_spec("dense:n=4,ci=1,co=1,clip_min=-1,clip_max=2.5,type=float32");
  EXPECT_EQ(reference_result(workload, std::vector<float>{-3, -1.25F, 1, 9}, std::vector<float>{1},
                             std::vector<float>{0.5F})
                .output,
            Tensor(std::vector<float>{-1, -0.75F, 1.5F, 2.5F}));
}

TEST(Reference, SkipsInputsBetweenDilatedTaps) {
  const Workload workload = *parse_spec("conv2d:ci=1,h=1,w=5,co=1,kh=1,kw=2,dilation_w=3,type=float32");
  EXPECT_EQ(reference_result(workload, std::vector<float>{1, 2, 4, 8, 16}, std::vector<float>{1, 10},
                             std::vector<float>{0})
                .output,
            Tensor(std::vector<float>{81, 162}));
}

TEST(Reference, WrapsAroundLikeTheAccumulator) {
  // 2^17 + 1 products of (-128) * (-128) = 2^14 come to 2^31 + 2^14, which wraps to a negative sum.
  const Workload workload = *parse_spec("dense:ci=131073,co=1,shift=14,bias=0,clip_min=-128");
  const std::vector<int8_t> lowest(131073, -128);
  EXPECT_EQ(output_of(workload, lowest, lowest, {0}), (std::vector<int8_t>{-128}));
}

TEST(Reference, PassesOverWhatMeetsPaddingOnly) {
  // A kernel far larger than its input: 2^40 pairs of outputs and taps, of which 2^20 are products.
  for (const char* spec :
       {"conv2d:ci=1,h=1,w=1,co=1,kh=1048576,kw=1,pad_h=1048575,shift=0,clip_min=-128,bias=0",
        "conv2d_transpose:ci=1,h=1,w=1,co=1,kh=1048576,kw=1,shift=0,clip_min=-128,bias=0"}) {
    const Workload workload = *parse_spec(spec);
    const WorkloadData data = make_data(workload, 1);
    std::vector<int8_t> expected = data.weights.values<int8_t>();
    if (workload.op == Operator::conv2d) std::reverse(expected.begin(), expected.end());
    EXPECT_EQ(output_of(workload, {1}, data.weights.values<int8_t>(), {0}), expected) << spec;
  }
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

TEST(MakeData, DrawsFloatsBetweenMinusOneAndOne) {
  const WorkloadData data = make_data(*parse_spec("dense:ci=256,co=64,type=float32"), 1);
  for (const Tensor* tensor : {&data.input, &data.weights, &data.bias}) {
    const auto& values = tensor->values<float>();
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    EXPECT_GE(*low, -1.0F);
    EXPECT_LT(*low, -0.9F);
    EXPECT_LE(*high, 1.0F);
    EXPECT_GT(*high, 0.9F);
  }
  EXPECT_EQ(data.output.values<float>().size(), 64U);
  const WorkloadData plain = make_data(*parse_spec("dense:ci=256,co=64,bias=0,type=float32"), 1);
  EXPECT_EQ(plain.bias.values<float>(), std::vector<float>(64, 0.0F));
}

/// Whether an image tensor in `layout` has the elements of one in nchw.
bool same_elements(const Tensor& nchw, const Tensor& other, Layout layout, int64_t channels, int64_t height,
                   int64_t width) {
  size_t element = 0;
  bool same = nchw.size() == other.size();
  for (int64_t n = 0; same && element < nchw.size(); ++n)
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t y = 0; y < height; ++y)
        for (int64_t x = 0; x < width; ++x)
          same &= nchw.values<float>()[element++] ==
                  other.values<float>()[element_of(layout, channels, height, width, n, c, y, x)];
  return same;
}

TEST(MakeData, IsTheSameInEveryLayout) {
  const std::string spec = "conv2d:n=2,ci=16,h=5,w=4,co=32,k=3,type=float32,layout=";
  const WorkloadData plain = make_data(*parse_spec(spec + "nchw"), 1);
  for (const Layout layout : {Layout::nhwc, Layout::nchw16c}) {
    const WorkloadData data = make_data(*parse_spec(spec + std::string(to_string(layout))), 1);
    EXPECT_TRUE(same_elements(plain.input, data.input, layout, 16, 5, 4));
    EXPECT_TRUE(same_elements(plain.output, data.output, layout, 32, 3, 2));
    EXPECT_EQ(plain.weights, data.weights);
    EXPECT_NE(plain.input, data.input);
  }
}

TEST(MakeData, PutsMostOutputsInsideTheClipRange) {
  for (const char* spec :
       {"conv2d:ci=64,h=14,w=14,co=64,k=3,pad=1", "conv2d:ci=64,h=14,w=14,co=64,k=3,pad=1,bias=0",
        "conv2d:ci=1,h=14,w=14,co=16,k=1", "depthwise_conv2d:ci=32,h=14,w=14,k=3,pad=1",
        "dense:n=4,ci=4096,co=64", "dense:n=4,ci=768,co=64,clip_min=-128,bias=0",
        "conv2d_transpose:ci=64,h=7,w=7,co=32,k=4,stride=2,pad=1", "matmul:batch=2,m=16,n=16,k=64"}) {
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
