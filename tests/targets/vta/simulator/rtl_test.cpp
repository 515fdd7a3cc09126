// The cycles of the simulator against those of the Chisel RTL: equal, program by program and memory by
// memory.
#include "targets/vta/simulator/rtl_testing.h"
#include "targets/vta/simulator/simulator.h"

#include <algorithm>

#include <gmock/gmock.h>

namespace tamis::vta {
namespace {

using testing::Equality;
using testing::has_huge_load;
using testing::kEmptyNests;
using testing::memory_of;
using testing::read_recordings;
using testing::read_rows;

/// Cycles of all launches of a program.
uint64_t cycles_of(const Program& program, const MemoryProfile& memory, bool functional) {
  Hardware hardware = program.hardware.value_or(Hardware{});
  hardware.memory = memory;
  SimulationOptions options;
  options.functional = functional;
  uint64_t cycles = 0;
  for (Launch launch : program.launches) {
    const SimulationOutcome outcome = simulate(hardware, launch, options);
    EXPECT_EQ(outcome.stop, Stop::finished) << outcome.message;
    cycles += outcome.counters.cycles;
  }
  return cycles;
}

uint64_t cycles_in(const Json& json, const std::string& setting) {
  return json.at("rtl_cycles").at(setting).get<uint64_t>();
}

TEST(Rtl, TakesAsManyCyclesForEveryMicrobenchmark) {
  std::map<int64_t, std::map<std::string, std::string>> rows;
  for (auto& row : read_rows("micro.csv")) {
    const int64_t number = parse_integer(row.at("number")).value();
    rows.emplace(number, std::move(row));
  }
  EXPECT_EQ(rows.size(), 439u);
  Equality equality;
  for (const auto& [json, program] : read_recordings("micro_programs.jsonl.gz")) {
    const int64_t number = json.at("number");
    if (kEmptyNests.contains(number)) continue;
    for (const std::string setting : {"l64", "l64-shared", "l1", "l64-de10", "dpi"}) {
      const MemoryProfile memory = memory_of(setting);
      if (has_huge_load(program) && memory.burst_beats == 256) continue;
      const auto row = rows.find(number);
      if (row == rows.end() && setting != "l64") continue;
      // On the RTL every one of them took as long behind a shared channel, so the data have no column of its
      // own.
      const std::string recorded = setting == "l64-shared" ? "l64" : setting;
      const uint64_t rtl = row == rows.end() ? cycles_in(json, recorded)
                                             : parse_integer(row->second.at(recorded + "_cycles")).value();
      EXPECT_EQ(rtl, cycles_in(json, recorded)) << number;
      equality.expect(setting, json.at("name"), cycles_of(program, memory, false), rtl);
    }
  }
  equality.report(
      "micro",
      {{"l64", 439 - 6 + 39 - 4}, {"l64-shared", 439 - 6}, {"l1", 439 - 6}, {"l64-de10", 439}, {"dpi", 439}});
}

TEST(Rtl, TakesAsManyCyclesForTheProgramsOfTvm) {
  Equality equality;
  std::map<std::string, Program> programs;
  std::map<std::string, int> expected;
  for (const auto& row : read_rows("programs.csv")) {
    const std::string& name = row.at("program");
    if (!programs.contains(name))
      programs[name] = read_program(TAMIS_TEST_DATA "/vta/programs/" + name + ".json.gz").value();
    const std::string& setting = row.at("memory");
    equality.expect(setting, name, cycles_of(programs.at(name), memory_of(setting), true),
                    static_cast<uint64_t>(parse_integer(row.at("rtl_cycles")).value()));
    expected[setting] = 6;
  }
  EXPECT_EQ(expected.size(), 10u);
  equality.report("programs", expected);
}

TEST(Rtl, TakesAsManyCyclesForTheStreamsOfLayersAndRanksThemAlike) {
  struct Best {
    uint64_t rtl = ~uint64_t{0}, ours = ~uint64_t{0};
    int64_t rtl_index = -1, our_index = -2;
  };
  Equality equality;
  std::map<std::pair<std::string, std::string>, Best> bests;
  for (const auto& [json, program] : read_recordings("layer_programs.jsonl.gz")) {
    for (const auto& [setting, cycles] : json.at("rtl_cycles").items()) {
      const uint64_t ours = cycles_of(program, memory_of(setting), false), rtl = cycles;
      const int64_t index = json.at("index");
      equality.expect(setting, json.at("name").get<std::string>() + " " + std::to_string(index), ours, rtl);
      Best& best = bests[{json.at("name"), setting}];
      if (rtl < best.rtl) best.rtl = rtl, best.rtl_index = index;
      if (ours < best.ours) best.ours = ours, best.our_index = index;
    }
  }
  equality.report("layer streams", {{"l64", 69}, {"l64-de10", 69}, {"dpi", 69}});
  for (const auto& [key, best] : bests) {
    std::printf("%s in %s: the RTL's best config is %lld, ours %lld\n", key.first.c_str(), key.second.c_str(),
                static_cast<long long>(best.rtl_index), static_cast<long long>(best.our_index));
    EXPECT_EQ(best.our_index, best.rtl_index);
  }
}

TEST(Rtl, RefusesTheLoadsThatItGetsWrong) {
  int refused = 0;
  for (const auto& [json, program] : read_recordings("micro_programs.jsonl.gz")) {
    if (!has_huge_load(program)) continue;
    ++refused;
    Launch launch = program.launches.front();
    const SimulationOutcome outcome = simulate(Hardware{}, launch, {});
    EXPECT_EQ(outcome.stop, Stop::trapped);
    EXPECT_THAT(outcome.message, ::testing::HasSubstr("2048 inp tiles in one load"));
  }
  EXPECT_EQ(refused, 7);
}

}  // namespace
}  // namespace tamis::vta
