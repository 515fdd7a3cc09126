// Specs and JSON of types, layouts, dilation, products and bounds; spec_test.cpp has the rest.

#include "base/json.h"
#include "tamis/random.h"
#include "tamis/workload.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

constexpr WorkloadDefaults kFloat{DataType::float32};
constexpr double kNone = std::numeric_limits<double>::infinity();
const std::string kConv = "conv2d:n=1,ci=32,h=8,w=8,co=32,k=3,stride=1,pad=1";

TEST(TypedSpec, TakesTheTypeThatTheTargetComputesIn) {
  const Workload open = parse_spec(kConv, kFloat).value();
  EXPECT_EQ(open.type, DataType::float32);
  EXPECT_EQ(open.epilogue, default_epilogue(DataType::float32));
  EXPECT_EQ(open.name, kConv + ",type=float32");
  EXPECT_EQ(parse_spec(kConv).value().type, DataType::int8);
  EXPECT_EQ(parse_spec(kConv).value().name, kConv);
}

TEST(TypedSpec, SaysTheTypeInItsNameWhereverItCouldBeMistaken) {
  const Workload named = parse_spec(kConv + ",type=int8", kFloat).value();
  EXPECT_EQ(named.type, DataType::int8);
  EXPECT_EQ(named.epilogue, Epilogue{});
  EXPECT_EQ(named.name, kConv + ",type=int8");
  EXPECT_EQ(parse_spec(named.name, kFloat).value(), named);
  EXPECT_EQ(to_spec(named), kConv) << "logs have it as before";
  const Workload given = parse_spec(kConv + ",type=float32").value();
  EXPECT_EQ(parse_spec(given.name).value(), given);
  EXPECT_EQ(parse_spec(given.name, kFloat).value(), given);
}

TEST(TypedSpec, ReadsTheTypeWhereverItStands) {
  const Workload last = parse_spec("dense:ci=16,co=16,shift=3,clip_min=none,type=int8", kFloat).value();
  EXPECT_EQ(last.epilogue, (Epilogue{3, true, -128, 127}));
  EXPECT_EQ(parse_spec("dense:type=int8,clip_min=none,co=16,shift=3,ci=16", kFloat).value(), last);
}

TEST(TypedSpec, ReadsDilationLayoutAndBounds) {
  const Workload workload =
      parse_spec(kConv + ",dilation_h=2,dilation_w=3,layout=nhwc,clip_min=-0.5,clip_max=6", kFloat).value();
  EXPECT_EQ(workload.shape.dilation_h, 2);
  EXPECT_EQ(workload.shape.dilation_w, 3);
  EXPECT_EQ(workload.layout, Layout::nhwc);
  EXPECT_EQ(workload.epilogue.clip_min, -0.5);
  EXPECT_EQ(workload.epilogue.clip_max, 6);
  EXPECT_EQ(output_height(workload), 6);
  EXPECT_EQ(output_width(workload), 4);
  EXPECT_EQ(workload.name,
            kConv + ",dilation_h=2,dilation_w=3,clip_min=-0.5,clip_max=6,type=float32,layout=nhwc");
  EXPECT_EQ(parse_spec(kConv + ",dilation=2").value().name, kConv + ",dilation=2");
}

TEST(TypedSpec, WritesTheRectifierAsABound) {
  EXPECT_EQ(parse_spec(kConv + ",relu=0", kFloat).value().epilogue.clip_min, -kNone);
  EXPECT_EQ(parse_spec(kConv + ",relu=0", kFloat).value().name, kConv + ",clip_min=none,type=float32");
  EXPECT_EQ(parse_spec(kConv + ",relu=1", kFloat).value().name, kConv + ",type=float32");
  EXPECT_EQ(parse_spec(kConv + ",relu=0").value().name, kConv + ",clip_min=-128");
  EXPECT_EQ(parse_spec(kConv + ",relu=1,clip_max=none").value().name, kConv);
}

