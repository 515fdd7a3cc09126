#include "targets/loop/transform.h"

#include "targets/loop/any_schedule.h"
#include "targets/loop/bounds.h"
#include "targets/loop/interpreter.h"
#include "targets/loop/statement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tamis::loop {
namespace {

using ::testing::ElementsAre;

Affine loop_variable(const char* name) { return Affine::variable(name); }

/// output[x, y] = sum over k of input[x, k].
Stage stage() {
  Stage made;
  made.name = "sum";
  made.loops = {{"x", 10}, {"y", 6}, {"k", 7, true}};
  made.tile_depth = 2;
  made.output = {"output", {loop_variable("x"), loop_variable("y")}};
  made.initial = Value::constant(0);
  made.update = Value::accumulated() + Value::load({"input", {loop_variable("x"), loop_variable("k")}});
  made.finish = Value::accumulated();
  return made;
}

std::vector<std::string> names(const Stage& stage) {
  std::vector<std::string> names;
  for (const Loop& loop : stage.loops) names.push_back(loop.name);
  return names;
}

std::vector<std::string> loops(const Stage& stage) {
  std::vector<std::string> texts;
  for (const Loop& loop : stage.loops) texts.push_back(to_string(loop));
  return texts;
}

TEST(Split, TakesALoopApart) {
  Stage made = stage();
  split(made, "x", 5, "xo", "xi");
  EXPECT_THAT(
      loops(made),
      ElementsAre("for xo in 0..2:", "for xi in 0..5:", "for y in 0..6:", "for k in 0..7:  # reduction"));
  EXPECT_EQ(to_string(made.output), "output[xi + 5*xo, y]");
  EXPECT_EQ(to_string(made.update), "(sum + input[xi + 5*xo, k])");
}

TEST(Split, LimitsTheInnerLoopWhereItDoesNotDivide) {
  Stage made = stage();
  split(made, "k", 3, "ko", "ki");
  EXPECT_EQ(to_string(made.loops[2]), "for ko in 0..3:  # reduction");
  EXPECT_EQ(to_string(made.loops[3]), "for ki in 0..min(3, -3*ko + 7):  # reduction");
}

TEST(Split, KeepsTheLimitsOfTheLoop) {
  Stage made = stage();
  split(made, "x", 4, "xo", "xi");
  split(made, "xi", 3, "xio", "xii");
  EXPECT_EQ(to_string(made.loops[1]), "for xio in 0..2:");
  EXPECT_EQ(to_string(made.loops[2]), "for xii in 0..min(min(3, -3*xio - 4*xo + 10), -3*xio + 4):");
}

TEST(Split, FollowsALoopThatLimitsOthers) {
  Stage made = stage();
  split(made, "x", 4, "xo", "xi");
  split(made, "xo", 2, "xoo", "xoi");
  EXPECT_EQ(to_string(made.loops[1]), "for xoi in 0..min(2, -2*xoo + 3):");
  EXPECT_EQ(to_string(made.loops[2]), "for xi in 0..min(4, -4*xoi - 8*xoo + 10):");
}

TEST(Split, MakesALoopOfOneIterationOfALargeFactor) {
  Stage made = stage();
  split(made, "y", 16, "yo", "yi");
  EXPECT_EQ(made.loops[1].extent, 1);
  EXPECT_EQ(made.loops[2].extent, 6);
}

TEST(Reorder, PutsTheNamedLoopsFirst) {
  Stage made = stage();
  reorder(made, {"k", "y"});
  EXPECT_THAT(names(made), ElementsAre("k", "y", "x"));
  reorder(made, {"x"});
  EXPECT_THAT(names(made), ElementsAre("x", "k", "y"));
}

TEST(KeepInRegisters, UnrollsWhatIsInTheTileUnlessVectorized) {
  Stage made = stage();
  reorder(made, {"x", "k", "y"});
  vectorize(made, "y");
  keep_in_registers(made, "x");
  EXPECT_EQ(made.tile_depth, 0U);
  EXPECT_EQ(made.loops[0].kind, LoopKind::unrolled);
  EXPECT_EQ(made.loops[1].kind, LoopKind::serial);
  EXPECT_EQ(made.loops[2].kind, LoopKind::vectorized);
}

/// sums[tile, 16 block + lane] over 64 channels, with weights in blocks of 16 lanes, each of 64 cache lines;
/// the tile in registers begins behind the first two loops.
Stage product_by_blocks(const std::vector<std::string>& outer, int64_t tiles) {
  Stage made;
  made.name = "multiply";
  made.loops = {{"block", 4}, {"tile", tiles}, {"ci", 64, true}, {"lane", 16, false, LoopKind::vectorized}};
  made.tile_depth = 2;
  made.output = {"sums", {loop_variable("tile"), 16 * loop_variable("block") + loop_variable("lane")}};
  made.initial = Value::constant(0);
  made.update = Value::multiply_add(
      Value::load({"input", {loop_variable("tile"), loop_variable("ci")}}),
      Value::load({"weights", {loop_variable("block"), loop_variable("ci"), loop_variable("lane")}}),
      Value::accumulated());
  made.finish = Value::accumulated();
  reorder(made, outer);
  return made;
}

const Buffer kBlocks{"weights", Element::float32, {4, 64, 16}};

TEST(ReadAhead, SharesTheNextBlockOutAmongTheTiles) {
  Stage made = product_by_blocks({"block", "tile"}, 8);
  read_ahead(made, kBlocks);
  ASSERT_TRUE(made.read_ahead.has_value());
  EXPECT_EQ(made.read_ahead->lines, 8);
  EXPECT_EQ(made.read_ahead->inside, "");
  EXPECT_EQ(to_string(made.read_ahead->first), "1024*block + 128*tile + 1024");
}

TEST(ReadAhead, SharesItOutAmongTheStepsOfATileWhereThereAreFew) {
  Stage made = product_by_blocks({"block", "tile"}, 8);
  split(made, "ci", 16, "ci_o", "ci_u");
  read_ahead(made, kBlocks);
  ASSERT_TRUE(made.read_ahead.has_value());
  EXPECT_EQ(made.read_ahead->lines, 2);
  EXPECT_EQ(made.read_ahead->inside, "ci_o");
  EXPECT_EQ(to_string(made.read_ahead->first), "1024*block + 32*ci_o + 128*tile + 1024");
}

TEST(ReadAhead, IsABlockAheadWhereEachBlockIsUsedOnce) {
  Stage made = product_by_blocks({"tile", "block"}, 8);
  read_ahead(made, kBlocks);
  ASSERT_TRUE(made.read_ahead.has_value());
  EXPECT_EQ(made.read_ahead->lines, 1);
  EXPECT_EQ(made.read_ahead->inside, "ci");
  EXPECT_EQ(to_string(made.read_ahead->first), "1024*block + 16*ci + 1024");
}

TEST(ReadAhead, DoesNothingWhereAllOfTheBufferIsOneBlock) {
  Stage made = product_by_blocks({"tile", "ci", "block"}, 8);
  made.tile_depth = 1;
  read_ahead(made, kBlocks);
  EXPECT_FALSE(made.read_ahead.has_value());
}

TEST(ReadAhead, DoesNothingWhereABlockHasFewerLinesThanItIsUsed) {
  Stage made = product_by_blocks({"block", "tile"}, 65);
  read_ahead(made, kBlocks);
  EXPECT_FALSE(made.read_ahead.has_value());
}

TEST(Transformations, OfALoopThatIsNotThereChangeNothing) {
  Stage made = stage();
  split(made, "z", 2, "zo", "zi");
  reorder(made, {"z"});
  unroll(made, "z");
  vectorize(made, "z");
  parallelize(made, "z");
  keep_in_registers(made, "z");
  EXPECT_EQ(loops(made), loops(stage()));
  EXPECT_EQ(made.tile_depth, stage().tile_depth);
}

TEST(Transformations, SetTheKindOfALoop) {
  Stage made = stage();
  parallelize(made, "x");
  unroll(made, "k");
  EXPECT_EQ(to_string(made.loops[0]), "parallel for x in 0..10:");
  EXPECT_EQ(to_string(made.loops[2]), "unrolled for k in 0..7:  # reduction");
}

RC_GTEST_PROP(Transformations, NeverChangeWhatIsComputed, (uint64_t seed)) {
  Random random(seed);
  const testing::ScheduleSteps schedule = testing::any_schedule(random);
  for (const auto& step : schedule.steps) {
    const LoweredProgram lowered = lower(step.program);
    RC_LOG() << step.what << "\n" << to_string(step.program) << to_string(lowered);
    RC_ASSERT(find_overrun(lowered).value_or("none") == "none");
    testing::Memory memory = {{"input", testing::cells(schedule.input)},
                              {"weights", testing::cells(schedule.weights)}};
    RC_ASSERT(testing::interpret(lowered, memory).value_or("none") == "none");
    RC_ASSERT(testing::numbers(memory["output"]) == std::optional(schedule.expected));
  }
}

RC_GTEST_PROP(FindOverrun, MissesNothingThatHappens, (uint64_t seed)) {
  Random random(seed);
  const testing::ScheduleSteps schedule = testing::any_schedule(random);
  LoweredProgram program = lower(schedule.steps.back().program);
  // A buffer that is too small by one somewhere, whose elements do not matter.
  Buffer& buffer = program.buffers[random.below(program.buffers.size())];
  int64_t& extent = buffer.extents[random.below(buffer.extents.size())];
  RC_PRE(extent > 1);
  --extent;
  testing::Memory memory;
  for (const Buffer& argument : program.buffers)
    memory[argument.name].resize(static_cast<size_t>(argument.elements()));
  RC_LOG() << to_string(program);
  if (testing::interpret(program, memory)) RC_ASSERT(find_overrun(program).has_value());
}

}  // namespace
}  // namespace tamis::loop
