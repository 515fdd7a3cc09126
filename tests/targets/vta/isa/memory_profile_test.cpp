#include "targets/vta/isa/memory_profile.h"

#include "base/file.h"
#include "base/json.h"
#include "support/temporary_directory.h"

#include <gmock/gmock.h>

namespace tamis::vta {
namespace {

using ::testing::HasSubstr;

MemoryProfile read(const std::string& text) {
  return profile_from_json(parse_json(text, "test").value(), "test").value();
}

std::string refusal(const std::string& text) {
  const auto profile = profile_from_json(parse_json(text, "test").value(), "test");
  return profile.ok() ? "accepted" : profile.error().message;
}

TEST(MemoryProfile, AreKnownByName) {
  EXPECT_EQ(find_profile("pynq").value(), MemoryProfile{});
  EXPECT_EQ(find_profile("de10").value().burst_beats, 16u);
  EXPECT_EQ(find_profile("tsim").value().kind, MemoryKind::queued);
  EXPECT_EQ(find_profile("zynq").error().kind, ErrorKind::not_found);
}

TEST(MemoryProfile, ChangeAnotherByKeys) {
  EXPECT_EQ(read("{}"), MemoryProfile{});
  EXPECT_EQ(read(R"({"PROFILE": "de10"})"), find_profile("de10").value());
  EXPECT_EQ(read(R"({"PROFILE": "tsim", "READ_LATENCY": 5})").read_latency, 5u);
  EXPECT_EQ(read(R"({"PROFILE": "tsim", "READ_LATENCY": 5})").write_latency, 2u);
  EXPECT_EQ(read(R"({"MEMORY": "serial"})").kind, MemoryKind::serial);
  EXPECT_EQ(read(R"({"INSTRUCTION_BATCH": 8})").batch(), 8u);
  EXPECT_EQ(MemoryProfile{}.batch(), 128u);
}

TEST(MemoryProfile, SurviveJson) {
  for (const NamedProfile& one : memory_profiles()) EXPECT_EQ(read(to_json(one.profile).dump()), one.profile);
  const MemoryProfile all{3, 4, 32, 5, 6, MemoryKind::shared, 142.5};
  EXPECT_EQ(read(to_json(all).dump()), all);
}

TEST(MemoryProfile, TurnCyclesIntoTime) {
  EXPECT_EQ(MemoryProfile{}.to_ns(123457), 1234570.0);
  EXPECT_EQ(MemoryProfile{.clock_mhz = 50}.to_ns(7), 140.0);
}

TEST(MemoryProfile, RefuseWhatIsOutOfRange) {
  EXPECT_THAT(refusal(R"({"PROFILE": "zynq"})"), HasSubstr("there are pynq, de10, tsim"));
  EXPECT_THAT(refusal(R"({"READ_LATENCY": 0})"), HasSubstr("READ_LATENCY"));
  EXPECT_THAT(refusal(R"({"WRITE_LATENCY": 65537})"), HasSubstr("WRITE_LATENCY"));
  EXPECT_THAT(refusal(R"({"BURST_BEATS": 48})"), HasSubstr("power of two"));
  EXPECT_THAT(refusal(R"({"OUTSTANDING_READS": 257})"), HasSubstr("OUTSTANDING_READS"));
  EXPECT_THAT(refusal(R"({"BURST_BEATS": 16, "INSTRUCTION_BATCH": 9})"), HasSubstr("only 8 instructions"));
  EXPECT_THAT(refusal(R"({"MEMORY": "fast"})"), HasSubstr("\"fast\""));
  EXPECT_THAT(refusal(R"({"CLOCK_MHZ": 0})"), HasSubstr("CLOCK_MHZ"));
}

TEST(MemoryProfile, ComeFromFiles) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("memory.json");
  ASSERT_TRUE(write_file(path, R"({"PROFILE": "de10", "CLOCK_MHZ": 50})").ok());
  EXPECT_EQ(find_profile(path).value(), (MemoryProfile{.burst_beats = 16, .clock_mhz = 50}));
  ASSERT_TRUE(write_file(path, R"({"BURST": 16})").ok());
  EXPECT_THAT(find_profile(path).error().message, HasSubstr("\"BURST\""));
  EXPECT_EQ(find_profile(directory.file("none.json")).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace tamis::vta