TEST(TypedSpec, WritesEqualBoundsAlike) {
  EXPECT_EQ(parse_spec(kConv + ",clip_max=-0,clip_min=none", kFloat).value().name,
            kConv + ",clip_min=none,clip_max=0,type=float32");
  EXPECT_EQ(parse_spec(kConv + ",clip_max=600e-2", kFloat).value().name, kConv + ",clip_max=6,type=float32");
}

TEST(TypedSpec, ReadsAnActivationWhichLeavesNoClip) {
  const Workload workload = parse_spec(kConv + ",activation=silu", kFloat).value();
  EXPECT_EQ(workload.epilogue.activation, Activation::silu);
  EXPECT_EQ(workload.epilogue.clip_min, -kNone);
  EXPECT_EQ(workload.epilogue.clip_max, kNone);
  EXPECT_EQ(workload.name, kConv + ",activation=silu,type=float32");
  EXPECT_EQ(parse_spec(kConv + ",activation=silu,relu=0,clip_max=none", kFloat).value(), workload);
  EXPECT_EQ(parse_spec(workload.name).value(), workload);
}

TEST(TypedSpec, ReadsEveryActivation) {
  for (const Activation activation : {Activation::hard_swish, Activation::silu, Activation::gelu,
                                      Activation::sigmoid, Activation::hard_sigmoid, Activation::tanh}) {
    EXPECT_EQ(parse_activation(to_string(activation)).value(), activation);
    const Workload workload =
        parse_spec("dense:ci=4,co=4,activation=" + std::string(to_string(activation)), kFloat).value();
    EXPECT_EQ(workload.epilogue.activation, activation);
  }
}

TEST(TypedSpec, ReadsAResidual) {
  const Workload workload = parse_spec(kConv + ",residual=1,clip_max=6", kFloat).value();
  EXPECT_TRUE(workload.epilogue.residual);
  EXPECT_EQ(workload.name, kConv + ",clip_max=6,residual=1,type=float32");
  EXPECT_EQ(tensor_sizes(workload).residual, tensor_sizes(workload).output);
  EXPECT_EQ(parse_spec(kConv + ",residual=0", kFloat).value().name, kConv + ",type=float32");
  EXPECT_EQ(tensor_sizes(parse_spec(kConv, kFloat).value()).residual, 0);
}

TEST(TypedSpec, WritesActivationAndResidualIntoJson) {
  const Workload workload = parse_spec("dense:ci=4,co=4,activation=gelu,residual=1", kFloat).value();
  EXPECT_EQ(to_json(workload)["activation"], "gelu");
  EXPECT_EQ(to_json(workload)["residual"], true);
  EXPECT_EQ(workload_from_json(to_json(workload), "test").value(), workload);
}

TEST(TypedSpec, SaysWhatIsWrongWithAnActivation) {
  const auto refusal = [](const std::string& keys) {
    const auto workload = parse_spec(kConv + keys, kFloat);
    return workload.ok() ? "" : workload.error().message;
  };
  EXPECT_THAT(refusal(",activation=sil"), HasSubstr("no activation \"sil\"; did you mean \"silu\"?"));
  EXPECT_THAT(refusal(",activation=relu"), HasSubstr("it is the clip: write relu=1"));
  EXPECT_THAT(refusal(",activation=relu6"), HasSubstr("clip_min=0,clip_max=6"));
  EXPECT_THAT(refusal(",activation=swish"), HasSubstr("it is called silu"));
  EXPECT_THAT(refusal(",activation=none"), HasSubstr("leave it out, and write relu=0"));
  EXPECT_THAT(refusal(",activation=silu,activation=silu"), HasSubstr("\"activation\" is given twice"));
  EXPECT_THAT(refusal(",activation=silu,relu=1"),
              HasSubstr("activation is silu, and the clip is from 0 to inf; an activation takes the place"));
  EXPECT_THAT(refusal(",residual=1,residual=1"), HasSubstr("\"residual\" is given twice"));
  EXPECT_THAT(refusal(",residual=2"), HasSubstr("residual is 2; it must be 0 or 1"));
  EXPECT_THAT(
      refusal(",type=int8,activation=silu"),
      HasSubstr("activation is silu; of int8 the epilogue is shift, bias and clip; write type=float32"));
  EXPECT_THAT(refusal(",type=int8,residual=1"), HasSubstr("residual is 1; of int8 the epilogue is"));
}

