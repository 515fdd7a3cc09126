#include "targets/command/command_target.h"

#include "support/temporary_directory.h"
#include "tamis/task.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

namespace tamis::command {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

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
  static Result<SharedTask> bind(const std::string& text, const Settings& settings = {},
                                 const BindOptions& options = {}) {
    TAMIS_ASSIGN(const auto target, make_target("command", settings));
    TAMIS_ASSIGN(const std::vector<Workload> workloads, target->resolve(text));
    return bind_task(target, workloads.front(), options);
  }
  static std::string refusal(const std::string& text, const Settings& settings = {}) {
    const auto task = bind(text, settings);
    return task.ok() ? "" : task.error().message;
  }
  static RunOutcome build_and_run(const Task& task, Device& device, const Config& config) {
    const BuildOutcome built = task.build(config);
    EXPECT_EQ(built.verdict, Verdict::valid) << built.message;
    if (built.artifact) return device.run(*built.artifact, {}, {});
    RunOutcome none;
    none.verdict = built.verdict;
    return none;
  }
  TemporaryDirectory directory_;
};

const std::string kProgram = "program: {run: \"echo {tile} us\", latency: \"(?P<us>.*) us\"}\n";

TEST_F(CommandTargetTest, TriesTheConfigsOfASpaceFile) {
  const SharedTask task = bind(space_file(kProgram)).value();
  EXPECT_EQ(task->workload().name, "toy");
  EXPECT_EQ(task->space().size(), 6U);
  const auto device = task->target().open_device({}).value();
  const Config config = task->space().parse(std::vector<std::string>{"tile=2"}).value();
  EXPECT_THAT(build_and_run(*task, *device, config).costs, ElementsAre(2000));
}

TEST_F(CommandTargetTest, StartsWithTheFilesDefault) {
  const SharedTask task = bind(space_file(kProgram + "default: {tile: 2, word: b}\n")).value();
  EXPECT_EQ(task->space().describe(task->default_config()), "tile=2 word=b");
  const SharedTask another = bind(space_file(kProgram)).value();
  EXPECT_EQ(another->space().describe(another->default_config()), "tile=1 word=a");
}

TEST_F(CommandTargetTest, NeverRunsADefaultThatAConstraintExcludes) {
  const std::string file = write("forbidden.yaml",
                                 "tamis: 1\n"
                                 "name: forbidden\n"
                                 "knobs: {t: [1, 2, 3]}\n"
                                 "default: {t: 1}\n"
                                 "program: {run: \"echo t={t} >> ran.txt; echo {t}00 ns\", "
                                 "latency: \"(?P<ns>[0-9.]+) ns\"}\n");
  const SharedTask task = bind(file, {}, {{"t > 1"}}).value();
  EXPECT_EQ(task->space().describe(task->default_config()), "t=2");
  const auto device = task->target().open_device({}).value();
  EXPECT_THAT(build_and_run(*task, *device, task->default_config()).costs, ElementsAre(200));
  std::stringstream ran;
  ran << std::ifstream(directory_.file("ran.txt")).rdbuf();
  EXPECT_EQ(ran.str(), "t=2\n");

  const auto nothing = bind(file, {}, {{"t > 3", "t > 1"}});
  ASSERT_FALSE(nothing.ok());
  EXPECT_EQ(nothing.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(nothing.error().message, HasSubstr("`t > 3`"));
  EXPECT_THAT(nothing.error().message, Not(HasSubstr("`t > 1`")));
}

TEST_F(CommandTargetTest, RunsInTheFoldersOfFiles) {
  write("tool", "");
  const SharedTask task = bind(space_file("program: {run: \"test -e tool\", latency: wall}\n")).value();
  const auto device = task->target().open_device({}).value();
  EXPECT_EQ(build_and_run(*task, *device, task->space().config(0)).verdict, Verdict::valid);
}

TEST_F(CommandTargetTest, AProgramIsPartOfItsIdentity) {
  const auto identity = [&](const std::string& program) {
    return to_string(bind(space_file(program)).value()->identity());
  };
  EXPECT_EQ(identity(kProgram), identity(kProgram));
  EXPECT_NE(identity(kProgram), identity("program: {run: other, latency: wall}\n"));
}

TEST_F(CommandTargetTest, AsksAServerForItsSpace) {
  Settings settings;
  settings["serve"] =
      "while read line; do echo '{\"id\":1,\"tamis\":1,\"name\":\"served\",\"knobs\":{\"a\":[1,2]}}'; "
      "done";
  const SharedTask task = bind("anything", settings).value();
  EXPECT_EQ(task->workload().name, "served");
  EXPECT_EQ(task->workload().source, "anything");
  EXPECT_EQ(task->space().size(), 2U);
  settings["serve"] = "while read line; do echo '{\"id\":1,\"tamis\":1}'; done";
  EXPECT_THAT(refusal("anything", settings),
              HasSubstr("no space file anything, and the server's description has no \"knobs\""));
}

TEST_F(CommandTargetTest, GivesEachSlotItsDevice) {
  const Settings settings = {{"devices", "board0,board1"},
                             {"run", "test $TAMIS_DEVICE = board1 && echo {device}"},
                             {"latency", "wall"}};
  const SharedTask task = bind(space_file(""), settings).value();
  EXPECT_EQ(task->target().traits().jobs.usual, 2);
  EXPECT_EQ(task->target().traits().jobs.most, 2);
  const auto device = task->target().open_device({1}).value();
  EXPECT_EQ(device->name(), "board1");
  EXPECT_EQ(build_and_run(*task, *device, task->space().config(0)).verdict, Verdict::valid);
  EXPECT_FALSE(task->target().open_device({2}).ok());
}

TEST_F(CommandTargetTest, RefusesWhatCannotBeRun) {
  EXPECT_THAT(refusal(directory_.file("missing.yaml")), HasSubstr("missing.yaml"));
  EXPECT_THAT(refusal(space_file("")), HasSubstr("space.yaml: nothing says how a config is run"));
  EXPECT_THAT(refusal(space_file("program: {run: \"{tyle}\", latency: wall}\n")),
              HasSubstr("did you mean \"tile\"?"));
  EXPECT_THAT(make_target("command", {{"devices", "a,a"}}).error().message, HasSubstr("names a twice"));
  EXPECT_THAT(make_target("command:x", {}).error().message, HasSubstr("takes nothing after its name"));
}

}  // namespace
}  // namespace tamis::command
