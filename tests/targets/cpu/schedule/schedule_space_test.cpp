#include "targets/cpu/schedule/schedule_space.h"

#include "targets/cpu/support/subject.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::cpu {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::workload;

/// A machine with vectors of 16 floats, 32 of them.
Machine wide_machine() {
  Machine machine;
  machine.vector_bytes = 64;
  machine.vector_registers = 32;
  return machine;
}

Space space_of(const std::string& spec, int threads = 1) {
  return schedule_space(workload(spec), wide_machine(), threads).value();
}

std::vector<std::string> words(const Space& space, const char* knob) {
  std::vector<std::string> words;
  if (const auto position = space.find(knob))
    for (const KnobValue& value : space.knobs()[*position].values)
      words.push_back(std::get<std::string>(value));
  return words;
}

constexpr const char* kWinograd = "conv2d:ci=16,h=8,w=8,co=32,k=3,pad=1,layout=nhwc";

TEST(ScheduleSpace, OffersWinogradOnlyWhereItApplies) {
  EXPECT_THAT(words(space_of(kWinograd), "algorithm"),
              ElementsAre("direct", "im2col", "winograd2", "winograd4"));
  for (const char* spec :
       {"conv2d:ci=16,h=8,w=8,co=32,k=3,stride=3,pad=1", "conv2d:ci=16,h=8,w=8,co=32,k=5,pad=2",
        "conv2d:ci=16,h=8,w=8,co=32,k=3,stride_h=2,stride_w=1,pad=1",
        "conv2d:ci=16,h=8,w=8,co=32,k=3,pad=2,dilation=2"})
    EXPECT_THAT(words(space_of(spec), "algorithm"), ElementsAre("direct", "im2col")) << spec;
  for (const char* spec :
       {"conv2d:ci=16,h=8,w=8,co=32,k=1", "conv2d:ci=16,h=8,w=8,co=32,k=3,pad=1,type=int8",
        "depthwise_conv2d:ci=16,h=8,w=8,k=3,pad=1", "grouped_conv2d:ci=16,h=8,w=8,co=16,k=3,pad=1,groups=2"})
    EXPECT_THAT(words(space_of(spec), "algorithm"), ElementsAre()) << spec;
}

TEST(ScheduleSpace, OffersTheSmallWinogradTilesWithStrideTwo) {
  EXPECT_THAT(words(space_of("conv2d:ci=16,h=8,w=8,co=32,k=3,stride=2,pad=1"), "algorithm"),
              ElementsAre("direct", "im2col", "winograd2"));
}

TEST(ScheduleSpace, ReadsFewChannelsWhereTheyAre) {
  const Space few = space_of("conv2d:ci=3,h=8,w=8,co=32,k=3,stride=2,pad=1");
  EXPECT_THAT(words(few, "input"), ElementsAre("padded", "as_is"));
  EXPECT_THAT(words(space_of("conv2d:ci=3,h=8,w=8,co=32,k=3,layout=nhwc"), "input"),
              ElementsAre("as_is", "padded"));
  EXPECT_THAT(words(space_of("conv2d:ci=5,h=8,w=8,co=32,k=3,pad=1"), "input"),
              ElementsAre("padded", "blocked"));
}

TEST(ScheduleSpace, UnrollsFewChannelsEvenly) {
  const auto unrolled = [](const char* spec) {
    const Space space = space_of(spec);
    std::vector<int64_t> values;
    if (const auto knob = space.find("unroll"))
      for (const KnobValue& value : space.knobs()[*knob].values) values.push_back(std::get<int64_t>(value));
    return values;
  };
  EXPECT_THAT(unrolled("conv2d:ci=1,h=8,w=8,co=32,k=3,pad=1"), ElementsAre());
  EXPECT_THAT(unrolled("conv2d:ci=3,h=8,w=8,co=32,k=3,pad=1"), ElementsAre(1, 3));
  EXPECT_THAT(unrolled("conv2d:ci=4,h=8,w=8,co=32,k=3,pad=1"), ElementsAre(1, 2, 4));
}

