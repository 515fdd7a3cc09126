#include "measure/majority_vote.h"

#include "trial/flaky.h"

#include <vector>

#include <gtest/gtest.h>

namespace tamis {
namespace {

Trial trial_of(Verdict verdict) {
  Trial trial;
  trial.verdict = verdict;
  trial.measured = true;
  if (verdict == Verdict::valid) trial.latencies_ns = {10};
  if (verdict != Verdict::valid) trial.message = "it failed";
  return trial;
}

/// What is decided of runs that would go so, and after how many of them.
struct Decided {
  Trial trial;
  size_t runs = 0;
};

Decided decide(int repeats, const std::vector<Verdict>& runs) {
  MajorityVote agreement(repeats);
  Decided decided;
  for (const Verdict verdict : runs) {
    if (agreement.reached()) break;
    agreement.add(trial_of(verdict));
    ++decided.runs;
  }
  EXPECT_TRUE(agreement.reached());
  decided.trial = agreement.result();
  return decided;
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
