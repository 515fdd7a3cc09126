#include "targets/cpu/timing/reference_kernel.h"

#include "targets/cpu/timing/scripted_machine.h"

#include <gtest/gtest.h>

namespace tamis::cpu {
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

}  // namespace
}  // namespace tamis::cpu
