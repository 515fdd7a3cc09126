// The configs of small spaces: their programs stay inside their buffers, and compute the reference result as
// the interpreter understands them and as machine code. Quick runs take configs evenly spread over a space;
// built with TAMIS_EVERY_CONFIG, the test checks the accesses of all of them and runs all of them.
#include "targets/cpu/support/subject.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace tamis::cpu {
namespace {

using testing::Subject;
using testing::workload;

#ifdef TAMIS_EVERY_CONFIG
constexpr uint64_t kChecked = UINT64_MAX, kInterpreted = 400, kRun = UINT64_MAX;
#else
constexpr uint64_t kChecked = 300, kInterpreted = 5, kRun = 12;
#endif

struct Case {
  const char* name;
  const char* spec;
};

void PrintTo(const Case& one, std::ostream* stream) { *stream << one.spec; }

/// Each case with one thread and with two.
class EveryConfig : public ::testing::TestWithParam<std::tuple<Case, int>> {
 protected:
  void SetUp() override {
    auto made = Subject::make("", std::get<int>(GetParam()), workload(std::get<Case>(GetParam()).spec), 11);
    ASSERT_TRUE(made.ok()) << made.error().message;
    subject_ = std::move(*made);
    allowed_ = subject_->space().allowed_keys(Space::kVisitable).value();
    ASSERT_FALSE(allowed_.empty());
  }

  /// At most so many configs, evenly spread; all pass.
  template <class FindFault>
  void expect_no_fault(uint64_t most, const FindFault& find_fault) {
    const uint64_t count = std::min<uint64_t>(most, allowed_.size());
    for (uint64_t i = 0; i < count; ++i) {
      const Config config = subject_->space().config(allowed_[i * allowed_.size() / count]);
      const auto fault = find_fault(config);
      ASSERT_FALSE(fault.has_value()) << subject_->space().describe(config) << "\n" << *fault;
    }
  }