TEST(MatmulSpec, ReadsAProduct) {
  const auto workload = parse_spec("matmul:batch=12,m=128,n=64,k=32,transpose_b=1", kFloat);
  ASSERT_TRUE(workload.ok()) << workload.error().message;
  EXPECT_EQ(workload->matmul, (MatmulShape{12, 128, 64, 32, false, true}));
  EXPECT_EQ(workload->shape, ConvShape{});
  EXPECT_EQ(workload->name, "matmul:batch=12,m=128,n=64,k=32,transpose_b=1,type=float32");
  EXPECT_EQ(multiply_accumulates(*workload), int64_t{12} * 128 * 64 * 32);
  const TensorSizes sizes = tensor_sizes(*workload);
  EXPECT_EQ(sizes.input, 12 * 128 * 32);
  EXPECT_EQ(sizes.weights, 12 * 32 * 64);
  EXPECT_EQ(sizes.bias, 64);
  EXPECT_EQ(sizes.output, 12 * 128 * 64);
  EXPECT_EQ(parse_spec("matmul:k=3,n=2,m=1").value().name, "matmul:batch=1,m=1,n=2,k=3");
}

TEST(TypedSpec, NamesWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {kConv + ",type=float", "did you mean \"float32\"?"},
      {kConv + ",type=", "there is no type \"\""},
      {kConv + ",type=int8,type=int8", "\"type\" is given twice"},
      {kConv + ",layout=nchw8c", "there is no layout \"nchw8c\""},
      {kConv + ",layout=nhwc,layout=nhwc", "\"layout\" is given twice"},
      {kConv + ",shift=8", "\"shift\" is for int8 only"},
      {kConv + ",dilation=0", "dilation_h is 0"},
      {kConv + ",dilation=5", "output would be empty"},
      {kConv + ",dilation=9223372036854775807", "dilation_h is 9223372036854775807"},
      {kConv + ",dilation=2,dilation_w=2", "\"dilation_w\" is given twice"},
      {kConv + ",clip_min=nan", "a number or none"},
      {kConv + ",clip_max=inf", "a number or none"},
      {kConv + ",clip_max=1e999", "a number or none"},
      {kConv + ",clip_max=1e39", "within float32 or none"},
      {kConv + ",clip_max=", "a number or none"},
      {kConv + ",clip_max=6.0x", "a number or none"},
      {kConv + ",clip_max=-1", "must be in order"},
      {kConv + ",clip_min=none,clip_min=none", "\"clip_min\" is given twice"},
      {kConv + ",relu=1,clip_min=0", "\"clip_min\" is given twice"},
      {kConv + ",clip_min=0,relu=1", "\"relu\" and \"clip_min\" set the same bound"},
      {kConv + ",relu=2", "relu is 2; it must be 0 or 1"},
      {kConv + ",type=int8,clip_min=-0.5", "of int8 it must be an integer"},
      {kConv + ",type=int8,clip_max=128", "between -128 and 127"},
      {kConv + ",batch=2", "conv2d has no key \"batch\""},
      {"conv2d:ci=24,h=8,w=8,co=32,k=3,layout=nchw16c", "multiples of 16; they are 24 and 32"},
      {"conv2d:ci=32,h=8,w=8,co=33,k=3,layout=nchw16c", "multiples of 16; they are 32 and 33"},
      {"conv2d_transpose:ci=8,h=8,w=8,co=8,k=3,dilation=2", "conv2d_transpose has no key \"dilation\""},
      {"dense:ci=16,co=16,layout=nhwc", "dense has no key \"layout\""},
      {"matmul:m=4,n=4", "matmul needs \"k\""},
      {"matmul:n=4,k=4", "matmul needs \"m\""},
      {"matmul:m=4,n=4,k=4,ci=4", "matmul has no key \"ci\""},
      {"matmul:m=0,n=4,k=4", "m is 0"},
      {"matmul:m=4,n=4,k=4,transpose_a=2", "transpose_a is 2"},
      {"matmul:m=65536,n=1,k=65536", "the first operand would have more than"},
      {"matmul:m=1,n=65536,k=65536", "the second operand would have more than"},
      {"matmul:m=65536,n=65536,k=1", "the output would have more than"},
  };
  for (const auto& [spec, message] : cases) {
    const auto workload = parse_spec(spec, kFloat);
    ASSERT_FALSE(workload.ok()) << spec;
    EXPECT_EQ(workload.error().kind, ErrorKind::invalid_input);
    EXPECT_THAT(workload.error().message, HasSubstr(message)) << spec;
  }
}

