#include "targets/vta/isa/program.h"
#include "targets/vta/simulator/simulator.h"

#include <filesystem>

#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

Program recorded(const std::string& name) {
  auto program = read_program(std::string(TAMIS_TEST_DATA "/vta/programs/") + name + ".json.gz");
  EXPECT_TRUE(program.ok()) << program.error().message;
  return std::move(program).value();
}

/// Bytes that differ from what the recording says the device left.
size_t differing_bytes(const Launch& launch, const Launch& before) {
  size_t count = 0;
  for (size_t i = 0; i < launch.buffers.size(); ++i) {
    const auto& expected = before.buffers[i].after ? *before.buffers[i].after : before.buffers[i].bytes;
    for (size_t at = 0; at < expected.size(); ++at)
      count += launch.buffers[i].bytes[at] != expected[at] ? 1 : 0;
  }
  return count;
}

struct Recording {
  const char* name;
  uint64_t gemm_uops;
};

class RecordedPrograms : public ::testing::TestWithParam<Recording> {};

TEST_P(RecordedPrograms, LeaveEveryByteAsRecorded) {
  const Program program = recorded(GetParam().name);
  for (const Launch& before : program.launches) {
    for (const char* design : {"fsim", "hls", "chisel"}) {
      Launch launch = before;
      const auto outcome = simulate(find_hardware(design).value(), launch, {});
      ASSERT_EQ(outcome.stop, Stop::finished) << design << ": " << outcome.message;
      EXPECT_EQ(differing_bytes(launch, before), 0u) << design;
      EXPECT_EQ(outcome.counters.gemm_uops, GetParam().gemm_uops);
      EXPECT_EQ(outcome.counters.instructions, before.instructions.size());
    }
  }
}

TEST_P(RecordedPrograms, TakeTheSameTimeWithoutComputing) {
  const Program program = recorded(GetParam().name);
  for (const Launch& before : program.launches) {
    Launch functional = before, timing = before;
    const auto full = simulate(Hardware{}, functional, {});
    SimulationOptions options;
    options.functional = false;
    const auto fast = simulate(Hardware{}, timing, options);
    EXPECT_EQ(fast.stop, full.stop);
    EXPECT_EQ(to_features(fast.counters), to_features(full.counters));
    EXPECT_EQ(timing.buffers.back().bytes, before.buffers.back().bytes);
  }
}

// GEMM counts follow from the shapes: H/stride * W/stride * CI/16 * CO/16 * KH * KW.
INSTANTIATE_TEST_SUITE_P(
    All, RecordedPrograms,
    ::testing::Values(Recording{"S1_65", 14 * 14 * 2 * 2 * 9}, Recording{"S1_130", 14 * 14 * 2 * 2 * 9},
                      Recording{"S2_24", 4 * 4 * 4 * 4}, Recording{"S2_85", 4 * 4 * 4 * 4},
                      Recording{"S3_7", 5 * 5 * 1 * 3 * 9}, Recording{"S4_320", 12 * 12 * 4 * 2}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace tamis::vta
