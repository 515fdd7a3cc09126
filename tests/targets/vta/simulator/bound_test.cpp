// Small programs are bound by what they were made for.
#include "targets/vta/simulator/bound.h"

#include "targets/vta/simulator/program_maker.h"
#include "targets/vta/simulator/timeline_testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

using ::testing::ElementsAre;
using testing::expect_adds_up;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Make = ProgramMaker;

GemmInstruction long_gemm(uint32_t rounds, Dependencies dependencies = {}) {
  GemmInstruction gemm = Make::gemm(1);
  gemm.iter_in = rounds;
  gemm.dependencies = dependencies;
  return gemm;
}

double path_share(const Timeline& timeline, Engine engine, Activity activity) {
  return static_cast<double>(timeline.on_path(engine, activity).cycles) /
         static_cast<double>(timeline.cycles);
}

Timeline timed(Make maker) {
  const Timeline timeline = make_timeline(Hardware{}, maker.launch);
  expect_adds_up(timeline);
  return timeline;
}

TEST(Bound, FindsWhatGemmsBind) {
  Make maker;
  maker.uops({{.dst = 0}});
  for (int i = 0; i < 10; ++i) maker.add(long_gemm(1000));
  const Timeline timeline = timed(maker.finish());
  const Effort& gemm = timeline.on_path(Engine::compute, Activity::gemm);
  EXPECT_EQ(gemm.instructions, 10u);
  EXPECT_EQ(gemm.useful, 10000u);
  EXPECT_EQ(gemm.cycles, 10u * (1000 + 6 + 1));  // the pipeline, and a cycle to take each
  EXPECT_EQ(timeline.gemm_uops, 10000u);
  EXPECT_THAT(bound_text(timeline), StartsWith("bound by COMPUTE: GEMM 98 %"));
  EXPECT_THAT(hints(timeline), ElementsAre(HasSubstr("only fewer GEMM micro-ops")));
  EXPECT_GT(floor_share(timeline), 0.95);
  EXPECT_EQ(timeline.last_gemm - timeline.first_gemm, 10u * 1007 - 1);
}

TEST(Bound, FindsWhatTheEpilogueBinds) {
  Make maker;
  maker.uops({{.dst = 0}});
  GemmInstruction reset = long_gemm(100);
  reset.reset = true;
  for (int i = 0; i < 10; ++i) {
    maker.add(reset);
    for (const AluOpcode opcode : {AluOpcode::shr, AluOpcode::add, AluOpcode::min, AluOpcode::max}) {
      AluInstruction alu = Make::alu(opcode, 1);
      alu.iter_in = 100;
      alu.use_imm = opcode != AluOpcode::add;
      maker.add(alu);
    }
  }
  const Timeline timeline = timed(maker.finish());
  for (const Activity activity : {Activity::reset, Activity::shr, Activity::min, Activity::max})
    EXPECT_EQ(timeline.on_path(Engine::compute, activity).useful, 1000u) << name_of(activity);
  EXPECT_EQ(timeline.on_path(Engine::compute, Activity::add).useful, 2000u);
  EXPECT_THAT(bound_text(timeline), StartsWith("bound by COMPUTE: add 3"));
  EXPECT_THAT(hints(timeline).front(), HasSubstr("fewer passes"));
}

TEST(Bound, FindsWhatLoadsBind) {
  Make maker;
  maker.buffer(0, 1 << 15).uops({{.dst = 0}});
  for (int i = 0; i < 20; ++i) {
    MemoryInstruction load = Make::load(Memory::inp, 0, 0, 1024);
    load.dependencies = {.pop_next = i > 0, .push_next = true};
    maker.add(load).add(long_gemm(8, {.pop_prev = true, .push_prev = true}));
  }
  const Timeline timeline = timed(maker.finish());
  const Effort& loads = timeline.on_path(Engine::load, Activity::inp);
  EXPECT_EQ(loads.instructions, 20u);
  EXPECT_EQ(loads.useful, 20u * 1024 * 2);
  EXPECT_GT(path_share(timeline, Engine::load, Activity::inp), 0.9);
  EXPECT_THAT(bound_text(timeline), StartsWith("bound by LOAD: inp 9"));
  EXPECT_THAT(hints(timeline).front(), HasSubstr("fewer bytes"));
  EXPECT_GT(timeline.saving(Part::loads), timeline.cycles * 9 / 10);
  EXPECT_LT(timeline.saving(Part::launch), 200u);
  EXPECT_EQ(timeline.saving(Part::stores), 0u);
  // COMPUTE waits for what binds.
  EXPECT_GT(timeline.effort(Engine::compute, Activity::wait_load).cycles, timeline.cycles * 9 / 10);
}

