#include "base/json.h"
#include "tamis/random.h"
#include "tamis/suite.h"
#include "workload/any_workload.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

TEST(Spec, ReadsAConvolution) {
  const auto workload =
      parse_spec("conv2d:n=2,ci=64,h=56,w=28,co=128,kh=3,kw=1,stride_h=2,pad_h=1,shift=9,bias=0,clip_min=-5");
  ASSERT_TRUE(workload.ok()) << workload.error().message;
  const ConvShape expected{2, 64, 56, 28, 128, 3, 1, 2, 1, 1, 0, 0, 0, 1};
  EXPECT_EQ(workload->shape, expected);
  EXPECT_EQ(workload->epilogue, (Epilogue{9, false, -5, 127}));
}

TEST(Spec, IsTheNameOfWhatItDescribes) {
  const std::string spec = "conv2d:n=1,ci=64,h=56,w=56,co=64,k=3,stride=1,pad=1";
  EXPECT_EQ(parse_spec(spec).value().name, spec);
  EXPECT_EQ(parse_spec("conv2d:k=3,co=64,w=56,h=56,ci=64,pad=1,clip_max=127").value().name, spec);
}

TEST(Spec, DerivesWhatDepthwiseAndDenseLeaveOpen) {
  const auto depthwise = parse_spec("depthwise_conv2d:ci=32,h=8,w=8,k=3");
  ASSERT_TRUE(depthwise.ok()) << depthwise.error().message;
  EXPECT_EQ(depthwise->shape.co, 32);
  EXPECT_EQ(depthwise->shape.groups, 32);
  const auto dense = parse_spec("dense:ci=768,co=16");
  ASSERT_TRUE(dense.ok()) << dense.error().message;
  EXPECT_EQ(dense->name, "dense:n=1,ci=768,co=16");
}

TEST(Spec, TakesTheSourceOfAnExternalWorkloadAsItIs) {
  for (const char* spec : {"external:some/table_T4.json.gz", "external:a b=c,d:e"}) {
    const auto workload = parse_spec(spec);
    ASSERT_TRUE(workload.ok()) << workload.error().message;
    EXPECT_EQ(workload->op, Operator::external);
    EXPECT_EQ(workload->name, spec);
    EXPECT_EQ(to_spec(*workload), spec);
    EXPECT_EQ(multiply_accumulates(*workload), 0);
    EXPECT_EQ(workload_from_json(to_json(*workload), "test").value(), *workload);
    EXPECT_EQ(resolve_workloads(spec).value().front(), *workload);
  }
}

TEST(Spec, RefusesAnExternalWorkloadWithoutASourceOrWithMore) {
  EXPECT_THAT(parse_spec("external:").error().message, HasSubstr("needs a source"));
  const auto refusal = [](const char* json) {
    const auto workload = workload_from_json(parse_json(json, "test").value(), "layers.json");
    return workload.ok() ? "" : workload.error().message;
  };
  EXPECT_THAT(refusal(R"({"operator": "external"})"), HasSubstr("source"));
  EXPECT_THAT(refusal(R"({"operator": "external", "source": "x", "ci": 3})"), HasSubstr("ci"));
  EXPECT_THAT(refusal(R"({"operator": "dense", "ci": 1, "co": 1, "source": "x"})"), HasSubstr("source"));
  Workload sized = parse_spec("external:x").value();
  sized.shape.ci = 4;
  EXPECT_FALSE(validate(sized).ok());
  Workload sourced = parse_spec("dense:ci=1,co=1").value();
  sourced.source = "x";
  EXPECT_FALSE(validate(sourced).ok());
}

