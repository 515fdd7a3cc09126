// Declared constraints on the command line: what they exclude, and what is said of wrong ones.

#include "base/file.h"
#include "base/json.h"
#include "cli/command.h"

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using ConstraintFlag = CommandTest;

TEST_F(ConstraintFlag, KeepsConfigsOutOfTuning) {
  ASSERT_EQ(tune(kSmall, {"--trials", "all", "--constraint", "tile_h * tile_w <= 4", "--constraint",
                          "oc_nthread == 1 && h_nthread == 1"})
                .code,
            0);
  const Finished shown = tamis({"show", directory_.path() + "/log.sqlite", "--session", "1", "--json"});
  const Json session = *parse_json(shown.out, "shown");
  EXPECT_EQ(session.at("constraints"), (Json{"tile_h * tile_w <= 4", "oc_nthread == 1 && h_nthread == 1"}));
  ASSERT_GT(session.at("shown").size(), 0U);
  for (const Json& trial : session.at("shown")) {
    const Json& knobs = trial.at("knobs");
    EXPECT_LE(knobs.at("tile_h").back().get<int>() * knobs.at("tile_w").back().get<int>(), 4);
    EXPECT_EQ(knobs.at("oc_nthread"), 1);
  }
}

TEST_F(ConstraintFlag, IsPartOfWhatASessionIs) {
  ASSERT_EQ(tune(kSmall, {"--trials", "5"}).code, 0);
  ASSERT_EQ(tune(kSmall, {"--trials", "5", "--resume", "--constraint", "tile_h <= 2"}).code, 0);
  const Json sessions =
      *parse_json(tamis({"show", directory_.path() + "/log.sqlite", "--json"}).out, "sessions");
  EXPECT_EQ(sessions.size(), 2U) << "a space with a constraint is another space";
}

TEST_F(ConstraintFlag, IsShownAndCountedBySpace) {
  const Finished text = tamis({"space", kSmall, "--constraint", "tile_h == 1"});
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("constraint: tile_h == 1"));
  EXPECT_THAT(text.out, HasSubstr("36 configs, 12 of them allowed by the constraints"));
  const Json json =
      *parse_json(tamis({"space", kSmall, "--constraint", "tile_h == 1", "--json"}).out, "space");
  EXPECT_EQ(json.at("allowed"), 12);
  EXPECT_EQ(json.at("constraints"), Json{"tile_h == 1"});
}

TEST_F(ConstraintFlag, IsNamedForAConfigThatItExcludes) {
  const Finished finished = tamis(
      {"space", kSmall, "--config", "tile_h=4", "--constraint", "tile_w < 9", "--constraint", "tile_h < 4"});
  EXPECT_THAT(finished.out, HasSubstr("excluded by the constraint tile_h < 4"));
}

TEST_F(ConstraintFlag, SaysWhichDefaultConfigStandsInForOneThatItExcludes) {
  if (kSanitized) GTEST_SKIP() << "workers need their limits on memory";
  write(directory_.file("g.json"),
        R"j({"tamis": 1, "name": "g", "knobs": {"a": {"range": [1, 40]}}, "default": {"a": 20}, )j"
        R"j("program": {"run": ["echo", "{a}"], "latency": "(?P<us>[0-9.]+)"}})j");
  const auto said = [&](const std::string& constraint) {
    return tune(directory_.file("g.json"), {"--trials", "1", "--quiet", "--constraint", constraint}).err;
  };
  EXPECT_THAT(said("a < 15"), HasSubstr("tamis: g: `a < 15` excludes the default config (a=20); the nearest "
                                        "that is allowed is the default in its place (a=14)\n"));
  EXPECT_THAT(said("a > 15"), Not(HasSubstr("default")));
}

TEST_F(ConstraintFlag, NeverRunsADefaultConfigThatItExcludes) {
  if (kSanitized) GTEST_SKIP() << "workers need their limits on memory";
  const std::string ran = directory_.file("ran.txt");
  write(
      directory_.file("g.json"),
      R"j({"tamis": 1, "name": "g", "knobs": {"t": [1, 2, 3]}, "default": {"t": 1}, "program": {"run": "echo t={t} >> )j" +
          ran + R"j(; echo {t}00 ns", "latency": "(?P<ns>[0-9.]+) ns"}})j");
  const Finished finished =
      tune(directory_.file("g.json"), {"--trials", "all", "--quiet", "--constraint", "t > 1"});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(*read_file(ran), HasSubstr("t=2\n"));
  EXPECT_THAT(*read_file(ran), HasSubstr("t=3\n"));
  EXPECT_THAT(*read_file(ran), Not(HasSubstr("t=1\n")));
}

TEST_F(ConstraintFlag, RunsNothingWhereNothingIsAllowed) {
  const Finished finished = tune(kSmall, {"--trials", "5", "--constraint", "tile_h > 100"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("no config is allowed: `tile_h > 100` excludes everything"));
  const Finished both =
      tune(kSmall, {"--trials", "5", "--constraint", "tile_h > 2", "--constraint", "tile_h < 2"});
  EXPECT_EQ(both.code, 2);
  EXPECT_THAT(both.err, HasSubstr("`tile_h > 2`"));
  EXPECT_THAT(both.err, HasSubstr("`tile_h < 2`"));
}

TEST_F(ConstraintFlag, NarrowsARecordedTable) {
  const std::string table = TAMIS_TEST_DATA "/vta/resnet18.C9.csv";
  const Finished replayed = tamis({"replay", table, "--strategy", "random", "--seeds", "5", "--trials", "all",
                                   "--json", "--constraint", "tile_ci == 1"});
  EXPECT_EQ(replayed.code, 0) << replayed.err;
  const Json row = parse_json(replayed.out, "replayed").value().at(0);
  EXPECT_LT(row.at("invalid_share"), 0.8) << "without the constraint it is 0.92";
}

TEST_F(ConstraintFlag, ShowsWhereItIsWrong) {
  for (const char* command : {"tune", "space"}) {
    std::vector<std::string> arguments = {command, kSmall, "--constraint", "tile_h * tile_q <= 4"};
    if (std::string(command) == "tune") arguments.insert(arguments.end(), {"--log", "none"});
    const Finished finished = tamis(arguments);
    EXPECT_EQ(finished.code, 2);
    EXPECT_THAT(finished.out, IsEmpty());
    EXPECT_THAT(finished.err, HasSubstr("there is no knob \"tile_q\"; did you mean"));
    EXPECT_THAT(finished.err, HasSubstr("  tile_h * tile_q <= 4\n           ^"));
  }
  const Finished replayed =
      tamis({"replay", TAMIS_TEST_DATA "/vta/resnet18.C9.csv", "--constraint", "tile_h ="});
  EXPECT_EQ(replayed.code, 2);
  EXPECT_THAT(replayed.err, HasSubstr("`==`"));
}

TEST_F(ConstraintFlag, SurvivesHostileText) {
  for (const std::string& text : {std::string(60000, '('), std::string(100000, '1'), std::string("\x01\xff"),
                                  std::string("1 / 0 / 0"), std::string("tile_h ** tile_h ** 9999999")}) {
    const Finished finished = tamis({"space", kSmall, "--constraint", text});
    EXPECT_TRUE(finished.code == 0 || finished.code == 2) << finished.code;
    EXPECT_THAT(finished.err, Not(HasSubstr("a defect of tamis")));
  }
}

}  // namespace
}  // namespace tamis::cli::testing
