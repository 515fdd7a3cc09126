// What instructions compute and how long they take, one property a test.
#include "targets/vta/simulator/program_maker.h"

#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

using Make = ProgramMaker;

/// The first byte of out[2] after an instruction on acc[2], which held `before` in every lane.
int8_t after_alu(int32_t before, const AluInstruction& alu) {
  Make maker;
  maker.buffer(0, 256).uops({{.dst = 2, .src = 2, .wgt = 0}});
  for (int lane = 0; lane < 16; ++lane)
    for (int k = 0; k < 4; ++k)
      maker.launch.buffers[0].bytes[4 * lane + k] =
          static_cast<uint8_t>(static_cast<uint32_t>(before) >> (8 * k));
  AluInstruction last = alu;
  last.dependencies.push_next = true;
  auto store = Make::store(2, 8, 1);
  store.dependencies.pop_prev = true;
  maker.add(Make::load(Memory::acc, 2, 0, 1)).add(last).add(store).finish();
  const auto outcome = maker.run();
  EXPECT_EQ(outcome.stop, Stop::finished) << outcome.message;
  return static_cast<int8_t>(maker.launch.buffers[0].bytes[128]);
}

TEST(Alu, ComputesEveryOperation) {
  EXPECT_EQ(after_alu(50, Make::alu(AluOpcode::min, 7)), 7);
  EXPECT_EQ(after_alu(-50, Make::alu(AluOpcode::max, 0)), 0);
  EXPECT_EQ(after_alu(-50, Make::alu(AluOpcode::add, 7)), -43);
  EXPECT_EQ(after_alu(-5000, Make::alu(AluOpcode::shr, 8)), -20);
  EXPECT_EQ(after_alu(6, Make::alu(AluOpcode::mul, -7)), -42);
  AluInstruction doubled = Make::alu(AluOpcode::add, 0);
  doubled.use_imm = false;
  EXPECT_EQ(after_alu(21, doubled), 42);
}

TEST(Alu, ShiftsLeftByNegativeAmountsAndMasksLargeOnes) {
  EXPECT_EQ(after_alu(3, Make::alu(AluOpcode::shr, -4)), 48);
  EXPECT_EQ(after_alu(64, Make::alu(AluOpcode::shr, 33)), 32);
  EXPECT_EQ(after_alu(3, Make::alu(AluOpcode::shr, -33)), 6);
  EXPECT_EQ(after_alu(5, Make::alu(AluOpcode::shr, -32768)), 5);
}

TEST(Alu, WrapsAround) {
  EXPECT_EQ(after_alu(INT32_MAX, Make::alu(AluOpcode::add, 1)), 0);
  EXPECT_EQ(after_alu(INT32_MAX, Make::alu(AluOpcode::mul, 3)), -3);
}

TEST(Load, WidensBytesToTheAccumulatorWithTheirSign) {
  Make maker;
  maker.buffer(0, 64).uops({{}});
  maker.launch.buffers[0].bytes[0] = 0x90;  // -112
  auto alu = Make::alu(AluOpcode::shr, 4);
  alu.dependencies.push_next = true;
  auto store = Make::store(0, 1, 1);
  store.dependencies.pop_prev = true;
  ASSERT_EQ(maker.add(Make::load(Memory::acc_8bit, 0, 0, 1)).add(alu).add(store).finish().run().stop,
            Stop::finished);
  EXPECT_EQ(static_cast<int8_t>(maker.launch.buffers[0].bytes[16]), -7);
}