TEST(ScheduleSpace, HasNoOrderOfSumsOverFewChannels) {
  EXPECT_FALSE(space_of("conv2d:ci=3,h=8,w=8,co=32,k=3,pad=1").find("reduction").has_value());
  EXPECT_TRUE(space_of("conv2d:ci=5,h=8,w=8,co=32,k=3,pad=1").find("reduction").has_value());
}

TEST(ScheduleSpace, OffersAPrefetchOnlyOfManyWeights) {
  EXPECT_THAT(words(space_of("dense:n=1,ci=128,co=256"), "prefetch"), ElementsAre());
  EXPECT_THAT(words(space_of("dense:n=1,ci=128,co=257"), "prefetch"), ElementsAre("next_block", "none"));
  EXPECT_THAT(words(space_of("dense:n=1,ci=512,co=513,type=int8"), "prefetch"), ElementsAre());
  EXPECT_THAT(words(space_of("matmul:m=512,n=513,k=512"), "prefetch"), ElementsAre());
  // Winograd's algorithm makes four times the weights.
  EXPECT_THAT(words(space_of("conv2d:ci=32,h=28,w=28,co=32,k=3,pad=1"), "prefetch"),
              ElementsAre("next_block", "none"));
  EXPECT_THAT(words(space_of("conv2d:ci=32,h=28,w=28,co=32,k=3,pad=1,stride=3"), "prefetch"), ElementsAre());
}

TEST(ScheduleSpace, HasAnAxisToShareOutOnlyWithThreads) {
  EXPECT_FALSE(space_of(kWinograd, 1).find("parallel").has_value());
  EXPECT_THAT(words(space_of(kWinograd, 2), "parallel"), ElementsAre("rows", "channels"));
}

TEST(ScheduleSpace, KeepsToTheRegisters) {
  const Space space = space_of("conv2d:ci=16,h=32,w=32,co=128,k=3,pad=1");
  Random random(1);
  for (int i = 0; i < 200; ++i) {
    const Config config = space.sample(random).value();
    EXPECT_LE(
        space.integer(config, "tile_y") * space.integer(config, "tile_x") * space.integer(config, "tile_co"),
        31);
  }
}

TEST(ScheduleSpace, HasNoTwoConfigsOfOneProgram) {
  const Space space = space_of(kWinograd);
  const auto allowed = [&](std::vector<std::string> config) {
    return space.allows(space.parse(config).value());
  };
  EXPECT_TRUE(allowed({"algorithm=winograd2", "tile_x=4"}));
  EXPECT_FALSE(allowed({"algorithm=winograd2", "tile_y=2"}));
  EXPECT_FALSE(allowed({"algorithm=im2col", "input=blocked"}));
  EXPECT_TRUE(allowed({"algorithm=direct", "input=blocked", "tile_y=2"}));
}

TEST(ScheduleSpace, HasValidDefaultsAndSuggestions) {
  for (const char* spec :
       {kWinograd, "conv2d:n=2,ci=512,h=7,w=7,co=512,k=3,pad=1", "dense:n=1,ci=1,co=1",
        "depthwise_conv2d:ci=5,h=3,w=3,k=3,pad=1", "conv2d_transpose:ci=16,h=8,w=8,co=8,k=2,stride=2",
        "matmul:m=3,n=5,k=7", "matmul:m=3,n=5,k=7,type=int8",
        "conv2d:ci=3,h=224,w=224,co=64,k=7,stride=2,pad=3", "conv2d:ci=64,h=7,w=7,co=32,k=1,layout=nhwc"})
    for (const int threads : {1, 2}) {
      const Space space = space_of(spec, threads);
      std::vector<Config> configs = suggested_schedules(workload(spec), wide_machine(), threads, space);
      configs.push_back(default_schedule(workload(spec), wide_machine(), threads, space));
      for (const Config& config : configs)
        EXPECT_TRUE(space.allows(config)) << spec << ": " << space.describe(config);
    }
}

