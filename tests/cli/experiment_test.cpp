// The study, from outside: what it writes, and what stops it.

#include "cli/command.h"

#include <csignal>
#include <filesystem>
#include <thread>

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kTable = TAMIS_TEST_DATA "/vta/resnet18.C9.csv";
const std::string kTiny = TAMIS_TEST_DATA "/tables/tiny_T4.json";

class ExperimentCommand : public CommandTest {
 protected:
  std::string out(const std::string& file = "") const { return directory_.path() + "/study" + file; }
};

TEST_F(ExperimentCommand, AnswersEveryQuestion) {
  const Finished finished = tamis({"experiment", kTable, kTiny, "--out", out(), "--seeds", "2", "--trials",
                                   "60", "--strategy", "random,genetic"});
  ASSERT_EQ(finished.code, 0) << finished.err;
  EXPECT_EQ(finished.out, out("/index.md\n"));
  const std::string page = read(out("/index.md"));
  for (const char* text : {"resnet18.C9", "How many configs are invalid", "performance model",
                           "Trials to the best", "initialization alone brings"})
    EXPECT_THAT(page, HasSubstr(text));
  for (const char* file :
       {"/invalid-configs.csv", "/invalid-configs-tables.png", "/invalid-configs-knobs.svg", "/ranking.csv",
        "/ranking-quality.png", "/strategies.csv", "/strategies-trials.svg", "/strategies-curves.png",
        "/initialization.csv", "/initialization-trials.png"})
    EXPECT_GT(std::filesystem::file_size(out(file)), 100U) << file;
}

TEST_F(ExperimentCommand, GivesTheSameNumbersAgain) {
  const auto once = [&](const std::string& name) {
    EXPECT_EQ(tamis({"experiment", kTable, "--out", out(name), "--seeds", "2", "--question",
                     "ranking,initialization", "--trials", "40"})
                  .code,
              0);
    return read(out(name + "/ranking.csv")) + read(out(name + "/initialization.csv"));
  };
  EXPECT_EQ(once("a"), once("b"));
}

TEST_F(ExperimentCommand, AnswersOnlyWhatIsAsked) {
  ASSERT_EQ(tamis({"experiment", kTiny, "--out", out(), "--question", "invalid"}).code, 0);
  EXPECT_THAT(read(out("/index.md")), Not(HasSubstr("Trials to the best")));
  EXPECT_FALSE(std::filesystem::exists(out("/ranking.csv")));
}

TEST_F(ExperimentCommand, EndsWhenInterruptedAndKeepsWhatItHas) {
  Invocation invocation;
  invocation.arguments = {"experiment", TAMIS_TEST_DATA "/vta/resnet18.C2.csv.gz",
                          "--out",      out(),
                          "--seeds",    "10000",
                          "--question", "invalid,ranking"};
  Running running(invocation);
  for (int i = 0; i < 200 && !std::filesystem::exists(out("/invalid-configs.csv")); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  running.send(SIGINT);
  const Finished finished = running.finish();
  EXPECT_EQ(finished.code, 130);
  EXPECT_THAT(finished.err, HasSubstr("interrupted"));
  EXPECT_THAT(read(out("/index.md")), HasSubstr("How many configs are invalid"));
}

TEST_F(ExperimentCommand, TakesAnObjectiveAndTellsWhatItLeavesOut) {
  const std::string path = directory_.path() + "/scores.csv";
  write(path, "workload,index,a,verdict,quality,message\nw,0,1,valid,7,\nw,1,2,valid,3,\nw,0,1,valid,7,\n");
  const Finished finished =
      tamis({"experiment", path, "--objective", "quality:max", "--out", out(), "--question", "invalid"});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("left out"));
  EXPECT_EQ(tamis({"experiment", path, "--objective", "quality", "--out", out()}).code, 2);
}

TEST_F(ExperimentCommand, SaysWhereItCannotWrite) {
  write(out(), "a file");
  const Finished blocked = tamis({"experiment", kTiny, "--out", out("/below")});
  EXPECT_EQ(blocked.code, 2);
  EXPECT_THAT(blocked.err, HasSubstr("below"));
}

TEST_F(ExperimentCommand, SaysThatTheDiskIsFull) {
  Invocation invocation;
  invocation.arguments = {"experiment", kTiny, "--out", out(), "--question", "invalid"};
  invocation.file_size_limit = 4000;
  const Finished finished = run(invocation);
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("tamis: error: "));
}

TEST_F(ExperimentCommand, NamesWhatItDoesNotKnow) {
  const auto error = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"experiment", kTiny, "--out", out()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished finished = tamis(arguments);
    EXPECT_EQ(finished.code, 2);
    EXPECT_FALSE(std::filesystem::exists(out("/index.md")));
    return finished.err;
  };
  EXPECT_THAT(error({"--question", "rankin"}), HasSubstr("did you mean \"ranking\"?"));
  EXPECT_THAT(error({"--strategy", "randm"}), HasSubstr("did you mean \"random\"?"));
  EXPECT_THAT(error({"--init", "validty"}), HasSubstr("did you mean \"validity\"?"));
  EXPECT_THAT(error({"--trials", "0"}), HasSubstr("--trials"));
  EXPECT_THAT(error({kTiny}), HasSubstr("two tables are called"));
  EXPECT_EQ(tamis({"experiment", directory_.path() + "/gone", "--out", out()}).code, 2);
}

TEST_F(ExperimentCommand, StillAnswersToItsOldNameAndSaysSo) {
  const Finished finished = tamis({"study", kTiny, "--out", out(), "--question", "invalid"});
  EXPECT_EQ(finished.code, 0);
  EXPECT_THAT(finished.err, HasSubstr("`study` is called `experiment` now"));
}

}  // namespace
}  // namespace tamis::cli::testing
