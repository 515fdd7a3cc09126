// What a log remembers of a processor is enough to make code for it elsewhere.

#include "targets/cpu/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::cpu {
namespace {

using ::testing::HasSubstr;

std::string write(const RunConditions& conditions) { return to_string(identity_of(conditions)); }

Result<RunConditions> read(const std::string& text) {
  TAMIS_ASSIGN(const TaskIdentity identity, parse_identity(text));
  return conditions_of(identity);
}

TEST(Identity, IsReadAsItWasWritten) {
  for (const char* processor : {"", "skylake-avx512", "cortex-a72"}) {
    const RunConditions written{find_machine(processor).value(), 3, Caches::network};
    const RunConditions read_back = read(write(written)).value();
    EXPECT_EQ(write(read_back), write(written));
    EXPECT_EQ(read_back.threads, 3);
    EXPECT_EQ(read_back.caches, Caches::network);
    EXPECT_EQ(read_back.machine.triple, written.machine.triple);
    EXPECT_EQ(read_back.machine.vector_bytes, written.machine.vector_bytes);
    EXPECT_EQ(read_back.machine.vector_registers, written.machine.vector_registers);
    EXPECT_EQ(read_back.machine.dot_product, written.machine.dot_product);
    EXPECT_EQ(read_back.machine.host, written.machine.host);
  }
}

TEST(Identity, TellsWhatMakesTrialsIncomparable) {
  const Machine machine = find_machine("haswell").value();
  const std::string one = write({machine, 1, Caches::warm});
  EXPECT_NE(one, write({machine, 2, Caches::warm}));
  EXPECT_NE(one, write({machine, 1, Caches::cold}));
  EXPECT_NE(one, write({find_machine("skylake").value(), 1, Caches::warm}));
}

TEST(Identity, RefusesAnotherGeneration) {
  std::string text = write({find_machine("haswell").value(), 1, Caches::warm});
  text.replace(text.find("generation="), std::string::npos, "generation=999");
  const auto conditions = read(text);
  ASSERT_FALSE(conditions.ok());
  EXPECT_EQ(conditions.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(conditions.error().message, HasSubstr("tune it again"));
}

TEST(Identity, RefusesAProcessorThatLlvmDoesNotKnow) {
  std::string text = write({find_machine("haswell").value(), 1, Caches::warm});
  text.replace(text.find("haswell"), 7, "hasweel");
  const auto conditions = read(text);
  ASSERT_FALSE(conditions.ok());
  EXPECT_THAT(conditions.error().message, HasSubstr("did you mean \"haswell\"?"));
}

TEST(Identity, RefusesAnyOtherText) {
  for (const char* text :
       {"", "vta sim", "cpu haswell  threads=0 caches=warm generation=1",
        "cpu haswell  threads=two caches=warm generation=1", "cpu haswell threads=1 caches=warm",
        "gpu haswell  threads=1 caches=warm generation=1", "cpu haswell  cores=1 caches=warm generation=1"}) {
    const auto conditions = read(text);
    ASSERT_FALSE(conditions.ok()) << text;
    EXPECT_EQ(conditions.error().kind, ErrorKind::corrupt);
  }
}

TEST(Machine, RunsHereWhatThisProcessorHas) {
  EXPECT_TRUE(host_machine().value().host);
  EXPECT_NE(find_machine("x86-64").value().host, find_machine("cortex-a53").value().host);
}

}  // namespace
}  // namespace tamis::cpu
