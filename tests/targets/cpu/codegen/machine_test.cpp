#include "targets/cpu/codegen/machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::cpu {
namespace {

using ::testing::HasSubstr;

TEST(FindMachine, KnowsWhatProcessorsHave) {
  const Machine haswell = find_machine("haswell").value();
  EXPECT_EQ(haswell.vector_bytes, 32);
  EXPECT_EQ(haswell.vector_registers, 16);
  EXPECT_FALSE(haswell.dot_product);
  const Machine skylake = find_machine("skylake-avx512").value();
  EXPECT_EQ(skylake.float_lanes(), 16);
  EXPECT_EQ(skylake.vector_registers, 32);
  EXPECT_FALSE(skylake.dot_product);
  EXPECT_TRUE(find_machine("znver4").value().dot_product);
  EXPECT_EQ(find_machine("x86-64").value().vector_bytes, 16);
}

TEST(FindMachine, KnowsArm) {
  const Machine machine = find_machine("cortex-a72").value();
  EXPECT_THAT(machine.triple, HasSubstr("aarch64"));
  EXPECT_EQ(machine.float_lanes(), 4);
  EXPECT_EQ(machine.vector_registers, 32);
  if (host_machine().value().triple != machine.triple) {
    EXPECT_FALSE(machine.host);
  }
}

TEST(FindMachine, WithoutANameIsTheHost) {
  const Machine machine = find_machine("").value();
  EXPECT_TRUE(machine.host);
  EXPECT_EQ(machine.cpu, host_machine().value().cpu);
  EXPECT_FALSE(machine.features.empty());
}

TEST(FindMachine, NamesTheNearestOfAnUnknownOne) {
  const auto machine = find_machine("hasswell");
  ASSERT_FALSE(machine.ok());
  EXPECT_EQ(machine.error().kind, ErrorKind::not_found);
  EXPECT_THAT(machine.error().message, HasSubstr("\"haswell\""));
}

}  // namespace
}  // namespace tamis::cpu
