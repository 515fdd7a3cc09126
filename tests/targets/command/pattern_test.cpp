#include "targets/command/pattern.h"

#include <chrono>

#include <gmock/gmock.h>

namespace tamis::command {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Pattern, FindsTheGroupOfEveryMatch) {
  const Pattern pattern = Pattern::parse("t=([0-9]+)").value();
  EXPECT_THAT(pattern.groups("t=1, t=22; t=3"), ElementsAre("1", "22", "3"));
  EXPECT_THAT(pattern.groups("nothing"), IsEmpty());
  EXPECT_TRUE(pattern.matches("at t=4"));
  EXPECT_FALSE(pattern.matches("at t=x"));
}

TEST(Pattern, KnowsTheNamesOfItsGroups) {
  EXPECT_THAT(Pattern::parse("(?P<ms>a)(b)").value().group_names(), ElementsAre("ms", ""));
}

TEST(Pattern, EndsWhereItMatchesNothing) {
  EXPECT_LE(Pattern::parse("(x*)").value().groups("aaa").size(), 4U);
}

TEST(Pattern, TakesTimeLinearInTheText) {
  // What makes backtracking take for ever.
  const Pattern pattern = Pattern::parse("((a+)+)$").value();
  EXPECT_FALSE(pattern.matches(std::string(100'000, 'a') + "b"));
}

TEST(Pattern, RefusesWhatItCannotRead) {
  const auto pattern = Pattern::parse("time (");
  ASSERT_FALSE(pattern.ok());
  EXPECT_EQ(pattern.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(pattern.error().message, HasSubstr("\"time (\" cannot be read: missing )"));
}

}  // namespace
}  // namespace tamis::command
