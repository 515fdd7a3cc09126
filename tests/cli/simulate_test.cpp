// `tamis simulate` on programs that run, trap, hang and are none.

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
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
  const Finished empty = simulate_text(R"({"runs": []})");
  EXPECT_EQ(empty.code, 2);
  EXPECT_THAT(empty.err, HasSubstr("\"runs\" is empty; a program has at least one launch"));
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
  EXPECT_EQ(cycles({"--instruction-batch", "2"}), 205450u);
  EXPECT_EQ(cycles({"--instruction-batch", "128"}), 208623u);
  EXPECT_EQ(cycles({"--burst-beats", "16", "--instruction-batch", "0"}), 206031u);
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
  for (const char* value : {"129", "-1", "many"})
    EXPECT_THAT(refusal({"--instruction-batch", value}), HasSubstr("--instruction-batch"));
  EXPECT_THAT(refusal({"--burst-beats", "16", "--instruction-batch", "9"}),
              HasSubstr("a burst holds only 8 instructions"));
  EXPECT_THAT(refusal({"--burst-beats", "24"}), HasSubstr("it must be a power of two"));
  EXPECT_THAT(refusal({"--memory", "fast"}), HasSubstr("--memory"));
}

TEST_F(SimulateMemory, RefusesEmptyNames) {
  for (const char* flag : {"--profile", "--hardware", "--timeline"})
    for (const std::vector<std::string>& flags :
         {std::vector<std::string>{flag, ""}, {std::string(flag) + "="}})
      EXPECT_THAT(refusal(flags), HasSubstr(flag));
  EXPECT_THAT(refusal({"--profile", ""}), HasSubstr("it is empty; give it a value or leave it out"));
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
  EXPECT_THAT(tamis({"simulate", directory_.file("line.json"), "--line", "2"}).err,
              HasSubstr("has 1 line; --line is 2"));
  EXPECT_EQ(tamis({"simulate", kLines, "--line", "0"}).code, 2);
  EXPECT_THAT(tamis({"simulate", kLines, "--line", "0"}).err,
              HasSubstr("error: --line: it must be a whole number of at least 1, found \"0\" (see"));
  EXPECT_THAT(tamis({"simulate", kLines, "--line", std::string(30, '9')}).err,
              HasSubstr("--line: it must be at most 18446744073709551615, found 9999"));
  EXPECT_THAT(tamis({"simulate", kLines, "--line", "0x1"}).err, HasSubstr("found \"0x1\""));
  EXPECT_THAT(tamis({"simulate", kLines, "--line", "010"}).err, HasSubstr("found \"010\""));
  EXPECT_THAT(tamis({"simulate", kLines}).err, HasSubstr("--line"));
}

class SimulateTimeline : public Simulate {
 protected:
  Finished with(const std::vector<std::string>& flags, const std::string& program = kRecorded) {
    std::vector<std::string> arguments = {"simulate", program};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    return tamis(arguments);
  }
  static std::vector<std::string> lines_of(const std::string& text) { return split_text(text, '\n'); }
  /// The letters of an engine's row.
  static std::string letters(const std::string& text, const std::string& label) {
    for (const std::string& line : lines_of(text))
      if (line.starts_with(label) && line.size() > 8 && line.find("  ", 8) == std::string::npos)
        return line.substr(8);
    return "";
  }
};

TEST_F(SimulateTimeline, DrawsARowOfLettersForEveryEngine) {
  for (const std::vector<std::string>& flags : {std::vector<std::string>{}, {"--timing-only"}}) {
    const Finished finished = with(flags);
    EXPECT_EQ(finished.code, 0);
    for (const char* label : {"FETCH", "LOAD", "COMPUTE", "STORE", "path"})
      EXPECT_EQ(letters(finished.out, label).size(), 72u) << label << "\n" << finished.out;
    EXPECT_THAT(letters(finished.out, "LOAD"), HasSubstr("WWW"));
    EXPECT_THAT(letters(finished.out, "COMPUTE"), HasSubstr("lll"));
    for (const char* words : {"W wgt", "c waits for COMPUTE", "\nbound by LOAD: wgt 67 %, inp 18 %; ",
                              "\nhint: ", "GEMM micro-ops, ", "the floor", "read port busy in ", "overhead"})
      EXPECT_THAT(finished.out, HasSubstr(words));
    for (const std::string& line : lines_of(finished.out)) EXPECT_LE(line.size(), 100u) << line;
  }
}

TEST_F(SimulateTimeline, ShowsAPart) {
  const Finished whole = with({"--timing-only"}), part = with({"--timing-only", "--cycles", "100:140"});
  EXPECT_THAT(part.out, HasSubstr("cycles 100 to 140, 1 a letter"));
  EXPECT_EQ(letters(part.out, "COMPUTE").size(), 40u);
  EXPECT_NE(letters(part.out, "COMPUTE"), letters(whole.out, "COMPUTE"));
  EXPECT_THAT(with({"--cycles", ":50"}).out, HasSubstr("cycles 0 to 50,"));
  EXPECT_THAT(with({"--cycles", "208000:"}).out, HasSubstr("cycles 208000 to 2086"));
}

TEST_F(SimulateTimeline, RefusesCyclesThatAreNone) {
  for (const char* cycles : {"100", "10:5", "7:7", "a:b", "-1:5", "1:2:3", "0:99999999999999999999", ""}) {
    const Finished finished = with({std::string("--cycles=") + cycles});
    EXPECT_EQ(finished.code, 2) << cycles;
    EXPECT_THAT(finished.out, IsEmpty());
    EXPECT_THAT(finished.err, HasSubstr("--cycles"));
  }
  EXPECT_THAT(with({"--cycles", "999999:1000000"}).err, HasSubstr("idle from cycle 20862"));
}

