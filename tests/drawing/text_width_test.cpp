#include "drawing/text_width.h"

#include <gtest/gtest.h>

namespace tamis {
namespace {

TEST(TextWidth, CountsColumnsOfAFixedWidthFont) {
  EXPECT_EQ(columns_of(""), 0U);
  EXPECT_EQ(columns_of("abc"), 3U);
  EXPECT_EQ(columns_of("größer"), 6U);
  EXPECT_EQ(columns_of("日本語"), 6U);
  EXPECT_EQ(columns_of("e\u0301\u0301"), 1U);
  EXPECT_EQ(columns_of("🙂"), 2U);
  EXPECT_EQ(columns_of("█░…"), 3U);
  EXPECT_EQ(columns_of("\xff\xe6\x97"), 3U);  // no UTF-8: a column for each byte
}

TEST(TextWidth, CutsBetweenCharacters) {
  EXPECT_EQ(first_columns("größer", 3), "grö");
  EXPECT_EQ(first_columns("日本語", 3), "日");
  EXPECT_EQ(first_columns("e\u0301x", 1), "e\u0301");
  EXPECT_EQ(first_columns("abc", 5), "abc");
  EXPECT_EQ(first_columns("👩\u200D👩\u200D👧", 3), "👩");
  EXPECT_EQ(cut_to_columns("resnet18", 8), "resnet18");
  EXPECT_EQ(cut_to_columns("resnet18", 5), "resn…");
  EXPECT_EQ(cut_to_columns("日本語", 4), "日…");
  EXPECT_EQ(cut_to_columns("ab cd", 4), "ab…");
  EXPECT_EQ(cut_to_columns("ab", 0), "");
}

TEST(TextWidth, TakesAwayWhatATerminalWouldObey) {
  EXPECT_EQ(printable("größer 日本"), "größer 日本");
  EXPECT_EQ(printable("a\tb\nc\rd"), "a b c d");
  EXPECT_EQ(printable("\033[2J\007\x7f"), "?[2J??");
  EXPECT_EQ(printable("\u009b31m\u202Eabc"), "?31m?abc");
  EXPECT_EQ(printable("\xff\xc3"), "??");
}

TEST(TextWidth, BreaksBetweenWords) {
  EXPECT_EQ(wrap_words("one two three", 7), "one two\nthree");
  EXPECT_EQ(wrap_words("one two three", 9, 2), "one two\n  three");
  EXPECT_EQ(wrap_words("    4  crashed  why", 0), "    4  crashed  why");
  EXPECT_EQ(wrap_words("    4  crashed  why it did", 16, 6), "    4  crashed\n      why it did");
  EXPECT_EQ(wrap_words("a/path/that/is/long x", 5), "a/path/that/is/long\nx");
}

}  // namespace
}  // namespace tamis
