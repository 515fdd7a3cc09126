// A memory's profile found again from nothing but how long programs take before it.

#include "targets/vta/driver/calibration.h"

#include "base/json.h"
#include "targets/vta/driver/calibration_task.h"
#include "targets/vta/driver/calibration_testing.h"
#include "targets/vta/isa/disassembler.h"

#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tamis::vta {
namespace {

using testing::Board;
using ::testing::Contains;
using ::testing::HasSubstr;
using testing::holds;
using ::testing::Not;
using testing::text_of;

std::vector<Hardware> different_hardware() {
  Hardware narrow, wide, small;
  narrow.log_block = 3;
  wide.log_batch = 2;
  wide.log_block = 5;
  small.log_uop_buffer = 8;
  small.log_inp_buffer = 10;
  small.log_wgt_buffer = 12;
  small.log_acc_buffer = 12;
  small.max_instructions = 500;
  return {{}, narrow, wide, small};
}

template <class Nest>
void expect_loops(const Nest& nest) {
  EXPECT_GE(nest.iter_out, 1U);
  EXPECT_GE(nest.iter_in, 1U);
  EXPECT_LT(nest.uop_begin, nest.uop_end);
  EXPECT_LE(nest.uop_end, 2048U);
}

void expect_legal(const Hardware& hardware, const Launch& launch) {
  const Codec codec(hardware);
  int loads_waited_for = 0, stores_waited_for = 0;
  for (const EncodedInstruction& words : launch.instructions) {
    const Result<Instruction> instruction = codec.decode(words);
    ASSERT_TRUE(instruction.ok());
    EXPECT_FALSE(codec.overflow(*instruction)) << "a field lost bits";
    if (const auto* gemm = std::get_if<GemmInstruction>(&*instruction)) expect_loops(*gemm);
    EXPECT_FALSE(std::holds_alternative<AluInstruction>(*instruction));
    if (const auto* memory = std::get_if<MemoryInstruction>(&*instruction)) {
      EXPECT_GE(memory->y_size, 1U);
      EXPECT_LT(uint64_t{memory->y_size} * memory->x_size, 2048U);
      if (memory->memory == Memory::uop) {
        EXPECT_EQ(memory->y_size, 1U) << "some designs load micro-ops in one row only";
      }
      loads_waited_for += memory->memory != Memory::uop && memory->dependencies.push_next ? 1 : 0;
      stores_waited_for += memory->is_store && memory->dependencies.push_prev ? 1 : 0;
    }
  }
  EXPECT_LE(loads_waited_for, 1);
  EXPECT_LE(stores_waited_for, 1);
  EXPECT_EQ(launch.instructions.back().opcode(), Opcode::finish);
  EXPECT_LE(launch.instructions.size(), hardware.max_instructions);
}

TEST(CalibrationPrograms, AreLegalOnEveryHardwareAndMemory) {
  for (Hardware hardware : different_hardware())
    for (const NamedProfile& named : memory_profiles())
      for (size_t i = 0; i < kCalibrations; ++i) {
        hardware.memory = named.profile;
        const auto program = static_cast<Calibration>(i);
        for (const uint64_t repeats :
             {uint64_t{1}, uint64_t{2}, std::min<uint64_t>(64, most_repeats(hardware, program))}) {
          Launch launch = calibration_launch(hardware, program, repeats);
          SCOPED_TRACE(fmt::format("{} x {} on {}", describe(program).name, repeats, hardware.model()));
          expect_legal(hardware, launch);
          const SimulationOutcome outcome = simulate(hardware, launch, {});
          EXPECT_EQ(outcome.stop, Stop::finished) << outcome.message;
        }
      }
}

/// The cycles of a program that repeats 64 times.
uint64_t cycles(const MemoryProfile& memory, Calibration program) {
  Hardware hardware;
  hardware.memory = memory;
  Launch launch = calibration_launch(hardware, program, 64);
  return simulate(hardware, launch, {}).counters.cycles;
}

TEST(CalibrationPrograms, ShowWhatTheySay) {
  const MemoryProfile usual;
  const auto grows = [&](Calibration program, const MemoryProfile& other) {
    return static_cast<double>(cycles(other, program)) / static_cast<double>(cycles(usual, program));
  };
  EXPECT_LT(grows(Calibration::gemm, {.read_latency = 128, .write_latency = 128, .burst_beats = 16}), 1.01);
  EXPECT_GT(grows(Calibration::loads, {.read_latency = 128}), 1.5);
  EXPECT_GT(grows(Calibration::rows, {.outstanding_reads = 8}), 1.5);
  EXPECT_GT(grows(Calibration::stream, {.outstanding_reads = 1}), 1.1);
  EXPECT_GT(grows(Calibration::instructions, {.burst_beats = 16}), 1.5);
  EXPECT_GT(grows(Calibration::stores, {.write_latency = 128}), 1.5);
  EXPECT_GT(grows(Calibration::store_rows, {.burst_beats = 16}), 1.5);
  EXPECT_GT(grows(Calibration::mixed, {.kind = MemoryKind::shared}), 1.02);
}

struct Hidden {
  const char* name;
  MemoryProfile memory;
};

const std::vector<Hidden>& hidden_memories() {
  static const std::vector<Hidden> memories = {
      {"Pynq", {}},
      {"De10", {.burst_beats = 16}},
      {"Tsim", find_profile("tsim").value()},
      {"SlowDram",
       {.read_latency = 210,
        .write_latency = 95,
        .burst_beats = 64,
        .outstanding_reads = 8,
        .clock_mhz = 150}},
      {"FastClock", {.read_latency = 24, .write_latency = 12, .burst_beats = 128, .clock_mhz = 333}},
      {"OneAfterAnother",
       {.read_latency = 40,
        .write_latency = 30,
        .burst_beats = 32,
        .kind = MemoryKind::serial,
        .clock_mhz = 50}},
      {"OneChannel", {.read_latency = 50, .write_latency = 20, .kind = MemoryKind::shared}},
      {"FewReads", {.read_latency = 100, .burst_beats = 16, .outstanding_reads = 3, .clock_mhz = 142.8}}};
  return memories;
}

class HiddenMemory : public ::testing::TestWithParam<Hidden> {
 protected:
  void expect_found(const Board& board, const CalibrationFit& fit, double latency_error) {
    const MemoryProfile& truth = board.memory();
    SCOPED_TRACE(text_of(fit));
    EXPECT_TRUE(fit.explains_times());
    EXPECT_TRUE(holds(fit.read_latency, truth.read_latency));
    EXPECT_TRUE(holds(fit.write_latency, truth.write_latency));
    EXPECT_TRUE(holds(fit.burst_beats, truth.burst_beats));
    EXPECT_TRUE(holds(fit.clock_mhz, truth.clock_mhz));
    EXPECT_NEAR(fit.clock_mhz.value, truth.clock_mhz, 0.02 * truth.clock_mhz);
    EXPECT_EQ(fit.profile.burst_beats, truth.burst_beats);
    EXPECT_THAT(fit.kinds, Contains(truth.kind));
    const auto near = [&](uint64_t found, uint64_t sought) {
      EXPECT_NEAR(static_cast<double>(found), static_cast<double>(sought),
                  1.5 + latency_error * static_cast<double>(sought));
    };
    near(fit.profile.read_latency, truth.read_latency);
    near(fit.profile.write_latency, truth.write_latency);
    if (truth.kind == fit.profile.kind) {
      EXPECT_TRUE(holds(fit.outstanding_reads, truth.outstanding_reads));
    }
    EXPECT_NEAR(fit.launch_ns, board.launch_ns, 0.5 * board.launch_ns);
    EXPECT_TRUE(check(fit.profile, "fit").ok());
  }
};

TEST_P(HiddenMemory, IsFoundExactlyWithoutNoise) {
  Board board({}, GetParam().memory, 0);
  const auto fit = board.calibrate(GetParam().memory.clock_mhz);
  ASSERT_TRUE(fit.ok()) << fit.error().message;
  expect_found(board, *fit, 0);
}

TEST_P(HiddenMemory, IsFoundThroughNoiseWithItsClock) {
  Board board({}, GetParam().memory, 0.01);
  const auto fit = board.calibrate(GetParam().memory.clock_mhz);
  ASSERT_TRUE(fit.ok()) << fit.error().message;
  expect_found(board, *fit, 0.03);
  EXPECT_EQ(fit->profile.clock_mhz, GetParam().memory.clock_mhz);
}

TEST_P(HiddenMemory, IsFoundThroughNoiseWithoutItsClock) {
  Board board({}, GetParam().memory, 0.02, 7);
  const auto fit = board.calibrate(std::nullopt);
  ASSERT_TRUE(fit.ok()) << fit.error().message;
  expect_found(board, *fit, 0.05);
}

INSTANTIATE_TEST_SUITE_P(All, HiddenMemory, ::testing::ValuesIn(hidden_memories()),
                         [](const auto& hidden) { return std::string(hidden.param.name); });

TEST(Calibration, SaysWhatItCannotTellApart) {
  // Reads that wait for no more than one latency never have so many under way.
  Board board({}, {.read_latency = 10, .outstanding_reads = 64}, 0.001);
  const auto fit = board.calibrate(100);
  ASSERT_TRUE(fit.ok()) << fit.error().message;
  EXPECT_EQ(fit->outstanding_reads.high, kMostOutstandingReads);
  EXPECT_LT(fit->outstanding_reads.low, 16U);
  EXPECT_EQ(fit->profile.outstanding_reads, 16U) << "VTA's own number";
  EXPECT_THAT(fit->kinds, Contains(MemoryKind::queued));
}

TEST(Calibration, RangesGrowWithTheNoise) {
  const auto width = [](double noise) {
    Board board({}, {.read_latency = 300}, noise);
    const CalibrationFit fit = board.calibrate(std::nullopt).value();
    return fit.read_latency.high - fit.read_latency.low;
  };
  EXPECT_LT(width(0.001), width(0.03));
}

TEST(Calibration, SaysThatNoMemoryExplainsTheTimes) {
  Board board({}, {}, 0.001);
  // A simulator: it takes as long as there is to be done, whatever the cycles.
  const MeasureCalibration simulator = [&](Calibration program,
                                           uint64_t repeats) -> Result<std::vector<double>> {
    Launch launch = calibration_launch({}, program, repeats);
    const Counters counters = simulate({}, launch, {}).counters;
    const double work =
        static_cast<double>(counters.instructions * 90 + counters.gemm_uops * 40 +
                            (counters.inp_bytes + counters.out_bytes) * 3 + counters.wgt_bytes);
    return std::vector<double>{5000 + work, 5010 + work};
  };
  const auto times = measure_calibration({}, board.plan(), simulator);
  ASSERT_TRUE(times.ok()) << times.error().message;
  const auto fit = fit_calibration({}, *times, std::nullopt);
  ASSERT_TRUE(fit.ok()) << fit.error().message;
  EXPECT_FALSE(fit->explains_times()) << text_of(*fit);
  EXPECT_GT(fit->error, 0.02);
}

TEST(Calibration, ClaimsNothingOfTimesThatAreMostlyNoise) {
  for (const double noise : {0.2, 0.25}) {
    Board board({}, {}, noise, 3);
    const auto fit = board.calibrate(100);
    ASSERT_TRUE(fit.ok()) << fit.error().message;
    EXPECT_TRUE(fit->too_noisy()) << text_of(*fit);
    EXPECT_FALSE(fit->explains_times()) << text_of(*fit);
  }
  CalibrationFit fit;
  fit.noise = 0.04;
  fit.error = 0.06;
  EXPECT_FALSE(fit.too_noisy());
  EXPECT_FALSE(fit.explains_times()) << "far off, though the noise would allow it";
  fit.error = 0.04;
  EXPECT_TRUE(fit.explains_times());
}

TEST(Calibration, SaysThatBatchesOfAnotherSizeAreNotExplained) {
  Board board({}, {.instruction_batch = 16}, 0.001);
  const auto fit = board.calibrate(100);
  ASSERT_TRUE(fit.ok()) << fit.error().message;
  EXPECT_EQ(fit->profile.instruction_batch, 0U);
  EXPECT_FALSE(fit->explains_times()) << text_of(*fit);
}

TEST(Calibration, RefusesTimesThatDoNotGrow) {
  const MeasureCalibration at_once = [](Calibration program, uint64_t) -> Result<std::vector<double>> {
    return std::vector<double>{program == Calibration::empty ? 20'000.0 : 10'000.0};
  };
  const auto times = measure_calibration({}, {}, at_once);
  ASSERT_TRUE(times.ok()) << times.error().message;
  const auto fit = fit_calibration({}, *times, std::nullopt);
  ASSERT_FALSE(fit.ok()) << text_of(*fit);
  EXPECT_THAT(fit.error().message, HasSubstr("the measured times do not grow"));
}

TEST(Calibration, NeedsEveryProgram) {
  Board board({}, {}, 0);
  std::vector<CalibrationTime> times = measure_calibration({}, board.plan(), board.measure()).value();
  times.pop_back();
  const auto fit = fit_calibration({}, times, 100);
  ASSERT_FALSE(fit.ok());
  EXPECT_THAT(fit.error().message, HasSubstr("lacks a time of the program `mixed`"));
}

TEST(Calibration, EndsWhenItIsStopped) {
  Board board({}, {}, 0.01);
  const auto times = measure_calibration({}, board.plan(), board.measure());
  std::stop_source stop;
  stop.request_stop();
  const auto fit = fit_calibration({}, *times, std::nullopt, stop.get_token());
  ASSERT_FALSE(fit.ok());
  EXPECT_EQ(fit.error().kind, ErrorKind::interrupted);
}

TEST(CalibrationMeasurement, TakesAboutAsLongAsPlannedAndMeasuresInTurn) {
  Board board({}, {}, 0);
  CalibrationPlan plan = board.plan();
  plan.rounds = 3;
  std::vector<Calibration> order;
  size_t told = 0, total = 0;
  plan.progress = [&](size_t done, size_t all) {
    EXPECT_EQ(done, done > 0 ? told : 0);
    told = done + 1;
    total = all;
  };
  const auto times = measure_calibration({}, plan, [&](Calibration program, uint64_t repeats) {
    order.push_back(program);
    return board.run(program, repeats);
  });
  ASSERT_TRUE(times.ok()) << times.error().message;
  ASSERT_EQ(times->size(), kCalibrations);
  EXPECT_EQ(total, 3 * kCalibrations);
  EXPECT_EQ(told, total);
  ASSERT_GT(order.size(), total);
  order.erase(order.begin(), order.end() - static_cast<std::ptrdiff_t>(total));
  for (size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], static_cast<Calibration>(i % kCalibrations));
  for (const CalibrationTime& time : *times) {
    EXPECT_EQ(time.runs, 9U);
    EXPECT_GT(time.error_ns, 0);
    if (time.program == Calibration::empty || time.repeats == most_repeats({}, time.program)) continue;
    EXPECT_GT(time.ns - board.launch_ns, 0.45 * plan.program_ns) << describe(time.program).name;
    EXPECT_LT(time.ns - board.launch_ns, 1.05 * plan.program_ns) << describe(time.program).name;
  }
}