TEST(TypedSpec, SurvivesHostileText) {
  const std::string letters = "matul:=,0123456789.e-+nofibtrspc_\0 \xff\n";
  Random random(13);
  int read = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = "matmul:m=4,n=4,k=4,clip_min=-1e3,clip_max=none,type=float32";
    for (uint64_t edits = 1 + random.below(6); edits > 0; --edits)
      text[random.below(text.size())] = letters[random.below(letters.size())];
    const auto workload = parse_spec(text);
    if (!workload.ok()) continue;
    ++read;
    EXPECT_EQ(parse_spec(to_spec(*workload)).value(), *workload) << text;
  }
  EXPECT_GT(read, 100) << "the edits left hardly anything that can be read";
}

Result<Workload> from_text(const std::string& text, const WorkloadDefaults& defaults) {
  return workload_from_json(*parse_json(text, "w"), "layers.json", defaults);
}

TEST(TypedJson, WritesFlagsBoundsAndWordsAsJsonHasThem) {
  const Workload workload =
      parse_spec("matmul:m=2,n=3,k=4,transpose_a=1,relu=0,clip_max=0.5,type=float32").value();
  EXPECT_EQ(to_json(workload).dump(),
            R"({"name":"matmul:batch=1,m=2,n=3,k=4,transpose_a=1,clip_min=none,clip_max=0.5,type=float32",)"
            R"("operator":"matmul","batch":1,"m":2,"n":3,"k":4,"transpose_a":true,"clip_min":null,)"
            R"("clip_max":0.5,"type":"float32"})");
  EXPECT_EQ(workload_from_json(to_json(workload), "test").value(), workload);
  const Workload int8 = parse_spec("dense:ci=16,co=16,clip_min=-5").value();
  EXPECT_THAT(to_json(int8).dump(), HasSubstr(R"("clip_min":-5})")) << "as logs have it";
}

TEST(TypedJson, LeavesTheTypeOpen) {
  const std::string text = R"({"operator": "dense", "ci": 16, "co": 16, "relu": false})";
  EXPECT_EQ(from_text(text, kFloat).value().name, "dense:n=1,ci=16,co=16,clip_min=none,type=float32");
  EXPECT_EQ(from_text(text, {}).value().name, "dense:n=1,ci=16,co=16,clip_min=-128");
}

TEST(TypedJson, NamesOriginAndKeyInErrors) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"("type": 3)", "\"type\" must be a string"},
      {R"("type": "int16")", "the type int16 is not supported; the nearest is type=int8"},
      {R"("clip_min": "none")", "\"clip_min\" must be a number"},
      {R"("clip_max": true)", "\"clip_max\" must be a number"},
      {R"("relu": null)", "\"relu\" must be an integer"},
      {R"("relu": 2)", "\"relu\" is 2"},
      {R"("shift": 0)", "\"shift\" is for int8 only"},
      {R"("transpose_a": 1)", "no key \"transpose_a\""},
  };
  for (const auto& [member, message] : cases) {
    const auto workload = from_text(R"({"operator": "dense", "ci": 16, "co": 16, )" + member + "}", kFloat);
    ASSERT_FALSE(workload.ok()) << member;
    EXPECT_THAT(workload.error().message, HasSubstr("layers.json"));
    EXPECT_THAT(workload.error().message, HasSubstr(message)) << member;
  }
}

}  // namespace
}  // namespace tamis
