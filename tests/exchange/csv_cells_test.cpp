#include "exchange/csv_cells.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<CsvRecord> records(const std::string& text) {
  auto parsed = parse_csv_records(text, "test.csv");
  EXPECT_TRUE(parsed.ok()) << parsed.error().message;
  return *parsed;
}

TEST(CsvCell, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(csv_cell("plain text "), "plain text ");
  EXPECT_EQ(csv_cell(""), "");
  EXPECT_EQ(csv_cell("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_cell("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(csv_cell("two\nlines"), "\"two\nlines\"");
}

TEST(CsvRecords, AreSplitAtLinesAndCommas) {
  const auto rows = records("a,b\r\n,\n\"x,\"\"y\"\"\n\",z");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_THAT(rows[0].cells, ElementsAre("a", "b"));
  EXPECT_THAT(rows[1].cells, ElementsAre("", ""));
  EXPECT_THAT(rows[2].cells, ElementsAre("x,\"y\"\n", "z"));
}

TEST(CsvRecords, KnowTheLinesTheyBeginAt) {
  const auto rows = records("a\n\"b\nc\nd\"\ne\n");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1].line, 2U);
  EXPECT_EQ(rows[2].line, 5U);
}

TEST(CsvRecords, IgnoreAByteOrderMark) {
  EXPECT_THAT(records("\xEF\xBB\xBF"
                      "a,b\n")[0]
                  .cells,
              ElementsAre("a", "b"));
}

TEST(CsvRecords, AreNoneInAnEmptyText) { EXPECT_TRUE(records("").empty()); }

TEST(CsvRecords, KeepACarriageReturnInsideALine) {
  EXPECT_THAT(records("a\rb,c\r\n")[0].cells, ElementsAre("a\rb", "c"));
}

TEST(CsvRecords, RefuseBadQuoting) {
  EXPECT_THAT(parse_csv_records("ok\na\"b\n", "t").error().message,
              HasSubstr("t, line 2: a cell with a quote"));
  EXPECT_THAT(parse_csv_records("ok\n\"a\"b\n", "t").error().message,
              HasSubstr("t, line 2: there is text after"));
  EXPECT_THAT(parse_csv_records("ok\n\"a\nb\n", "t").error().message,
              HasSubstr("t, line 2: the quote that opens"));
  EXPECT_FALSE(parse_csv_records("\"", "t").ok());
  EXPECT_FALSE(parse_csv_records("\"a\" ", "t").ok());
}

TEST(CsvRecordsProperty, AreReadBackWhateverTheyHold) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& cells) {
    RC_PRE(!cells.empty());
    // A first cell that is a byte order mark is one only at the start of a text, so a plain line goes first.
    std::string text = "first\n";
    for (size_t i = 0; i < cells.size(); ++i) text += (i > 0 ? "," : "") + csv_cell(cells[i]);
    const auto rows = parse_csv_records(text + "\n", "test");
    RC_ASSERT(rows.ok());
    RC_ASSERT(rows->size() == 2U);
    RC_ASSERT((*rows)[1].cells == cells);
  }));
}

}  // namespace
}  // namespace tamis
