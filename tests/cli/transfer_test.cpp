// What a session learns from other trials, through the command: those of tables tuned before it, and of logs.

#include "base/json.h"
#include "cli/command.h"

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using ::testing::HasSubstr;

const std::string kFirstTable = std::string(TAMIS_TEST_DATA) + "/tables/tiny_T4.json";
const std::string kSecondTable = std::string(TAMIS_TEST_DATA) + "/vta/resnet18.C9.csv";

class Transfer : public CommandTest {
 protected:
  /// Tunes two tables; how many trials of each came from the log.
  std::vector<int> resumed(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments =
        tune_arguments(kFirstTable, {kSecondTable, "--target", "table", "--json"});
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished finished = tamis(arguments);
    EXPECT_LE(finished.code, 1) << finished.err;  // so few trials may all be invalid
    std::vector<int> counts;
    const Json report = parse_json(finished.out, "report").value();
    for (const Json& row : report.at("workloads")) counts.push_back(row.at("resumed_trials"));
    return counts;
  }
};

TEST_F(Transfer, IsResumedWithAnotherBudget) {
  EXPECT_EQ(resumed({"--trials", "10"}), (std::vector{0, 0}));
  EXPECT_EQ(resumed({"--trials", "15", "--resume"}), (std::vector{10, 10}));
  EXPECT_EQ(resumed({"--trials", "20", "--resume"}), (std::vector{15, 15}));
}

TEST_F(Transfer, CanBeTurnedOff) {
  EXPECT_EQ(resumed({"--trials", "10"}), (std::vector{0, 0}));
  EXPECT_EQ(resumed({"--trials", "10", "--resume", "--no-transfer"}), (std::vector{10, 0}))
      << "the second began with the first one's trials";
}

TEST_F(Transfer, LearnsFromItsOwnLogAndIsResumedAllTheSame) {
  EXPECT_EQ(resumed({"--trials", "5"}), (std::vector{0, 0}));
  const std::string log = directory_.file("log.sqlite");
  EXPECT_EQ(resumed({"--trials", "8", "--learn-from", log}), (std::vector{0, 0}));
  EXPECT_EQ(resumed({"--trials", "12", "--learn-from", log, "--resume"}), (std::vector{8, 8}));
}

TEST_F(Transfer, SaysThatAStrategyLearnsFromNothing) {
  const std::string log = directory_.file("random.sqlite");
  const Finished tuned = tamis({"tune", kFirstTable, "--target", "table", "--strategy", "random", "--trials",
                                "2", "--quiet", "--learn-from", kSecondTable, "--log", log});
  EXPECT_EQ(tuned.code, 0) << tuned.err;
  EXPECT_THAT(tuned.err, HasSubstr("the strategy random learns nothing from earlier trials; tamis can"));
  Invocation query;
  query.program = "/usr/bin/sqlite3";
  query.arguments = {"-readonly", log, "SELECT learnt_from FROM sessions"};
  EXPECT_EQ(run(query).out, "\n");
  const Finished replayed = tamis({"replay", kFirstTable, "--learn-from", kFirstTable, "--strategy",
                                   "tamis,random", "--seeds", "1", "--quiet"});
  EXPECT_EQ(replayed.code, 0) << replayed.err;
  EXPECT_THAT(replayed.err, HasSubstr("the strategy random learns nothing"));
  EXPECT_THAT(replayed.err, HasSubstr("can be learnt from: it is what is searched itself"));
}

TEST_F(Transfer, SaysWhatItCannotLearnFrom) {
  const Finished finished = tune(kFirstTable, {"--target", "table", "--learn-from", "missing.sqlite"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("missing.sqlite"));
}

}  // namespace
}  // namespace tamis::cli::testing
