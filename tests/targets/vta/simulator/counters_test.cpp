// What counters say of launches that stop before their end: nothing that came later.
#include "targets/vta/simulator/program_maker.h"
#include "targets/vta/simulator/stream_maker.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

using Make = ProgramMaker;

const EngineCounters& of(const Counters& counters, Engine engine) {
  return counters.engines[static_cast<size_t>(engine)];
}

/// A launch of all engines, in which loads, products and stores overlap.
Make overlapping() {
  auto load = Make::load(Memory::inp, 0, 0, 256);
  load.dependencies.push_next = true;
  auto gemm = Make::gemm(1);
  gemm.iter_out = 100;
  gemm.dependencies = {.pop_prev = true, .push_next = true};
  auto store = Make::store(0, 0, 64);
  store.dependencies = {.pop_prev = true, .push_prev = true};
  auto wait = Make::nothing();
  wait.dependencies.pop_next = true;
  Make maker;
  maker.buffer(0, 8192).uops({{}});
  for (int i = 0; i < 3; ++i) maker.add(load).add(gemm).add(store);
  for (int i = 0; i < 3; ++i) maker.add(wait);
  maker.add(Make::alu(AluOpcode::add, 1));
  return maker.finish();
}

SimulationOutcome run_until(const Make& maker, uint64_t cycles, bool functional) {
  SimulationOptions options;
  options.max_cycles = cycles;
  options.functional = functional;
  return Make(maker).run(options);
}

TEST(Counters, GrowByAtMostACycleACycle) {
  const Make maker = overlapping();
  const SimulationOutcome finished = Make(maker).run();
  ASSERT_EQ(finished.stop, Stop::finished) << finished.message;
  Counters last;
  for (uint64_t cycle = 1; cycle < finished.counters.cycles; ++cycle) {
    const SimulationOutcome outcome = run_until(maker, cycle, false);
    ASSERT_EQ(outcome.stop, Stop::timeout);
    EXPECT_EQ(outcome.counters, run_until(maker, cycle, true).counters);
    EXPECT_EQ(outcome.counters.cycles, cycle);
    for (size_t i = 0; i < kEngines; ++i) {
      const EngineCounters &now = outcome.counters.engines[i], &before = last.engines[i];
      ASSERT_GE(now.busy, before.busy);
      ASSERT_GE(now.stall, before.stall);
      ASSERT_LE(now.busy + now.stall, before.busy + before.stall + 1) << "engine " << i << " in " << cycle;
      ASSERT_LE(now.busy, finished.counters.engines[i].busy);
      ASSERT_LE(now.stall, finished.counters.engines[i].stall);
    }
    ASSERT_GE(outcome.counters.gemm_uops, last.gemm_uops);
    ASSERT_GE(outcome.counters.inp_bytes, last.inp_bytes);
    last = outcome.counters;
  }
  // Nothing but FINISH is left.
  EXPECT_EQ(last.instructions + 1, finished.counters.instructions);
  EXPECT_EQ(last.gemm_uops, 300u);
  EXPECT_EQ(last.alu_uops, 1u);
  EXPECT_EQ(last.inp_bytes, 3u * 256 * 16);
  EXPECT_EQ(last.out_bytes, 3u * 64 * 16);
  EXPECT_EQ(of(last, Engine::compute).busy + 1, of(finished.counters, Engine::compute).busy);
  EXPECT_EQ(of(last, Engine::fetch), of(finished.counters, Engine::fetch));
}

