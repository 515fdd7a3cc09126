#include "tamis/measurer.h"
#include "trial/inferred.h"

#include <array>
#include <vector>

#include <gtest/gtest.h>

namespace tamis {
namespace {

Trial trial_of(Verdict verdict) {
  Trial trial;
  trial.verdict = verdict;
  trial.measured = true;
  if (verdict == Verdict::valid) trial.costs = {10};
  if (verdict != Verdict::valid) trial.message = "it failed";
  return trial;
}

/// What is decided of runs that would go so, and after how many of them.
struct Decided {
  Trial trial;
  size_t runs = 0;
};

Decided decide(int repeats, const std::vector<Verdict>& runs) {
  MajorityVote vote(repeats);
  Decided decided;
  for (const Verdict verdict : runs) {
    if (vote.reached()) break;
    vote.add(trial_of(verdict));
    ++decided.runs;
  }
  EXPECT_TRUE(vote.reached());
  decided.trial = vote.result();
  return decided;
}

TEST(RetryPolicy, TriesALostDevicesConfigAsOftenAsItIsTold) {
  RetryPolicy policy;
  EXPECT_TRUE(policy.tries_again(Verdict::device_lost, 1));
  EXPECT_FALSE(policy.tries_again(Verdict::device_lost, 2));
  policy.device_lost_retries = 0;
  EXPECT_FALSE(policy.tries_again(Verdict::device_lost, 0));
}

TEST(RetryPolicy, TriesWhatAnUnfitDeviceFailedSoOften) {
  for (const Verdict verdict : {Verdict::crashed, Verdict::run_timeout}) {
    EXPECT_TRUE(RetryPolicy().tries_again(verdict, RetryPolicy::kCanaryRetries - 1));
    EXPECT_FALSE(RetryPolicy().tries_again(verdict, RetryPolicy::kCanaryRetries));
  }
}

TEST(RetryPolicy, GivesAConfigToAJobThatHadItOnlyWhereNoOtherIsLeft) {
  const std::array<size_t, 2> left = {4, 7};
  EXPECT_TRUE(may_try(4, {}, left));
  EXPECT_TRUE(may_try(4, std::array<size_t, 1>{7}, left));
  EXPECT_FALSE(may_try(4, std::array<size_t, 1>{4}, left));
  EXPECT_TRUE(may_try(4, std::array<size_t, 2>{4, 7}, left));
  EXPECT_TRUE(may_try(4, std::array<size_t, 1>{4}, std::array<size_t, 1>{4}));
}

TEST(RetryPolicy, RefusesNumbersThatCannotBeMeant) {
  EXPECT_TRUE(RetryPolicy().check().ok());
  EXPECT_TRUE(RetryPolicy({.failure_repeats = 10}).check().ok());
  EXPECT_EQ(RetryPolicy({.failure_repeats = 11}).check().error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(RetryPolicy({.device_lost_retries = -1}).check().error().message,
            "device_lost_retries is -1; it must not be negative");
}

TEST(MajorityVote, TriesOnceWhatIsValidAtOnce) {
  const Decided decided = decide(3, {Verdict::valid, Verdict::crashed});
  EXPECT_EQ(decided.runs, 1U);
  EXPECT_EQ(decided.trial, trial_of(Verdict::valid));
}

TEST(MajorityVote, TriesOnceWhereNothingIsToBeRepeated) {
  const Decided decided = decide(0, {Verdict::crashed, Verdict::valid});
  EXPECT_EQ(decided.runs, 1U);
  EXPECT_EQ(decided.trial, trial_of(Verdict::crashed));
}

TEST(MajorityVote, KeepsAVerdictThatComesBack) {
  const Decided decided = decide(1, {Verdict::run_failed, Verdict::wrong_result, Verdict::valid});
  EXPECT_EQ(decided.runs, 2U);
  EXPECT_EQ(decided.trial, trial_of(Verdict::run_failed));
  EXPECT_FALSE(is_flaky(decided.trial));
}

TEST(MajorityVote, LetsTheBestOfThreeDecide) {
  const Decided valid = decide(1, {Verdict::crashed, Verdict::valid, Verdict::valid});
  EXPECT_EQ(valid.runs, 3U);
  EXPECT_EQ(valid.trial.verdict, Verdict::valid);
  EXPECT_EQ(valid.trial.message, "");
  EXPECT_EQ(valid.trial.features.get(kFailedRuns), 1);
  EXPECT_TRUE(is_flaky(valid.trial));
  const Decided invalid = decide(1, {Verdict::crashed, Verdict::valid, Verdict::run_failed});
  EXPECT_EQ(invalid.trial.verdict, Verdict::crashed);
  EXPECT_EQ(invalid.trial.message, "it failed; 2 of 3 runs failed");
  EXPECT_TRUE(is_flaky(invalid.trial));
}

TEST(MajorityVote, LetsTheBestOfFiveDecide) {
  const Verdict bad = Verdict::wrong_result;
  const Verdict good = Verdict::valid;
  EXPECT_EQ(decide(2, {bad, bad, bad, good}).runs, 3U);
  const Decided late = decide(2, {bad, good, bad, good, good});
  EXPECT_EQ(late.runs, 5U);
  EXPECT_EQ(late.trial.verdict, Verdict::valid);
  EXPECT_EQ(late.trial.features.get(kFailedRuns), 2);
}

TEST(MajorityVote, RepeatsNeitherHangsNorLostDevicesNorRefusedBuilds) {
  for (const Verdict verdict : {Verdict::run_timeout, Verdict::device_lost, Verdict::build_failed,
                                Verdict::resource_exceeded, Verdict::launch_failed}) {
    const Decided at_once = decide(2, {verdict, Verdict::valid});
    EXPECT_EQ(at_once.runs, 1U);
    EXPECT_EQ(at_once.trial, trial_of(verdict));
    const Decided later = decide(2, {Verdict::crashed, verdict, Verdict::valid});
    EXPECT_EQ(later.runs, 2U);
    EXPECT_EQ(later.trial.verdict, verdict);
    EXPECT_FALSE(is_flaky(later.trial));
  }
}

}  // namespace
}  // namespace tamis