TEST(Bound, TellsLatencyFromBytes) {
  Make maker;
  maker.buffer(0, 1 << 15);
  for (int i = 0; i < 50; ++i) maker.add(Make::load(Memory::wgt, 0, 0, 1));
  MemoryInstruction last = Make::load(Memory::wgt, 0, 0, 1);
  last.dependencies.push_next = true;
  maker.add(last).add(long_gemm(1, {.pop_prev = true}));
  const Timeline timeline = timed(maker.finish());
  const Effort& loads = timeline.on_path(Engine::load, Activity::wgt);
  EXPECT_EQ(loads.useful, 51u * 32);
  EXPECT_EQ(loads.overhead(), 51u * (64 + 4 + 1));
  EXPECT_THAT(hints(timeline).front(), HasSubstr("latency"));
}

TEST(Bound, TellsWhoHoldsThePort) {
  // The load of inp waits while the biases that COMPUTE asked for a little earlier arrive.
  Make maker;
  maker.buffer(0, 1 << 16).add(Make::load(Memory::acc, 0, 0, 256));
  MemoryInstruction load = Make::load(Memory::inp, 0, 0, 8);
  load.dependencies.push_next = true;
  FinishInstruction finish;
  finish.dependencies.pop_prev = true;
  const Timeline timeline = timed(maker.add(load).add(finish));
  const Effort& inp = timeline.effort(Engine::load, Activity::inp);
  EXPECT_EQ(inp.useful, 16u);
  EXPECT_GT(inp.others, 100u);
  EXPECT_EQ(timeline.beats[static_cast<size_t>(Reader::acc)], 256u * 8);
}

TEST(Bound, FindsWhatStoresBind) {
  Make maker;
  maker.buffer(0, 1 << 15).uops({{.dst = 0}});
  for (int i = 0; i < 20; ++i) {
    MemoryInstruction store = Make::store(0, 0, 1024);
    store.dependencies = {.pop_prev = true, .push_prev = true};
    maker.add(long_gemm(8, {.pop_next = i > 0, .push_next = true})).add(store);
  }
  FinishInstruction finish;
  finish.dependencies.pop_next = true;
  const Timeline timeline = timed(maker.add(finish));
  EXPECT_EQ(timeline.on_path(Engine::store, Activity::store).useful, 20u * 3 * 1024);
  EXPECT_THAT(bound_text(timeline), StartsWith("bound by STORE: store 9"));
  EXPECT_THAT(hints(timeline).front(), HasSubstr("the next tile's work go on"));
  EXPECT_GT(timeline.effort(Engine::compute, Activity::wait_store).cycles, timeline.cycles * 9 / 10);
}

TEST(Bound, FindsWhatFetchBinds) {
  Make maker;
  maker.buffer(0, 64);
  for (int i = 0; i < 4000; ++i) maker.add(Make::load(i % 2 == 0 ? Memory::inp : Memory::uop, 0, 0, 0));
  const Timeline timeline = timed(maker.finish());
  EXPECT_THAT(bound_text(timeline), StartsWith("bound by FETCH: fetch "));
  EXPECT_THAT(hints(timeline).front(), HasSubstr("fewer instructions"));
  EXPECT_GT(timeline.effort(Engine::load, Activity::wait_fetch).cycles, timeline.cycles / 2);
}