TEST(Counters, EndAtATrap) {
  // The load takes 512 beats; COMPUTE traps long before it ends.
  auto beyond = Make::gemm(1);
  beyond.iter_out = 2000;
  beyond.wgt_factor_out = 1;
  Make maker;
  maker.buffer(0, 4096).add(Make::load(Memory::inp, 0, 0, 256));
  for (int i = 0; i < 10; ++i) maker.add(Make::nothing());
  const auto outcome = maker.add(beyond).finish().run();
  ASSERT_EQ(outcome.stop, Stop::trapped) << outcome.message;
  const Counters& counters = outcome.counters;
  EXPECT_LT(counters.cycles, 150u);
  EXPECT_EQ(counters.inp_bytes, 0u);
  EXPECT_EQ(counters.gemm_uops, 0u);
  EXPECT_EQ(counters.instructions, 10u);
  EXPECT_EQ(of(counters, Engine::fetch).instructions, 13u);
  EXPECT_EQ(of(counters, Engine::load).instructions, 0u);
  // Each of the ten is taken in a cycle and runs for another.
  EXPECT_EQ(of(counters, Engine::load).busy, 20u);
  EXPECT_EQ(of(counters, Engine::compute).busy, 10u);
}

TEST(Counters, EndWhereAUopThatTheProgramStoredTraps) {
  auto ones = Make::alu(AluOpcode::add, -1);
  ones.dependencies.push_next = true;
  auto store = Make::store(0, 0, 1);
  store.dependencies = {.pop_prev = true, .push_prev = true};
  auto reload = Make::load(Memory::uop, 0, 0, 1);
  reload.dependencies.pop_next = true;
  auto reset = Make::gemm(1);  // by the stored uop, of ones alone, beyond acc
  reset.reset = true;
  reset.iter_out = 2;
  reset.dst_factor_out = 1;
  auto later = reset;
  later.iter_out = 1000;
  const auto outcome =
      Make().buffer(0, 4096).uops({{}}).add(ones).add(store).add(reload).add(reset).add(later).finish().run();
  ASSERT_EQ(outcome.stop, Stop::trapped) << outcome.message;
  EXPECT_LT(outcome.counters.cycles, 1000u);
  EXPECT_EQ(outcome.counters.reset_uops, 0u);
  EXPECT_EQ(outcome.counters.instructions, 4u);
  EXPECT_EQ(outcome.counters.out_bytes, 16u);
}

TEST(Counters, SayHowLongEnginesOfAHangWaited) {
  auto waiting = Make::nothing();
  waiting.dependencies.pop_next = true;
  const auto outcome =
      Make().buffer(0, 4096).add(waiting).add(Make::load(Memory::inp, 0, 0, 256)).finish().run();
  ASSERT_EQ(outcome.stop, Stop::hung);
  const EngineCounters& compute = of(outcome.counters, Engine::compute);
  EXPECT_EQ(compute.busy, 0u);
  EXPECT_GT(compute.stall, 500u);
  EXPECT_LT(compute.stall, outcome.counters.cycles);
  EXPECT_EQ(outcome.counters.inp_bytes, 4096u);
}

TEST(Counters, NeverPassTheStopOfAnyStream) {
  uint64_t stopped = 0;
  for (const Hardware& hardware : fuzz_devices())
    for (uint64_t seed = 1; seed <= 1000; ++seed) {
      Random random(seed);
      Launch launch = random_launch(hardware, {}, random);
      SimulationOptions options;
      options.max_cycles = 50 + random.below(400);
      options.functional = false;
      const SimulationOutcome outcome = simulate(hardware, launch, options);
      if (outcome.stop == Stop::finished) continue;
      ++stopped;
      uint64_t instructions = 0;
      for (const EngineCounters& engine : outcome.counters.engines) {
        // Where FINISH ran and others hang, cycles end with it.
        if (outcome.stop != Stop::hung) {
          EXPECT_LE(engine.busy + engine.stall, outcome.counters.cycles) << seed << ": " << outcome.message;
        }
        instructions += engine.instructions;
      }
      const uint64_t fetched = of(outcome.counters, Engine::fetch).instructions;
      EXPECT_EQ(outcome.counters.instructions, instructions - fetched);
      EXPECT_LE(outcome.counters.instructions, fetched);
    }
  EXPECT_GT(stopped, 1000u);
}

}  // namespace
}  // namespace tamis::vta