/// The suggestions of an algorithm of Winograd's, `block_rows tile_x tile_co`.
std::vector<std::string> winograd_suggestions(const std::string& spec, const std::string& algorithm) {
  const Space space = space_of(spec);
  std::vector<std::string> found;
  for (const Config& config : suggested_schedules(workload(spec), wide_machine(), 1, space)) {
    if (std::get<std::string>(space.value(config, *space.find("algorithm"))) != algorithm) continue;
    found.push_back(std::to_string(space.integer(config, "block_rows")) + " " +
                    std::to_string(space.integer(config, "tile_x")) + " " +
                    std::to_string(space.integer(config, "tile_co")));
  }
  return found;
}

TEST(ScheduleSpace, SuggestsToWalkThroughManyWeightsOnce) {
  EXPECT_THAT(winograd_suggestions("conv2d:ci=64,h=56,w=56,co=64,k=3,pad=1", "winograd4"),
              ElementsAre("2 14 2", "2 7 4"));
  EXPECT_THAT(winograd_suggestions("conv2d:ci=128,h=28,w=28,co=128,k=3,pad=1", "winograd4"),
              ElementsAre("8 14 2", "8 7 4"));
  EXPECT_THAT(winograd_suggestions("conv2d:ci=256,h=14,w=14,co=256,k=3,pad=1", "winograd4"),
              ElementsAre("8 14 2", "8 16 1"));
}

TEST(ScheduleSpace, SaysWhatItCannotCompute) {
  const auto message = [](const std::string& spec) {
    const auto space = schedule_space(workload(spec), wide_machine(), 1);
    EXPECT_FALSE(space.ok()) << spec;
    EXPECT_EQ(space.error().kind, ErrorKind::unsupported);
    return space.error().message;
  };
  EXPECT_THAT(message("conv2d_transpose:ci=4,h=4,w=4,co=4,k=2,stride=2,type=int8"),
              HasSubstr("no conv2d_transpose of int8; write type=float32, or --target vta"));
  EXPECT_THAT(message("conv2d_transpose:ci=4,h=4,w=4,co=6,k=2,stride=2,groups=2"),
              HasSubstr("in groups, and this one has 2; its groups by themselves are 2 with ci=2,co=3"));
  EXPECT_THAT(message("conv2d_transpose:ci=4,h=4,w=4,co=4,k=9,stride=9"), HasSubstr("the stride is 9x9"));
  EXPECT_THAT(message("external:somewhere"), HasSubstr("external"));
}

TEST(Divide, TakesQuotientAndRest) {
  const Affine channel =
      32 * Affine::variable("o") + 16 * Affine::variable("t") + Affine::variable("v") + Affine(48);
  const auto [block, lane] = divide(channel, 16);
  EXPECT_EQ(to_string(block), "2*o + t + 3");
  EXPECT_EQ(to_string(lane), "v");
}

TEST(LayoutIndex, FollowsTheLayout) {
  const auto index = [](Layout layout) {
    return to_string(Access{
        "input", layout_index(layout, Affine::variable("n"), Affine::variable("y"), Affine::variable("x"),
                              16 * Affine::variable("b") + Affine::variable("v"))});
  };
  EXPECT_EQ(index(Layout::nchw), "input[n, 16*b + v, y, x]");
  EXPECT_EQ(index(Layout::nhwc), "input[n, y, x, 16*b + v]");
  EXPECT_EQ(index(Layout::nchw16c), "input[n, b, y, x, v]");
  EXPECT_THAT(layout_extents(Layout::nchw16c, 2, 3, 4, 32), ElementsAre(2, 2, 3, 4, 16));
}

}  // namespace
}  // namespace tamis::cpu
