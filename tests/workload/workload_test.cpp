#include "tamis/workload.h"

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

Workload c2() { return *parse_spec("conv2d:n=1,ci=64,h=56,w=56,co=64,k=3,stride=1,pad=1"); }

TEST(Operator, HasAWordThatIsReadBack) {
  for (const Operator op :
       {Operator::conv2d, Operator::grouped_conv2d, Operator::depthwise_conv2d, Operator::conv2d_transpose,
        Operator::dense, Operator::matmul, Operator::separable_conv2d})
    EXPECT_EQ(*parse_operator(to_string(op)), op);
  EXPECT_THAT(parse_operator("conv2").error().message, HasSubstr("did you mean \"conv2d\"?"));
}

TEST(Workload, CountsOutputsAndMultiplyAccumulates) {
  EXPECT_EQ(output_height(c2()), 56);
  EXPECT_EQ(multiply_accumulates(c2()), 115'605'504);
  const Workload strided = *parse_spec("conv2d:ci=64,h=56,w=28,co=128,k=3,stride=2,pad=1");
  EXPECT_EQ(output_height(strided), 28);
  EXPECT_EQ(output_width(strided), 14);
  const Workload depthwise = *parse_spec("depthwise_conv2d:ci=32,h=8,w=8,k=3,pad=1");
  EXPECT_EQ(multiply_accumulates(depthwise), 32 * 64 * 9);
  const Workload dense = *parse_spec("dense:n=128,ci=768,co=3072");
  EXPECT_EQ(multiply_accumulates(dense), int64_t{128} * 768 * 3072);
}

TEST(Workload, CountsBothPartsOfASeparableConvolution) {
  const Workload workload =
      *parse_spec("separable_conv2d:ci=8,h=6,w=5,co=4,k=3,stride=2,pad=1,type=float32,inner_bias=0");
  const SeparableParts parts = separable_parts(workload);
  EXPECT_EQ(multiply_accumulates(workload),
            multiply_accumulates(parts.depthwise) + multiply_accumulates(parts.pointwise));
  const TensorSizes sizes = tensor_sizes(workload);
  EXPECT_EQ(sizes.inner_weights, tensor_sizes(parts.depthwise).weights);
  EXPECT_EQ(sizes.weights, tensor_sizes(parts.pointwise).weights);
  EXPECT_EQ(sizes.output, tensor_sizes(parts.pointwise).output);
}

TEST(SeparableConvolution, IsJoinedAgainFromItsParts) {
  const Workload workload = *parse_spec(
      "separable_conv2d:n=2,ci=8,h=6,w=5,co=4,k=3,stride=2,pad=1,type=float32,inner_clip_max=6,relu=0,"
      "residual=1,layout=nhwc");
  const SeparableParts parts = separable_parts(workload);
  EXPECT_EQ(parts.depthwise.name,
            "depthwise_conv2d:n=2,ci=8,h=6,w=5,k=3,stride=2,pad=1,clip_max=6,type=float32,layout=nhwc");
  EXPECT_EQ(
      parts.pointwise.name,
      "conv2d:n=2,ci=8,h=3,w=3,co=4,k=1,stride=1,pad=0,clip_min=none,residual=1,type=float32,layout=nhwc");
  EXPECT_EQ(join_separable(parts.depthwise, parts.pointwise), workload);
}

