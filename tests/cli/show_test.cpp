// Trials filtered, sorted and grouped.

#include "base/json.h"
#include "cli/command.h"

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Show : public CommandTest {
 protected:
  void SetUp() override {
    ASSERT_EQ(tune(kSmall, {"--strategy", "grid", "--trials", "all", "--quiet"}).code, 0);
  }
  Finished show(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all = {"show", log_};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return tamis(all);
  }
  Json json(std::vector<std::string> arguments) const {
    arguments.emplace_back("--json");
    const Finished finished = show(arguments);
    EXPECT_EQ(finished.code, 0) << finished.err;
    auto parsed = parse_json(finished.out, "show");
    return parsed.ok() ? *parsed : Json();
  }

  const std::string log_ = directory_.file("log.sqlite");
};

TEST_F(Show, TakesAFormula) {
  const Json some = json({"--where", "tile_h == 4 and verdict == 'valid' and latency_ns < 1e9"});
  EXPECT_EQ(some.at("trials"), 36);
  ASSERT_FALSE(some.at("shown").empty());
  for (const Json& trial : some.at("shown")) {
    EXPECT_EQ(trial.at("knobs").at("tile_h").at(1), 4);
    EXPECT_EQ(trial.at("verdict"), "valid");
  }
}

TEST_F(Show, NamesTheSuitesThatWereTunedAsAWhole) {
  const std::string suite = R"({"suite": "two", "workloads": [
      {"name": "a", "operator": "dense", "ci": 16, "co": 16, "count": 3},
      {"name": "b", "operator": "dense", "ci": 32, "co": 16}]})";
  write(directory_.file("two.json"), suite);
  const std::vector<std::string> command =
      tune_arguments(directory_.file("two.json"), {"--trials", "2", "--quiet"});
  ASSERT_EQ(tamis(command).code, 0);
  const Json sessions = json({});
  ASSERT_EQ(sessions.size(), 3U);
  EXPECT_EQ(sessions.at(0).at("networks"), Json::array());
  EXPECT_EQ(sessions.at(1).at("networks"),
            (Json{{{"network", 1}, {"name", "two"}, {"place", 0}, {"occurrences", 3}}}));
  EXPECT_EQ(sessions.at(2).at("networks").at(0).at("occurrences"), 1);
  EXPECT_THAT(show({}).out, HasSubstr("two          2      2  2 to 3\n"));
  // Going on with it adds none.
  ASSERT_EQ(tamis(tune_arguments(directory_.file("two.json"), {"--trials", "4", "--quiet", "--resume"})).code,
            0);
  EXPECT_EQ(json({}).at(1).at("networks").size(), 1U);
}

TEST_F(Show, SortsAndLimits) {
  const Json few = json({"--sort", "index", "--descending", "--limit", "3"});
  ASSERT_EQ(few.at("shown").size(), 3U);
  EXPECT_EQ(few.at("shown").at(0).at("index"), 35);
  EXPECT_EQ(json({"--top", "2"}).at("shown"), json({"--sort", "latency_ns", "--limit", "2"}).at("shown"));
}

TEST_F(Show, ShowsTheColumnsAskedFor) {
  const Finished finished = show({"--columns", "number,tile_h,cycles,verdict", "--limit", "2"});
  EXPECT_THAT(finished.out, StartsWith("number  tile_h  cycles  verdict\n"));
  const Json one = json({"--columns", "number,latency_ns", "--limit", "1"}).at("shown").at(0);
  EXPECT_EQ(one.size(), 2U);
  EXPECT_EQ(one.at("number"), 0);
}

TEST_F(Show, Groups) {
  const Json groups = json({"--group", "tile_h"}).at("groups");
  ASSERT_EQ(groups.size(), 3U);
  uint64_t trials = 0;
  for (const Json& group : groups) trials += group.at("trials").get<uint64_t>();
  EXPECT_EQ(trials, 36U);
  EXPECT_THAT(show({"--group", "proposer"}).out, HasSubstr("grid"));
  EXPECT_EQ(json({"--proposer", "nobody"}).at("shown").size(), 0U);
  EXPECT_EQ(json({"--proposer", "grid"}).at("shown").size(), 35U);
  EXPECT_EQ(json({"--proposer", "default"}).at("shown").size(), 1U) << "the default config is trial 0";
}

TEST_F(Show, SaysWhatIsWrong) {
  const auto refusal = [&](const std::vector<std::string>& arguments) {
    const Finished finished = show(arguments);
    EXPECT_EQ(finished.code, 2);
    return finished.err;
  };
  EXPECT_THAT(refusal({"--where", "tile_x > 1"}), HasSubstr("tile_"));
  EXPECT_THAT(refusal({"--sort", "latency_n"}), HasSubstr("did you mean \"latency_ns\"?"));
  EXPECT_THAT(refusal({"--group", "tile"}), HasSubstr("no column"));
  EXPECT_THAT(refusal({"--columns", "numbr"}), HasSubstr("did you mean \"number\"?"));
  EXPECT_THAT(refusal({"--group", "tile_h", "--columns", "number"}), HasSubstr("exclude each other"));
  EXPECT_THAT(refusal({"--descending"}), HasSubstr("--sort"));
  EXPECT_THAT(refusal({"--top", "2", "--limit", "2"}), HasSubstr("--top is short for"));
}

}  // namespace
}  // namespace tamis::cli::testing