TEST(Bound, TellsWhatASmallerLoadWouldGain) {
  // The load is on the path, but a GEMM that is nearly as long runs beside it.
  Make maker;
  maker.buffer(0, 1 << 15).uops({{.dst = 0}}).add(long_gemm(2000));
  MemoryInstruction load = Make::load(Memory::inp, 0, 0, 1024);
  load.dependencies.push_next = true;
  FinishInstruction finish;
  finish.dependencies.pop_prev = true;
  const Timeline timeline = timed(maker.add(load).add(finish));
  EXPECT_GT(path_share(timeline, Engine::load, Activity::inp), 0.9);
  EXPECT_GT(timeline.saving(Part::loads), 10u);
  EXPECT_LT(timeline.saving(Part::loads), timeline.cycles / 20);
}

TEST(Bound, FollowsAFullQueue) {
  // More GEMMs than their queue holds keep FETCH from the loads that the end waits for.
  Make maker;
  maker.buffer(0, 1 << 15).uops({{.dst = 0}});
  for (int i = 0; i < 600; ++i) maker.add(long_gemm(100));
  MemoryInstruction load = Make::load(Memory::inp, 0, 0, 1024);
  for (int i = 0; i < 30; ++i) maker.add(load);
  load.dependencies.push_next = true;
  FinishInstruction finish;
  finish.dependencies.pop_prev = true;
  const Timeline timeline = timed(maker.add(load).add(finish));
  EXPECT_GT(timeline.effort(Engine::fetch, Activity::wait_room).cycles, 5000u);
  EXPECT_EQ(timeline.on_path(Engine::load, Activity::inp).instructions, 31u);
  // Those that had to end before the queue had room for the last.
  EXPECT_EQ(timeline.on_path(Engine::compute, Activity::gemm).instructions, 600u - 512u);
  EXPECT_EQ(timeline.on_path(Engine::fetch, Activity::start).instructions, 1u);
}

TEST(Bound, ShowsWhatAHungProgramWaitsFor) {
  Make maker;
  maker.uops({{.dst = 0}}).add(long_gemm(1000)).add(long_gemm(1, {.pop_prev = true})).finish();
  const Timeline timeline = timed(maker);
  EXPECT_EQ(timeline.stop, Stop::hung);
  EXPECT_EQ(timeline.rows[static_cast<size_t>(Engine::compute)].back().activity, Activity::wait_load);
  EXPECT_EQ(timeline.rows[static_cast<size_t>(Engine::load)].back().activity, Activity::done);
  EXPECT_THAT(bound_text(timeline), StartsWith("until it stopped bound by COMPUTE: GEMM "));
  Make waiting;
  waiting.buffer(0, 1 << 15).add(long_gemm(1, {.pop_next = true})).add(Make::load(Memory::inp, 0, 0, 1024));
  const Timeline hung = timed(waiting);
  const Span& last = hung.rows[static_cast<size_t>(Engine::compute)].back();
  EXPECT_EQ(last.activity, Activity::wait_store);
  EXPECT_EQ(last.end, hung.end);
  EXPECT_GT(last.end - last.begin, 2000u);
}

TEST(Bound, EndsWhereAProgramTraps) {
  Make maker;
  maker.uops({{.dst = 0}}).add(long_gemm(500)).add(Make::load(Memory::acc, 0, 0xffffff, 1));
  maker.add(long_gemm(500)).finish();
  const Timeline timeline = timed(maker);
  EXPECT_EQ(timeline.stop, Stop::trapped);
  EXPECT_EQ(timeline.end, timeline.cycles);
  EXPECT_EQ(timeline.effort(Engine::compute, Activity::gemm).instructions, 1u);
  EXPECT_GT(path_share(timeline, Engine::compute, Activity::gemm), 0.6);
  maker.launch.instructions[0] = {7, 0};
  EXPECT_EQ(timed(maker).path.size(), 1u);  // the start
}

}  // namespace
}  // namespace tamis::vta
