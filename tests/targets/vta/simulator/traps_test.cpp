// A tiny program for every way in which a launch ends badly, named after it.
#include "targets/vta/simulator/program_maker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

using ::testing::HasSubstr;
using Make = ProgramMaker;

/// What stopped the program, or how else it ended; with and without computing alike.
std::string trap_of(ProgramMaker maker) {
  SimulationOptions timing_only;
  timing_only.functional = false;
  ProgramMaker copy = maker;
  const auto outcome = maker.run(), fast = copy.run(timing_only);
  EXPECT_EQ(outcome.message, fast.message);
  return outcome.stop == Stop::trapped ? outcome.message : "did not trap: " + outcome.message;
}

std::string trap_of(const Instruction& instruction, Design design = Design::chisel) {
  return trap_of(Make(in_design(design))
                     .buffer(0, 4096)
                     .uops({{.dst = 2, .src = 3, .wgt = 4}})
                     .add(instruction)
                     .finish());
}

TEST(Traps, LoadPastTheEndOfInp) {
  EXPECT_THAT(trap_of(Make::load(Memory::inp, 2047, 0, 2)),
              HasSubstr("instruction 1 (LOAD inp[2047] <- dram[0]: 1 x 2): inp index 2048 is past the end "
                        "(2048 elements)"));
}

TEST(Traps, PaddingPastTheEndOfInp) {
  auto load = Make::load(Memory::inp, 2040, 0, 2);
  load.y_pad_1 = 2;
  load.x_pad_0 = 1;
  EXPECT_THAT(trap_of(load), HasSubstr("inp index 2048 is past the end"));
}

TEST(Traps, LoadPastTheEndOfEveryOtherMemory) {
  EXPECT_THAT(trap_of(Make::load(Memory::wgt, 1024, 0, 1)), HasSubstr("wgt index 1024"));
  EXPECT_THAT(trap_of(Make::load(Memory::acc, 2048, 0, 1)), HasSubstr("acc index 2048"));
  EXPECT_THAT(trap_of(Make::load(Memory::acc_8bit, 2048, 0, 1), Design::fsim), HasSubstr("acc index 2048"));
  EXPECT_THAT(trap_of(Make::load(Memory::uop, 8192, 0, 1), Design::hls), HasSubstr("uop index 8192"));
  EXPECT_THAT(trap_of(Make::load(Memory::uop, 8192, 0, 1), Design::fsim), HasSubstr("uop index 8192"));
  EXPECT_THAT(trap_of(Make::load(Memory::uop, 8192, 0, 1)), HasSubstr("did not trap"));  // wraps
  EXPECT_THAT(trap_of(Make::store(2048, 0, 1)), HasSubstr("out index 2048"));
}

TEST(Traps, DramOutsideEveryBuffer) {
  EXPECT_THAT(trap_of(Make::load(Memory::inp, 0, 300, 1)), HasSubstr("DRAM bytes 0x12c0 to 0x12d0 (row 0)"));
  EXPECT_THAT(trap_of(Make::store(0, 0xffffffff, 1)), HasSubstr("not within one buffer"));
}

TEST(Traps, RowThatLeavesItsBuffer) {
  auto load = Make::load(Memory::inp, 0, 255, 1);
  load.y_size = 3;
  EXPECT_THAT(trap_of(load), HasSubstr("(row 1)"));
}

TEST(Traps, RowAcrossTwoNeighbouringBuffers) {
  EXPECT_THAT(trap_of(Make().buffer(0, 24).buffer(24, 40).add(Make::load(Memory::inp, 0, 1, 1)).finish()),
              HasSubstr("not within one buffer"));
}

TEST(Traps, StoreWithPadding) {
  auto store = Make::store(0, 0, 1);
  store.x_pad_1 = 1;
  EXPECT_THAT(trap_of(store), HasSubstr("cannot have padding"));
}

TEST(Traps, StoreOfAnotherMemoryThanOut) {
  auto store = Make::store(0, 0, 1);
  store.memory = Memory::acc;
  EXPECT_THAT(trap_of(store), HasSubstr("only the out memory can be stored, not acc"));
}

TEST(Traps, LoadOfOut) {
  EXPECT_THAT(trap_of(Make::load(Memory::out, 0, 0, 1)), HasSubstr("cannot be loaded"));
}

