// Where cycles go: everything adds up.
#include "targets/vta/simulator/timeline.h"

#include "base/file.h"
#include "base/json.h"
#include "targets/vta/simulator/bound.h"
#include "targets/vta/simulator/program_maker.h"
#include "targets/vta/simulator/savings.h"
#include "targets/vta/simulator/stream_maker.h"
#include "targets/vta/simulator/timeline_testing.h"

#include <map>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

using ::testing::ElementsAre;
using testing::expect_adds_up;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using testing::sum;
using Make = ProgramMaker;

/// What the counters of a launch that was not cut off say, too.
void expect_agrees(const Timeline& timeline, const Counters& counters) {
  EXPECT_EQ(timeline.cycles, counters.cycles);
  for (const Engine engine : {Engine::load, Engine::compute, Engine::store}) {
    const EngineCounters& counted = counters.engines[static_cast<size_t>(engine)];
    EXPECT_EQ(sum(timeline, engine, true), counted.busy);
    if (timeline.stop != Stop::finished) continue;  // a timeline goes on behind a hang
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
