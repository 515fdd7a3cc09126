#include "drawing/text_table.h"

#include <gtest/gtest.h>

namespace tamis {
namespace {

TEST(TextTable, AlignsTheFirstColumnLeftAndTheOthersRight) {
  TextTable table({"name", "n"});
  table.add_row({"a", "1"});
  table.add_row({"bcdef", "23"});
  EXPECT_EQ(table.draw(),
            "name    n\n"
            "---------\n"
            "a       1\n"
            "bcdef  23\n");
}

TEST(TextTable, AlignsTheColumnsItIsToldLeft) {
  TextTable table({"name", "n", "config"}, {0, 2});
  table.add_row({"a", "1", "x"});
  table.add_row({"b", "23", "xyz"});
  EXPECT_EQ(table.draw(),
            "name   n  config\n"
            "----------------\n"
            "a      1  x\n"
            "b     23  xyz\n");
}

TEST(TextTable, FillsMissingCellsAndLeavesNoBlanksAtTheEnds) {
  TextTable table({"a", "b", "c"});
  table.add_row({"x"});
  table.add_row({"y", "long"});
  EXPECT_EQ(table.draw(),
            "a     b  c\n"
            "----------\n"
            "x\n"
            "y  long\n");
}

TEST(TextTable, CountsCharactersNotBytes) {
  TextTable table({"µ", "n"});
  table.add_row({"é", "1"});
  EXPECT_EQ(table.draw(),
            "µ  n\n"
            "----\n"
            "é  1\n");
}

TEST(TextTable, CountsTheColumnsOfWideCharacters) {
  TextTable table({"name", "n"});
  table.add_row({"日本", "1"});
  table.add_row({"e\u0301", "23"});
  EXPECT_EQ(table.draw(),
            "name   n\n"
            "--------\n"
            "日本   1\n"
            "e\u0301     23\n");
}

TEST(TextTable, BreaksItsLastColumnWhereAWindowIsNarrow) {
  TextTable table({"a", "why"}, {0, 1});
  table.add_row({"x", "one 1, two 2, three 3"});
  table.add_row({"y", "none"});
  EXPECT_EQ(table.draw(18),
            "a  why\n"
            "----------------\n"
            "x  one 1, two 2,\n"
            "   three 3\n"
            "y  none\n");
  EXPECT_EQ(table.least_columns(), 10U);
  EXPECT_EQ(table.draw(24), table.draw());
  EXPECT_EQ(table.draw(3), table.draw(10));
}

TEST(TextTable, OfNoRowsIsItsHeader) { EXPECT_EQ(TextTable({"only"}).draw(), "only\n"); }

TEST(Percent, HasOneDecimal) {
  EXPECT_EQ(percent(0), "0.0 %");
  EXPECT_EQ(percent(0.125), "12.5 %");
  EXPECT_EQ(percent(1), "100.0 %");
}

}  // namespace
}  // namespace tamis