TEST(Traps, GemmPastTheEndOfEveryMemory) {
  auto gemm = Make::gemm(1);
  gemm.iter_out = 2;
  gemm.iter_in = 3;
  gemm.dst_factor_out = 2000;
  gemm.dst_factor_in = 25;
  EXPECT_THAT(trap_of(gemm), HasSubstr("acc index 2052 is past the end (2048 elements)"));
  gemm.dst_factor_out = 0;
  gemm.src_factor_in = 1023;
  EXPECT_THAT(trap_of(gemm), HasSubstr("inp index 2049"));
  gemm.src_factor_in = 0;
  gemm.wgt_factor_out = 1020;
  EXPECT_THAT(trap_of(gemm), HasSubstr("wgt index 1024"));
  gemm.reset = true;  // reads neither inp nor wgt
  EXPECT_THAT(trap_of(gemm), HasSubstr("did not trap"));
}

TEST(Traps, AluPastTheEndOfAcc) {
  auto alu = Make::alu(AluOpcode::add, 1);
  alu.iter_in = 3;
  alu.src_factor_in = 1023;
  EXPECT_THAT(trap_of(alu, Design::hls), HasSubstr("did not trap"));  // an immediate needs no source there
  EXPECT_THAT(trap_of(alu), HasSubstr("acc index 2049"));
  EXPECT_THAT(trap_of(alu, Design::fsim), HasSubstr("acc index 2049"));
  alu.use_imm = false;
  EXPECT_THAT(trap_of(alu, Design::hls), HasSubstr("acc index 2049"));
}

TEST(Traps, UopRangeThatCannotBe) {
  auto gemm = Make::gemm(1);
  gemm.uop_begin = 2;
  EXPECT_THAT(trap_of(gemm), HasSubstr("uop range [2, 1) ends before it begins"));
  gemm.uop_end = 8193;
  EXPECT_THAT(trap_of(gemm, Design::hls), HasSubstr("uop index 8192"));
  EXPECT_THAT(trap_of(gemm), HasSubstr("did not trap"));  // wraps
}

TEST(Traps, NestsThatRunNothingInTheRtl) {
  auto gemm = Make::gemm(0);
  EXPECT_THAT(trap_of(gemm),
              HasSubstr("the uop range [0, 0) is empty, but the chisel design needs at least 1"));
  EXPECT_THAT(trap_of(gemm, Design::hls), HasSubstr("did not trap"));
  gemm = Make::gemm(1);
  gemm.iter_in = 0;
  EXPECT_THAT(trap_of(gemm),
              HasSubstr("the loop extents are 1 and 0, but the chisel design needs at least 1"));
  auto alu = Make::alu(AluOpcode::add, 1);
  alu.iter_out = 0;
  EXPECT_THAT(trap_of(alu), HasSubstr("the loop extents are 0 and 1"));
  EXPECT_THAT(trap_of(alu, Design::fsim), HasSubstr("did not trap"));
}

TEST(Traps, CopiesWithoutRowsInTheRtl) {
  auto load = Make::load(Memory::inp, 0, 0, 2);
  load.y_size = 0;
  load.y_pad_0 = 3;
  EXPECT_THAT(trap_of(load), HasSubstr("y_size is 0, but the chisel design needs at least 1 row"));
  EXPECT_THAT(trap_of(load, Design::hls), HasSubstr("did not trap"));
  auto store = Make::store(0, 0, 1);
  store.y_size = 0;
  EXPECT_THAT(trap_of(store), HasSubstr("y_size is 0"));
}

TEST(Traps, PaddingWithoutColumnsInTheHlsDesign) {
  auto load = Make::load(Memory::inp, 0, 0, 0);
  load.x_pad_0 = 1;
  EXPECT_THAT(trap_of(load, Design::hls), HasSubstr("x_size is 0, but there is padding"));
  EXPECT_THAT(trap_of(load), HasSubstr("did not trap"));
  load.memory = Memory::wgt;
  EXPECT_THAT(trap_of(load, Design::hls), HasSubstr("did not trap"));
}

