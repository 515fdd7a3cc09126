#include "model/rules.h"

#include "model/rule_search.h"
#include "tamis/random.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace tamis {
namespace {

Space tiled_space() {
  return *Space::create({number_knob("h", {1, 2, 4, 8, 16, 32}), number_knob("w", {1, 2, 4, 8, 16, 32}),
                         number_knob("threads", {1, 2, 4}), name_knob("layout", {"nchw", "nhwc"})});
}

Trial trial(const Space& space, uint64_t index, Verdict verdict) {
  Trial made;
  made.number = index;
  made.config = space.config(index);
  made.verdict = verdict;
  return made;
}

using Judge = std::function<Verdict(int64_t h, int64_t w, int64_t threads, bool nhwc)>;

std::vector<Trial> trials(const Space& space, const Judge& judge) {
  std::vector<Trial> all;
  for (uint64_t i = 0; i < space.size(); ++i) {
    const Config config = space.config(i);
    all.push_back(trial(space, i,
                        judge(space.integer(config, "h"), space.integer(config, "w"),
                              space.integer(config, "threads"), config.choices[3] == 1)));
  }
  return all;
}

RuleSet learn(const std::vector<Trial>& trials, RuleOptions options = {}) {
  Result<RuleSet> rules = learn_rules(tiled_space(), trials, options);
  EXPECT_TRUE(rules.ok());
  return rules.ok() ? *rules : RuleSet{};
}

TEST(Rules, FindAMemoryLimit) {
  const RuleSet rules = learn(trials(tiled_space(), [](int64_t h, int64_t w, int64_t threads, bool) {
    return h * w * threads > 256 ? Verdict::resource_exceeded : Verdict::valid;
  }));
  ASSERT_EQ(rules.rules.size(), 1U);
  const Rule& rule = rules.rules.front();
  EXPECT_EQ(rule.when(), "h * w * threads > 256");
  EXPECT_EQ(rule.constraint(), "h * w * threads <= 256");
  EXPECT_EQ(rule.with_verdict, rules.learnt.with_verdict);
  EXPECT_EQ(rule.others, 0U);
  EXPECT_GT(rule.precision_bound, 0.9);
  EXPECT_EQ(rules.learnt.coverage(), 1.0);
}

TEST(Rules, JoinConditions) {
  const RuleSet rules = learn(trials(tiled_space(), [](int64_t h, int64_t, int64_t, bool nhwc) {
    return h > 4 && nhwc ? Verdict::run_failed : Verdict::valid;
  }));
  ASSERT_EQ(rules.rules.size(), 1U);
  EXPECT_THAT(rules.rules.front().conditions, ::testing::UnorderedElementsAre("h > 4", "layout == 'nhwc'"));
  EXPECT_EQ(rules.learnt.coverage(), 1.0);
  EXPECT_EQ(rules.learnt.valid_lost, 0U);
}

TEST(Rules, FindTwoReasonsOneAfterTheOther) {
  const RuleSet rules = learn(trials(tiled_space(), [](int64_t h, int64_t w, int64_t threads, bool) {
    return h * w > 128 || threads == 4 ? Verdict::resource_exceeded : Verdict::valid;
  }));
  ASSERT_EQ(rules.rules.size(), 2U);
  EXPECT_EQ(rules.learnt.coverage(), 1.0);
  EXPECT_EQ(rules.learnt.precision(), 1.0);
  EXPECT_LT(rules.rules[1].further, rules.rules[1].with_verdict);
}

TEST(Rules, TellVerdictsApart) {
  const auto all = trials(tiled_space(), [](int64_t h, int64_t w, int64_t, bool nhwc) {
    return h > 8 ? Verdict::build_failed : w > 8 && nhwc ? Verdict::run_timeout : Verdict::valid;
  });
  RuleOptions options;
  options.verdict = Verdict::build_failed;
  const RuleSet built = learn(all, options);
  ASSERT_EQ(built.rules.size(), 1U);
  EXPECT_EQ(built.rules.front().when(), "h > 8");
  options.verdict = Verdict::run_timeout;
  EXPECT_EQ(learn(all, options).learnt.coverage(), 1.0);
}

TEST(Rules, AskForNamesOneByOne) {
  const Space names =
      *Space::create({name_knob("layout", {"a", "b", "c", "it's"}), number_knob("h", {1, 2, 4, 8, 16})});
  std::vector<Trial> one;
  std::vector<Trial> all_but_one;
  for (uint64_t i = 0; i < names.size(); ++i) {
    const bool middle = names.config(i).choices[0] == 1;
    one.push_back(trial(names, i, middle ? Verdict::run_failed : Verdict::valid));
    all_but_one.push_back(
        trial(names, i, names.config(i).choices[0] != 3 ? Verdict::run_failed : Verdict::valid));
  }
  RuleOptions options;
  options.min_precision = 0.5;
  EXPECT_EQ(learn_rules(names, one, options).value().rules.at(0).when(), "layout == 'b'");
  const RuleSet rules = *learn_rules(names, all_but_one, options);
  EXPECT_EQ(rules.rules.at(0).when(), "layout != 'it\\'s'");
  EXPECT_EQ(rules.rules.at(0).constraint(), "layout == 'it\\'s'");
}

TEST(Rules, FindNothingInNoise) {
  Random random(3);
  const RuleSet rules = learn(trials(tiled_space(), [&](int64_t, int64_t, int64_t, bool) {
    return random.below(2) == 0 ? Verdict::run_failed : Verdict::valid;
  }));
  EXPECT_LE(rules.rules.size(), 1U);
  ASSERT_TRUE(rules.held_out.has_value());
  EXPECT_LT(rules.held_out->coverage(), 0.2);
}

TEST(Rules, WithstandAFewWrongTrials) {
  Random random(4);
  const RuleSet rules = learn(trials(tiled_space(), [&](int64_t h, int64_t w, int64_t, bool) {
    const bool over = h * w > 64;
    return over != (random.below(50) == 0) ? Verdict::resource_exceeded : Verdict::valid;
  }));
  ASSERT_FALSE(rules.rules.empty());
  EXPECT_EQ(rules.rules.front().when(), "h * w > 64");
}

TEST(Rules, NeedMoreThanOneVerdict) {
  const auto valid = trials(tiled_space(), [](int64_t, int64_t, int64_t, bool) { return Verdict::valid; });
  EXPECT_TRUE(learn(valid).rules.empty());
  EXPECT_TRUE(learn({}).rules.empty());
  EXPECT_FALSE(learn({}).held_out.has_value());
}

TEST(Rules, CountAConfigOnceAndForgetLostDevices) {
  const Space all = tiled_space();
  const std::vector<Trial> few = {trial(all, 0, Verdict::valid), trial(all, 0, Verdict::valid),
                                  trial(all, 1, Verdict::device_lost)};
  EXPECT_EQ(learn(few).trials, 1U);
}

TEST(Rules, AreTheSameEveryTime) {
  const auto all = trials(tiled_space(), [](int64_t h, int64_t w, int64_t threads, bool nhwc) {
    return h * w * threads > 256 || (nhwc && w > 8) ? Verdict::run_failed : Verdict::valid;
  });
  const RuleSet once = learn(all);
  const RuleSet again = learn(all);
  ASSERT_EQ(once.rules.size(), again.rules.size());
  for (size_t i = 0; i < once.rules.size(); ++i) EXPECT_EQ(once.rules[i].when(), again.rules[i].when());
  EXPECT_EQ(once.held_out->found, again.held_out->found);
}

TEST(Rules, RefuseTrialsOfAnotherSpace) {
  Trial foreign;
  foreign.config.choices = {0, 99, 0, 0};
  const Result<RuleSet> rules = learn_rules(tiled_space(), std::vector<Trial>{foreign}, {});
  ASSERT_FALSE(rules.ok());
  EXPECT_EQ(rules.error().kind, ErrorKind::invalid_input);
}

TEST(WilsonLowerBound, TrustsFewTrialsLess) {
  EXPECT_EQ(wilson_lower_bound(0, 0), 0.0);
  EXPECT_NEAR(wilson_lower_bound(5, 5), 0.5655, 1e-4);
  EXPECT_NEAR(wilson_lower_bound(50, 50), 0.9287, 1e-4);
  EXPECT_NEAR(wilson_lower_bound(8, 10), 0.4902, 1e-4);
}

TEST(Rules, OfSeveralVerdictsAreThoseOfEach) {
  const std::vector<Trial> all = trials(tiled_space(), [](int64_t h, int64_t w, int64_t threads, bool nhwc) {
    if (h * w > 128) return Verdict::resource_exceeded;
    return threads == 4 && nhwc ? Verdict::wrong_result : Verdict::valid;
  });
  const std::vector<std::optional<Verdict>> verdicts = {Verdict::resource_exceeded, std::nullopt,
                                                        Verdict::wrong_result, Verdict::crashed};
  const auto together = learn_rules(tiled_space(), all, verdicts, {});
  ASSERT_TRUE(together.ok());
  ASSERT_EQ(together->size(), verdicts.size());
  for (size_t i = 0; i < verdicts.size(); ++i) {
    RuleOptions options;
    options.verdict = verdicts[i];
    const RuleSet alone = learn(all, options);
    const RuleSet& one = together->at(i);
    ASSERT_EQ(one.rules.size(), alone.rules.size());
    for (size_t j = 0; j < alone.rules.size(); ++j) EXPECT_EQ(one.rules[j].when(), alone.rules[j].when());
    EXPECT_EQ(one.learnt.found, alone.learnt.found);
    EXPECT_EQ(one.held_out->found, alone.held_out->found);
  }
}

}  // namespace
}  // namespace tamis
