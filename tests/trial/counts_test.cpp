#include "tamis/counts.h"

#include <string>

#include <gtest/gtest.h>

namespace tamis {
namespace {

Trial failed(uint64_t number, Verdict verdict, std::string message) {
  Trial trial;
  trial.number = number;
  trial.verdict = verdict;
  trial.message = std::move(message);
  return trial;
}

TEST(Counts, TellTrialsThatRanFromThoseOfTheSameCode) {
  Trial ran;
  ran.measured = true;
  Trial same = ran;
  same.number = 1;
  same.same_code_as = 0;
  Trial wrong = same;
  wrong.verdict = Verdict::wrong_result;
  Counts counts;
  for (const Trial& trial : {ran, same, wrong}) counts.add(trial);
  Counts sum;
  sum.add(counts);
  sum.add(counts);
  EXPECT_EQ(sum.trials, 6U);
  EXPECT_EQ(sum.measurements, 2U);
  EXPECT_EQ(sum.same_code, 4U);
  EXPECT_EQ(sum.invalid, 2U);
  EXPECT_EQ(sum.rejected_builds, 0U);
}

TEST(TellingLine, IsTheFirstThatMentionsAnErrorElseTheLast) {
  EXPECT_EQ(telling_line(""), "");
  EXPECT_EQ(telling_line(" \n\r\n"), "");
  EXPECT_EQ(telling_line("exit status 1"), "exit status 1");
  EXPECT_EQ(telling_line("first\n  second \r\n\n"), "second");
  EXPECT_EQ(telling_line("compiling\nfile.cu:3: Error: too large\nmore errors\nexit status 1"),
            "file.cu:3: Error: too large");
  EXPECT_EQ(telling_line("cudaERRORLaunch\nbye"), "cudaERRORLaunch");
}

TEST(TellingLine, IsCutBetweenCharacters) {
  std::string text(499, 'a');
  text += "\u00e9\u00e9";  // of two bytes each
  EXPECT_EQ(telling_line(text), std::string(499, 'a'));
}

TEST(Reasons, NameTheMostFrequentMessageOfEveryVerdict) {
  Reasons reasons;
  EXPECT_TRUE(reasons.empty());
  reasons.add(Trial());  // a valid one has no reason
  EXPECT_TRUE(reasons.empty());
  reasons.add(failed(7, Verdict::crashed, "signal 11"));
  reasons.add(failed(3, Verdict::build_failed, "a\nerror: b\nc"));
  reasons.add(failed(2, Verdict::build_failed, "other"));
  reasons.add(failed(1, Verdict::build_failed, "error: b\nd"));
  reasons.add(failed(9, Verdict::run_timeout, ""));
  const std::vector<Reason> most = reasons.most_frequent();
  ASSERT_EQ(most.size(), 3U);
  EXPECT_EQ(most[0].verdict, Verdict::build_failed);
  EXPECT_EQ(most[0].message, "error: b");
  EXPECT_EQ(most[0].trials, 2U);
  EXPECT_EQ(most[0].first, 1U);
  EXPECT_EQ(most[1].verdict, Verdict::crashed);
  EXPECT_EQ(most[1].first, 7U);
  EXPECT_EQ(most[2].verdict, Verdict::run_timeout);
  EXPECT_EQ(most[2].message, "");
}

TEST(Reasons, OfEquallyFrequentMessagesTakeTheFirstTried) {
  for (const bool swapped : {false, true}) {
    Reasons reasons;
    for (const uint64_t number : {5, 2}) {
      const uint64_t told = swapped ? 7 - number : number;
      reasons.add(failed(told, Verdict::crashed, "message " + std::to_string(told)));
    }
    EXPECT_EQ(reasons.most_frequent().at(0).message, "message 2");
  }
}

TEST(Reasons, KnowTheOneThatCameMostOften) {
  Reasons reasons;
  EXPECT_EQ(reasons.leading(), nullptr);
  reasons.add(failed(1, Verdict::crashed, "a"));
  reasons.add(failed(2, Verdict::build_failed, "b"));
  EXPECT_EQ(reasons.leading()->message, "a");
  reasons.add(failed(3, Verdict::build_failed, "b"));
  EXPECT_EQ(reasons.leading()->message, "b");
  EXPECT_EQ(reasons.leading()->verdict, Verdict::build_failed);
  EXPECT_EQ(reasons.leading()->trials, 2U);
  EXPECT_EQ(reasons.leading()->first, 2U);
  // Copies know it too, and sums.
  const Reasons copy = reasons;
  reasons = {};
  EXPECT_EQ(copy.leading()->trials, 2U);
  reasons.add(copy);
  reasons.add(copy);
  EXPECT_EQ(reasons.leading()->trials, 4U);
  reasons.add(failed(9, Verdict::build_failed, "b"));
  EXPECT_EQ(reasons.leading()->trials, 5U);
}

TEST(Reasons, AreAddedUp) {
  Reasons sum;
  for (uint64_t session = 0; session < 2; ++session) {
    Reasons one;
    one.add(failed(session, Verdict::crashed, "only here " + std::to_string(session)));
    one.add(failed(5 - session, Verdict::crashed, "both"));
    sum.add(one);
  }
  const std::vector<Reason> most = sum.most_frequent();
  ASSERT_EQ(most.size(), 1U);
  EXPECT_EQ(most[0].message, "both");
  EXPECT_EQ(most[0].trials, 2U);
  EXPECT_EQ(most[0].first, 4U);
}

TEST(Reasons, KeepABoundedNumberOfMessages) {
  Reasons reasons;
  for (uint64_t number = 0; number < 5 * Reasons::kMostMessages; ++number) {
    reasons.add(failed(number, Verdict::crashed, "address " + std::to_string(number)));
    reasons.add(failed(number, Verdict::wrong_result, "max difference"));
  }
  const std::vector<Reason> most = reasons.most_frequent();
  ASSERT_EQ(most.size(), 2U);
  EXPECT_EQ(most[0].trials, 1U);
  EXPECT_EQ(most[1].trials, 5 * Reasons::kMostMessages);
}

}  // namespace
}  // namespace tamis