TEST(Spec, NamesWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "OPERATOR:KEY=VALUE"},
      {"conv2d", "OPERATOR:KEY=VALUE"},
      {"conf2d:ci=1", "did you mean \"conv2d\"?"},
      {"grouped_conv3d:ci=1", "of three axes there is conv3d only"},
      {"conv3d:ci=1,h=4,w=4,co=1,k=3", "conv3d needs \"d\""},
      {"conv3d:ci=1,d=4,h=4,w=4,co=1,kh=3,kw=3", "conv3d needs \"kd\""},
      {"conv3d:ci=1,d=2,h=4,w=4,co=1,k=3", "the output would be empty (no plane)"},
      {"conv3d:ci=1,d=4,h=4,w=4,co=1,k=3,groups=1", "conv3d has no key \"groups\""},
      {"conv3d:ci=1,d=4,h=4,w=4,co=1,k=3,kd=3", "\"kd\" is given twice"},
      {"conv3d:ci=1,d=4,h=4,w=4,co=1,k=3,pad=1,pad_back=2", "\"pad\" sets pad_front and pad_back already"},
      {"conv3d:ci=1,d=4,h=4,w=4,co=1,k=3,pads=1", "pad_front, pad_back, pad_top"},
      {"conv2d:ci=1,d=4", "conv2d has no key \"d\""},
      {"conv1d:ci=1,w=8,co=1", "conv1d needs \"k\""},
      {"conv1d:ci=1,k=3,co=1", "conv1d needs \"w\""},
      {"conv1d:h=1",
       "conv1d has no key \"h\"; its one axis has w, k, stride, pad (or pad_left and pad_right), "},
      {"conv1d:pad_top=1", "conv1d has no key \"pad_top\""},
      {"conv1d:ci=1,w=8,k=3", "conv2d needs \"co\""},
      {"conv1d:k=3,k=3,ci=1,w=2", "\"kw\" is given twice"},
      {"linear:ci=1", "it is called dense"},
      {"bmm:m=1", "it is called matmul"},
      {"dense:type=half", "write float16"},
      {"dense:type=float64", "the type float64 is not supported; the nearest is type=float32"},
      {"dense:ci=1,co=1,type=float16,shift=3", "this workload is float16"},
      {"dense:type=fp32", "write float32"},
      {"dense:type=uint8", "the nearest is type=int8"},
      {"conv2d:", "must be written KEY=VALUE"},
      {"conv2d:ci=64,", "must be written KEY=VALUE"},
      {"conv2d:ci", "\"ci\" must be written KEY=VALUE"},
      {"conv2d:strid=2", "did you mean \"stride\"?"},
      {"conv2d:ci=sixteen", "found \"sixteen\""},
      {"conv2d:ci=", "must be an integer"},
      {"conv2d:ci=99999999999999999999", "fits 64 bits"},
      {"conv2d:ci=16,ci=16", "\"ci\" is given twice"},
      {"conv2d:k=3,kh=3", "\"kh\" is given twice"},
      {"conv2d:bias=1,bias=1", "\"bias\" is given twice"},
      {"conv2d:bias=2", "must be 0 or 1"},
      {"conv2d:h=8,w=8,co=16,k=3", "conv2d needs \"ci\""},
      {"conv2d:ci=16,h=8,w=8,co=16", "conv2d needs \"k\""},
      {"conv2d:ci=16,h=8,w=8,co=16,kh=3", "conv2d needs \"kw\""},
      {"grouped_conv2d:ci=16,h=8,w=8,co=16,k=3", "needs \"groups\""},
      {"conv2d:groups=2", "conv2d has no key \"groups\"; write grouped_conv2d"},
      {"depthwise_conv2d:co=16", "has no key \"co\""},
      {"dense:h=2", "dense has no key \"h\""},
      {"conv2d:ci=0,h=8,w=8,co=16,k=3", "ci is 0"},
  };
  for (const auto& [spec, message] : cases) {
    const auto workload = parse_spec(spec);
    ASSERT_FALSE(workload.ok()) << spec;
    EXPECT_EQ(workload.error().kind, ErrorKind::invalid_input);
    EXPECT_THAT(workload.error().message, HasSubstr(message)) << spec;
  }
}

constexpr const char* kPadded = "conv2d:ci=16,h=14,w=15,co=16,k=3,";