TEST(CalibrationMeasurement, PassesOnWhyAProgramDoesNotRun) {
  const auto times = measure_calibration({}, {}, [](Calibration, uint64_t) -> Result<std::vector<double>> {
    return io_error("the board is gone");
  });
  ASSERT_FALSE(times.ok());
  EXPECT_EQ(times.error().message, "the board is gone");
  const auto never = measure_calibration(
      {}, {}, [](Calibration, uint64_t) -> Result<std::vector<double>> { return std::vector<double>{0.0}; });
  ASSERT_FALSE(never.ok());
  EXPECT_THAT(never.error().message, HasSubstr("`empty` has no time above 0 ns"));
  EXPECT_FALSE(measure_calibration({}, {.rounds = 0}, nullptr).ok());
}

TEST(CalibrationTask, BuildsEveryProgramFromAConfig) {
  const Hardware hardware;
  const auto task = bind_calibration(hardware);
  ASSERT_TRUE(task.ok()) << task.error().message;
  const Config config = calibration_config((*task)->space(), Calibration::stores, 128);
  EXPECT_EQ((*task)->space().describe(config), "program=stores repeats=128");
  const BuildOutcome built = (*task)->build(config);
  const auto* artifact = dynamic_cast<const CalibrationArtifact*>(built.artifact.get());
  ASSERT_NE(artifact, nullptr);
  EXPECT_EQ(artifact->launch.instructions,
            calibration_launch(hardware, Calibration::stores, 128).instructions);
  EXPECT_TRUE(is_calibration(calibration_workload()));
  EXPECT_FALSE(is_calibration({}));
}

