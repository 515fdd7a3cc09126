#include "targets/timing/sampling.h"

#include "tamis/random.h"
#include "targets/timing/scripted_machine.h"

#include <cmath>
#include <numeric>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tamis::timing {
namespace {

constexpr double kMillisecondNs = 1e6;

TEST(Sampling, EndsAsSoonAsTheIntervalIsNarrow) {
  ScriptedMachine machine;
  const Sampling sampling = sample_latency(machine.program(kMillisecondNs), {}, machine.environment());
  EXPECT_EQ(sampling.samples_ns, std::vector<double>(6, kMillisecondNs));
  EXPECT_EQ(machine.runs(), 2U + 6U);
  EXPECT_EQ(sampling.minimum_ns, kMillisecondNs);
  EXPECT_EQ(sampling.median_ns, kMillisecondNs);
  EXPECT_EQ(sampling.low_ns, kMillisecondNs);
  EXPECT_EQ(sampling.high_ns, kMillisecondNs);
  EXPECT_FALSE(sampling.stopped_early);
  EXPECT_EQ(sampling.preempted, 0U);
  EXPECT_EQ(sampling.disturbed, 0);
}

TEST(Sampling, TakesTheTimesThatADeviceGives) {
  ScriptedMachine machine;
  SamplingEnvironment environment = machine.environment();
  environment.timed_run = [&]() -> std::optional<double> {
    machine.pass(70'000);  // the launch takes longer than the kernel
    return 1'000;
  };
  const Sampling sampling = sample_latency({}, {}, environment);
  EXPECT_EQ(sampling.samples_ns, std::vector<double>(6, 1'000));
}

TEST(Sampling, EndsWhereADeviceGivesNoTime) {
  ScriptedMachine machine;
  SamplingEnvironment environment = machine.environment();
  for (const int runs : {0, 1, 4}) {
    int left = runs;
    environment.timed_run = [&]() -> std::optional<double> {
      if (left-- == 0) return std::nullopt;
      return 1'000;
    };
    const Sampling sampling = sample_latency({}, {}, environment);
    EXPECT_EQ(sampling.samples_ns.size(), static_cast<size_t>(std::max(0, runs - 2)));
    EXPECT_EQ(left, -1);
  }
}

TEST(Sampling, TakesMoreSamplesWhereTheyVary) {
  ScriptedMachine machine;
  Random random(3);
  const auto program = machine.program([&](uint64_t) { return 1e5 * (1 + 0.05 * random.uniform()); });
  const Sampling sampling = sample_latency(program, {}, machine.environment());
  EXPECT_GT(sampling.samples_ns.size(), 8U);
  EXPECT_LE(sampling.high_ns - sampling.low_ns, 0.02 * sampling.median_ns);
  EXPECT_LT(sampling.minimum_ns, sampling.low_ns);
}

TEST(Sampling, EndsWhenTheTimeIsUp) {
  ScriptedMachine machine;
  const auto program = machine.program([](uint64_t run) { return run % 2 == 0 ? 1e6 : 2e6; });
  SamplingOptions options;
  options.time_budget = std::chrono::milliseconds(15);
  const Sampling sampling = sample_latency(program, options, machine.environment());
  EXPECT_EQ(sampling.samples_ns.size(), 10U);
  EXPECT_EQ(sampling.low_ns, 1e6);
  EXPECT_EQ(sampling.high_ns, 2e6);
}

TEST(Sampling, EndsAtTheMostSamples) {
  ScriptedMachine machine;
  const auto program = machine.program([](uint64_t run) { return run % 2 == 0 ? 1e5 : 2e5; });
  SamplingOptions options;
  options.most_samples = 7;
  EXPECT_EQ(sample_latency(program, options, machine.environment()).samples_ns.size(), 7U);
}

TEST(Sampling, TakesTheLeastNumberOfSamplesOfSlowPrograms) {
  ScriptedMachine machine;
  const Sampling sampling = sample_latency(machine.program(50 * kMillisecondNs), {}, machine.environment());
  EXPECT_EQ(sampling.samples_ns.size(), 3U);
  EXPECT_EQ(sampling.low_ns, 50 * kMillisecondNs);
}

TEST(Sampling, RunsAProgramOfSecondsOnlyOnce) {
  ScriptedMachine machine;
  const Sampling sampling = sample_latency(machine.program(2000 * kMillisecondNs), {}, machine.environment());
  EXPECT_EQ(machine.runs(), 1U);
  EXPECT_EQ(sampling.samples_ns, std::vector<double>{2000 * kMillisecondNs});
  EXPECT_FALSE(sampling.stopped_early);
}

TEST(Sampling, TimesShortProgramsInBatches) {
  ScriptedMachine machine;
  const Sampling sampling = sample_latency(machine.program(300), {}, machine.environment());
  EXPECT_EQ(machine.runs(), 2U + 6U * 67U);  // 67 runs of 300 ns are the first that take 20 us
  EXPECT_DOUBLE_EQ(sampling.median_ns, 300);
}

TEST(Sampling, SurvivesAProgramThatTheClockCannotSee) {
  ScriptedMachine machine;
  SamplingOptions options;
  options.shortest_sample = std::chrono::microseconds(1);
  EXPECT_EQ(sample_latency(machine.program(0), options, machine.environment()).median_ns, 0);
}

TEST(Sampling, StopsEarlyWhereTheIntervalLiesAboveTheIncumbent) {
  ScriptedMachine machine;
  const auto program = machine.program([](uint64_t run) { return run % 2 == 0 ? 1.3e6 : 1.5e6; });
  SamplingOptions options;
  options.incumbent_ns = kMillisecondNs;
  const Sampling sampling = sample_latency(program, options, machine.environment());
  EXPECT_TRUE(sampling.stopped_early);
  EXPECT_EQ(sampling.samples_ns.size(), 6U);
}

TEST(Sampling, DoesNotStopWhatMayBeAsFastAsTheIncumbent) {
  ScriptedMachine machine;
  const auto program = machine.program([](uint64_t run) { return run % 2 == 0 ? 1.1e6 : 1.5e6; });
  SamplingOptions options;
  options.incumbent_ns = kMillisecondNs;
  EXPECT_FALSE(sample_latency(program, options, machine.environment()).stopped_early);
}

TEST(Sampling, StopsAfterTheWarmUpWhatIsHopeless) {
  ScriptedMachine machine;
  SamplingOptions options;
  options.incumbent_ns = kMillisecondNs;
  const Sampling sampling =
      sample_latency(machine.program(3.5 * kMillisecondNs), options, machine.environment());
  EXPECT_TRUE(sampling.stopped_early);
  EXPECT_EQ(machine.runs(), 2U);
  EXPECT_EQ(sampling.samples_ns, std::vector<double>{3.5 * kMillisecondNs});
}

TEST(Sampling, ForgivesASlowFirstRun) {
  ScriptedMachine machine;
  SamplingOptions options;
  options.incumbent_ns = kMillisecondNs;
  const auto program = machine.program([](uint64_t run) { return run == 0 ? 10e6 : 0.9e6; });
  const Sampling sampling = sample_latency(program, options, machine.environment());
  EXPECT_FALSE(sampling.stopped_early);
  EXPECT_EQ(sampling.median_ns, 0.9e6);
}

/// A program that takes five times as long in every run that another process interrupts.
struct Interrupted {
  explicit Interrupted(std::function<bool(uint64_t)> which) : interrupts(std::move(which)) {}
  std::function<void()> program() {
    return machine.program([this](uint64_t run) {
      if (!interrupts(run)) return kMillisecondNs;
      ++preemptions;
      return 5 * kMillisecondNs;
    });
  }
  SamplingEnvironment environment() {
    SamplingEnvironment environment = machine.environment();
    environment.preemptions = [this] { return preemptions; };
    return environment;
  }
  ScriptedMachine machine;
  std::function<bool(uint64_t)> interrupts;
  uint64_t preemptions = 0;
};

TEST(Sampling, LeavesOutSamplesInWhichAnotherProcessRan) {
  Interrupted interrupted([](uint64_t run) { return run % 3 == 2; });
  const Sampling sampling = sample_latency(interrupted.program(), {}, interrupted.environment());
  EXPECT_EQ(sampling.samples_ns, std::vector<double>(6, kMillisecondNs));
  EXPECT_EQ(sampling.preempted, 3U);
}

TEST(Sampling, PrefersOneCleanSampleToManyInterruptedOnes) {
  Interrupted interrupted([](uint64_t run) { return run != 4; });
  const Sampling sampling = sample_latency(interrupted.program(), {}, interrupted.environment());
  EXPECT_EQ(sampling.samples_ns, std::vector<double>{kMillisecondNs});
  EXPECT_EQ(sampling.preempted, 8U);
}

TEST(Sampling, KeepsInterruptedSamplesWhereThereAreNoOthers) {
  Interrupted interrupted([](uint64_t) { return true; });
  const Sampling sampling = sample_latency(interrupted.program(), {}, interrupted.environment());
  EXPECT_EQ(sampling.samples_ns, std::vector<double>(8, 5 * kMillisecondNs));
  EXPECT_EQ(sampling.preempted, 8U);
}

TEST(Sampling, CallsNothingHopelessThatWasInterrupted) {
  Interrupted interrupted([](uint64_t run) { return run < 2; });
  SamplingOptions options;
  options.incumbent_ns = kMillisecondNs;
  const Sampling sampling = sample_latency(interrupted.program(), options, interrupted.environment());
  EXPECT_FALSE(sampling.stopped_early);
  EXPECT_EQ(sampling.median_ns, kMillisecondNs);
}

TEST(Sampling, PreparesEveryRunOutsideItsTime) {
  ScriptedMachine machine;
  SamplingEnvironment environment = machine.environment();
  int prepared = 0;
  environment.before_run = [&] {
    ++prepared;
    machine.pass(200'000);
  };
  const Sampling sampling = sample_latency(machine.program(300), {}, environment);
  EXPECT_EQ(prepared, 2 + 6);
  EXPECT_EQ(machine.runs(), 2U + 6U);
  EXPECT_EQ(sampling.median_ns, 300);
}

TEST(Sampling, HasPatienceForPreparationsButNotForEver) {
  ScriptedMachine machine;
  SamplingEnvironment environment = machine.environment();
  environment.before_run = [&] { machine.pass(20'000'000); };
  const auto program = machine.program([](uint64_t run) { return run % 2 == 0 ? 1e5 : 2e5; });
  // 25 preparations of 20 ms are half a second; the runs themselves take less than 5 ms.
  EXPECT_EQ(sample_latency(program, {}, environment).samples_ns.size(), 25U);
}

TEST(Sampling, ChecksTheMachineDuringALongSampling) {
  ScriptedMachine machine;
  SamplingEnvironment environment = machine.environment();
  int checks = 0;
  environment.check = [&] { ++checks; };
  SamplingOptions options;
  options.least_samples = 5;
  sample_latency(machine.program(30 * kMillisecondNs), options, environment);
  EXPECT_EQ(checks, 2);
}

TEST(Sampling, DescribesItselfInFeatures) {
  Sampling sampling;
  sampling.samples_ns = {3, 4};
  sampling.minimum_ns = 3;
  sampling.low_ns = 3;
  sampling.high_ns = 4;
  sampling.stopped_early = true;
  sampling.preempted = 2;
  sampling.disturbed = 1.5;
  Features features;
  sampling.describe(features);
  const Features expected{{{"latency_min_ns", 3},
                           {"latency_low_ns", 3},
                           {"latency_high_ns", 4},
                           {"samples", 2},
                           {"stopped_early", 1},
                           {"preempted", 2},
                           {"disturbed", 1.5}}};
  EXPECT_EQ(features, expected);
}

TEST(Sampling, IsAlwaysInOrderAndBounded) {
  EXPECT_TRUE(rc::check([] {
    Random random(*rc::gen::arbitrary<uint64_t>());
    const double scale = std::pow(10.0, *rc::gen::inRange(1, 8));
    ScriptedMachine machine;
    uint64_t preemptions = 0;
    const auto program = machine.program([&](uint64_t) {
      preemptions += random.below(4) == 0 ? 1 : 0;
      return scale * (1 + random.uniform());
    });
    SamplingEnvironment environment = machine.environment();
    environment.preemptions = [&] { return preemptions; };
    SamplingOptions options;
    options.most_samples = 40;
    options.incumbent_ns = scale * 2 * random.uniform();
    const Sampling sampling = sample_latency(program, options, environment);
    RC_ASSERT(!sampling.samples_ns.empty());
    RC_ASSERT(sampling.samples_ns.size() <= 40U);
    RC_ASSERT(sampling.minimum_ns <= sampling.low_ns);
    RC_ASSERT(sampling.low_ns <= sampling.median_ns);
    RC_ASSERT(sampling.median_ns <= sampling.high_ns);
  }));
}

TEST(Sampling, CountsRealPreemptionsUpwards) {
  const uint64_t before = count_preemptions();
  EXPECT_GE(count_preemptions(), before);
}

}  // namespace
}  // namespace tamis::timing
