#include "trial/verdict.h"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

TEST(Verdict, HasAWordOfItsOwnThatIsReadBack) {
  std::set<std::string_view> words;
  for (const Verdict verdict : kVerdicts) {
    const std::string_view word = to_string(verdict);
    EXPECT_TRUE(words.insert(word).second) << word;
    EXPECT_EQ(*parse_verdict(word), verdict) << word;
  }
  EXPECT_EQ(words.size(), 11U);
}

TEST(Verdict, ListsEveryValueInOrder) {
  for (size_t i = 0; i < kVerdicts.size(); ++i) EXPECT_EQ(static_cast<size_t>(kVerdicts[i]), i);
  EXPECT_EQ(kVerdicts.back(), Verdict::device_lost);
}

TEST(Verdict, RefusesOtherWords) {
  for (const char* word : {"", "Valid", "valid ", "ok", "invalid"}) {
    EXPECT_EQ(parse_verdict(word).error().kind, ErrorKind::corrupt) << word;
  }
}

TEST(VerdictAutoTvm, KeepsValidityBothWays) {
  for (const Verdict verdict : kVerdicts) {
    const int number = autotvm_error_no(verdict);
    EXPECT_EQ(number == 0, verdict == Verdict::valid) << to_string(verdict);
    ASSERT_TRUE(verdict_from_autotvm(number).ok()) << number;
    // What a log of AutoTVM cannot tell apart stays together: going through it twice changes nothing more.
    const Verdict once = *verdict_from_autotvm(number);
    EXPECT_EQ(*verdict_from_autotvm(autotvm_error_no(once)), once);
  }
}

TEST(VerdictAutoTvm, FollowsItsErrorNumbers) {
  EXPECT_EQ(autotvm_error_no(Verdict::wrong_result), 5);
  EXPECT_EQ(autotvm_error_no(Verdict::build_timeout), 6);
  EXPECT_EQ(autotvm_error_no(Verdict::run_timeout), 7);
  EXPECT_EQ(*verdict_from_autotvm(6), Verdict::build_timeout);
  EXPECT_EQ(*verdict_from_autotvm(7), Verdict::run_timeout);
  EXPECT_EQ(*verdict_from_autotvm(4), Verdict::run_failed);
  for (const int number : {-1, 9, 1000})
    EXPECT_EQ(verdict_from_autotvm(number).error().kind, ErrorKind::corrupt);
}

TEST(VerdictT4, KeepsValidityBothWays) {
  for (const Verdict verdict : kVerdicts) {
    const std::string_view word = t4_invalidity(verdict);
    EXPECT_EQ(word == "correct", verdict == Verdict::valid) << to_string(verdict);
    ASSERT_TRUE(verdict_from_t4(word).ok()) << word;
    EXPECT_EQ(t4_invalidity(*verdict_from_t4(word)), word);
  }
}

TEST(VerdictT4, RefusesOtherWords) {
  EXPECT_THAT(verdict_from_t4("broken").error().message, ::testing::HasSubstr("\"broken\""));
}

}  // namespace
}  // namespace tamis
