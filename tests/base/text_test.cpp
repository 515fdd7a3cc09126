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

TEST(Counted, IsSingularForOneOnly) {
  EXPECT_EQ(counted(0, "row"), "0 rows");
  EXPECT_EQ(counted(uint64_t{1}, "row"), "1 row");
  EXPECT_EQ(counted(size_t{2}, "row"), "2 rows");
  EXPECT_EQ(counted(1, "entry", "entries"), "1 entry");
  EXPECT_EQ(counted(-1, "entry", "entries"), "-1 entries");
}

TEST(EndsInAnyCase, TakesCapitalsOfTheTextForSmallLetters) {
  EXPECT_TRUE(ends_in_any_case("timeline.SVG", ".svg"));
  EXPECT_TRUE(ends_in_any_case("timeline.sVg", ".svg"));
  EXPECT_FALSE(ends_in_any_case("timeline.svgz", ".svg"));
  EXPECT_FALSE(ends_in_any_case("svg", ".svg"));
  EXPECT_TRUE(ends_in_any_case("", ""));
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

TEST(CIdentifier, KeepsLettersAndDigits) {
  EXPECT_EQ(c_identifier("resnet18.C2"), "resnet18_C2");
  EXPECT_EQ(c_identifier("dense:n=1,ci=16,co=16"), "dense_n_1_ci_16_co_16");
  EXPECT_EQ(c_identifier("a--b  c_d"), "a_b_c_d");
  EXPECT_EQ(c_identifier("..layer.."), "layer");
}

TEST(CIdentifier, IsNeverAWordOfTheLanguage) {
  EXPECT_EQ(c_identifier("float"), "kernel_float");
  EXPECT_EQ(c_identifier("new"), "kernel_new");
  EXPECT_EQ(c_identifier("main"), "kernel_main");
}

TEST(CIdentifier, NeverBeginsWithADigit) {
  EXPECT_EQ(c_identifier("3x3"), "kernel_3x3");
  EXPECT_EQ(c_identifier(""), "kernel_");
  EXPECT_EQ(c_identifier("\xc3\xa9"), "kernel_");
}

TEST(CIdentifier, IsAlwaysOne) {
  for (const char* name : {"resnet18.C2", "float", "3x3", "", "__x", "a b", "\n", "\"*/"})
    EXPECT_TRUE(is_c_identifier(c_identifier(name))) << name;
}

TEST(CIdentifier, RefusesWhatIsNone) {
  for (const char* text : {"", "1a", "a b", "_a", "a-b", "int", "\xc3\xa9"})
    EXPECT_FALSE(is_c_identifier(text)) << text;
}

TEST(CIdentifier, NumbersWhatWouldBeTheSame) {
  std::set<std::string> taken;
  EXPECT_EQ(unique_c_identifier("a.b", taken), "a_b");
  EXPECT_EQ(unique_c_identifier("a b", taken), "a_b_2");
  EXPECT_EQ(unique_c_identifier("a_b", taken), "a_b_3");
  EXPECT_EQ(unique_c_identifier("a_b_2", taken), "a_b_2_2");
}

}  // namespace
}  // namespace tamis
