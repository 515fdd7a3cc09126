#include "experiment/report/rule_data.h"

#include "base/bytes.h"
#include "experiment/report/learnt_testing.h"
#include "tamis/expression.h"

#include <numeric>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tamis::report {
namespace {

using samples::Outcome;
using samples::subject_of;
using ::testing::HasSubstr;

std::vector<Knob> ruled_knobs() {
  return {number_knob("h", {1, 2, 4, 8, 16, 32}), split_knob("s", 24, 3), number_knob("threads", {1, 2, 4}),
          name_knob("layout", {"nchw", "it's"})};
}

Outcome limited(const Space& space, const Config& config) {
  const int64_t h = space.integer(config, "h");
  const int64_t s = space.integer(config, "s");
  if (h * s > 64) return {Verdict::resource_exceeded, 0};
  if (space.integer(config, "threads") == 4 && config.choices[3] == 1) return {Verdict::wrong_result, 0};
  return {Verdict::valid, 10};
}

/// Whether a condition's truth table says what its text does, for one config.
bool agrees(const Space& space, const Json& condition, const Config& config) {
  const auto formula = Expression::parse(condition.at("text").get<std::string>(), space.knobs());
  const std::string bits = from_base64(condition.at("holds").get<std::string>(), "holds").value();
  size_t number = 0;
  size_t stride = 1;
  for (const Json& knob : condition.at("knobs")) {
    number += config.choices[knob.get<size_t>()] * stride;
    stride *= space.knobs()[knob.get<size_t>()].values.size();
  }
  EXPECT_EQ(bits.size(), (stride + 7) / 8);
  const bool holds = (static_cast<unsigned char>(bits[number / 8]) >> (number % 8) & 1U) != 0;
  return holds == formula->holds(config);
}

TEST(RuleData, IsOfEachVerdictAndWhatExplainsMostComesFirst) {
  const Subject subject = subject_of(ruled_knobs(), 600, limited);
  const Result<Part> part = rules_of(subject);
  ASSERT_TRUE(part.ok());
  EXPECT_THAT(part->how, HasSubstr("at most 3 conditions"));
  ASSERT_GE(part->data.size(), 2U);
  const Json& first = part->data.at(0);
  EXPECT_EQ(first.at("verdict"), "resource_exceeded");
  EXPECT_EQ(first.at("text"), "h * s > 64");
  EXPECT_EQ(first.at("covers"), first.at("of"));
  EXPECT_EQ(first.at("precision"), 1.0);
  EXPECT_GT(first.at("at_least").get<double>(), 0.9);
  EXPECT_EQ(first.at("valid_lost"), 0);
  EXPECT_EQ(first.at("conditions").at(0).at("knobs"), Json::array({0, 1}));
  EXPECT_EQ(part->data.at(1).at("verdict"), "wrong_result");
}

TEST(RuleData, HasTruthTablesOfWhatTheTextsSay) {
  EXPECT_TRUE(rc::check([] {
    const auto limit = *rc::gen::inRange<int64_t>(4, 300);
    const Subject subject = subject_of(ruled_knobs(), 300, [&](const Space& space, const Config& config) {
      const int64_t work = space.integer(config, "h") * space.integer(config, "s");
      if (work * space.integer(config, "threads") > limit) return Outcome{Verdict::run_timeout, 0};
      return config.choices[3] == 1 ? Outcome{Verdict::crashed, 0} : Outcome{Verdict::valid, 1};
    });
    const Result<Part> part = rules_of(subject);
    RC_ASSERT(part.ok());
    for (const Json& rule : part->data)
      for (const Json& condition : rule.at("conditions"))
        for (uint64_t i = 0; i < subject.space.size(); ++i)
          RC_ASSERT(agrees(subject.space, condition, subject.space.config(i)));
  }));
}

TEST(RuleData, LeavesOutTruthTablesThatAreTooLarge) {
  std::vector<int64_t> many(300);
  std::iota(many.begin(), many.end(), 1);
  const Subject subject = subject_of(
      {number_knob("a", many), number_knob("b", many)}, 600, [](const Space& space, const Config& config) {
        const int64_t area = space.integer(config, "a") * space.integer(config, "b");
        return Outcome{area > 16384 ? Verdict::crashed : Verdict::valid, 1};
      });
  const Result<Part> part = rules_of(subject);
  ASSERT_TRUE(part.ok());
  const Json& condition = part->data.at(0).at("conditions").at(0);
  EXPECT_THAT(condition.at("text").get<std::string>(), HasSubstr("a * b >"));
  EXPECT_FALSE(condition.contains("holds"));
  EXPECT_FALSE(condition.contains("knobs"));
}

TEST(RuleData, IsNothingWhereAllIsValidAndMissingWhereNoRuleIsPrecise) {
  const auto fine = [](const Space&, const Config&) { return Outcome{Verdict::valid, 1}; };
  const Part none = rules_of(subject_of(ruled_knobs(), 50, fine)).value();
  EXPECT_TRUE(none.data.is_null());
  EXPECT_TRUE(none.missing.empty());
  Random random(2);
  const auto noise = [&](const Space&, const Config&) {
    return Outcome{random.below(3) == 0 ? Verdict::crashed : Verdict::valid, 1};
  };
  const Part vague = rules_of(subject_of(ruled_knobs(), 400, noise)).value();
  EXPECT_TRUE(vague.data.is_null());
  EXPECT_THAT(vague.missing, HasSubstr("No rule"));
}

/// What a failure depends on is told from configs that do not fail.
TEST(RuleData, IsNothingWhereAllFailAlike) {
  const Subject failing = subject_of(ruled_knobs(), 200, [](const Space&, const Config&) {
    return Outcome{Verdict::run_failed, 0};
  });
  const Part part = rules_of(failing).value();
  EXPECT_TRUE(part.data.empty());
  EXPECT_EQ(part.missing, "");
}

TEST(RuleData, IsTheSameForTheSameTrialsAndFitsTheSchema) {
  const Subject subject = subject_of(ruled_knobs(), 600, limited);
  const Part part = rules_of(subject).value();
  EXPECT_EQ(part.data.dump(), rules_of(subject).value().data.dump());
  const std::optional<bool> fits = samples::parts_fit(subject, part.data, Json::array(), Json::array());
  if (!fits) GTEST_SKIP() << "python3-jsonschema is missing";
  EXPECT_TRUE(*fits);
}

TEST(RuleData, RefusesTrialsOfAnotherSpace) {
  Subject subject = subject_of(ruled_knobs(), 50, limited);
  subject.learnt.front().config.choices.pop_back();
  EXPECT_THAT(rules_of(subject).error().message, HasSubstr("another space"));
}

}  // namespace
}  // namespace tamis::report
