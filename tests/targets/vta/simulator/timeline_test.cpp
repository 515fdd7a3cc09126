// Where cycles go: everything adds up, and small programs are bound by what they were made for.
#include "targets/vta/simulator/timeline.h"

#include "base/file.h"
#include "base/json.h"
#include "targets/vta/simulator/bound.h"
#include "targets/vta/simulator/program_maker.h"
#include "targets/vta/simulator/savings.h"
#include "targets/vta/simulator/stream_maker.h"

#include <map>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using Make = ProgramMaker;

constexpr std::array kAllEngines = {Engine::fetch, Engine::load, Engine::compute, Engine::store};

/// Cycles of an engine that are work, or are not.
uint64_t sum(const Timeline& timeline, Engine engine, bool work) {
  uint64_t cycles = 0;
  for (size_t i = 0; i < kActivities; ++i)
    if (is_work(static_cast<Activity>(i)) == work)
      cycles += timeline.effort(engine, static_cast<Activity>(i)).cycles;
  return cycles;
}

/// Spans follow one another from 0 to `end`.
void expect_covers(const std::vector<Span>& spans, uint64_t end) {
  uint64_t at = 0;
  for (const Span& span : spans) {
    EXPECT_EQ(span.begin, at);
    EXPECT_LT(span.begin, span.end);
    at = span.end;
  }
  EXPECT_EQ(at, end);
}

void expect_adds_up(const Timeline& timeline) {
  uint64_t on_path = 0, beats = 0;
  for (const Engine engine : kAllEngines) {
    expect_covers(timeline.rows[static_cast<size_t>(engine)], timeline.end);
    EXPECT_EQ(sum(timeline, engine, true) + sum(timeline, engine, false), timeline.end);
    for (size_t i = 0; i < kActivities; ++i) {
      const auto activity = static_cast<Activity>(i);
      const Effort &effort = timeline.effort(engine, activity), &path = timeline.on_path(engine, activity);
      EXPECT_LE(effort.useful + effort.others, effort.cycles);
      EXPECT_LE(path.useful + path.others, path.cycles);
      EXPECT_LE(path.instructions, effort.instructions + 1);  // a trap is on the path, but did not run
      EXPECT_TRUE(is_work(activity) || path.cycles == 0) << name_of(activity);
      on_path += path.cycles;
    }
  }
  expect_covers(timeline.path, timeline.cycles);
  // Every chain of causes leads to the first batch, and the start is no more than that.
  if (!timeline.path.empty()) {
    EXPECT_EQ(timeline.path.front().activity, Activity::start);
    EXPECT_LE(timeline.path.front().end, timeline.rows[0].front().end);
  }
  EXPECT_EQ(on_path, timeline.cycles);
  for (const uint64_t one : timeline.beats) beats += one;
  EXPECT_LE(beats, timeline.end);
}

/// What the counters of a launch that was not cut off say, too.
void expect_agrees(const Timeline& timeline, const Counters& counters) {
  EXPECT_EQ(timeline.cycles, counters.cycles);
  for (const Engine engine : {Engine::load, Engine::compute, Engine::store}) {
    const EngineCounters& counted = counters.engines[static_cast<size_t>(engine)];
    EXPECT_EQ(sum(timeline, engine, true), counted.busy);
    if (timeline.stop != Stop::finished) continue;  // what waits for ever is not counted
    EXPECT_EQ(timeline.effort(engine, Activity::wait_load).cycles +
                  timeline.effort(engine, Activity::wait_compute).cycles +
                  timeline.effort(engine, Activity::wait_store).cycles,
              counted.stall);
  }
  const Effort &start = timeline.effort(Engine::fetch, Activity::start),
               &fetch = timeline.effort(Engine::fetch, Activity::fetch);
  // Two cycles before every request are not counted as busy.
  EXPECT_EQ(start.cycles + fetch.cycles,
            counters.engines[0].busy + 2 * (start.instructions + fetch.instructions));
  EXPECT_EQ(timeline.effort(Engine::fetch, Activity::dispatch).cycles, counters.engines[0].instructions);
  if (timeline.stop == Stop::finished) {
    EXPECT_EQ(timeline.effort(Engine::fetch, Activity::wait_room).cycles, counters.engines[0].stall);
  }
  EXPECT_EQ(timeline.effort(Engine::compute, Activity::gemm).useful, counters.gemm_uops);
  EXPECT_EQ(timeline.effort(Engine::compute, Activity::reset).useful, counters.reset_uops);
}

