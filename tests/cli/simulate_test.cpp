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

TEST_F(Simulate, TakesADesignForTheDevice) {
  for (const char* design : {"chisel", "hls", "fsim"}) {
    const Finished finished = tamis({"simulate", kRecorded, "--hardware", design, "--json"});
    EXPECT_EQ(finished.code, 0) << finished.err;
    EXPECT_EQ(parse_json(finished.out, design).value().at("design"), design);
  }
  const Finished unknown = tamis({"simulate", kRecorded, "--hardware", "verilog"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.err,
              HasSubstr("no VTA design \"verilog\", and no such file; there are chisel, hls, fsim"));
}

/// Cycles of the programs of the RTL, on a line of their file.
constexpr const char* kLines = TAMIS_TEST_DATA "/vta/rtl/micro_programs.jsonl.gz";

class SimulateMemory : public Simulate {
 protected:
  uint64_t cycles(const std::vector<std::string>& flags, const std::string& program = kRecorded) {
    std::vector<std::string> arguments = {"simulate", program, "--json"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const Finished finished = tamis(arguments);
    EXPECT_EQ(finished.code, 0) << finished.err;
    return parse_json(finished.out, "report").value().at("cycles").get<uint64_t>();
  }
  std::string refusal(const std::vector<std::string>& flags) {
    std::vector<std::string> arguments = {"simulate", kRecorded};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const Finished finished = tamis(arguments);
    EXPECT_EQ(finished.code, 2) << finished.out;
    EXPECT_THAT(finished.out, IsEmpty());
    return finished.err;
  }
};

TEST_F(SimulateMemory, CountsTheRtlsCyclesInEverySetting) {
  // From tests/data/vta/rtl/programs.csv.
  EXPECT_EQ(cycles({}), 208623u);
  EXPECT_EQ(cycles({"--profile", "pynq", "--read-latency", "64", "--write-latency", "64"}), 208623u);
  EXPECT_EQ(cycles({"--read-latency", "16", "--write-latency", "16"}), 159599u);
  EXPECT_EQ(cycles({"--write-latency", "1"}), 206501u);
  EXPECT_EQ(cycles({"--profile", "de10"}), 206031u);
  EXPECT_EQ(cycles({"--burst-beats", "16"}), 206031u);
  EXPECT_EQ(cycles({"--profile", "tsim"}), 157686u);
  EXPECT_EQ(cycles({"--memory", "serial"}), 303868u);
  EXPECT_EQ(cycles({"--memory", "shared"}), 208635u);
  EXPECT_GT(cycles({"--outstanding-reads", "1"}), 208623u);
}

TEST_F(SimulateMemory, TakesAProfileFromAFile) {
  const std::string profile = directory_.file("profile.json");
  write(profile, R"({"PROFILE": "de10", "READ_LATENCY": 64, "CLOCK_MHZ": 50})");
  EXPECT_EQ(cycles({"--profile", profile}), 206031u);
  EXPECT_THAT(tamis({"simulate", kRecorded, "--profile", profile}).out, HasSubstr("at 50 MHz"));
  write(profile, R"({"BURST": 16})");
  EXPECT_THAT(refusal({"--profile", profile}), HasSubstr("\"BURST\""));
}

TEST_F(SimulateMemory, TakesTheProfileOfItsDevice) {
  const std::string device = directory_.file("device.json");
  write(device,
        R"({"TARGET": "sim", "LOG_INP_WIDTH": 3, "LOG_WGT_WIDTH": 3, "LOG_ACC_WIDTH": 5, "LOG_BATCH": 0,
    "LOG_BLOCK": 4, "LOG_UOP_BUFF_SIZE": 15, "LOG_INP_BUFF_SIZE": 15, "LOG_WGT_BUFF_SIZE": 18,
    "LOG_ACC_BUFF_SIZE": 17, "PROFILE": "de10"})");
  EXPECT_EQ(cycles({"--hardware", device}), 206031u);
  EXPECT_EQ(cycles({"--hardware", device, "--burst-beats", "256"}), 208623u);
}

TEST_F(SimulateMemory, RefusesWhatNoMemoryIs) {
  EXPECT_THAT(refusal({"--profile", "zynq"}), HasSubstr("there are pynq, de10, tsim"));
  for (const char* flag : {"--read-latency", "--write-latency", "--burst-beats", "--outstanding-reads"})
    for (const char* value : {"0", "65537", "-1", "many"})
      EXPECT_THAT(refusal({flag, value}), HasSubstr(flag));
  EXPECT_THAT(refusal({"--burst-beats", "24"}), HasSubstr("it must be a power of two"));
  EXPECT_THAT(refusal({"--memory", "fast"}), HasSubstr("--memory"));
}

TEST_F(SimulateMemory, TakesOneLineOfMany) {
  EXPECT_EQ(cycles({"--line", "1"}, kLines), 71u);
  EXPECT_EQ(cycles({"--line", "2"}, kLines), 75u);
  const std::string text = *read_file(kLines);
  write(directory_.file("line.json"), text.substr(0, text.find('\n') + 1));
  EXPECT_EQ(cycles({}, directory_.file("line.json")), 71u);
  const Finished beyond = tamis({"simulate", kLines, "--line", "479"});
  EXPECT_EQ(beyond.code, 2);
  EXPECT_THAT(beyond.err, HasSubstr("has 478 lines; --line is 479"));
  EXPECT_EQ(tamis({"simulate", kLines, "--line", "0"}).code, 2);
  EXPECT_THAT(tamis({"simulate", kLines}).err, HasSubstr("--line"));
}

}  // namespace
}  // namespace tamis::cli::testing
