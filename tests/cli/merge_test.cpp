#include "base/json.h"
#include "cli/command.h"

#include <filesystem>

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using ::testing::HasSubstr;

using MergeCommand = CommandTest;

TEST_F(MergeCommand, JoinsLogsAndFindsTheBestOfAll) {
  ASSERT_EQ(tune(kSmall, {"--trials", "5", "--quiet"}, "a.tamis").code, 0);
  ASSERT_EQ(tune("resnet18.C11", {"--trials", "8", "--quiet"}, "b.tamis").code, 0);
  const std::string a = directory_.file("a.tamis");
  const std::string b = directory_.file("b.tamis");
  const std::string all = directory_.file("all.tamis");
  const Finished merged = tamis({"merge", a, b, "--log", all});
  EXPECT_EQ(merged.code, 0) << merged.err;
  EXPECT_THAT(merged.out, HasSubstr("2 sessions added, 0 extended, 0 were there; 13 trials written"));
  // A copy that went on is joined with the session that it is a copy of.
  ASSERT_EQ(tune(kSmall, {"--trials", "9", "--quiet", "--resume"}, "a.tamis").code, 0);
  const Json again = parse_json(tamis({"merge", b, a, "--log", all, "--json"}).out, "merge").value();
  EXPECT_EQ(again.at("extended"), 1);
  EXPECT_EQ(again.at("known"), 1);
  EXPECT_EQ(again.at("trials"), 4);
  EXPECT_EQ(parse_json(tamis({"best", all, "--json"}).out, "best").value().size(), 2U);
}

TEST_F(MergeCommand, CanBeGoneOnWith) {
  ASSERT_EQ(tune(kSmall, {"--trials", "5", "--quiet"}, "a.tamis").code, 0);
  ASSERT_EQ(tamis({"merge", directory_.file("a.tamis"), "--log", directory_.file("all.tamis")}).code, 0);
  const Finished resumed = tune(kSmall, {"--trials", "9", "--quiet", "--resume", "--json"}, "all.tamis");
  EXPECT_EQ(parse_json(resumed.out, "report").value().at("workloads").at(0).at("resumed_trials"), 5);
}

TEST_F(MergeCommand, MakesNothingOfWhatIsNoLog) {
  const std::string out = directory_.file("all.tamis");
  const Finished finished = tamis({"merge", directory_.file("missing"), "--log", out});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("missing"));
  EXPECT_FALSE(std::filesystem::exists(out));
}

}  // namespace
}  // namespace tamis::cli::testing
