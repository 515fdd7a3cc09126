#include "targets/command/command_target.h"

#include "support/temporary_directory.h"

#include <fstream>

#include <gmock/gmock.h>

namespace tamis::command {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CommandTargetTest : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_.file(name)) << text;
    return directory_.file(name);
  }
  std::string space_file(const std::string& more) const {
    return write(
        "space.yaml",
        "tamis: 1\nname: toy\nknobs: {tile: [1, 2, 4], word: [a, b]}\nconstraints: [tile < 4]\n" + more);
  }
  static std::unique_ptr<Target> target(const TargetOptions& options = {}) {
    return make_target("command", options).value();
  }
  static std::string refusal(const std::string& text, const TargetOptions& options = {}) {
    const auto workloads = target(options)->workloads(text);
    return workloads.ok() ? "" : workloads.error().message;
  }
  TemporaryDirectory directory_;
};

const std::string kProgram = "program: {run: \"echo {tile} us\", latency: \"(?P<us>.*) us\"}\n";

TEST_F(CommandTargetTest, TriesTheConfigsOfASpaceFile) {
  const auto made = target();
  const Workload workload = made->workloads(space_file(kProgram)).value().front();
  EXPECT_EQ(workload.name, "toy");
  const Space space = made->space(workload).value();
  EXPECT_EQ(space.size(), 6U);
  const auto device = made->open_device().value();
  const BuildOutcome built =
      made->build(workload, space, space.parse(std::vector<std::string>{"tile=2"}).value());
  ASSERT_EQ(built.verdict, Verdict::valid) << built.message;
  EXPECT_THAT(device->run(*built.artifact, {}, {}).latencies_ns, ElementsAre(2000));
}

TEST_F(CommandTargetTest, StartsWithTheFilesDefault) {
  const auto made = target();
  Workload workload = made->workloads(space_file(kProgram + "default: {tile: 2, word: b}\n")).value().front();
  Space space = made->space(workload).value();
  EXPECT_EQ(space.describe(made->default_config(workload, space)), "tile=2 word=b");
  const auto another = target();
  workload = another->workloads(space_file(kProgram)).value().front();
  space = another->space(workload).value();
  EXPECT_EQ(space.describe(another->default_config(workload, space)), "tile=1 word=a");
}

TEST_F(CommandTargetTest, RunsInTheFoldersOfFiles) {
  write("tool", "");
  const auto made = target();
  const Workload workload =
      made->workloads(space_file("program: {run: \"test -e tool\", latency: wall}\n")).value().front();
  const Space space = made->space(workload).value();
  const auto device = made->open_device().value();
  EXPECT_EQ(device->run(*made->build(workload, space, space.config(0)).artifact, {}, {}).verdict,
            Verdict::valid);
}

TEST_F(CommandTargetTest, AProgramIsPartOfItsIdentity) {
  const auto identity = [&](const std::string& program) {
    const auto made = target();
    return made->identity(made->workloads(space_file(program)).value().front());
  };
  EXPECT_EQ(identity(kProgram), identity(kProgram));
  EXPECT_NE(identity(kProgram), identity("program: {run: other, latency: wall}\n"));
}

TEST_F(CommandTargetTest, AsksAServerForItsSpace) {
  TargetOptions options;
  options.serve =
      "while read line; do echo '{\"id\":1,\"tamis\":1,\"name\":\"served\",\"knobs\":{\"a\":[1,2]}}'; "
      "done";
  const auto made = target(options);
  const Workload workload = made->workloads("anything").value().front();
  EXPECT_EQ(workload.name, "served");
  EXPECT_EQ(made->space(workload).value().size(), 2U);
  options.serve = "while read line; do echo '{\"id\":1,\"tamis\":1}'; done";
  EXPECT_THAT(refusal("anything", options),
              HasSubstr("no space file anything, and the server's description has no \"knobs\""));
}

TEST_F(CommandTargetTest, GivesEachSlotItsDevice) {
  TargetOptions options;
  options.devices = {"board0", "board1"};
  options.run = "test $TAMIS_DEVICE = board1 && echo {device}";
  options.latency = "wall";
  const auto made = target(options);
  EXPECT_EQ(made->job_limits().usual, 2);
  EXPECT_EQ(made->job_limits().most, 2);
  const Workload workload = made->workloads(space_file("")).value().front();
  const Space space = made->space(workload).value();
  const auto device = made->open_device({1}).value();
  EXPECT_EQ(device->name(), "board1");
  EXPECT_EQ(device->run(*made->build(workload, space, space.config(0)).artifact, {}, {}).verdict,
            Verdict::valid);
  EXPECT_FALSE(made->open_device({2}).ok());
}

TEST_F(CommandTargetTest, RefusesWhatCannotBeRun) {
  EXPECT_THAT(refusal(directory_.file("missing.yaml")), HasSubstr("missing.yaml"));
  EXPECT_THAT(refusal(space_file("")), HasSubstr("space.yaml: nothing says how a config is run"));
  EXPECT_THAT(refusal(space_file("program: {run: \"{tyle}\", latency: wall}\n")),
              HasSubstr("did you mean \"tile\"?"));
  TargetOptions foreign;
  foreign.threads = 2;
  EXPECT_THAT(make_target("command", foreign).error().message, HasSubstr("command has no setting --threads"));
  TargetOptions twice;
  twice.devices = {"a", "a"};
  EXPECT_THAT(make_target("command", twice).error().message, HasSubstr("names a twice"));
  EXPECT_THAT(make_target("command:x", {}).error().message, HasSubstr("takes nothing after its name"));
}

}  // namespace
}  // namespace tamis::command
