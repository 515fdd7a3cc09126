// What a log remembers of a processor is enough to make code for it elsewhere.

#include "targets/cpu/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::cpu {
namespace {

using ::testing::HasSubstr;

TEST(Identity, IsReadAsItWasWritten) {
  for (const char* processor : {"", "skylake-avx512", "cortex-a72"}) {
    const Identity written{find_machine(processor).value(), 3, true};
    const Identity read = parse_identity(to_string(written)).value();
    EXPECT_EQ(to_string(read), to_string(written));
    EXPECT_EQ(read.machine.triple, written.machine.triple);
    EXPECT_EQ(read.machine.vector_bytes, written.machine.vector_bytes);
    EXPECT_EQ(read.machine.vector_registers, written.machine.vector_registers);
    EXPECT_EQ(read.machine.dot_product, written.machine.dot_product);
    EXPECT_EQ(read.machine.host, written.machine.host);
  }
}

TEST(Identity, TellsWhatMakesTrialsIncomparable) {
  const Machine machine = find_machine("haswell").value();
  const std::string one = to_string(Identity{machine, 1, false});
  EXPECT_NE(one, to_string(Identity{machine, 2, false}));
  EXPECT_NE(one, to_string(Identity{machine, 1, true}));
  EXPECT_NE(one, to_string(Identity{find_machine("skylake").value(), 1, false}));
}

TEST(Identity, RefusesAnotherGeneration) {
  std::string text = to_string(Identity{find_machine("haswell").value(), 1, false});
  text.replace(text.find("generation="), std::string::npos, "generation=999");
  const auto read = parse_identity(text);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(read.error().message, HasSubstr("tune it again"));
}

TEST(Identity, RefusesAProcessorThatLlvmDoesNotKnow) {
  std::string text = to_string(Identity{find_machine("haswell").value(), 1, false});
  text.replace(text.find("haswell"), 7, "hasweel");
  const auto read = parse_identity(text);
  ASSERT_FALSE(read.ok());
  EXPECT_THAT(read.error().message, HasSubstr("did you mean \"haswell\"?"));
}

TEST(Identity, RefusesAnyOtherText) {
  for (const char* text :
       {"", "vta sim", "cpu haswell  threads=0 caches=warm generation=1",
        "cpu haswell  threads=two caches=warm generation=1", "cpu haswell threads=1 caches=warm",
        "gpu haswell  threads=1 caches=warm generation=1", "cpu haswell  cores=1 caches=warm generation=1"}) {
    const auto read = parse_identity(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().kind, ErrorKind::corrupt);
  }
}

TEST(Machine, RunsHereWhatThisProcessorHas) {
  EXPECT_TRUE(host_machine().value().host);
  EXPECT_NE(find_machine("x86-64").value().host, find_machine("cortex-a53").value().host);
}

}  // namespace
}  // namespace tamis::cpu
