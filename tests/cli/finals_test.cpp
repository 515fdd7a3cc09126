// Tuning on the machine at hand, where latencies vary: the best are measured again, and every command names
// the winner.

#include "base/json.h"
#include "cli/command.h"

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class FinalsCommand : public CommandTest {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "a sanitizer reserves more addresses than a worker process may have";
  }
  Json tune_row(const std::vector<std::string>& more) const {
    std::vector<std::string> all = {"--target", "cpu", "--threads", "1", "--trials", "6", "--json"};
    all.insert(all.end(), more.begin(), more.end());
    const Finished finished = tune("conv2d:ci=16,h=8,w=8,co=16,k=3,pad=1,type=float32", all);
    EXPECT_EQ(finished.code, 0) << finished.err;
    return parse_json(finished.out, "report").value().at("workloads").at(0);
  }
};

TEST_F(FinalsCommand, SaysHowALatencyWasTaken) {
  const Json features = tune_row({}).at("best").at("features");
  for (const char* name : {"latency_min_ns", "latency_low_ns", "latency_high_ns", "samples", "stopped_early",
                           "preempted", "disturbed"})
    EXPECT_TRUE(features.contains(name)) << name;
}

TEST_F(FinalsCommand, NamesTheWinnerEverywhere) {
  const Json row = tune_row({"--finalists", "2"});
  ASSERT_GE(row.at("finals").size(), 2U);
  EXPECT_LE(row.at("finals").size(), 3U) << "the best two, and the default config where it is none of them";
  const Json winner = row.at("finals").at(0);
  EXPECT_EQ(row.at("best").at("number"), winner.at("number"));
  const std::string log = directory_.file("log.sqlite");
  const Json best = *parse_json(tamis({"best", log, "--json"}).out, "best");
  EXPECT_EQ(best.at(0).at("best").at("number"), winner.at("number"));
  EXPECT_EQ(best.at(0).at("best").at("latency_ns"), winner.at("latency_ns"));
  EXPECT_THAT(exported(), HasSubstr("final_latency_ns"));
}

/// A default config that is slow when it is tried first and the fastest ever after: `best` and `default`
/// are measured side by side.
TEST_F(FinalsCommand, ComparesTheDefaultConfigByItsLatencyInThem) {
  const std::string seen = directory_.file("seen");
  write(
      directory_.file("g.json"),
      R"j({"tamis": 1, "name": "g", "knobs": {"a": {"range": [1, 40]}}, "default": {"a": 20}, "program": {)j"
      R"j("run": ["sh", "-c", "if [ {a} = 20 ]; then if [ -e )j" +
          seen + " ]; then echo 100; else touch " + seen +
          R"j(; echo 500; fi; else echo 150; fi"], "latency": "(?P<us>[0-9.]+)"}})j");
  const std::vector<std::string> flags = {"--trials", "10", "--finalists", "2", "--resume"};
  const auto tune_with = [&](const std::string& flag) {
    std::vector<std::string> all = flags;
    all.push_back(flag);
    return tune(directory_.file("g.json"), all);
  };
  const Finished finished = tune_with("--json");
  ASSERT_EQ(finished.code, 0) << finished.err;
  const Json report = parse_json(finished.out, "report").value();
  const Json& row = report.at("workloads").at(0);
  EXPECT_EQ(row.at("finals").size(), 3U);
  EXPECT_EQ(row.at("best").at("number"), 0);
  EXPECT_EQ(row.at("best").at("latency_ns"), 100'000);
  EXPECT_EQ(row.at("default").at("latency_ns"), 100'000);
  EXPECT_EQ(report.at("total").at("default_ns"), 100'000);
  EXPECT_THAT(tune_with("--quiet").out, HasSubstr("1.0x"));
}

TEST_F(FinalsCommand, HoldsNoneWhereNobodyWantsThem) {
  EXPECT_TRUE(tune_row({"--finalists", "0"}).at("finals").is_null());
  EXPECT_THAT(exported(), Not(HasSubstr("final_latency_ns")));
}

}  // namespace
}  // namespace tamis::cli::testing