TEST_F(SimulateTimeline, DrawsAPicture) {
  const std::string svg = directory_.file("timeline.svg");
  const Finished finished = with({"--timeline", svg, "--cycles", "1000:9000", "--timing-only"});
  if (finished.code != 0) {  // a build without cairo
    EXPECT_EQ(finished.code, 2);
    EXPECT_THAT(finished.err, HasSubstr("no cairo"));
    return;
  }
  EXPECT_THAT(read(svg), StartsWith("<?xml"));
  EXPECT_EQ(with({"--timeline", directory_.file("timeline.png")}).code, 0);
  EXPECT_THAT(read(directory_.file("timeline.png")), StartsWith("\x89PNG"));
  EXPECT_EQ(with({"--timeline", directory_.file("TIMELINE.PNG")}).code, 0);
  EXPECT_THAT(read(directory_.file("TIMELINE.PNG")), StartsWith("\x89PNG"));
  EXPECT_EQ(with({"--timeline", directory_.file("timeline.Svg")}).code, 0);
  EXPECT_THAT(read(directory_.file("timeline.Svg")), StartsWith("<?xml"));
  const Finished nowhere = with({"--timeline", directory_.file("missing/timeline.svg")});
  EXPECT_EQ(nowhere.code, 2);
  EXPECT_THAT(nowhere.err, HasSubstr("missing"));
}

TEST_F(SimulateTimeline, RefusesAPictureOfAnotherKind) {
  for (const char* name : {"timeline.pdf", "timeline", "svg"}) {
    const Finished finished = with({"--timeline", directory_.file(name)});
    EXPECT_EQ(finished.code, 2);
    EXPECT_THAT(finished.out, IsEmpty());
    EXPECT_THAT(finished.err, HasSubstr(".svg or .png"));
  }
}

TEST_F(SimulateTimeline, GivesTheNumbersAsJson) {
  const Json timeline = parse_json(with({"--json", "--timing-only"}).out, "report").value().at("timeline");
  EXPECT_EQ(timeline.at("cycles"), 208623);
  EXPECT_THAT(timeline.at("bound").get<std::string>(), StartsWith("bound by "));
  EXPECT_FALSE(timeline.at("hints").empty());
  uint64_t path = 0;
  for (const auto& [engine, activities] : timeline.at("critical_path").items())
    for (const auto& [activity, effort] : activities.items()) path += effort.at("cycles").get<uint64_t>();
  EXPECT_EQ(path, 208623u);
  for (const auto& [engine, activities] : timeline.at("engines").items()) {
    uint64_t cycles = 0;
    for (const auto& [activity, effort] : activities.items()) cycles += effort.at("cycles").get<uint64_t>();
    EXPECT_EQ(cycles, timeline.at("end")) << engine;
  }
  EXPECT_EQ(timeline.at("engines").at("compute").at("gemm").at("useful"), timeline.at("gemm_uops"));
}

TEST_F(SimulateTimeline, ShowsWhereProgramsStop) {
  const Finished hung = simulate(kWaiting);
  EXPECT_THAT(hung.out, HasSubstr("until it stopped bound by FETCH: start"));
  EXPECT_EQ(simulate(kWaiting, "--cycles=0:20").code, 1);
  const Finished trapped = simulate(kUnknownOpcode);
  EXPECT_THAT(trapped.out, HasSubstr("\nCOMPUTE ffff"));
}

TEST_F(SimulateTimeline, DrawsEveryLaunch) {
  const std::string launch =
      R"({"insn_phy_addr": 4096, "instructions": [")" + std::string(kFinish) + R"("], "buffers": []})";
  const std::string program = R"({"workload": {}, "config": {}, "runs": [)" + launch + "," + launch + "]}";
  const std::string text = simulate_text(program).out;
  const size_t first = text.find("bound by");
  EXPECT_NE(text.find("bound by", first + 1), std::string::npos);
  const Json json = parse_json(simulate_text(program, "--json").out, "report").value();
  for (const Json& one : json.at("launches")) EXPECT_TRUE(one.contains("timeline"));
}

TEST_F(SimulateTimeline, DrawsTheLaunchesThatHaveTheCycles) {
  const auto launch = [](const std::string& instructions) {
    return R"({"insn_phy_addr": 4096, "instructions": [)" + instructions + R"(], "buffers": []})";
  };
  const std::string token = "\"00000000000000000000000000000000\",",
                    finish = "\"" + std::string(kFinish) + "\"";
  std::string longer;
  for (int i = 0; i < 100; ++i) longer += token;
  const std::string program = R"({"workload": {}, "config": {}, "runs": [)" + launch(finish) + "," +
                              launch(longer + finish) + "," + launch(finish) + "]}";
  const Finished finished = simulate_text(program, "--cycles=200:240");
  EXPECT_EQ(finished.code, 0);
  EXPECT_THAT(finished.out, HasSubstr("cycles 200 to 240, 1 a letter"));
  EXPECT_EQ(finished.out.find("cycles 200 to 240"), finished.out.rfind("cycles 200 to 240"));
  EXPECT_THAT(finished.err, HasSubstr("no timeline of 2 of 3 launches, which end before cycle 200: launch 1 "
                                      "(until 72), 3 (until 72)"));
  const Finished none = simulate_text(program, "--cycles=90000:");
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.err, HasSubstr("in every launch; name an earlier one"));
  const std::string svg = directory_.file("launches.svg");
  const Finished drawn =
      tamis({"simulate", directory_.file("program.json"), "--cycles=200:240", "--timeline", svg});
  if (drawn.code != 0) return;  // a build without cairo
  EXPECT_THAT(read(svg), HasSubstr("<svg"));
}

}  // namespace
}  // namespace tamis::cli::testing
