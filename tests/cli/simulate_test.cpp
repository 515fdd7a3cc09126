// `tamis simulate` on programs that run, trap, hang and are none.

#include "base/file.h"
#include "base/json.h"
#include "cli/command.h"

#include <filesystem>

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const std::string kRecorded = TAMIS_TEST_DATA "/vta/programs/S1_65.json.gz";
constexpr const char* kFinish = "03000000000000000000000000000000";
constexpr const char* kUnknownOpcode = "07000000000000000000000000000000";
/// FINISH that first waits for a token of LOAD, of which there is none.
constexpr const char* kWaiting = "0b000000000000000000000000000000";

class Simulate : public CommandTest {
 protected:
  /// Simulates a program of one instruction.
  Finished simulate(const std::string& instruction, const std::string& flag = "--timing-only") {
    return simulate_text(
        R"({"workload": {}, "config": {}, "runs": [{"insn_phy_addr": 4096, "instructions": [")" +
            instruction + R"("], "buffers": []}]})",
        flag);
  }
  Finished simulate_text(const std::string& text, const std::string& flag = "--timing-only") {
    write(directory_.file("program.json"), text);
    return tamis({"simulate", directory_.file("program.json"), flag});
  }
};

TEST_F(Simulate, ReproducesEveryRecordedProgram) {
  for (const auto& entry : std::filesystem::directory_iterator(TAMIS_TEST_DATA "/vta/programs")) {
    if (entry.path().extension() != ".gz") continue;
    const Finished finished = tamis({"simulate", entry.path().string(), "--json"});
    EXPECT_EQ(finished.code, 0) << entry.path();
    const Json report = *parse_json(finished.out, "report");
    EXPECT_EQ(report.at("outcome"), "finished");
    EXPECT_EQ(report.at("differing_bytes"), 0);
    EXPECT_GT(report.at("cycles"), 0);
  }
}

TEST_F(Simulate, DrawsCountersAndEngines) {
  const Finished finished = tamis({"simulate", kRecorded});
  EXPECT_EQ(finished.code, 0);
  EXPECT_THAT(finished.out, StartsWith("finished\n"));
  for (const char* word : {" cycles (", "GEMM uops", "bytes loaded", "compute", "0 of "})
    EXPECT_THAT(finished.out, HasSubstr(word));
}

TEST_F(Simulate, EndsWithOneWhereBytesDiffer) {
  Json program = *parse_json(*read_file(kRecorded), kRecorded);
  for (Json& buffer : program.at("runs").at(0).at("buffers"))
    if (buffer.contains("after") && !buffer.at("after").get<std::string>().empty()) {
      std::string bytes = buffer.at("after");
      bytes[0] = bytes[0] == '0' ? '1' : '0';
      buffer["after"] = bytes;
    }
  const Finished finished = simulate_text(program.dump(), "--json");
  EXPECT_EQ(finished.code, 1);
  EXPECT_GT(parse_json(finished.out, "report").value().at("differing_bytes"), 0);
}

TEST_F(Simulate, SaysWhatTrapsAndHangs) {
  EXPECT_EQ(simulate(kFinish).code, 0);
  const Finished trapped = simulate(kUnknownOpcode);
  EXPECT_EQ(trapped.code, 1);
  EXPECT_THAT(trapped.out, StartsWith("trapped: "));
  const Finished hung = simulate(kWaiting);
  EXPECT_EQ(hung.code, 1);
  EXPECT_THAT(hung.out, StartsWith("hung: "));
  EXPECT_THAT(simulate(kWaiting, "--json").out, HasSubstr("\"outcome\": \"hung\""));
}

TEST_F(Simulate, DisassemblesFirst) {
  EXPECT_THAT(simulate(kFinish, "--disassemble").out, HasSubstr("FINISH"));
}

TEST_F(Simulate, RefusesWhatIsNoProgram) {
  const std::string whole = read(kRecorded);
  write(directory_.file("truncated.json.gz"), whole.substr(0, whole.size() / 2));
  for (const std::string& path : {directory_.file("truncated.json.gz"), directory_.file("missing.json"),
                                  directory_.path(), std::string(TAMIS_TEST_DATA "/vta/resnet18.C9.csv"),
                                  std::string(TAMIS_SUITE_DATA "/suites/resnet18.json")}) {
    const Finished finished = tamis({"simulate", path});
    EXPECT_EQ(finished.code, 2) << path;
    EXPECT_THAT(finished.out, IsEmpty());
    EXPECT_THAT(finished.err, HasSubstr(path));
  }
  EXPECT_EQ(simulate("0b").code, 2);
  EXPECT_EQ(simulate(std::string(32, 'x')).code, 2);
  EXPECT_EQ(simulate_text(R"({"runs": 7})").code, 2);
}

TEST_F(Simulate, TakesTheDeviceFromAFile) {
  const std::string device = directory_.file("device.json");
  write(device, "{}");
  const Finished finished = tamis({"simulate", kRecorded, "--hardware", device});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr(device));
}

}  // namespace
}  // namespace tamis::cli::testing
