#include "targets/vta/vta_target.h"

#include "base/file.h"
#include "base/json.h"
#include "support/temporary_directory.h"
#include "tamis/measurer.h"
#include "tamis/random.h"
#include "tamis/suite.h"
#include "targets/vta/isa/program.h"
#include "targets/vta/simulator/simulator.h"
#include "targets/vta/vta_testing.h"

#include <filesystem>
#include <map>
#include <set>

#include <gmock/gmock.h>

namespace tamis::vta {
namespace {

using ::testing::HasSubstr;
using testing::workload;

Settings settings(const std::string& device, const std::string& checks, const std::string& space) {
  return {{"device", device}, {"checks", checks}, {"space", space}};
}

/// The identity of a task of a workload that every device of these tests can run.
std::string identity_of(const std::shared_ptr<const Target>& target) {
  const auto task = bind_task(target, workload("conv2d:n=2,ci=16,h=4,w=4,co=16,k=1"));
  EXPECT_TRUE(task.ok()) << (task.ok() ? "" : task.error().message);
  return task.ok() ? to_string((*task)->identity()) : "";
}

/// A folder with device configurations.
class VtaTarget : public ::testing::Test {
 protected:
  std::string file_of(const std::string& text) const {
    const std::string path = directory_.file("vta_config.json");
    EXPECT_TRUE(write_file(path, text).ok());
    return "vta:" + path;
  }
  std::string refusal(const std::string& text) const {
    const auto target = make_target(file_of(text), {});
    return target.ok() ? "accepted" : target.error().message;
  }
  std::string identity(const Hardware& hardware, const Settings& chosen = {}) const {
    const auto target = make_target(file_of(to_json(hardware).dump()), chosen);
    EXPECT_TRUE(target.ok()) << (target.ok() ? "" : target.error().message);
    return target.ok() ? identity_of(*target) : "";
  }

