#include "targets/command/latency_rule.h"

#include "base/json.h"
#include "tamis/trial.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace tamis::command {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(LatencyRule, ReadsTheNamesOfSources) {
  EXPECT_EQ(parse_latency_rule("json").value().source, LatencyRule::Source::json);
  EXPECT_EQ(parse_latency_rule("wall").value().source, LatencyRule::Source::wall);
}

TEST(LatencyRule, TakesTheUnitFromTheNameOfTheGroup) {
  const LatencyRule rule = parse_latency_rule("took (?P<ms>[0-9.]+)").value();
  EXPECT_THAT(find_latencies(rule, "took 1.5 ms\ntook 2 ms\n").value(), ElementsAre(1.5e6, 2e6));
}

TEST(LatencyRule, TakesTheUnitFromAFile) {
  const Json json = {{"pattern", "([0-9.]+) us"}, {"unit", "us"}};
  EXPECT_THAT(find_latencies(latency_rule_from_json(json, "f").value(), "3 us").value(), ElementsAre(3000));
}

std::string rule_refusal(const std::string& text) {
  const auto rule = parse_latency_rule(text);
  return rule.ok() ? "" : rule.error().message;
}

TEST(LatencyRule, RefusesWhatCannotBeMeant) {
  EXPECT_THAT(rule_refusal("walll"), HasSubstr("it must be json, wall, or a pattern"));
  EXPECT_THAT(rule_refusal("([0-9]+)"), HasSubstr("does not say in which unit"));
  EXPECT_THAT(rule_refusal("(?P<h>[0-9]+)"), HasSubstr("\"h\" is no unit of time"));
  EXPECT_THAT(rule_refusal("(?P<ms>[0-9]+)(x)"), HasSubstr("has 2 groups"));
  EXPECT_THAT(rule_refusal("(?P<ms>["), HasSubstr("cannot be read"));
  EXPECT_THAT(latency_rule_from_json(Json(3), "f.yaml").error().message, HasSubstr("f.yaml"));
  EXPECT_THAT(latency_rule_from_json({{"pattern", "(x)"}, {"unit", "d"}}, "f").error().message,
              HasSubstr("\"d\""));
}

TEST(LatencyRule, SaysWhatIsNotInTheOutput) {
  const LatencyRule rule = parse_latency_rule("took (?P<ms>\\S+)").value();
  EXPECT_THAT(find_latencies(rule, "nothing").error().message, HasSubstr("is not in the output"));
  EXPECT_THAT(find_latencies(rule, "took long").error().message, HasSubstr("\"long\", which is no number"));
}

TEST(LatencyRule, RefusesALatencyThatCannotBe) {
  const LatencyRule rule = parse_latency_rule("took (?P<ms>\\S+)").value();
  EXPECT_EQ(find_latencies(rule, "took 0.000").error().message,
            "the pattern \"took (?P<ms>\\S+)\" found \"0.000\": " + check_latency_ns(0).error().message);
  for (const char* number : {"-3", "1e-12", "1e10"})
    EXPECT_THAT(find_latencies(rule, fmt::format("took {}", number)).error().message,
                HasSubstr(check_latency_ns(std::stod(number) * 1e6).error().message));
}

}  // namespace
}  // namespace tamis::command
