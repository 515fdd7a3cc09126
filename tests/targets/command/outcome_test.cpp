#include "targets/command/outcome.h"

#include "base/json.h"
#include "tamis/trial.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace tamis::command {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Result<RunOutcome> ran(const char* text, const Objective& objective = {}) {
  return read_outcome(*parse_json(text, "text"), "answer", objective);
}
Result<BuildOutcome> built(const char* text) {
  return read_build_outcome(*parse_json(text, "text"), "answer");
}

TEST(Outcome, ALatencyAloneIsValid) {
  const RunOutcome one = ran(R"({"latency_ns": 5})").value();
  EXPECT_EQ(one.verdict, Verdict::valid);
  EXPECT_THAT(one.costs, ElementsAre(5));
  EXPECT_THAT(ran(R"({"latencies_ns": [1, 2.5], "features": {"bytes": 7}})").value().costs,
              ElementsAre(1, 2.5));
  EXPECT_EQ(ran(R"({"latencies_ns": [1], "features": {"bytes": 7}})").value().features.get("bytes"), 7);
}

TEST(Outcome, AVerdictHasAMessage) {
  const RunOutcome failed = ran(R"({"verdict": "wrong_result", "message": "off", "latency_ns": 3})").value();
  EXPECT_EQ(failed.verdict, Verdict::wrong_result);
  EXPECT_EQ(failed.message, "off");
  EXPECT_THAT(failed.costs, IsEmpty());
  EXPECT_EQ(ran(R"({"verdict": "crashed"})").value().message, "the program gave no reason");
}

TEST(Outcome, NothingSaidOfABuildMeansThatItSucceeded) {
  EXPECT_EQ(built("{}").value().verdict, Verdict::valid);
  EXPECT_EQ(built(R"({"verdict": "resource_exceeded", "message": "LUTs"})").value().message, "LUTs");
}

TEST(Outcome, RefusesALatencyThatCannotBe) {
  for (const char* latency : {"0", "-1", "1e-4", "1e16", "1e300"}) {
    const std::string text = fmt::format(R"({{"latencies_ns": [5, {}]}})", latency);
    EXPECT_EQ(ran(text.c_str()).error().message,
              "answer: " + check_latency_ns(std::stod(latency)).error().message);
  }
  EXPECT_TRUE(ran(R"({"verdict": "crashed", "message": "no clock", "latency_ns": 0})").ok());
}

TEST(Outcome, RefusesAFeatureThatNoFormatHolds) {
  EXPECT_EQ(ran(R"({"latency_ns": 1, "features": {"": 1}})").error().message,
            "answer: the feature \"\" is 1; it needs a name and a finite number");
  const Json json = {{"latency_ns", 1}, {"features", {{"x", INFINITY}}}};
  EXPECT_THAT(read_outcome(json, "answer", {}).error().message, HasSubstr("the feature \"x\" is inf"));
}

TEST(Outcome, RefusesWhatIsNoOutcome) {
  EXPECT_THAT(ran("{}").error().message, HasSubstr("neither \"latency_ns\" nor"));
  EXPECT_THAT(ran(R"({"latency": 3})").error().message, HasSubstr("latency_ns"));
  EXPECT_THAT(ran(R"({"latency_ns": "3"})").error().message, HasSubstr("latency_ns"));
  EXPECT_THAT(ran(R"({"latency_ns": 3, "latencies_ns": [3]})").error().message, HasSubstr("both"));
  EXPECT_THAT(ran(R"({"latencies_ns": ["3"]})").error().message, HasSubstr("array of numbers"));
  EXPECT_THAT(ran(R"({"latencies_ns": []})").error().message, HasSubstr("neither"));
  EXPECT_THAT(ran(R"({"verdict": "bad"})").error().message, HasSubstr("bad"));
  EXPECT_THAT(ran(R"({"verdict": "rejected"})").error().message, HasSubstr("declared constraints"));
  EXPECT_THAT(ran(R"({"latency_ns": 1, "features": [1]})").error().message, HasSubstr("names and numbers"));
  EXPECT_THAT(ran(R"({"latency_ns": 1, "features": {"a": "b"}})").error().message,
              HasSubstr("\"a\" must be a number"));
  EXPECT_THAT(ran("[]").error().message, HasSubstr("answer"));
  EXPECT_THAT(built(R"({"verdict": "wrong_result"})").error().message, HasSubstr("a build cannot have"));
  EXPECT_THAT(built(R"({"latency_ns": 1})").error().message, HasSubstr("latency_ns"));
}

const Objective kScore{"score", "points", Direction::maximise};

TEST(Outcome, GivesTheValueOfTheObjective) {
  EXPECT_THAT(ran(R"({"value": 44})", kScore).value().costs, ElementsAre(-44));
  EXPECT_THAT(ran(R"({"values": [3, -1]})", kScore).value().costs, ElementsAre(-3, 1));
  EXPECT_THAT(ran(R"({"value": 2})", {"kernel", "ms", Direction::minimise}).value().costs, ElementsAre(2e6));
  EXPECT_THAT(ran(R"({"value": 2})").value().costs, ElementsAre(2));
  EXPECT_THAT(ran(R"({"value": 2, "latency_ns": 2})").error().message,
              HasSubstr("both a latency and a value"));
}