/// acc[0] after three accumulations of 1 x 1 by one pass over three uops on the same element.
int sum_of_three(Hazard hazard, std::vector<Uop> uops) {
  Hardware hardware;
  hardware.hazard = hazard;
  Make maker(hardware);
  maker.buffer(0, 512).uops(uops);
  maker.launch.buffers[0].bytes[0] = 1;    // inp[0] lane 0, and
  maker.launch.buffers[0].bytes[256] = 1;  // wgt[0] row 0, column 0
  auto inp = Make::load(Memory::inp, 0, 0, 1), wgt = Make::load(Memory::wgt, 0, 1, 1);
  wgt.dependencies.push_next = true;
  auto gemm = Make::gemm(static_cast<uint32_t>(uops.size()));
  gemm.dependencies = {.pop_prev = true, .push_next = true};
  auto store = Make::store(0, 8, 1);
  store.dependencies.pop_prev = true;
  EXPECT_EQ(maker.add(inp).add(wgt).add(gemm).add(store).finish().run().stop, Stop::finished);
  return maker.launch.buffers[0].bytes[128];
}

TEST(Hazard, LosesWritesOfTheTwoUopsBeforeWithoutForwarding) {
  const Uop same{}, other{.dst = 1, .src = 0, .wgt = 0};
  EXPECT_EQ(sum_of_three(Hazard::hls, {same, same, same}), 1);
  EXPECT_EQ(sum_of_three(Hazard::hls, {same, other, same}), 1);
  EXPECT_EQ(sum_of_three(Hazard::hls, {same, same, same, same}), 2);
  EXPECT_EQ(sum_of_three(Hazard::hls, {same, other, {.dst = 2, .src = 0, .wgt = 0}, same}), 2);
}

TEST(Hazard, IsAbsentWhereTheAccumulatorForwards) { EXPECT_EQ(sum_of_three(Hazard::rtl, {{}, {}, {}}), 3); }

/// Cycles of a program with one inp load of 1024 tiles beside a GEMM of 2000 uops; `load_too`, `gemm_too`
/// leave one out.
uint64_t cycles(bool load_too, bool gemm_too, const MemoryProfile& memory = {}) {
  Hardware hardware;
  hardware.memory = memory;
  Make maker(hardware);
  maker.buffer(0, 65536).uops({{}});
  auto load = Make::load(Memory::inp, 0, 0, 1024);
  load.dependencies.push_next = true;
  if (load_too) maker.add(load);
  auto gemm = Make::gemm(1);
  gemm.iter_in = 2000;
  if (gemm_too) maker.add(gemm);
  // FINISH waits for the load.
  auto finish = FinishInstruction{};
  finish.dependencies.pop_prev = load_too;
  maker.add(finish);
  return maker.run().counters.cycles;
}

TEST(Timing, EnginesOverlap) {
  const uint64_t nothing = cycles(false, false), both = cycles(true, true);
  EXPECT_LT(both - nothing, (cycles(true, false) - nothing) + (cycles(false, true) - nothing));
  EXPECT_GE(both, std::max(cycles(true, false), cycles(false, true)));
}

TEST(Timing, TokensKeepEnginesApart) {
  Make maker;
  maker.buffer(0, 65536).uops({{}});
  auto load = Make::load(Memory::inp, 0, 0, 1024);
  load.dependencies.push_next = true;
  auto gemm = Make::gemm(1);
  gemm.iter_in = 2000;
  gemm.dependencies.pop_prev = true;
  const auto outcome = maker.add(load).add(gemm).finish().run();
  EXPECT_GT(outcome.counters.cycles, cycles(true, true));
  const auto& compute = outcome.counters.engines[static_cast<size_t>(Engine::compute)];
  EXPECT_GT(compute.stall, 1000u);
  EXPECT_GE(compute.busy, 2000u);
}

TEST(Timing, GemmTakesACycleAMicroOpAndSixMore) {
  // Between two instructions an engine is idle for a cycle, and FETCH reads two beats for one more.
  EXPECT_EQ(cycles(false, true) - cycles(false, false), 2000u + 6u + 1u + 2u);
}

