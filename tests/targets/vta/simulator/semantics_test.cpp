// What instructions compute and how long they take, one property a test.
#include "targets/vta/simulator/program_maker.h"

#include <array>
#include <vector>

#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

using Make = ProgramMaker;

constexpr std::array kDesigns = {Design::chisel, Design::hls, Design::fsim};

/// The first byte of out[2] after an instruction on acc[2], which held `before` in every lane.
int8_t after_alu(int32_t before, const AluInstruction& alu, Design design = Design::fsim) {
  Make maker(in_design(design));
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
  for (const Design design : kDesigns) {
    SCOPED_TRACE(to_string(design));
    EXPECT_EQ(after_alu(50, Make::alu(AluOpcode::min, 7), design), 7);
    EXPECT_EQ(after_alu(-50, Make::alu(AluOpcode::max, 0), design), 0);
    EXPECT_EQ(after_alu(-50, Make::alu(AluOpcode::add, 7), design), -43);
    EXPECT_EQ(after_alu(-5000, Make::alu(AluOpcode::shr, 8), design), -20);
    EXPECT_EQ(after_alu(INT32_MAX, Make::alu(AluOpcode::add, 1), design), 0);
    AluInstruction doubled = Make::alu(AluOpcode::add, 0);
    doubled.use_imm = false;
    EXPECT_EQ(after_alu(21, doubled, design), 42);
  }
  EXPECT_EQ(after_alu(6, Make::alu(AluOpcode::mul, -7)), -42);
  EXPECT_EQ(after_alu(INT32_MAX, Make::alu(AluOpcode::mul, 3)), -3);
}

TEST(Alu, ShiftsByImmediatesAsTheDesignDoes) {
  const auto shift = [](int32_t before, int32_t by) {
    std::vector<int> results;
    for (const Design design : kDesigns)
      results.push_back(after_alu(before, Make::alu(AluOpcode::shr, by), design));
    return results;  // chisel, hls, fsim
  };
  EXPECT_EQ(shift(3, -4), (std::vector<int>{48, 48, 48}));
  EXPECT_EQ(shift(64, 33), (std::vector<int>{32, 32, 32}));
  EXPECT_EQ(shift(3, -33), (std::vector<int>{6, 6, 6}));
  EXPECT_EQ(shift(5, -32768), (std::vector<int>{5, 5, 5}));
  EXPECT_EQ(shift(-1, 17), (std::vector<int>{-1, 0, -1}));  // of 5 signed bits: 15 to the left
  EXPECT_EQ(shift(1 << 20, 17), (std::vector<int>{8, 0, 8}));
  EXPECT_EQ(shift(256, -28), (std::vector<int>{0, 16, 0}));  // 4 to the right
}

/// The first byte of out[0] after acc[0], 64, was shifted by acc[1].
int shifted_by_register(int32_t amount, int32_t unused_immediate, Design design) {
  Make maker(in_design(design));
  maker.buffer(0, 512).uops({{.dst = 0, .src = 1, .wgt = 0}});
  maker.launch.buffers[0].bytes[0] = 64;
  for (int k = 0; k < 4; ++k)
    maker.launch.buffers[0].bytes[64 + k] = static_cast<uint8_t>(static_cast<uint32_t>(amount) >> (8 * k));
  AluInstruction alu = Make::alu(AluOpcode::shr, unused_immediate);
  alu.use_imm = false;
  alu.dependencies.push_next = true;
  auto store = Make::store(0, 16, 1);
  store.dependencies.pop_prev = true;
  maker.add(Make::load(Memory::acc, 0, 0, 2)).add(alu).add(store).finish();
  EXPECT_EQ(maker.run().stop, Stop::finished);
  return static_cast<int8_t>(maker.launch.buffers[0].bytes[256]);
}

TEST(Alu, ShiftsByRegistersAsTheDesignDoes) {
  const auto shift = [](int32_t by, int32_t immediate) {
    std::vector<int> results;
    for (const Design design : kDesigns) results.push_back(shifted_by_register(by, immediate, design));
    return results;  // chisel, hls, fsim
  };
  EXPECT_EQ(shift(3, 0), (std::vector<int>{8, 8, 8}));
  EXPECT_EQ(shift(-1, 0), (std::vector<int>{0, -128, -128}));  // 31 to the right there, 1 to the left here
  EXPECT_EQ(shift(-31, 0), (std::vector<int>{32, 32, 0}));     // low five bits: 1
  // The RTL looks at the immediate's sign even where it is no operand.
  EXPECT_EQ(shift(-1, -5), (std::vector<int>{-128, -128, -128}));
}

