#include "targets/vta/isa/program.h"

#include "base/json.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

using ::testing::HasSubstr;

Json small() {
  return Json::parse(
      R"({"workload": {"H": 1}, "config": null, "config_index": 3, "runs": [{"insn_phy_addr": 4096,
    "instructions": ["03000000000000000000000000000000"],
    "buffers": [{"phy_addr": 16, "size": 4, "before": "01fF", "after": "0203"},
                {"phy_addr": 20, "size": 2, "before": ""}]}]})");
}

std::string refusal(const Json& json) {
  const auto program = program_from_json(json, "p.json");
  return program.ok() ? "accepted" : program.error().message;
}

/// The refusal after one change to the only run.
template <class Change>
std::string refusal_of(Change change) {
  Json json = small();
  change(json["runs"][0]);
  return refusal(json);
}

TEST(Program, ReadsBuffersWithTheirTrailingZeros) {
  const auto program = program_from_json(small(), "p.json");
  ASSERT_TRUE(program.ok()) << program.error().message;
  ASSERT_EQ(program->launches.size(), 1u);
  const Launch& launch = program->launches[0];
  EXPECT_EQ(launch.instruction_address, 4096u);
  EXPECT_EQ(launch.instructions[0].low, 3u);
  EXPECT_EQ(launch.buffers[0].bytes, (std::vector<uint8_t>{1, 255, 0, 0}));
  EXPECT_EQ(*launch.buffers[0].after, (std::vector<uint8_t>{2, 3, 0, 0}));
  EXPECT_FALSE(launch.buffers[1].after.has_value());
  EXPECT_FALSE(program->hardware.has_value());
}

TEST(Program, ComesBackFromAFileWithItsHardwareAndRoles) {
  auto program = *program_from_json(small(), "p.json");
  program.hardware = Hardware{};
  program.hardware->log_batch = 1;
  program.launches[0].buffers[1].role = BufferRole::output;
  const std::string path = (std::filesystem::temp_directory_path() / "tamis_program_test.json.gz").string();
  ASSERT_TRUE(write_program(path, program).ok());
  const auto again = read_program(path);
  std::filesystem::remove(path);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(to_json(*again), to_json(program));
  EXPECT_EQ(again->hardware, program.hardware);
  EXPECT_EQ(again->launches[0].buffers[1].role, BufferRole::output);
}

TEST(Program, ReadsEveryRecordedProgramAndWritesItBack) {
  for (const auto& entry : std::filesystem::directory_iterator(TAMIS_TEST_DATA "/vta/programs")) {
    if (entry.path().extension() != ".gz") continue;
    const auto program = read_program(entry.path().string());
    ASSERT_TRUE(program.ok()) << program.error().message;
    const auto recorded = read_json(entry.path().string());
    const Json written = to_json(*program);
    const Json &before = (*recorded)["runs"], &after = written["runs"];
    ASSERT_EQ(before.size(), after.size());
    EXPECT_EQ(before[0]["instructions"], after[0]["instructions"]);
    EXPECT_EQ(before[0]["buffers"].size(), after[0]["buffers"].size());
  }
}

TEST(Program, RefusesHexThatIsNone) {
  EXPECT_THAT(refusal_of([](Json& run) { run["buffers"][0]["before"] = "012"; }),
              HasSubstr("not whole bytes"));
  EXPECT_THAT(refusal_of([](Json& run) { run["buffers"][0]["before"] = "0g"; }),
              HasSubstr("not a hex digit"));
  EXPECT_THAT(refusal_of([](Json& run) { run["buffers"][0]["after"] = 5; }), HasSubstr("after"));
  EXPECT_THAT(refusal_of([](Json& run) { run["instructions"][0] = "03"; }), HasSubstr("instruction 0"));
  EXPECT_THAT(refusal_of([](Json& run) { run["instructions"][0] = "zz000000000000000000000000000000"; }),
              HasSubstr("instruction 0"));
}

TEST(Program, RefusesBuffersThatCannotBe) {
  EXPECT_THAT(refusal_of([](Json& run) { run["buffers"][0]["before"] = "0102030405"; }),
              HasSubstr("the size is 4"));
  EXPECT_THAT(refusal_of([](Json& run) { run["buffers"][1]["phy_addr"] = 19; }), HasSubstr("overlaps"));
  EXPECT_THAT(refusal_of([](Json& run) { run["buffers"][1]["size"] = -1; }), HasSubstr("size"));
  EXPECT_THAT(refusal_of([](Json& run) { run["buffers"][1]["size"] = 4294967296; }),
              HasSubstr("address space"));
  EXPECT_THAT(refusal_of([](Json& run) { run["buffers"][1]["size"] = 2147483648; }), HasSubstr("1 GiB"));
  EXPECT_THAT(refusal_of([](Json& run) { run["buffers"][1]["role"] = "sugar"; }), HasSubstr("sugar"));
  EXPECT_THAT(refusal_of([](Json& run) { run["buffers"][1].erase("phy_addr"); }), HasSubstr("phy_addr"));
}

TEST(Program, RefusesWhatIsNoProgram) {
  EXPECT_THAT(refusal(Json::array()), HasSubstr("p.json"));
  EXPECT_THAT(refusal(Json::object()), HasSubstr("\"runs\""));
  EXPECT_THAT(refusal({{"runs", 3}}), HasSubstr("must be a list"));
  EXPECT_THAT(refusal({{"runs", {3}}}), HasSubstr("run 0"));
  EXPECT_THAT(refusal_of([](Json& run) { run.erase("instructions"); }), HasSubstr("instructions"));
  EXPECT_THAT(refusal_of([](Json& run) { run["bufers"] = 1; }), HasSubstr("bufers"));
  Json json = small();
  json["hardware"] = {{"TARGET", "sim"}};
  EXPECT_THAT(refusal(json), HasSubstr("hardware"));
}

}  // namespace
}  // namespace tamis::vta
