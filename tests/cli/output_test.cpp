// What a command writes, and where to.

#include "base/json.h"
#include "cli/command.h"

#include <filesystem>

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class Output : public CommandTest {
 protected:
  void SetUp() override { ASSERT_EQ(tune(kSmall, {"--trials", "12", "--quiet"}).code, 0); }
  const std::string log_ = directory_.file("log.sqlite");
};

TEST_F(Output, IsOneJsonDocumentAndNothingElse) {
  const std::string program = TAMIS_TEST_DATA "/vta/programs/S1_65.json.gz";
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"tune", kSmall, "--trials", "5", "--log", "none"},
        {"tune", kSmall, kLarge, "--trials", "5", "--log", "none"},
        {"space", kSmall},
        {"space", kSmall, "--index", "3"},
        {"space", kSmall, "--index", "3", "--disassemble"},
        {"space", "resnet18"},
        {"simulate", program},
        {"simulate", program, "--disassemble"},
        {"best", log_},
        {"show", log_},
        {"show", log_, "--session", "1"},
        {"show", log_, "--verdict", "build_failed", "--top", "3"}}) {
    std::vector<std::string> with_json = arguments;
    with_json.emplace_back("--json");
    const Finished finished = tamis(with_json);
    SCOPED_TRACE(::testing::PrintToString(with_json));
    EXPECT_LE(finished.code, 1) << finished.err;
    EXPECT_THAT(finished.err, IsEmpty());
    EXPECT_TRUE(parse_json(finished.out, "standard output").ok()) << finished.out;
  }
}

TEST_F(Output, KeepsErrorsOffStandardOutput) {
  const Finished finished = tamis({"show", directory_.file("missing.sqlite"), "--json"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.out, IsEmpty());
  EXPECT_THAT(finished.err, StartsWith("tamis: error: "));
}

TEST_F(Output, KeepsProgressOffStandardOutput) {
  const Finished finished = tamis({"tune", kSmall, "--trials", "5", "--log", "none"});
  EXPECT_THAT(finished.err, HasSubstr("36 configs"));
  EXPECT_THAT(finished.err, HasSubstr("/5 trials"));
  EXPECT_THAT(finished.out, StartsWith("workload "));
}

TEST_F(Output, IsQuietWhenAsked) {
  EXPECT_THAT(tamis({"tune", kSmall, "--trials", "5", "--log", "none", "--quiet"}).err, IsEmpty());
}

TEST_F(Output, ThatCannotBeWrittenIsAnError) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"tune", kSmall, "--trials", "5", "--log", "none", "--quiet"},
        {"space", kSmall},
        {"show", log_},
        {"best", log_},
        {"export", log_},
        {"--help"}}) {
    Invocation invocation;
    invocation.arguments = arguments;
    invocation.output = "/dev/full";
    const Finished finished = run(invocation);
    EXPECT_EQ(finished.code, 2) << arguments[0];
    EXPECT_THAT(finished.err, HasSubstr("cannot write to standard output"));
  }
}

TEST_F(Output, OfAnExportThatCannotBeWrittenIsAnError) {
  const Finished finished = tamis({"export", log_, "--output", "/proc/trials.csv"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("/proc/trials.csv"));
}

TEST_F(Output, IsStandardOutputWhereItIsADash) {
  EXPECT_EQ(tamis({"export", log_, "--output", "-"}).out, exported());
  const std::string table = TAMIS_TEST_DATA "/vta/resnet18.C9.csv";
  const Finished replayed = tamis({"replay", table, "--seeds", "1", "--trials", "5", "--output", "-"});
  EXPECT_TRUE(parse_json(replayed.out, "standard output").ok()) << replayed.out;
}

/// It is not progress: who scripts tamis needs it most.
TEST_F(Output, SaysThatNothingIsResumedAlsoWhenQuietOrJson) {
  EXPECT_THAT(tune(kSmall, {"--trials", "12", "--resume", "--seed", "7", "--quiet"}).err,
              HasSubstr("fits: session 1 differs in seed (0, now 7); a new session begins"));
  const Finished finished = tune(kSmall, {"--trials", "12", "--resume", "--seed", "8", "--json"});
  const std::string note = "fits: session 2 differs in seed (7, now 8); a new session begins";
  EXPECT_THAT(finished.err, HasSubstr(note));
  const Json row = parse_json(finished.out, "report").value().at("workloads").at(0);
  EXPECT_THAT(row.at("resume_note").get<std::string>(), HasSubstr(note));
}

TEST_F(Output, MayGoToAReaderThatLeavesEarly) {
  Invocation invocation;
  invocation.program = "/bin/sh";
  invocation.arguments = {"-c", kTamis + " show '" + log_ + "' | head -1"};
  const Finished finished = run(invocation);
  EXPECT_EQ(finished.code, 0);
  EXPECT_THAT(finished.out, StartsWith("session "));
  EXPECT_THAT(finished.err, IsEmpty());
}

TEST_F(Output, IsTheSameFromAnotherDirectory) {
  Invocation invocation;
  invocation.directory = directory_.path();
  invocation.arguments = {"export", "log.sqlite", "--output", "trials.csv.gz"};
  ASSERT_EQ(run(invocation).code, 0);
  EXPECT_TRUE(std::filesystem::exists(directory_.file("trials.csv.gz")));
  write(directory_.file("layer.json"), R"({"operator": "dense", "ci": 32, "co": 32})");
  invocation.arguments = {"tune", "./layer.json", "--trials", "4", "--save-programs", "programs"};
  const Finished tuned = run(invocation);
  EXPECT_EQ(tuned.code, 0) << tuned.err;
  EXPECT_TRUE(std::filesystem::exists(directory_.file("tamis.sqlite")));
  EXPECT_FALSE(std::filesystem::is_empty(directory_.file("programs")));
}

}  // namespace
}  // namespace tamis::cli::testing