TEST(Alu, AnImmediateMeetsSrcInTheRtlAndDstElsewhere) {
  const auto max_of = [](Design design) {
    Make maker(in_design(design));
    maker.buffer(0, 512).uops({{.dst = 0, .src = 1, .wgt = 0}});
    maker.launch.buffers[0].bytes[0] = 10;
    maker.launch.buffers[0].bytes[64] = 20;
    auto alu = Make::alu(AluOpcode::max, 5);
    alu.dependencies.push_next = true;
    auto store = Make::store(0, 16, 1);
    store.dependencies.pop_prev = true;
    EXPECT_EQ(maker.add(Make::load(Memory::acc, 0, 0, 2)).add(alu).add(store).finish().run().stop,
              Stop::finished);
    return maker.launch.buffers[0].bytes[256];
  };
  EXPECT_EQ(max_of(Design::chisel), 20);
  EXPECT_EQ(max_of(Design::hls), 10);
  EXPECT_EQ(max_of(Design::fsim), 10);
}

TEST(Load, WidensBytesToTheAccumulatorWithTheirSign) {
  Make maker(in_design(Design::fsim));
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

/// acc[0] after accumulations of 1 x 1 by one pass over the uops.
int sum_of(Design design, std::vector<Uop> uops) {
  Make maker(in_design(design));
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
  EXPECT_EQ(sum_of(Design::hls, {same, same, same}), 1);
  EXPECT_EQ(sum_of(Design::hls, {same, other, same}), 1);
  EXPECT_EQ(sum_of(Design::hls, {same, same, same, same}), 2);
  EXPECT_EQ(sum_of(Design::hls, {same, other, {.dst = 2, .src = 0, .wgt = 0}, same}), 2);
}

TEST(Hazard, IsAbsentWhereTheAccumulatorForwards) {
  EXPECT_EQ(sum_of(Design::chisel, {{}, {}, {}}), 3);
  EXPECT_EQ(sum_of(Design::fsim, {{}, {}, {}}), 3);
}

/// The first byte of acc[0], 0 at first, after an ALU instruction; acc[1] holds 1 and acc[2] 2.
int after_nest(Design design, const std::vector<Uop>& uops, AluInstruction alu) {
  Make maker(in_design(design));
  maker.buffer(0, 512).uops(uops);
  maker.launch.buffers[0].bytes[64] = 1;
  maker.launch.buffers[0].bytes[128] = 2;
  alu.uop_end = static_cast<uint32_t>(uops.size());
  alu.dependencies.push_next = true;
  auto store = Make::store(0, 16, 1);
  store.dependencies.pop_prev = true;
  EXPECT_EQ(maker.add(Make::load(Memory::acc, 0, 0, 3)).add(alu).add(store).finish().run().stop,
            Stop::finished);
  return maker.launch.buffers[0].bytes[256];
}

TEST(Hazard, OfTheRtlsAluReachesOneUopBackAcrossRounds) {
  const Uop same{}, other{.dst = 1, .src = 1, .wgt = 0};
  const auto increment = Make::alu(AluOpcode::add, 1);
  EXPECT_EQ(after_nest(Design::chisel, {same, same}, increment), 1);
  EXPECT_EQ(after_nest(Design::chisel, {same, other, same}, increment), 2);
  auto rounds = increment;
  rounds.iter_in = 8;  // all on acc[0]
  EXPECT_EQ(after_nest(Design::chisel, {same}, rounds), 4);
  EXPECT_EQ(after_nest(Design::fsim, {same}, rounds), 8);
  EXPECT_EQ(after_nest(Design::hls, {same}, rounds), 8);  // drains between rounds
  rounds.iter_in = 1;
  rounds.iter_out = 8;
  EXPECT_EQ(after_nest(Design::chisel, {same}, rounds), 4);
}

TEST(Hazard, OfTheRtlsAluSparesDst) {
  auto add = Make::alu(AluOpcode::add, 0);
  add.use_imm = false;
  const Uop from_1{.dst = 0, .src = 1, .wgt = 0}, from_2{.dst = 0, .src = 2, .wgt = 0};
  EXPECT_EQ(after_nest(Design::chisel, {from_1, from_2}, add), 3);
  // acc[1] += acc[2], then acc[0] += acc[1], which is still 1.
  EXPECT_EQ(after_nest(Design::chisel, {{.dst = 1, .src = 2, .wgt = 0}, from_1}, add), 1);
  EXPECT_EQ(after_nest(Design::fsim, {{.dst = 1, .src = 2, .wgt = 0}, from_1}, add), 3);
}

/// The first byte of out[0], which held 7, after acc[0] was written by an instruction; inp[0] x wgt[0] is 2.
int out_after(Design design, const Instruction& instruction) {
  Make maker(in_design(design));
  maker.buffer(0, 1024).uops({{}});
  maker.launch.buffers[0].bytes[0] = 1;    // inp[0]
  maker.launch.buffers[0].bytes[256] = 2;  // wgt[0]
  maker.launch.buffers[0].bytes[512] = 9;  // acc
  auto inp = Make::load(Memory::inp, 0, 0, 1), wgt = Make::load(Memory::wgt, 0, 1, 1);
  wgt.dependencies.push_next = true;
  auto wait = Make::nothing(), done = Make::nothing();
  wait.dependencies.pop_prev = done.dependencies.push_next = true;
  auto store = Make::store(0, 48, 1);
  store.dependencies.pop_prev = true;
  maker.add(inp)
      .add(wgt)
      .add(wait)
      .add(Make::alu(AluOpcode::add, 7))
      .add(instruction)
      .add(done)
      .add(store)
      .finish();
  EXPECT_EQ(maker.run().stop, Stop::finished);
  return maker.launch.buffers[0].bytes[768];
}

TEST(Out, IsWhatTheDesignLeavesThere) {
  auto reset = Make::gemm(1);
  reset.reset = true;
  EXPECT_EQ(out_after(Design::chisel, reset), 7);
  EXPECT_EQ(out_after(Design::hls, reset), 9);  // the sum that it did not keep
  EXPECT_EQ(out_after(Design::fsim, reset), 0);
  const auto load = Make::load(Memory::acc, 0, 8, 1);
  EXPECT_EQ(out_after(Design::chisel, load), 7);
  EXPECT_EQ(out_after(Design::hls, load), 7);
  EXPECT_EQ(out_after(Design::fsim, load), 9);
}

TEST(Uops, WrapAroundInTheRtl) {
  // acc[5] is written by the uop at 2048 + 3, which lies at 3.
  Make maker;
  maker.buffer(0, 64).buffer(0x8000, 4).uops({{}});
  const Codec codec{Hardware{}};
  const uint32_t word = codec.encode(Uop{.dst = 5, .src = 5, .wgt = 0});
  for (size_t k = 0; k < 4; ++k) maker.launch.buffers[1].bytes[k] = static_cast<uint8_t>(word >> (8 * k));
  auto alu = Make::alu(AluOpcode::add, 3);
  alu.uop_begin = 4096 + 3;
  alu.uop_end = 4096 + 4;
  alu.dependencies.push_next = true;
  auto store = Make::store(5, 0, 1);
  store.dependencies.pop_prev = true;
  maker.add(Make::load(Memory::uop, 2048 + 3, 0x2000, 1)).add(alu).add(store).finish();
  const auto outcome = maker.run();
  EXPECT_EQ(outcome.stop, Stop::finished) << outcome.message;
  EXPECT_EQ(maker.launch.buffers[0].bytes[0], 3);
}

TEST(Uops, ComeInOneRowInTheHlsDesign) {
  const auto bytes_loaded = [](Design design) {
    Make maker(in_design(design));
    auto load = Make::load(Memory::uop, 0, 0, 2);
    load.y_size = 3;
    return maker.buffer(0, 64).add(load).finish().run().counters.uop_bytes;
  };
  EXPECT_EQ(bytes_loaded(Design::chisel), 24u);
  EXPECT_EQ(bytes_loaded(Design::hls), 8u);
}

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