TEST(Spec, TakesThePaddingOfEachSideWhereSidesAreAlike) {
  const auto padding = [](const std::string& keys) {
    const auto workload = parse_spec(kPadded + keys);
    EXPECT_TRUE(workload.ok() && workload->shape.evenly_padded()) << keys;
    return std::pair(workload->shape.pad_h, workload->shape.pad_w);
  };
  EXPECT_EQ(padding("pad_top=1,pad_left=2,pad_bottom=1,pad_right=2"), std::pair(int64_t{1}, int64_t{2}));
  EXPECT_EQ(padding("pad_top=1,pad_bottom=1"), std::pair(int64_t{1}, int64_t{0}));
  EXPECT_EQ(padding("pad_top=1,pad_bottom=1,pad_w=2"), std::pair(int64_t{1}, int64_t{2}));
  EXPECT_EQ(padding("pad_right=0"), std::pair(int64_t{0}, int64_t{0}));
  EXPECT_EQ(parse_spec(std::string(kPadded) + "pad_top=1,pad_bottom=1,pad_left=1,pad_right=1").value().name,
            parse_spec(std::string(kPadded) + "pad=1").value().name);
}

TEST(Spec, TakesThePaddingOfEachSideWhereSidesDiffer) {
  const Workload workload = parse_spec(std::string(kPadded) + "pad_top=0,pad_bottom=1,pad_w=2").value();
  EXPECT_EQ(workload.shape.pad_h, 0);
  EXPECT_EQ(workload.shape.pad_bottom(), 1);
  EXPECT_EQ(workload.shape.pad_w, 2);
  EXPECT_EQ(workload.shape.pad_right(), 2);
  EXPECT_EQ(output_height(workload), 14 + 1 - 2);
  EXPECT_EQ(output_width(workload), 15 + 4 - 2);
  EXPECT_EQ(workload.name,
            "conv2d:n=1,ci=16,h=14,w=15,co=16,k=3,stride=1,pad_top=0,pad_left=2,pad_bottom=1,pad_right=2");
  EXPECT_EQ(parse_spec(workload.name).value(), workload);
  EXPECT_EQ(workload_from_json(to_json(workload), "test").value(), workload);
}

TEST(Spec, CutsTheSidesOfATransposedConvolutionApart) {
  const Workload workload =
      parse_spec("conv2d_transpose:ci=16,h=8,w=8,co=16,k=3,stride=2,pad_top=1,pad_bottom=0").value();
  EXPECT_EQ(output_height(workload), (8 - 1) * 2 + 3 - 1);
}

TEST(Spec, WorksOutThePaddingThatKeepsTheSize) {
  const auto sides = [](const std::string& spec) {
    const Workload workload = parse_spec(spec).value();
    const ConvShape& shape = workload.shape;
    return std::vector<int64_t>{shape.pad_h, shape.pad_bottom(), shape.pad_w, shape.pad_right()};
  };
  using Sides = std::vector<int64_t>;
  // ONNX's SAME_UPPER: an odd row at the end.
  EXPECT_EQ(sides("conv2d:ci=1,h=6,w=7,co=1,k=3,stride=2,pad=same"), (Sides{0, 1, 1, 1}));
  EXPECT_EQ(sides("conv2d:ci=1,h=6,w=6,co=1,k=2,pad=same"), (Sides{0, 1, 0, 1}));
  EXPECT_EQ(sides("depthwise_conv2d:ci=144,h=56,w=56,k=5,stride=2,pad=same"), (Sides{1, 2, 1, 2}));
  EXPECT_EQ(sides("conv2d:ci=1,h=9,w=9,co=1,k=3,dilation=2,pad=same"), (Sides{2, 2, 2, 2}));
  EXPECT_EQ(sides("conv2d:ci=1,h=9,w=9,co=1,k=1,stride=2,pad=same"), (Sides{0, 0, 0, 0}));
  // Of a transposed one total = stride * (h - 1) + kernel + output_pad - stride * h, the rest at the end.
  EXPECT_EQ(sides("conv2d_transpose:ci=1,h=4,w=4,co=1,k=5,stride=2,pad=same"), (Sides{1, 2, 1, 2}));
  EXPECT_EQ(sides("conv2d_transpose:ci=1,h=4,w=4,co=1,k=2,stride=3,pad=same"), (Sides{0, 0, 0, 0}));
  EXPECT_EQ(parse_spec("conv2d:pad=same,k=2,co=1,w=6,h=6,ci=1").value().name,
            "conv2d:n=1,ci=1,h=6,w=6,co=1,k=2,stride=1,pad_top=0,pad_left=0,pad_bottom=1,pad_right=1");
  EXPECT_EQ(parse_spec(std::string(kPadded) + "pad=same").value().name,
            parse_spec(std::string(kPadded) + "pad=1").value().name);
}