/// No part can save more than it has of the critical path.
void expect_savings_on_path(const Timeline& timeline) {
  using enum Activity;
  const auto path = [&](Engine engine, std::initializer_list<Activity> activities) {
    uint64_t cycles = 0;
    for (const Activity activity : activities) cycles += timeline.on_path(engine, activity).cycles;
    return cycles;
  };
  EXPECT_LE(timeline.saving(Part::epilogue), path(Engine::compute, {reset, shr, add, min, max, mul}));
  EXPECT_LE(timeline.saving(Part::loads), path(Engine::load, {inp, wgt}));
  EXPECT_LE(timeline.saving(Part::biases), path(Engine::compute, {acc}));
  EXPECT_LE(timeline.saving(Part::micro_ops), path(Engine::compute, {uop}));
  EXPECT_LE(timeline.saving(Part::stores), path(Engine::store, {store}));
  EXPECT_LE(timeline.saving(Part::instructions), path(Engine::fetch, {fetch, dispatch}));
  EXPECT_LE(timeline.saving(Part::launch), path(Engine::fetch, {start}));
}

/// A launch that is gone through again with the durations that it had.
uint64_t cycles_again(const Hardware& hardware, Launch& launch) {
  Dram dram(launch.buffers);
  TimingModel model(hardware, launch, dram, History::bursts_too);
  model.run();
  return cycles_without(ScheduleGraph(hardware, launch, model), std::nullopt);
}

uint64_t bytes_of(const Timeline& timeline, Reader reader) {
  return timeline.beats[static_cast<size_t>(reader)] * kBeatBytes;
}

TEST(Timeline, AddsUpForTheStreamsOfLayers) {
  const std::string name = "layer_programs.jsonl.gz";
  std::istringstream lines(read_file(TAMIS_TEST_DATA "/vta/rtl/" + name).value());
  int programs = 0;
  for (std::string line; std::getline(lines, line); ++programs) {
    Program program = program_from_json(parse_json(line, name).value(), name).value();
    for (const char* profile : {"pynq", "de10"}) {
      Hardware hardware = program.hardware.value_or(Hardware{});
      hardware.memory = find_profile(profile).value();
      Launch& launch = program.launches.front();
      const Timeline timeline = make_timeline(hardware, launch);
      SimulationOptions options;
      options.functional = false;
      const Counters counters = simulate(hardware, launch, options).counters;
      expect_adds_up(timeline);
      expect_agrees(timeline, counters);
      EXPECT_EQ(bytes_of(timeline, Reader::inp), counters.inp_bytes);
      EXPECT_EQ(bytes_of(timeline, Reader::wgt), counters.wgt_bytes);
      EXPECT_EQ(bytes_of(timeline, Reader::acc), counters.acc_bytes);
      EXPECT_EQ(timeline.effort(Engine::store, Activity::store).useful, counters.out_bytes / 16 * 3);
      EXPECT_THAT(bound_text(timeline), StartsWith("bound by "));
      EXPECT_THAT(hints(timeline), ::testing::SizeIs(::testing::AllOf(::testing::Ge(1u), ::testing::Le(2u))));
      EXPECT_LT(floor_share(timeline), 1.0);
      expect_savings_on_path(timeline);
      EXPECT_EQ(cycles_again(hardware, launch), counters.cycles);
    }
  }
  EXPECT_EQ(programs, 69);
}

