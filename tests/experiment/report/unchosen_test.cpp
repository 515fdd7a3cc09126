#include "experiment/report/unchosen.h"

#include "experiment/report/importance.h"
#include "experiment/report/learnt_testing.h"
#include "experiment/report/rule_data.h"

#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::report {
namespace {

using samples::Outcome;
using samples::subject_of;
using ::testing::AllOf;
using ::testing::HasSubstr;

Outcome quicker_when_wide(const Space& space, const Config& config) {
  return {Verdict::valid, 1e6 / static_cast<double>(space.integer(config, "w"))};
}

std::vector<Knob> small_knobs() {
  return {number_knob("h", {1, 2, 4, 8}), number_knob("w", {1, 2, 4, 8}), number_knob("u", {1, 2, 3, 4})};
}

Json told(const Subject& subject) {
  return unchosen_of(subject, rules_of(subject).value(), importance_of(subject));
}

/// Why a value was not chosen; empty where nothing is said.
std::string why(const Json& all, size_t knob, size_t value) {
  for (const Json& one : all)
    if (one.at("knob") == knob && one.at("value") == value) return one.at("why");
  return {};
}

/// Takes the trials of a value away.
void forget(Subject& subject, size_t knob, uint32_t value) {
  std::erase_if(subject.learnt, [&](const Trial& trial) { return trial.config.choices[knob] == value; });
  subject.chosen[knob][value] = 0;
}

TEST(Unchosen, IsNothingWhereEveryValueWasChosen) {
  EXPECT_EQ(told(subject_of(small_knobs(), 300, quicker_when_wide)), Json::array());
}

TEST(Unchosen, NamesTheConstraintThatExcludesAValue) {
  Subject subject = subject_of(small_knobs(), 300, quicker_when_wide);
  subject.constraints = {"w >= 1", "h * 2 < 9 and w < 9"};
  forget(subject, 0, 3);
  EXPECT_EQ(told(subject),
            Json::array({Json{
                {"knob", 0},
                {"value", 3},
                {"why", "the declared constraint h * 2 < 9 and w < 9 excludes every config with it"},
            }}));
}

TEST(Unchosen, KnowsWhatConstraintsExcludeTogether) {
  Subject subject = subject_of(small_knobs(), 300, quicker_when_wide);
  subject.constraints = {"h <= w", "h + w < 16", "not a formula ("};
  forget(subject, 0, 3);
  EXPECT_EQ(why(told(subject), 0, 3), "the declared constraints together exclude every config with it");
}

TEST(Unchosen, NamesARuleOfSureFailureThatCoversAValue) {
  Subject subject = subject_of(small_knobs(), 400, [](const Space& space, const Config& config) {
    const bool fits = space.integer(config, "h") == 1;
    return Outcome{fits ? Verdict::valid : Verdict::resource_exceeded, 10 + config.choices[1] * 1.0};
  });
  forget(subject, 0, 3);
  EXPECT_THAT(why(told(subject), 0, 3), AllOf(HasSubstr("every config with it is in the region h > 1, where"),
                                              HasSubstr("none was valid")));
}

TEST(Unchosen, SaysWhereTrialsWereTooFew) {
  Subject subject = subject_of(small_knobs(), 6, quicker_when_wide);
  subject.constraints = {"w > 0"};
  forget(subject, 0, 2);
  EXPECT_EQ(why(told(subject), 0, 2),
            "chance alone may have missed it: of 6 configs drawn at random from 64, about 1.5 would have it");
  subject.trials = 100;
  EXPECT_EQ(why(told(subject), 0, 2), "");
}

TEST(Unchosen, SaysWhereTheForestExpectsAValueToBeWorse) {
  Subject subject = subject_of(small_knobs(), 400, quicker_when_wide);
  forget(subject, 1, 0);
  EXPECT_THAT(why(told(subject), 1, 0),
              AllOf(HasSubstr("expected to be worse: the forest predicts a mean latency of"),
                    HasSubstr("with it, and 125.0 us with w=8")));
  Subject good = subject_of(small_knobs(), 400, quicker_when_wide);
  forget(good, 1, 3);
  EXPECT_EQ(why(told(good), 1, 3), "") << "nobody knows why the best was not chosen";
}

TEST(Unchosen, IsBoundedAndFitsTheSchema) {
  std::vector<int64_t> many(10'000);
  std::iota(many.begin(), many.end(), 1);
  const Subject subject =
      subject_of({number_knob("h", many), number_knob("w", {1, 2, 4, 8})}, 300, quicker_when_wide);
  const Json all = told(subject);
  EXPECT_EQ(all.size(), kUnchosen);
  EXPECT_EQ(all.dump(), told(subject).dump());
  const std::optional<bool> fits = samples::parts_fit(subject, Json::array(), Json::array(), all);
  if (!fits) GTEST_SKIP() << "python3-jsonschema is missing";
  EXPECT_TRUE(*fits);
}

}  // namespace
}  // namespace tamis::report