  std::optional<Subject> subject_;
  std::vector<ConfigKey> allowed_;
};

TEST_P(EveryConfig, StaysInsideItsBuffers) {
  expect_no_fault(kChecked, [&](const Config& config) { return subject_->overruns(config); });
}

TEST_P(EveryConfig, MeansTheReferenceResult) {
  expect_no_fault(kInterpreted, [&](const Config& config) { return subject_->interprets_wrongly(config); });
}

TEST_P(EveryConfig, ComputesTheReferenceResult) {
  expect_no_fault(kRun, [&](const Config& config) { return subject_->runs_wrongly(config); });
}

const auto kCases = ::testing::Values(
    Case{"Conv", "conv2d:n=2,ci=5,h=3,w=3,co=19,k=3,pad=1"},
    Case{"ConvStride2Nhwc", "conv2d:ci=6,h=5,w=5,co=17,k=3,stride=2,pad=1,layout=nhwc"},
    Case{"ConvDilation", "conv2d:ci=3,h=3,w=4,co=5,k=3,pad=2,dilation=2,layout=nhwc"},
    Case{"ConvBlocked", "conv2d:n=2,ci=16,h=2,w=3,co=32,k=3,pad=1,layout=nchw16c"},
    Case{"ConvUnequal", "conv2d:ci=4,h=4,w=6,co=7,kh=1,kw=5,stride_h=1,stride_w=2,pad_h=0,pad_w=2"},
    Case{"ConvSame", "conv2d:ci=5,h=4,w=6,co=7,k=3,stride=2,pad=same,layout=nhwc"},
    Case{"ConvPaddedAtTheEnd", "conv2d:ci=4,h=4,w=3,co=18,k=2,pad_bottom=1,pad_right=2"},
    Case{"ConvPaddedAtTheBeginning", "conv2d:ci=16,h=4,w=3,co=16,k=2,pad_top=2,pad_left=1,layout=nchw16c"},
    Case{"WinogradPaddedUnevenly",
         "conv2d:ci=8,h=3,w=4,co=17,k=3,pad_top=0,pad_left=2,pad_bottom=2,pad_right=1,layout=nhwc"},
    Case{"PointwisePaddedAtTheEnd", "conv2d:ci=9,h=2,w=3,co=18,k=1,pad_right=1,layout=nhwc"},
    Case{"GroupedSame", "grouped_conv2d:ci=6,h=4,w=3,co=9,k=2,pad=same,groups=3"},
    Case{"ConvOfManyWeights", "conv2d:ci=32,h=3,w=2,co=30,k=3,pad=1"},
    Case{"DenseOfManyWeights", "dense:n=3,ci=130,co=257"},
    Case{"DepthwiseSame", "depthwise_conv2d:ci=35,h=6,w=6,k=5,stride=2,pad=same,layout=nhwc"},
    Case{"DepthwisePaddedAtTheEnd", "depthwise_conv2d:ci=19,h=4,w=3,k=2,pad_bottom=1,pad_right=1"},
    Case{"Int8ConvSame", "conv2d:ci=5,h=4,w=4,co=18,k=3,stride=2,pad=same,type=int8"},
    Case{"ConvWithoutPadding", "conv2d:ci=4,h=4,w=5,co=18,k=3,pad=0,layout=nhwc,bias=0,relu=0"},
    Case{"ConvManyChannels", "conv2d:ci=72,h=3,w=3,co=17,k=3,stride=2,pad=1,layout=nhwc,clip_max=0.5"},
    Case{"Pointwise", "conv2d:n=2,ci=20,h=2,w=3,co=40,k=1,layout=nhwc"},
    Case{"PointwiseNchw", "conv2d:n=2,ci=20,h=2,w=3,co=40,k=1"},
    Case{"PointwiseStride2", "conv2d:ci=9,h=5,w=5,co=18,k=1,stride=2,layout=nhwc"},
    Case{"Winograd", "conv2d:ci=9,h=3,w=3,co=20,k=3,pad=1,layout=nhwc"},
    Case{"WinogradNchw", "conv2d:n=2,ci=8,h=2,w=5,co=15,k=3,pad=1,bias=0"},
    Case{"WinogradBlocked", "conv2d:ci=16,h=5,w=4,co=16,k=3,pad=0,layout=nchw16c,relu=0"},
    Case{"WinogradStride2", "conv2d:ci=9,h=6,w=7,co=20,k=3,stride=2,pad=1,layout=nhwc"},
    Case{"WinogradStride2Nchw", "conv2d:n=2,ci=8,h=3,w=9,co=15,k=3,stride=2,pad_top=2,pad_right=1,bias=0"},
    Case{"WinogradStride2Blocked", "conv2d:ci=16,h=9,w=5,co=16,k=3,stride=2,pad=0,layout=nchw16c,relu=0"},
    Case{"FewChannels", "conv2d:n=2,ci=3,h=6,w=7,co=18,k=3,stride=2,pad=1,layout=nhwc"},
    Case{"FewChannelsNchw", "conv2d:ci=3,h=3,w=6,co=17,k=5,pad_top=3,pad_left=1,pad_right=2,residual=1"},
    Case{"OneChannel", "conv2d:ci=1,h=5,w=2,co=19,k=3,pad=2,dilation=2,layout=nhwc,bias=0"},
    Case{"FewChannelsInGroups", "grouped_conv2d:ci=6,h=4,w=4,co=6,k=3,stride=2,pad=1,groups=3,layout=nhwc"},
    Case{"Grouped", "grouped_conv2d:ci=6,h=4,w=3,co=9,k=3,pad=1,groups=3"},
    Case{"GroupedNhwc", "grouped_conv2d:n=2,ci=10,h=3,w=4,co=34,k=3,pad=1,groups=2,layout=nhwc"},
    Case{"GroupedBlocked", "grouped_conv2d:ci=32,h=3,w=3,co=32,k=3,pad=1,groups=2,layout=nchw16c"},
    Case{"Transposed", "conv2d_transpose:ci=6,h=3,w=4,co=19,k=3,stride=2,pad=1,output_pad=1,layout=nhwc"},
    Case{"TransposedNchw", "conv2d_transpose:n=2,ci=5,h=3,w=2,co=7,k=4,stride=2,pad=1"},
    Case{"TransposedBlocked", "conv2d_transpose:ci=16,h=3,w=2,co=32,k=2,stride=2,layout=nchw16c,residual=1"},
    Case{"TransposedStrideOne", "conv2d_transpose:ci=6,h=3,w=4,co=7,k=3,pad=1,layout=nhwc,bias=0,relu=0"},
    Case{"TransposedKernelBelowTheStride", "conv2d_transpose:ci=6,h=3,w=2,co=7,k=2,stride=3,layout=nhwc"},
    Case{"TransposedCutFar",
         "conv2d_transpose:ci=6,h=6,w=5,co=7,k=2,stride=2,pad_top=3,pad_right=2,layout=nhwc"},
    Case{"TransposedManyChannels",
         "conv2d_transpose:ci=70,h=3,w=2,co=17,kh=1,kw=5,stride_h=1,stride_w=3,pad=same,activation=silu"},
    Case{"Depthwise", "depthwise_conv2d:n=2,ci=5,h=4,w=5,k=3,pad=1"},
    Case{"DepthwiseNhwc", "depthwise_conv2d:ci=35,h=5,w=4,k=3,stride=2,pad=1,layout=nhwc"},
    Case{"DepthwiseBlocked", "depthwise_conv2d:ci=32,h=4,w=5,k=3,stride=1,pad=1,layout=nchw16c"},
    Case{"DepthwiseWithoutPadding", "depthwise_conv2d:ci=19,h=5,w=5,k=3,layout=nhwc,bias=0"},
    Case{"Separable", "separable_conv2d:ci=35,h=5,w=4,co=37,k=3,stride=2,pad=1,layout=nhwc"},
    Case{"SeparableNchw", "separable_conv2d:n=2,ci=5,h=4,w=5,co=19,k=3,pad=1,residual=1,inner_bias=0"},
    Case{"SeparableBlocked",
         "separable_conv2d:ci=32,h=4,w=5,co=16,k=3,pad=1,layout=nchw16c,inner_activation=hard_swish,relu=0"},
    Case{"SeparableSame",
         "separable_conv2d:n=2,ci=19,h=6,w=3,co=18,k=5,stride=2,pad=same,layout=nhwc,bias=0,activation=silu"},
    Case{"SeparableWithoutPadding",
         "separable_conv2d:ci=256,h=4,w=4,co=20,k=3,layout=nhwc,inner_clip_max=6,residual=1,clip_max=1"},
    Case{"Dense", "dense:n=5,ci=37,co=50"}, Case{"DenseOneRow", "dense:n=1,ci=130,co=33"},
    Case{"Matmul", "matmul:batch=2,m=5,n=35,k=7"},
    Case{"MatmulTransposedA", "matmul:batch=2,m=5,n=19,k=7,transpose_a=1"},
    Case{"MatmulTransposedB", "matmul:batch=2,m=5,n=35,k=7,transpose_b=1,relu=0"},
    Case{"MatmulBothTransposed", "matmul:m=6,n=16,k=70,transpose_a=1,transpose_b=1,bias=0"},
    Case{"ConvResidual", "conv2d:n=2,ci=70,h=3,w=3,co=19,k=3,stride=2,pad=1,residual=1,clip_max=6"},
    Case{"ConvSilu", "conv2d:ci=16,h=2,w=3,co=32,k=3,pad=1,layout=nchw16c,activation=silu,residual=1"},
    Case{"WinogradResidual", "conv2d:n=2,ci=9,h=3,w=5,co=20,k=3,pad=1,activation=hard_swish,residual=1"},
    Case{"GroupedResidual", "grouped_conv2d:ci=6,h=4,w=3,co=34,k=3,pad=1,groups=2,residual=1,layout=nhwc"},
    Case{"DepthwiseResidual", "depthwise_conv2d:n=2,ci=35,h=4,w=5,k=3,pad=1,residual=1,activation=gelu"},
    Case{"DenseGelu", "dense:n=5,ci=70,co=50,activation=gelu"},
    Case{"MatmulResidual", "matmul:batch=2,m=5,n=35,k=70,transpose_b=1,residual=1,activation=tanh"},
    Case{"Volume", "conv3d:n=2,ci=5,d=3,h=3,w=4,co=19,k=3,pad=1"},
    Case{"VolumeStride2Nhwc", "conv3d:ci=6,d=5,h=4,w=5,co=17,k=3,stride=2,pad=1,layout=nhwc,residual=1"},
    Case{"VolumeBlocked", "conv3d:ci=16,d=3,h=2,w=3,co=32,kd=2,kh=2,kw=1,pad_back=1,layout=nchw16c"},
    Case{"VolumeDilation", "conv3d:ci=70,d=4,h=3,w=3,co=7,k=2,dilation=2,pad=same,activation=silu"},
    Case{"VolumeFewChannels", "conv3d:ci=3,d=3,h=4,w=4,co=18,k=3,pad=1,layout=nhwc"},
    Case{"VolumePointwise", "conv3d:n=2,ci=9,d=2,h=2,w=3,co=18,k=1,layout=nhwc,bias=0"},
    Case{"VolumeOfADeepKernel",
         "conv3d:ci=5,d=6,h=1,w=5,co=9,kd=4,kh=1,kw=2,stride_d=2,stride_h=1,stride_w=1"},
    Case{"Int8Volume", "conv3d:ci=6,d=3,h=3,w=3,co=9,k=2,pad=1,type=int8"},
    Case{"HalfDense", "dense:n=5,ci=37,co=50,type=float16"},
    Case{"HalfDenseOneRow", "dense:n=1,ci=130,co=33,type=bfloat16,activation=gelu"},
    Case{"HalfMatmul", "matmul:batch=2,m=5,n=35,k=16,type=float16,residual=1"},
    Case{"HalfMatmulTransposed", "matmul:m=6,n=19,k=7,transpose_a=1,transpose_b=1,type=bfloat16,bias=0"},
    Case{"HalfConv", "conv2d:n=2,ci=9,h=4,w=4,co=20,k=3,pad=1,type=float16,residual=1"},
    Case{"HalfConvNhwc", "conv2d:ci=18,h=5,w=4,co=33,k=3,stride=2,pad=1,type=bfloat16,layout=nhwc"},
    Case{"HalfConvBlocked", "conv2d:ci=16,h=3,w=4,co=32,k=3,pad=1,type=float16,layout=nchw16c"},
    Case{"HalfFewChannels", "conv2d:ci=3,h=6,w=7,co=18,k=3,stride=2,pad=1,type=float16"},
    Case{"HalfPointwise", "conv2d:n=2,ci=20,h=2,w=3,co=40,k=1,layout=nhwc,type=float16"},
    Case{"HalfGrouped", "grouped_conv2d:ci=6,h=4,w=3,co=34,k=3,pad=1,groups=2,layout=nhwc,type=float16"},
    Case{"HalfDepthwise", "depthwise_conv2d:ci=35,h=5,w=4,k=3,stride=2,pad=1,layout=nhwc,type=float16"},
    Case{"HalfDepthwiseNchw", "depthwise_conv2d:n=2,ci=5,h=4,w=5,k=3,pad=1,type=bfloat16"},
    Case{"HalfTransposed", "conv2d_transpose:ci=6,h=3,w=4,co=19,k=3,stride=2,pad=1,type=float16"},
    Case{"HalfVolume", "conv3d:ci=5,d=3,h=3,w=4,co=19,k=3,pad=1,type=float16"},
    Case{"Int8Conv", "conv2d:n=2,ci=5,h=2,w=4,co=18,k=3,pad=1,type=int8"},
    Case{"Int8ConvNhwc", "conv2d:ci=8,h=5,w=4,co=17,k=3,stride=2,pad=1,dilation=2,type=int8,layout=nhwc"},
    Case{"Int8ConvBlocked", "conv2d:ci=16,h=3,w=4,co=32,k=3,pad=1,type=int8,layout=nchw16c"},
    Case{"Int8Grouped", "grouped_conv2d:ci=10,h=3,w=3,co=6,k=3,pad=1,groups=2,type=int8,layout=nhwc"},
    Case{"Int8Depthwise", "depthwise_conv2d:ci=19,h=3,w=4,k=3,pad=1,type=int8,layout=nhwc"},
    Case{"Int8DepthwiseNchw", "depthwise_conv2d:n=2,ci=6,h=4,w=4,k=3,stride=2,pad=1,type=int8"},
    Case{"Int8Matmul", "matmul:batch=2,m=5,n=35,k=7,type=int8"},
    Case{"Int8MatmulTransposedA", "matmul:m=5,n=19,k=16,transpose_a=1,type=int8,bias=0,shift=2"},
    Case{"Int8MatmulTransposedB", "matmul:batch=2,m=6,n=16,k=70,transpose_b=1,type=int8,clip_min=-128"},
    Case{"Int8Dense", "dense:n=5,ci=37,co=50,type=int8,shift=3,bias=0,clip_min=-128"});

INSTANTIATE_TEST_SUITE_P(Small, EveryConfig, ::testing::Combine(kCases, ::testing::Values(1, 2)),
                         [](const auto& one) {
                           return std::string(std::get<Case>(one.param).name) + "Threads" +
                                  std::to_string(std::get<int>(one.param));
                         });

}  // namespace
}  // namespace tamis::cpu