TEST(Timing, LatenciesOfBurstsOverlap) {
  // 1024 tiles of 16 bytes are 2048 beats: 128 bursts instead of 8, and 16 of them may be under way. Every
  // burst costs the cycle in which its last beat arrives.
  const uint64_t large = cycles(true, false), small = cycles(true, false, find_profile("de10").value());
  EXPECT_LE(small, large + 150);
  MemoryProfile serial{.burst_beats = 16, .kind = MemoryKind::serial};
  EXPECT_GT(cycles(true, false, serial), large + 110 * serial.read_latency);
  MemoryProfile narrow{.burst_beats = 16, .outstanding_reads = 1};
  EXPECT_GT(cycles(true, false, narrow), large + 110 * narrow.read_latency);
}

TEST(Timing, EveryRowIsABurstOfItsOwn) {
  // A burst can be issued every 2 cycles, so that 8 rows of 8 tiles take as long as their beats, whether they
  // lie one after another or apart.
  const auto load_cycles = [](uint32_t rows, uint32_t columns, uint32_t stride) {
    Make maker;
    auto load = Make::load(Memory::inp, 0, 0, columns);
    load.y_size = rows;
    load.x_stride = stride;
    load.dependencies.push_next = true;
    FinishInstruction finish;
    finish.dependencies.pop_prev = true;
    return maker.buffer(0, 4096).add(load).add(finish).run().counters.cycles;
  };
  EXPECT_EQ(load_cycles(8, 8, 9), load_cycles(8, 8, 8));
  EXPECT_EQ(load_cycles(8, 8, 8), load_cycles(1, 64, 64));
  EXPECT_EQ(load_cycles(1, 64, 64) - load_cycles(1, 1, 1), 126u);
}

TEST(Timing, StoresPayThreeCyclesATileAndTheResponse) {
  const auto store_cycles = [](uint32_t tiles, uint64_t latency) {
    Hardware hardware;
    hardware.memory.write_latency = latency;
    Make maker(hardware);
    auto store = Make::store(0, 0, tiles);
    store.dependencies.push_prev = true;
    FinishInstruction finish;
    finish.dependencies.pop_next = true;
    return maker.buffer(0, 4096).add(store).add(finish).run().counters.cycles;
  };
  EXPECT_EQ(store_cycles(20, 64) - store_cycles(10, 64), 30u);
  EXPECT_EQ(store_cycles(10, 64) - store_cycles(10, 1), 63u);
}

TEST(Timing, AFullQueueHoldsFetch) {
  // 600 instructions for STORE before one for COMPUTE: it is dispatched when STORE has ended 88.
  auto store = Make::store(0, 0, 1);
  Make few, many;
  few.buffer(0, 4096);
  many.buffer(0, 4096);
  for (int i = 0; i < 500; ++i) few.add(store);
  for (int i = 0; i < 600; ++i) many.add(store);
  EXPECT_GT(many.finish().run().counters.cycles, few.finish().run().counters.cycles + 60 * 68);
}

TEST(Order, MissingTokenLetsAGemmReadOldData) {
  // Without the token from LOAD the GEMM ends before the long load does, as on a board.
  const auto result = [](bool synchronised) {
    Make maker;
    maker.buffer(0, 65536).uops({{}});
    maker.launch.buffers[0].bytes[0] = maker.launch.buffers[0].bytes[256] = 1;
    auto wgt = Make::load(Memory::wgt, 0, 1, 1), inp = Make::load(Memory::inp, 0, 0, 1024);
    inp.dependencies.push_next = true;
    auto gemm = Make::gemm(1);
    gemm.dependencies = {.pop_prev = synchronised, .push_next = true};
    auto store = Make::store(0, 2048, 1);
    store.dependencies.pop_prev = true;
    EXPECT_EQ(maker.add(wgt).add(inp).add(gemm).add(store).finish().run().stop, Stop::finished);
    return maker.launch.buffers[0].bytes[2048 * 16];
  };
  EXPECT_EQ(result(true), 1);
  EXPECT_EQ(result(false), 0);
}

}  // namespace
}  // namespace tamis::vta