TEST(SpecProperty, KeepsTheSizeWherePaddingIsSame) {
  EXPECT_TRUE(rc::check([] {
    const int64_t h = draw_between(1, 20), k = draw_between(1, 7), stride = draw_between(1, 4),
                  dilation = draw_between(1, 3);
    const std::string spec = "conv2d:ci=1,w=3,co=1,h=" + std::to_string(h) + ",k=" + std::to_string(k) +
                             ",stride=" + std::to_string(stride) + ",dilation=" + std::to_string(dilation);
    const Workload workload = parse_spec(spec + ",pad=same").value();
    RC_ASSERT(output_height(workload) == (h + stride - 1) / stride);
    const int64_t more = workload.shape.extra_pad_h;
    RC_ASSERT(more == 0 || more == 1);
  }));
}

TEST(Spec, NamesTheSideOfThePaddingThatIsWrong) {
  const auto refusal = [](const std::string& keys) {
    const auto workload = parse_spec(kPadded + keys);
    return workload.ok() ? "" : workload.error().message;
  };
  EXPECT_THAT(refusal("pad_top=1,pad_h=1"), HasSubstr("give one or the other"));
  EXPECT_THAT(refusal("pad=1,pad_right=1"), HasSubstr("give one or the other"));
  EXPECT_THAT(refusal("pad=same,pad_right=1"), HasSubstr("give one or the other"));
  EXPECT_THAT(refusal("pad=same,pad_h=1"), HasSubstr("\"pad_h\" is given twice"));
  EXPECT_THAT(refusal("pad=1,pad=same"), HasSubstr("\"pad\" is given twice"));
  EXPECT_THAT(refusal("pad=valid"), HasSubstr("pad must be an integer that fits 64 bits or same"));
  EXPECT_THAT(refusal("pad_h=same"), HasSubstr("pad_h must be an integer"));
  EXPECT_THAT(refusal("pad_top=1,pad_top=1"), HasSubstr("\"pad_top\" is given twice"));
  EXPECT_THAT(refusal("pad_top=-1,pad_bottom=-1"), HasSubstr("pad_h is -1"));
  EXPECT_THAT(refusal("pad_bottom=-1"), HasSubstr("pad_bottom is -1"));
  EXPECT_THAT(refusal("pad_right=9223372036854775807"), HasSubstr("it must lie between"));
  EXPECT_THAT(refusal("pad=same,stride=0"), HasSubstr("stride_h is 0"));
  EXPECT_THAT(refusal("pad=same,dilation=9223372036854775807"), HasSubstr("dilation_h is"));
}

TEST(Spec, NamesTheKeysOfPaddingWhereOtherToolsSayItOtherwise) {
  for (const char* key : {"pads", "padding", "auto_pad", "pad_begin"}) {
    const auto workload = parse_spec(kPadded + std::string(key) + "=1");
    ASSERT_FALSE(workload.ok());
    EXPECT_THAT(
        workload.error().message,
        HasSubstr("padding is pad (a number of zeros on every side, or same), pad_h and pad_w, or pad_top, "
                  "pad_left, pad_bottom and pad_right"));
  }
  EXPECT_THAT(parse_spec("dense:ci=1,co=1,pad=1").error().message, HasSubstr("dense has no key \"pad\""));
}