TEST(Traps, WhatOnlyTheFunctionalSimulatorHas) {
  const auto mul = Make::alu(AluOpcode::mul, 2);
  const auto load = Make::load(Memory::acc_8bit, 0, 0, 1);
  for (const Design design : {Design::chisel, Design::hls}) {
    EXPECT_THAT(trap_of(mul, design), HasSubstr("design has no MUL"));
    EXPECT_THAT(trap_of(load, design), HasSubstr("design has no loads of acc_8bit"));
  }
  EXPECT_THAT(trap_of(mul, Design::fsim), HasSubstr("did not trap"));
  EXPECT_THAT(trap_of(load, Design::fsim), HasSubstr("did not trap"));
}

TEST(Traps, WhatCannotBeDecoded) {
  for (const EncodedInstruction words : {EncodedInstruction{7, 0}, {6 << 7, 0}, {4, uint64_t{7} << 44}}) {
    ProgramMaker maker;
    maker.launch.instructions.push_back(words);
    EXPECT_THAT(trap_of(maker.finish()), HasSubstr("does not exist"));
  }
}

TEST(Traps, MoreInstructionsThanTheStreamBufferHolds) {
  Hardware hardware;
  hardware.max_instructions = 2;
  EXPECT_THAT(trap_of(Make(hardware).finish().finish().finish()),
              HasSubstr("3 instructions, more than its buffer holds (2)"));
}

/// Pushes `tokens` from LOAD while COMPUTE is busy, then pops them all.
Make with_tokens(int tokens, Design design = Design::chisel) {
  auto load = Make::load(Memory::inp, 0, 0, 0);
  load.dependencies.push_next = true;
  auto busy = Make::gemm(1);
  busy.iter_in = 16000;
  auto pop = Make::nothing();
  pop.dependencies.pop_prev = true;
  Make maker(in_design(design));
  maker.uops({{}}).add(busy);
  for (int i = 0; i < tokens; ++i) maker.add(load);
  for (int i = 0; i < tokens; ++i) maker.add(pop);
  return maker.finish();
}

TEST(Traps, MoreTokensThanAQueueCounts) {
  EXPECT_THAT(trap_of(with_tokens(255)), HasSubstr("did not trap"));
  EXPECT_THAT(trap_of(with_tokens(256)),
              HasSubstr("more tokens wait from LOAD to COMPUTE than the device counts: 256 of at most 255"));
  EXPECT_THAT(trap_of(with_tokens(256)), HasSubstr("instruction 257 (LOAD"));
  for (const Design design : {Design::hls, Design::fsim})
    EXPECT_THAT(trap_of(with_tokens(256, design)), HasSubstr("did not trap"));
}

TEST(Traps, TokensThatNobodyPops) {
  auto gemm = Make::nothing();
  gemm.dependencies.push_next = true;
  Make maker;
  for (int i = 0; i < 256; ++i) maker.add(gemm);
  EXPECT_THAT(trap_of(maker.finish()), HasSubstr("instruction 255 (LOAD acc nothing"));
}

TEST(Traps, ThousandsOfTokensThatArePoppedInTime) {
  auto load = Make::load(Memory::inp, 0, 0, 0);
  load.dependencies.push_next = true;
  auto pop = Make::nothing();
  pop.dependencies.pop_prev = true;
  Make maker;
  for (int i = 0; i < 3000; ++i) maker.add(load).add(pop);
  EXPECT_THAT(trap_of(maker.finish()), HasSubstr("did not trap"));
}

TEST(Traps, LoadOf2048InpTilesInLongBursts) {
  const auto load = Make::load(Memory::inp, 0, 0, 2048);
  Hardware hardware;
  EXPECT_THAT(trap_of(Make(hardware).buffer(0, 32768).add(load).finish()),
              HasSubstr("2048 inp tiles in one load: bursts of 256 beats bear at most 2047"));
  for (const Design design : {Design::hls, Design::fsim})
    EXPECT_THAT(trap_of(Make(in_design(design)).buffer(0, 32768).add(load).finish()),
                HasSubstr("did not trap"));
  hardware.memory.burst_beats = 16;
  EXPECT_THAT(trap_of(Make(hardware).buffer(0, 32768).add(load).finish()), HasSubstr("did not trap"));
}

