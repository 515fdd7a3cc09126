#include "base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;

TEST(SplitText, KeepsEmptyParts) {
  EXPECT_THAT(split_text("a,b", ','), ElementsAre("a", "b"));
  EXPECT_THAT(split_text("", ','), ElementsAre(""));
  EXPECT_THAT(split_text(",a,", ','), ElementsAre("", "a", ""));
}

TEST(ParseInteger, ReadsTheWholeRange) {
  EXPECT_EQ(parse_integer("0"), 0);
  EXPECT_EQ(parse_integer("-17"), -17);
  EXPECT_EQ(parse_integer("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(parse_integer("-9223372036854775808"), INT64_MIN);
}

TEST(ParseInteger, RefusesAnythingElse) {
  for (const char* text : {"", " 1", "1 ", "+1", "1.0", "1e3", "0x10", "-", "9223372036854775808", "12a"})
    EXPECT_FALSE(parse_integer(text).has_value()) << '"' << text << '"';
}

TEST(EditDistance, CountsInsertionsDeletionsAndReplacements) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("stride", "strid"), 1U);
  EXPECT_EQ(edit_distance("abc", "xyz"), edit_distance("xyz", "abc"));
}

TEST(DidYouMean, NamesTheNearest) {
  EXPECT_EQ(did_you_mean("strid", {"pad", "stride"}), "; did you mean \"stride\"?");
}

TEST(DidYouMean, ListsAllWhenNoneIsNear) {
  EXPECT_EQ(did_you_mean("frobnicate", {"pad", "stride"}), "; known are: pad, stride");
}

TEST(DidYouMean, CopesWithNothingKnown) { EXPECT_EQ(did_you_mean("x", {}), "; known are: "); }

}  // namespace
}  // namespace tamis