TEST(Spec, ReadsAConvolutionOfOneAxisAsOneRow) {
  const auto name = [](const char* spec) { return parse_spec(spec).value().name; };
  EXPECT_EQ(name("conv1d:ci=16,w=128,co=16,k=3,pad=1"),
            "conv2d:n=1,ci=16,h=1,w=128,co=16,kh=1,kw=3,stride=1,pad_h=0,pad_w=1");
  EXPECT_EQ(
      name("conv1d:ci=16,w=128,co=16,k=5,stride=2,pad=same,dilation=1,bias=0"),
      "conv2d:n=1,ci=16,h=1,w=128,co=16,kh=1,kw=5,stride_h=1,stride_w=2,pad_top=0,pad_left=1,pad_bottom=0,"
      "pad_right=2,bias=0");
  EXPECT_EQ(name("conv1d:n=2,ci=16,w=128,co=16,k=1"), name("conv2d:n=2,ci=16,h=1,w=128,co=16,k=1"));
  EXPECT_EQ(name("conv1d:ci=4,w=9,co=4,k=3,pad_left=2,dilation=2"),
            name("conv2d:ci=4,h=1,w=9,co=4,kh=1,kw=3,pad_left=2,dilation_w=2"));
  EXPECT_EQ(name("grouped_conv1d:ci=4,w=9,co=4,k=3,groups=2"),
            name("grouped_conv2d:ci=4,h=1,w=9,co=4,kh=1,kw=3,groups=2"));
  EXPECT_EQ(name("depthwise_conv1d:ci=4,w=9,k=3"), name("depthwise_conv2d:ci=4,h=1,w=9,kh=1,kw=3"));
  EXPECT_EQ(name("conv1d_transpose:ci=4,w=9,co=4,k=3,stride=2,output_pad=1"),
            name("conv2d_transpose:ci=4,h=1,w=9,co=4,kh=1,kw=3,stride_w=2,output_pad_w=1"));
}

TEST(Spec, SurvivesHostileText) {
  const std::string letters = "conv2d:ci=64,h=6w=n;-\0 \xff\n";
  Random random(11);
  for (int i = 0; i < 20'000; ++i) {
    std::string text = "conv2d:ci=16,h=8,w=8,co=16,k=3,pad=1";
    for (uint64_t edits = 1 + random.below(5); edits > 0; --edits)
      text[random.below(text.size())] = letters[random.below(letters.size())];
    const auto workload = parse_spec(text);
    EXPECT_TRUE(!workload.ok() || validate(*workload).ok()) << text;
  }
}

TEST(SpecProperty, IsReadBack) {
  EXPECT_TRUE(rc::check([] {
    const Workload workload = any_workload();
    const auto back = parse_spec(to_spec(workload));
    RC_ASSERT(back.ok());
    RC_ASSERT(*back == workload);
  }));
}

TEST(SpecProperty, IsReadBackWhateverTheDefaultsAre) {
  EXPECT_TRUE(rc::check([] {
    Workload workload = any_workload();
    const WorkloadDefaults defaults{DataType::float32};
    workload.name = to_spec(workload, defaults);
    RC_ASSERT(parse_spec(workload.name, defaults).value() == workload);
    // Only int8 may go without its type, and only where int8 is the default.
    RC_ASSERT(workload.name.find(",type=") != std::string::npos);
  }));
}

TEST(WorkloadJsonProperty, IsReadBack) {
  EXPECT_TRUE(rc::check([] {
    Workload workload = any_workload();
    workload.name = "layer";
    const auto back = workload_from_json(to_json(workload), "test");
    RC_ASSERT(back.ok());
    RC_ASSERT(*back == workload);
  }));
}

Result<Workload> from_text(const std::string& text) {
  return workload_from_json(*parse_json(text, "w"), "layers.json");
}

TEST(WorkloadJson, HasTheKeysOfTheSpec) {
  const Workload workload = *parse_spec("dense:n=4,ci=16,co=32,bias=0");
  EXPECT_EQ(
      to_json(workload).dump(),
      R"({"name":"dense:n=4,ci=16,co=32,bias=0","operator":"dense","n":4,"ci":16,"co":32,"bias":false})");
}