TEST(Outcome, TakesTheFeatureThatIsCalledLikeTheObjective) {
  EXPECT_THAT(ran(R"({"features": {"score": 7}})", kScore).value().costs, ElementsAre(-7));
  EXPECT_THAT(ran(R"({"value": 8, "features": {"score": 7}})", kScore).value().costs, ElementsAre(-8));
}

TEST(Outcome, KeepsALatencyBesideAnotherObjective) {
  const RunOutcome both = ran(R"({"value": 8, "latencies_ns": [5, 7, 6]})", kScore).value();
  EXPECT_THAT(both.costs, ElementsAre(-8));
  EXPECT_EQ(both.features.get("latency_ns"), 6);
}

TEST(Outcome, SaysThatTheValueOfTheObjectiveIsMissing) {
  EXPECT_THAT(ran(R"({"latency_ns": 5})", kScore).error().message,
              HasSubstr("neither \"value\" nor \"values\" for the score"));
}

TEST(LatencyRule, ReadsTheNamesOfSources) {
  EXPECT_EQ(parse_latency_rule("json").value().source, LatencyRule::Source::json);
  EXPECT_EQ(parse_latency_rule("wall").value().source, LatencyRule::Source::wall);
}

TEST(LatencyRule, TakesTheUnitFromTheNameOfTheGroup) {
  const LatencyRule rule = parse_latency_rule("took (?P<ms>[0-9.]+)").value();
  EXPECT_THAT(find_costs(rule, "took 1.5 ms\ntook 2 ms\n", {}).value(), ElementsAre(1.5e6, 2e6));
}

TEST(LatencyRule, TakesTheUnitFromAFile) {
  const Json json = {{"pattern", "([0-9.]+) us"}, {"unit", "us"}};
  EXPECT_THAT(find_costs(latency_rule_from_json(json, "f").value(), "3 us", {}).value(), ElementsAre(3000));
}

std::string rule_refusal(const std::string& text) {
  const auto rule = parse_latency_rule(text);
  if (!rule.ok()) return rule.error().message;
  const Status fits = check_rule(*rule, {});
  return fits.ok() ? "" : fits.error().message;
}

TEST(LatencyRule, RefusesWhatCannotBeMeant) {
  EXPECT_THAT(rule_refusal("walll"), HasSubstr("it must be json, wall, or a pattern"));
  EXPECT_THAT(rule_refusal("([0-9]+)"), HasSubstr("does not say in which unit"));
  EXPECT_THAT(rule_refusal("(?P<h>[0-9]+)"), HasSubstr("\"h\" is not a unit of time"));
  EXPECT_THAT(rule_refusal("(?P<ms>[0-9]+)(x)"), HasSubstr("has 2 groups"));
  EXPECT_THAT(rule_refusal("(?P<ms>["), HasSubstr("cannot be read"));
  EXPECT_THAT(latency_rule_from_json(Json(3), "f.yaml").error().message, HasSubstr("f.yaml"));
  const LatencyRule days = latency_rule_from_json({{"pattern", "(x)"}, {"unit", "d"}}, "f").value();
  EXPECT_THAT(check_rule(days, {}).error().message, HasSubstr("\"d\" is not a unit of time"));
}

TEST(LatencyRule, FindsValuesOfAnyObjective) {
  const LatencyRule rule = parse_latency_rule("score (-?[0-9.]+)").value();
  EXPECT_TRUE(check_rule(rule, kScore).ok());
  EXPECT_THAT(find_costs(rule, "score 5\nscore -2.5", kScore).value(), ElementsAre(-5, 2.5));
  EXPECT_THAT(check_rule(parse_latency_rule("wall").value(), kScore).error().message,
              HasSubstr("the wall clock gives no score"));
}

TEST(LatencyRule, SaysWhatIsNotInTheOutput) {
  const LatencyRule rule = parse_latency_rule("took (?P<ms>\\S+)").value();
  EXPECT_THAT(find_costs(rule, "nothing", {}).error().message, HasSubstr("is not in the output"));
  EXPECT_THAT(find_costs(rule, "took long", {}).error().message,
              HasSubstr("\"long\", which is not a number"));
}

TEST(LatencyRule, RefusesALatencyThatCannotBe) {
  const LatencyRule rule = parse_latency_rule("took (?P<ms>\\S+)").value();
  EXPECT_EQ(find_costs(rule, "took 0.000", {}).error().message,
            "the pattern \"took (?P<ms>\\S+)\" found \"0.000\": " + check_latency_ns(0).error().message);
  for (const char* number : {"-3", "1e-12", "1e10"})
    EXPECT_THAT(find_costs(rule, fmt::format("took {}", number), {}).error().message,
                HasSubstr(check_latency_ns(std::stod(number) * 1e6).error().message));
  for (const char* number : {"inf", "nan", "1e999", "-Infinity"})
    EXPECT_THAT(find_costs(rule, fmt::format("took {}", number), {}).error().message,
                HasSubstr(fmt::format("found \"{}\": a latency of ", number)));
}

}  // namespace
}  // namespace tamis::command