MemoryProfile any_memory() {
  MemoryProfile memory;
  memory.read_latency = *rc::gen::inRange<uint64_t>(1, 400);
  memory.write_latency = *rc::gen::inRange<uint64_t>(1, 400);
  memory.burst_beats = uint64_t{1} << *rc::gen::inRange(1, 9);
  memory.outstanding_reads = *rc::gen::inRange<uint64_t>(1, 40);
  memory.kind =
      *rc::gen::element(MemoryKind::pipelined, MemoryKind::shared, MemoryKind::serial, MemoryKind::queued);
  memory.clock_mhz = *rc::gen::inRange(20, 400);
  return memory;
}

RC_GTEST_PROP(Calibration, FindsAnyMemoryUpToWhatItCannotTellApart, ()) {
  const MemoryProfile memory = any_memory();
  Hardware hardware;
  hardware.max_instructions = 4096;  // programs that are simulated quickly
  Board board(hardware, memory, 0.002, *rc::gen::arbitrary<uint64_t>());
  board.program_cycles = 2e4;
  const bool given = *rc::gen::arbitrary<bool>();
  const CalibrationFit fit =
      board.calibrate(given ? std::optional<double>(memory.clock_mhz) : std::nullopt).value();
  RC_LOG() << to_json(memory).dump() << "\n" << text_of(fit) << "\n";
  RC_ASSERT(fit.explains_times());
  RC_ASSERT(std::count(fit.kinds.begin(), fit.kinds.end(), memory.kind) == 1);
  RC_ASSERT(holds(fit.clock_mhz, memory.clock_mhz));
  if (fit.profile.kind != memory.kind) return;  // another explains the times as well, with numbers of its own
  RC_ASSERT(holds(fit.read_latency, memory.read_latency));
  RC_ASSERT(holds(fit.write_latency, memory.write_latency));
  RC_ASSERT(holds(fit.burst_beats, memory.burst_beats));
  RC_ASSERT(holds(fit.outstanding_reads, memory.outstanding_reads));
}

}  // namespace
}  // namespace tamis::vta