TEST(Timeline, AddsUpForEveryRandomStream) {
  const std::vector<Hardware> devices = fuzz_devices();
  Random random(7);
  std::map<Stop, int> stops;
  for (int i = 0; i < 3000; ++i) {
    const Hardware& hardware = devices[static_cast<size_t>(i) % devices.size()];
    Launch launch = random_launch(hardware, {}, random);
    const Timeline timeline = make_timeline(hardware, launch);
    SimulationOptions options;
    options.functional = false;
    const SimulationOutcome outcome = simulate(hardware, launch, options);
    EXPECT_EQ(timeline.stop, outcome.stop);
    EXPECT_EQ(timeline.cycles, outcome.counters.cycles);
    expect_adds_up(timeline);
    if (outcome.stop != Stop::trapped) expect_agrees(timeline, outcome.counters);
    expect_savings_on_path(timeline);
    if (outcome.stop == Stop::finished) {
      EXPECT_EQ(cycles_again(hardware, launch), timeline.cycles);
    }
    ++stops[outcome.stop];
    if (HasFailure()) FAIL() << "stream " << i << ": " << outcome.message;
  }
  for (const Stop stop : {Stop::finished, Stop::trapped, Stop::hung}) EXPECT_GT(stops[stop], 20);
}

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

TEST(Timeline, FindsWhatGemmsBind) {
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

TEST(Timeline, FindsWhatTheEpilogueBinds) {
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

TEST(Timeline, FindsWhatLoadsBind) {
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

TEST(Timeline, TellsLatencyFromBytes) {
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

TEST(Timeline, TellsWhoHoldsThePort) {
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

TEST(Timeline, FindsWhatStoresBind) {
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

TEST(Timeline, FindsWhatFetchBinds) {
  Make maker;
  maker.buffer(0, 64);
  for (int i = 0; i < 4000; ++i) maker.add(Make::load(i % 2 == 0 ? Memory::inp : Memory::uop, 0, 0, 0));
  const Timeline timeline = timed(maker.finish());
  EXPECT_THAT(bound_text(timeline), StartsWith("bound by FETCH: fetch "));
  EXPECT_THAT(hints(timeline).front(), HasSubstr("fewer instructions"));
  EXPECT_GT(timeline.effort(Engine::load, Activity::wait_fetch).cycles, timeline.cycles / 2);
}

TEST(Timeline, TellsWhatASmallerLoadWouldGain) {
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

TEST(Timeline, FollowsAFullQueue) {
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

TEST(Timeline, ShowsWhatAHungProgramWaitsFor) {
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

TEST(Timeline, EndsWhereAProgramTraps) {
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

TEST(Timeline, IsEmptyWhereNothingRuns) {
  Make maker;
  maker.finish().finish();
  Hardware hardware;
  hardware.max_instructions = 1;
  const Timeline timeline = make_timeline(hardware, maker.launch);
  EXPECT_EQ(timeline.stop, Stop::trapped);
  EXPECT_EQ(timeline.end, 0u);
  EXPECT_THAT(bound_text(timeline), IsEmpty());
  EXPECT_THAT(hints(timeline), IsEmpty());
  EXPECT_EQ(floor_share(timeline), 0.0);
  Launch none;
  EXPECT_EQ(make_timeline(Hardware{}, none).end, 0u);
}

TEST(Timeline, TakesTheDominantActivityOfEachPart) {
  using enum Activity;
  const std::vector<Span> row = {{gemm, Engine::compute, 0, 10},
                                 {take, Engine::compute, 10, 11},
                                 {shr, Engine::compute, 11, 14},
                                 {done, Engine::compute, 14, 40}};
  EXPECT_THAT(dominant(row, 0, 40, 4), ElementsAre(gemm, done, done, done));
  EXPECT_THAT(dominant(row, 9, 13, 100), ElementsAre(gemm, take, shr, shr));
  EXPECT_THAT(dominant(row, 8, 15, 2), ElementsAre(gemm, shr));
  EXPECT_THAT(dominant(row, 39, 40, 3), ElementsAre(done));
}

TEST(Timeline, HasALetterAndANameForEveryActivity) {
  std::set<char> letters;
  std::set<std::string_view> names;
  for (size_t i = 0; i < kActivities; ++i) {
    const auto activity = static_cast<Activity>(i);
    letters.insert(letter_of(activity));
    names.insert(name_of(activity));
    EXPECT_EQ(is_work(activity),
              letter_of(activity) == '1' || (letter_of(activity) >= 'A' && letter_of(activity) <= 'Z'));
  }
  EXPECT_EQ(letters.size(), kActivities);
  EXPECT_EQ(names.size(), kActivities);
}

}  // namespace
}  // namespace tamis::vta