  TemporaryDirectory directory_;
};

TEST_F(VtaTarget, IsTheDefaultDeviceWithoutAFile) {
  const auto target = make_target("vta", {}).value();
  EXPECT_EQ(target->spec(), "vta");
  EXPECT_EQ(identity_of(target), identity(Hardware{}));
  EXPECT_TRUE(target->traits().builds_freely);
}

TEST_F(VtaTarget, IsTheDefaultDeviceInADesign) {
  EXPECT_EQ(identity_of(make_target("vta:chisel", {}).value()), identity_of(make_target("vta", {}).value()));
  for (const Design design : {Design::hls, Design::fsim}) {
    Hardware hardware;
    hardware.design = design;
    EXPECT_EQ(identity_of(make_target("vta:" + std::string(to_string(design)), {}).value()),
              identity(hardware));
  }
  EXPECT_THAT(make_target("vta:verilog", {}).error().message,
              HasSubstr("no VTA design \"verilog\", and no such file; there are chisel, hls, fsim"));
}

TEST_F(VtaTarget, NeedsEveryKeyOfItsFile) {
  for (const char* key :
       {"TARGET", "LOG_INP_WIDTH", "LOG_WGT_WIDTH", "LOG_ACC_WIDTH", "LOG_BATCH", "LOG_BLOCK",
        "LOG_UOP_BUFF_SIZE", "LOG_INP_BUFF_SIZE", "LOG_WGT_BUFF_SIZE", "LOG_ACC_BUFF_SIZE"}) {
    Json json = to_json(Hardware{});
    json.erase(key);
    EXPECT_THAT(refusal(json.dump()), HasSubstr("\"" + std::string(key) + "\""));
    json[key] = nullptr;
    EXPECT_THAT(refusal(json.dump()), HasSubstr("\"" + std::string(key) + "\""));
  }
}

TEST_F(VtaTarget, RefusesImpossibleValuesOfEveryKey) {
  for (const auto& [key, value] : std::vector<std::pair<std::string, int>>{{"LOG_INP_WIDTH", 4},
                                                                           {"LOG_WGT_WIDTH", 2},
                                                                           {"LOG_ACC_WIDTH", 4},
                                                                           {"LOG_BATCH", -1},
                                                                           {"LOG_BLOCK", 31},
                                                                           {"LOG_UOP_BUFF_SIZE", 1},
                                                                           {"LOG_INP_BUFF_SIZE", 3},
                                                                           {"LOG_WGT_BUFF_SIZE", 7},
                                                                           {"LOG_ACC_BUFF_SIZE", 5},
                                                                           {"LOG_ACC_BUFF_SIZE", 1000},
                                                                           {"MAX_INSTRUCTIONS", 0},
                                                                           {"HAZARD", 1},
                                                                           {"DESIGN", 1},
                                                                           {"UOP_DEPTH", 3}}) {
    Json json = to_json(Hardware{});
    json[key] = value;
    EXPECT_THAT(refusal(json.dump()), HasSubstr(key)) << value;
  }
}

TEST_F(VtaTarget, RefusesFilesThatHoldNoDevice) {
  for (const char* text : {"", "[]", "7", "{\"TARGET\":", "{\"TARGET\": \"sim\", \"TARGET\": \"sim\"}"})
    EXPECT_THAT(refusal(text), HasSubstr("vta_config.json")) << text;
  EXPECT_EQ(make_target("vta:" + directory_.file("missing.json"), {}).error().kind, ErrorKind::not_found);
  EXPECT_FALSE(make_target("vta:", {}).ok());
}

TEST_F(VtaTarget, RefusesUnknownSettings) {
  EXPECT_THAT(make_target("vta", settings("fpga", "static", "template")).error().message,
              HasSubstr("\"fpga\""));
  EXPECT_THAT(make_target("vta", settings("simulator", "some", "template")).error().message,
              HasSubstr("\"some\""));
  EXPECT_THAT(make_target("vta", settings("simulator", "static", "tall")).error().message,
              HasSubstr("\"tall\""));
  EXPECT_THAT(make_target("vta", {{"profile", "zynq"}}).error().message,
              HasSubstr("no profile \"zynq\", and no such file; there are pynq, de10, tsim"));
}

TEST_F(VtaTarget, TakesTheMemoryFromItsProfile) {
  EXPECT_EQ(identity({}, {{"profile", "pynq"}}), identity({}));
  Hardware slow;
  slow.memory.read_latency = 200;
  const std::string path = directory_.file("profile.json");
  ASSERT_TRUE(write_file(path, R"({"PROFILE": "pynq", "READ_LATENCY": 200})").ok());
  EXPECT_EQ(identity({}, {{"profile", path}}), identity(slow));
  EXPECT_EQ(identity(slow, {{"profile", "pynq"}}), identity({}));
  ASSERT_TRUE(write_file(path, R"({"READ_LATENCY": 0})").ok());
  EXPECT_THAT(make_target("vta", {{"profile", path}}).error().message, HasSubstr("READ_LATENCY"));
  ASSERT_TRUE(write_file(path, R"({"LATENCY": 9})").ok());
  EXPECT_THAT(make_target("vta", {{"profile", path}}).error().message, HasSubstr("\"LATENCY\""));
}

TEST_F(VtaTarget, RefusesLoadsThatLongBurstsDoNotBear) {
  // Two planes of 32 x 32 tiles are loaded at once where tiles are whole.
  const auto build = [](const Settings& chosen, const std::string& spec) {
    const SharedTask task = bind_task(make_target("vta", chosen).value(), workload(spec)).value();
    const Space& space = task->space();
    for (uint64_t i = 0; i < space.size(); ++i) {
      const Config config = space.config(i);
      const BuildOutcome built = task->build(config);
      if (built.features.get("inp_needed") == 2048 && built.features.get("contexts") == 1) return built;
    }
    return BuildOutcome{};
  };
  const BuildOutcome refused = build({}, "conv2d:ci=32,h=32,w=32,co=16,k=1");
  EXPECT_EQ(refused.verdict, Verdict::resource_exceeded);
  EXPECT_EQ(refused.message, "inp load: 2048 tiles at once needed, at most 2047 fit bursts of 256 beats");
  EXPECT_EQ(build({{"profile", "de10"}}, "conv2d:ci=32,h=32,w=32,co=16,k=1").verdict, Verdict::valid);
}

TEST_F(VtaTarget, TellsProgramsApartByTheirCode) {
  const SharedTask task = bind_task(make_target("vta", {{"space", "wide"}}).value(),
                                    workload("conv2d:ci=16,h=4,w=4,co=16,k=3,pad=1"))
                              .value();
  const auto device = task->target().open_device({}).value();
  const WorkloadData data = make_data(task->workload(), 1);
  const Space& space = task->space();
  std::map<std::string, RunOutcome> by_code;
  Random random(3);
  size_t alike = 0;
  for (int i = 0; i < 200; ++i) {
    const BuildOutcome built = task->build(space.draw(random));
    if (!built.artifact) continue;
    RunOutcome ran = device->run(*built.artifact, data, {});
    const auto [known, is_new] = by_code.try_emplace(built.artifact->code_hash(), ran);
    if (is_new) continue;
    ++alike;
    EXPECT_EQ(ran.verdict, known->second.verdict);
    EXPECT_EQ(ran.costs, known->second.costs);
    EXPECT_EQ(ran.features, known->second.features);
  }
  EXPECT_GT(alike, 10U);
  EXPECT_GT(by_code.size(), 10U);
}

TEST_F(VtaTarget, HasAnIdentityForEverythingThatChangesAnOutcome) {
  std::set<std::string> identities = {identity({})};
  const auto expect_new = [&](const std::string& text) {
    EXPECT_TRUE(identities.insert(text).second) << text;
  };
  for (int Hardware::*field : {&Hardware::log_uop_buffer, &Hardware::log_inp_buffer,
                               &Hardware::log_wgt_buffer, &Hardware::log_acc_buffer}) {
    Hardware hardware;
    hardware.*field -= 1;
    expect_new(identity(hardware));
  }
  Hardware batch;
  batch.log_batch = 1;
  expect_new(identity(batch));
  expect_new(identity(testing::small_hardware()));
  for (const Design design : {Design::hls, Design::fsim}) {
    Hardware other;
    other.design = design;
    expect_new(identity(other));
  }
  Hardware few_uops;
  few_uops.uop_entries = 1024;
  expect_new(identity(few_uops));
  Hardware short_stream;
  short_stream.max_instructions = 7;
  expect_new(identity(short_stream));
  for (const auto& change : {MemoryProfile{.read_latency = 65}, MemoryProfile{.write_latency = 65},
                             MemoryProfile{.burst_beats = 128}, MemoryProfile{.outstanding_reads = 8},
                             MemoryProfile{.instruction_batch = 8}, MemoryProfile{.clock_mhz = 50},
                             MemoryProfile{.kind = MemoryKind::serial}}) {
    Hardware hardware;
    hardware.memory = change;
    expect_new(identity(hardware));
  }
  expect_new(identity({}, settings("simulator", "none", "template")));
  expect_new(identity({}, settings("driver:a.so", "static", "template")));
}

TEST_F(VtaTarget, IsolatesDriversOnly) {
  EXPECT_FALSE(make_target("vta", {}).value()->traits().needs_isolation);
  EXPECT_TRUE(
      make_target("vta", settings("driver:a.so", "static", "template")).value()->traits().needs_isolation);
}

TEST_F(VtaTarget, SaysWhyItCannotRunAWorkload) {
  const auto target = make_target("vta", {}).value();
  for (const char* spec : {"conv2d:ci=3,h=4,w=4,co=16,k=1", "conv2d:ci=16,h=4,w=4,co=10,k=1",
                           "dense:ci=16,co=1000", "depthwise_conv2d:ci=24,h=4,w=4,k=3"}) {
    const auto task = bind_task(target, workload(spec));
    ASSERT_FALSE(task.ok()) << spec;
    EXPECT_EQ(task.error().kind, ErrorKind::unsupported);
    EXPECT_THAT(task.error().message, HasSubstr("blocks of 16 channels"));
  }
}

TEST_F(VtaTarget, TakesEveryMemberOfEverySuite) {
  const auto target = make_target("vta", {}).value();
  for (const std::string& name : suite_names()) {
    const Suite suite = find_suite(name).value();
    for (const Workload& member : suite.workloads) {
      SCOPED_TRACE(member.name);
      const auto task = bind_task(target, member);
      ASSERT_TRUE(task.ok()) << task.error().message;
      const BuildOutcome built = (*task)->build((*task)->default_config());
      EXPECT_EQ(built.verdict == Verdict::valid, built.artifact != nullptr);
      EXPECT_EQ(built.verdict == Verdict::valid, built.message.empty());
      EXPECT_GT((*task)->bound_ns(), 0.0);
    }
  }
}

TEST_F(VtaTarget, SavesProgramsThatTheSimulatorReproduces) {
  const SharedTask task =
      bind_task(make_target("vta", {}).value(), workload("conv2d:ci=32,h=6,w=6,co=32,k=3,pad=1")).value();
  const Space& space = task->space();
  MeasureOptions options;
  options.save_programs = directory_.file("programs");
  const auto measurer = make_measurer(task, options).value();
  std::vector<MeasureRequest> requests;
  for (uint64_t i = 0; i < space.size(); i += 7) requests.push_back({i, space.config(i), "test"});
  size_t valid = 0;
  const Status measured = measurer->measure(
      requests, [&](const Trial& trial) { return valid += trial.verdict == Verdict::valid, Status(); }, {});
  ASSERT_TRUE(measured.ok()) << measured.error().message;
  size_t programs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(options.save_programs)) {
    Program program = read_program(entry.path()).value();
    Launch& launch = program.launches.at(0);
    ASSERT_EQ(simulate(*program.hardware, launch, {}).stop, Stop::finished);
    for (const DramBuffer& buffer : launch.buffers) {
      EXPECT_EQ(buffer.bytes, buffer.after.value_or(buffer.bytes)) << entry.path();
    }
    ++programs;
  }
  EXPECT_GT(programs, 0U);
  EXPECT_EQ(programs, valid);
}

}  // namespace
}  // namespace tamis::vta