TEST(SeparableConvolution, IsNotJoinedFromOtherParts) {
  const auto joined = [](const char* first, const char* second) {
    return join_separable(*parse_spec(first), *parse_spec(second)).has_value();
  };
  const char* first = "depthwise_conv2d:ci=8,h=6,w=6,k=3,pad=1,type=float32";
  EXPECT_TRUE(joined(first, "conv2d:ci=8,h=6,w=6,co=4,k=1,type=float32"));
  EXPECT_FALSE(joined(first, "conv2d:ci=8,h=6,w=6,co=4,k=3,pad=1,type=float32"));
  EXPECT_FALSE(joined(first, "conv2d:ci=8,h=6,w=6,co=4,k=1,stride=2,type=float32"));
  EXPECT_FALSE(joined(first, "conv2d:ci=8,h=5,w=6,co=4,k=1,type=float32"));
  EXPECT_FALSE(joined(first, "conv2d:ci=8,h=6,w=6,co=4,k=1,type=float32,layout=nhwc"));
  EXPECT_FALSE(joined("depthwise_conv2d:ci=8,h=6,w=6,k=3,pad=1,type=float32,residual=1",
                      "conv2d:ci=8,h=6,w=6,co=4,k=1,type=float32"));
  EXPECT_FALSE(
      joined("depthwise_conv2d:ci=8,h=6,w=6,k=3,pad=1,type=int8", "conv2d:ci=8,h=6,w=6,co=4,k=1,type=int8"));
  EXPECT_FALSE(
      joined("conv2d:ci=8,h=6,w=6,co=8,k=3,pad=1,type=float32", "conv2d:ci=8,h=6,w=6,co=4,k=1,type=float32"));
}

TEST(SeparableConvolution, SaysWhatItCannotBe) {
  const auto message = [](const char* spec) { return parse_spec(spec).error().message; };
  EXPECT_THAT(message("separable_conv2d:ci=8,h=6,w=6,co=4,k=3,type=int8"), HasSubstr("float32 only"));
  EXPECT_THAT(message("separable_conv2d:ci=8,h=6,w=6,co=4,k=3,type=float32,inner_clip_min=0,inner_relu=1"),
              HasSubstr("\"inner_relu\" and \"inner_clip_min\" set the same bound"));
  EXPECT_THAT(message("separable_conv2d:ci=8,h=6,w=6,co=4,k=3,type=float32,inner_activation=relu"),
              HasSubstr("write relu=1"));
  EXPECT_THAT(message("conv2d:ci=8,h=6,w=6,co=4,k=3,inner_bias=0"), HasSubstr("no key \"inner_bias\""));
  Workload residual = *parse_spec("separable_conv2d:ci=8,h=6,w=6,co=4,k=3,type=float32");
  residual.inner->residual = true;
  EXPECT_THAT(validate(residual).error().message, HasSubstr("has no residual"));
  Workload plain = c2();
  plain.inner = default_epilogue(DataType::float32);
  EXPECT_THAT(validate(plain).error().message, HasSubstr("for separable_conv2d only"));
}

TEST(Workload, CountsTransposedOutputs) {
  const Workload workload = *parse_spec("conv2d_transpose:ci=8,h=5,w=7,co=4,k=4,stride=3,pad=1,output_pad=2");
  EXPECT_EQ(output_height(workload), (5 - 1) * 3 - 2 + 4 + 2);
  EXPECT_EQ(output_width(workload), (7 - 1) * 3 - 2 + 4 + 2);
  EXPECT_EQ(multiply_accumulates(workload), 8 * 4 * 5 * 7 * 16);
}

struct BadCase {
  std::function<void(Workload&)> spoil;
  std::string message;
};