TEST(WorkloadJson, TakesThePaddingThatKeepsTheSize) {
  const auto workload =
      from_text(R"({"operator": "conv2d", "ci": 1, "h": 6, "w": 6, "co": 1, "k": 2, "pad": "same"})");
  EXPECT_EQ(workload.value().shape.pad_bottom(), 1);
  EXPECT_THAT(from_text(R"({"operator": "conv2d", "ci": 1, "h": 6, "w": 6, "co": 1, "k": 2, "pad": "some"})")
                  .error()
                  .message,
              HasSubstr("must be an integer"));
}

TEST(WorkloadJson, ReadsAConvolutionOfOneAxisAsOneRow) {
  EXPECT_EQ(from_text(R"({"operator": "conv1d", "ci": 16, "w": 128, "co": 16, "k": 3, "pad": 1})").value(),
            parse_spec("conv1d:ci=16,w=128,co=16,k=3,pad=1").value());
  EXPECT_THAT(from_text(R"({"operator": "conv1d", "ci": 16, "w": 128, "co": 16})").error().message,
              HasSubstr("layers.json: conv1d needs \"k\""));
  EXPECT_THAT(from_text(R"({"operator": "conv1d", "ci": 16, "w": 128, "co": 16, "k": "3"})").error().message,
              HasSubstr("\"k\" must be an integer"));
}

TEST(WorkloadJson, FillsInAMissingName) {
  EXPECT_EQ(from_text(R"({"operator": "dense", "ci": 16, "co": 32})").value().name, "dense:n=1,ci=16,co=32");
}

TEST(WorkloadJson, NamesOriginAndKeyInErrors) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"[]", "expected a JSON object"},
      {"{}", "\"operator\" is missing"},
      {R"({"operator": 3})", "must be a string"},
      {R"({"operator": "dens"})", "did you mean \"dense\"?"},
      {R"({"operator": "dense", "cii": 16})", "did you mean \"ci\"?"},
      {R"({"operator": "dense", "ci": 16.5})", "must be an integer"},
      {R"({"operator": "dense", "ci": "16"})", "must be an integer"},
      {R"({"operator": "dense", "ci": 16})", "dense needs \"co\""},
      {R"({"operator": "dense", "ci": 16, "co": 16, "bias": "yes"})", "must be an integer"},
      {R"({"operator": "dense", "ci": 16, "co": 16, "name": ""})", "\"name\" is empty"},
      {R"({"operator": "dense", "ci": 16, "co": 16, "name": 7})", "must be a string"},
      {R"({"operator": "dense", "ci": 16, "co": 16, "shift": 40})", "shift is 40"},
  };
  for (const auto& [text, message] : cases) {
    const auto workload = from_text(text);
    ASSERT_FALSE(workload.ok()) << text;
    EXPECT_THAT(workload.error().message, HasSubstr("layers.json"));
    EXPECT_THAT(workload.error().message, HasSubstr(message)) << text;
  }
}

}  // namespace
TEST(Spec, TakesTheLayoutThatTheDefaultsSayWhereItHasOne) {
  const WorkloadDefaults defaults{DataType::float32, Layout::nhwc};
  const Workload conv = *parse_spec("conv2d:ci=4,h=5,w=5,co=4,k=1", defaults);
  EXPECT_EQ(conv.layout, Layout::nhwc);
  EXPECT_EQ(parse_spec(conv.name, {}).value().layout, Layout::nhwc);
  EXPECT_EQ(parse_spec("conv2d:ci=4,h=5,w=5,co=4,k=1,layout=nchw", defaults).value().name,
            "conv2d:n=1,ci=4,h=5,w=5,co=4,k=1,stride=1,pad=0,type=float32,layout=nchw");
  EXPECT_EQ(parse_spec("dense:ci=4,co=4", defaults).value().layout, Layout::nchw);
}

}  // namespace tamis