TEST(Traps, NothingAtAllIsNoTrap) {
  EXPECT_THAT(trap_of(Make::nothing()), HasSubstr("did not trap"));
  auto load = Make::load(Memory::out, 9999, 9999, 0);
  EXPECT_THAT(trap_of(load), HasSubstr("did not trap"));
}

TEST(Hangs, PopThatNobodyPushes) {
  auto gemm = Make::nothing();
  gemm.dependencies.pop_prev = true;
  const auto outcome = Make().add(gemm).finish().run();
  EXPECT_EQ(outcome.stop, Stop::hung);
  EXPECT_THAT(outcome.message, HasSubstr("COMPUTE waits at instruction 0"));
  EXPECT_THAT(outcome.message, HasSubstr("for a token from LOAD"));
  EXPECT_THAT(outcome.message, HasSubstr("STORE is idle"));
}

TEST(Hangs, TwoEnginesThatWaitForEachOther) {
  auto load = Make::load(Memory::inp, 0, 0, 0);
  load.dependencies = {.pop_next = true, .push_next = true};
  auto gemm = Make::nothing();
  gemm.dependencies = {.pop_prev = true, .push_prev = true};
  const auto outcome = Make().add(load).add(gemm).finish().run();
  EXPECT_EQ(outcome.stop, Stop::hung);
  EXPECT_THAT(outcome.message, HasSubstr("LOAD waits at instruction 0"));
  EXPECT_THAT(outcome.message, HasSubstr("COMPUTE waits at instruction 1"));
}

TEST(Hangs, FetchBehindAFullQueue) {
  auto gemm = Make::nothing();
  gemm.dependencies.pop_next = true;
  Make maker;
  for (int i = 0; i < 513; ++i) maker.add(gemm);
  const auto outcome = maker.finish().run();
  EXPECT_EQ(outcome.stop, Stop::hung);
  EXPECT_THAT(outcome.message, HasSubstr("FETCH waits at instruction 512 for room in the queue of COMPUTE"));
}

TEST(Hangs, StreamWithoutFinish) {
  EXPECT_THAT(Make().run().message, HasSubstr("0 instructions ended without FINISH"));
  const auto outcome = Make().add(Make::nothing()).run();
  EXPECT_EQ(outcome.stop, Stop::hung);
  EXPECT_THAT(outcome.message, HasSubstr("without FINISH"));
}

TEST(Timeouts, MoreCyclesThanAllowed) {
  auto gemm = Make::gemm(1);
  gemm.iter_out = gemm.iter_in = 16383;
  SimulationOptions options;
  options.max_cycles = 1000;
  const auto outcome = Make().uops({{}}).add(gemm).finish().run(options);
  EXPECT_EQ(outcome.stop, Stop::timeout);
  EXPECT_EQ(outcome.counters.cycles, 1000u);
  EXPECT_THAT(outcome.message,
              HasSubstr("given up after 1000 cycles: FETCH has fetched everything; LOAD is idle; "
                        "COMPUTE runs instruction 1 (GEMM"));
  EXPECT_THAT(outcome.message, HasSubstr("STORE is idle"));
}

TEST(Timeouts, SayWhatEveryEngineDidInThatCycle) {
  // The load, 4 rows of 64 tiles, and STORE's wait for COMPUTE's token are both under way.
  auto load = Make::load(Memory::inp, 0, 0, 1024);
  auto gemm = Make::nothing();
  gemm.dependencies.pop_prev = true;
  load.dependencies.push_next = true;
  SimulationOptions options;
  options.max_cycles = 300;
  const auto outcome = Make().buffer(0, 65536).add(load).add(gemm).finish().run(options);
  EXPECT_EQ(outcome.stop, Stop::timeout);
  EXPECT_THAT(outcome.message, HasSubstr("LOAD runs instruction 0 (LOAD inp"));
  EXPECT_THAT(outcome.message, HasSubstr("COMPUTE waits at instruction 1 (LOAD acc nothing"));
  options.max_cycles = 3;
  EXPECT_THAT(Make().buffer(0, 65536).add(load).finish().run(options).message,
              HasSubstr("FETCH is at instruction 0; LOAD is idle; COMPUTE is idle; STORE is idle"));
}

}  // namespace
}  // namespace tamis::vta
