#include "targets/timing/calm_sampling.h"

#include "targets/timing/scripted_machine.h"

#include <vector>

#include <gtest/gtest.h>

namespace tamis::timing {
namespace {

TEST(ReferenceKernel, TellsASlowMachineFromACalmOne) {
  ScriptedMachine machine;
  ReferenceKernel reference(machine.clock(), machine.program(10'000));
  EXPECT_EQ(reference.calm_ns(), 10'000);
  EXPECT_EQ(reference.slowdown(), 1);
  machine.slowdown = 1.5;
  EXPECT_EQ(reference.slowdown(), 1.5);
  machine.slowdown = 1;
  EXPECT_EQ(reference.slowdown(), 1);
}

TEST(ReferenceKernel, DoesNotTakeABusyStartForCalm) {
  ScriptedMachine machine;
  machine.slowdown = 2;
  ReferenceKernel reference(machine.clock(), machine.program(10'000));
  machine.slowdown = 1;
  EXPECT_EQ(reference.slowdown(), 1);
  EXPECT_EQ(reference.calm_ns(), 10'000);
  machine.slowdown = 2;
  EXPECT_EQ(reference.slowdown(), 2);
}

TEST(ReferenceKernel, IsNotMisledByOneInterruptedRun) {
  ScriptedMachine machine;
  ReferenceKernel reference(machine.clock(),
                            machine.program([](uint64_t run) { return run % 5 == 4 ? 1e6 : 1e4; }));
  EXPECT_EQ(reference.slowdown(), 1);
}

TEST(ReferenceKernel, SurvivesAClockThatStandsStill) {
  ReferenceKernel reference([] { return 0; });
  EXPECT_EQ(reference.slowdown(), 1);
}

constexpr double kMillisecond = 1e6;

/// A machine that is as slow as the script says, one value for each sampling; the last lasts.
class NoisyMachine {
 public:
  explicit NoisyMachine(std::vector<double> script)
      : script_(std::move(script)), sampler_(ReferenceKernel(machine_.clock(), machine_.program(10'000))) {}

  Sampling sample(double latency_ns, double incumbent_ns = std::numeric_limits<double>::infinity()) {
    SamplingOptions options;
    options.incumbent_ns = incumbent_ns;
    // A sampling of a program that does not vary has two runs of warm-up and six samples.
    const auto program = [&, run = machine_.program(latency_ns)] {
      const size_t sampling = runs_++ / 8;
      machine_.slowdown = script_[std::min(sampling, script_.size() - 1)];
      run();
    };
    return sampler_.sample(program, options, machine_.environment());
  }
  size_t samplings() const { return runs_ / 8; }

 private:
  ScriptedMachine machine_;
  std::vector<double> script_;
  size_t runs_ = 0;
  CalmSampler sampler_;
};

TEST(CalmSampling, KeepsACalmOne) {
  NoisyMachine machine({1.0});
  const Sampling sampling = machine.sample(kMillisecond);
  EXPECT_EQ(machine.samplings(), 1U);
  EXPECT_EQ(sampling.median_ns, kMillisecond);
  EXPECT_EQ(sampling.disturbed, 0);
}

TEST(CalmSampling, RepeatsADisturbedOne) {
  NoisyMachine machine({1.4, 1.0});
  const Sampling sampling = machine.sample(kMillisecond);
  // The reference kernel before the second sampling still ran at the pace of the first.
  EXPECT_EQ(machine.samplings(), 3U);
  EXPECT_EQ(sampling.median_ns, kMillisecond);
  EXPECT_EQ(sampling.disturbed, 0);
}

TEST(CalmSampling, MarksTheLeastDisturbedOneWhereNoneIsCalm) {
  NoisyMachine machine({1.3, 1.2, 1.5});
  const Sampling sampling = machine.sample(kMillisecond);
  EXPECT_EQ(machine.samplings(), 3U);
  EXPECT_DOUBLE_EQ(sampling.disturbed, 1.3);
  EXPECT_DOUBLE_EQ(sampling.median_ns, 1.3 * kMillisecond);
}

TEST(CalmSampling, RepeatsLittleOnAMachineThatIsNeverCalm) {
  NoisyMachine machine({1.4});
  for (int i = 0; i < 40; ++i) machine.sample(kMillisecond);
  EXPECT_EQ(machine.samplings(), 40U + 2U + 9U);
}

TEST(CalmSampling, RepeatsWhatOnlyTheDisturbanceStopped) {
  NoisyMachine machine({1.4});
  const Sampling sampling = machine.sample(1.1 * kMillisecond, kMillisecond);
  EXPECT_EQ(machine.samplings(), 3U);
  EXPECT_TRUE(sampling.stopped_early);
  EXPECT_DOUBLE_EQ(sampling.disturbed, 1.4);
}

TEST(CalmSampling, DoesNotRepeatWhatACalmMachineWouldStopToo) {
  NoisyMachine machine({1.4});
  const Sampling sampling = machine.sample(1.8 * kMillisecond, kMillisecond);
  EXPECT_EQ(machine.samplings(), 1U);
  EXPECT_TRUE(sampling.stopped_early);
  EXPECT_DOUBLE_EQ(sampling.disturbed, 1.4);
}

TEST(CalmSampling, LooksInBetweenToo) {
  ScriptedMachine machine;
  CalmSampler sampler(ReferenceKernel(machine.clock(), machine.program(10'000)));
  SamplingOptions options;
  options.least_samples = 4;
  const auto program = [&, run = machine.program(30 * kMillisecond), runs = 0]() mutable {
    // Disturbed in the middle of each sampling of two runs of warm-up and four samples.
    machine.slowdown = runs % 6 == 3 ? 1.5 : 1.0;
    ++runs;
    run();
  };
  EXPECT_DOUBLE_EQ(sampler.sample(program, options, machine.environment()).disturbed, 1.5);
}

}  // namespace
}  // namespace tamis::timing