TEST(Validate, NamesWhatIsImpossible) {
  const std::vector<BadCase> cases = {
      {[](Workload& w) { w.shape.n = 0; }, "n is 0"},
      {[](Workload& w) { w.shape.ci = -64; }, "ci is -64"},
      {[](Workload& w) { w.shape.h = INT64_MAX; }, "h is 9223372036854775807"},
      {[](Workload& w) { w.shape.kernel_w = 0; }, "kw is 0"},
      {[](Workload& w) { w.shape.stride_h = 0; }, "stride_h is 0"},
      {[](Workload& w) { w.shape.pad_w = -1; }, "pad_w is -1"},
      {[](Workload& w) { w.shape.extra_pad_h = -2; }, "pad_bottom is -1"},
      {[](Workload& w) { w.shape.extra_pad_w = INT64_MAX; }, "extra_pad_w is 9223372036854775807"},
      {[](Workload& w) { w.shape.groups = 3; }, "groups is 3; it must divide ci (64)"},
      {[](Workload& w) { w.shape.groups = 2; }, "use grouped_conv2d"},
      {[](Workload& w) { w.shape.kernel_h = 59; }, "output would be empty"},
      {[](Workload& w) { w.shape.output_pad_h = 1; }, "output_pad is for conv2d_transpose only"},
      {[](Workload& w) { w.epilogue.shift = 32; }, "shift is 32"},
      {[](Workload& w) { w.epilogue.shift = -1; }, "shift is -1"},
      {[](Workload& w) { w.epilogue.clip_min = -129; }, "clip_min -129"},
      {[](Workload& w) { w.epilogue.clip_max = -1; }, "must be in order"},
      {[](Workload& w) { w.shape.h = w.shape.w = 1 << 14; },
       "the input would have more than 2147483648 elements"},
      {[](Workload& w) { w.shape.co = 1 << 24; }, "the weights would have more than"},
      {[](Workload& w) { w.shape.pad_h = w.shape.pad_w = 1 << 20; }, "the output would have more than"},
      {[](Workload& w) { w.op = Operator::depthwise_conv2d; },
       "depthwise_conv2d needs groups and co equal to ci"},
      {[](Workload& w) { w.op = Operator::dense; }, "dense has n, ci and co only"},
      {[](Workload& w) { w.op = Operator::matmul; }, "matmul has batch, m, n and k only"},
      {[](Workload& w) { w.matmul.k = 2; }, "for matmul only, not for conv2d"},
      {[](Workload& w) { w.shape.dilation_h = 0; }, "dilation_h is 0"},
      {[](Workload& w) { w.shape.dilation_w = INT64_MAX; }, "dilation_w is 9223372036854775807"},
      {[](Workload& w) { w.epilogue.clip_max = std::nan(""); }, "clip_max nan"},
      {[](Workload& w) { w.epilogue.clip_min = 0.5; }, "must be an integer"},
      {[](Workload& w) { w.type = DataType::float32; }, "shift is 8; float32 has none"},
  };
  ASSERT_TRUE(validate(c2()).ok());
  for (const BadCase& bad : cases) {
    Workload workload = c2();
    bad.spoil(workload);
    const Status status = validate(workload);
    ASSERT_FALSE(status.ok()) << bad.message;
    EXPECT_EQ(status.error().kind, ErrorKind::invalid_input);
    EXPECT_THAT(status.error().message, HasSubstr(bad.message));
  }
}

TEST(Validate, HoldsBoundsOfFloatsApart) {
  const double none = std::numeric_limits<double>::infinity();
  const auto allowed = [](double low, double high) {
    Workload workload = *parse_spec("dense:ci=16,co=16,type=float32");
    workload.epilogue.clip_min = low;
    workload.epilogue.clip_max = high;
    return validate(workload).ok();
  };
  EXPECT_TRUE(allowed(-none, none) && allowed(-0.25, 0.25) && allowed(3, 3));
  EXPECT_FALSE(allowed(none, none) || allowed(-none, -none) || allowed(1, 0.5) || allowed(0, 1e39));
  EXPECT_FALSE(allowed(std::nan(""), 1) || allowed(0, std::nan("")));
}

TEST(Validate, RefusesDilationOfATransposedConvolution) {
  Workload workload = *parse_spec("conv2d_transpose:ci=8,h=5,w=5,co=8,k=3");
  workload.shape.dilation_h = 2;
  EXPECT_THAT(validate(workload).error().message, HasSubstr("conv2d_transpose has none"));
}

TEST(Validate, RefusesALayoutWhereThereIsNoChoice) {
  Workload workload = *parse_spec("dense:ci=16,co=16");
  workload.layout = Layout::nhwc;
  EXPECT_THAT(validate(workload).error().message, HasSubstr("no layout to choose"));
}

TEST(Validate, HoldsOutputPaddingBelowTheStride) {
  EXPECT_FALSE(parse_spec("conv2d_transpose:ci=8,h=5,w=5,co=8,k=3,stride=2,output_pad=2").ok());
  EXPECT_TRUE(parse_spec("conv2d_transpose:ci=8,h=5,w=5,co=8,k=3,stride=2,output_pad=1").ok());
  EXPECT_THAT(parse_spec("conv2d_transpose:ci=8,h=1,w=1,co=8,k=2,pad=1").error().message,
              HasSubstr("output would be empty"));
}

}  // namespace
}  // namespace tamis
