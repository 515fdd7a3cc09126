#include "exchange/csv_scanner.h"

#include "exchange/csv.h"
#include "support/csv_records.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(CsvCell, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(csv_cell("plain text "), "plain text ");
  EXPECT_EQ(csv_cell(""), "");
  EXPECT_EQ(csv_cell("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_cell("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(csv_cell("two\nlines"), "\"two\nlines\"");
}

TEST(CsvRecords, AreSplitAtLinesAndCommas) {
  const auto rows = scan_csv("a,b\r\n,\n\"x,\"\"y\"\"\n\",z");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_THAT(rows[0].cells, ElementsAre("a", "b"));
  EXPECT_THAT(rows[1].cells, ElementsAre("", ""));
  EXPECT_THAT(rows[2].cells, ElementsAre("x,\"y\"\n", "z"));
}

TEST(CsvRecords, KnowTheLinesTheyBeginAt) {
  const auto rows = scan_csv("a\n\"b\nc\nd\"\ne\n");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1].line, 2U);
  EXPECT_EQ(rows[2].line, 5U);
}

TEST(CsvRecords, IgnoreAByteOrderMark) {
  EXPECT_THAT(scan_csv("\xEF\xBB\xBF"
                       "a,b\n")[0]
                  .cells,
              ElementsAre("a", "b"));
}

TEST(CsvRecords, AreNoneInAnEmptyText) { EXPECT_TRUE(scan_csv("").empty()); }

TEST(CsvRecords, KeepACarriageReturnInsideALine) {
  EXPECT_THAT(scan_csv("a\rb,c\r\n")[0].cells, ElementsAre("a\rb", "c"));
}

TEST(CsvRecords, TellBadQuotingAndGoOnBehindIt) {
  EXPECT_THAT(scan_csv("ok\na\"b\n").at(1).fault, HasSubstr("a cell with a quote"));
  EXPECT_THAT(scan_csv("ok\n\"a\"b\n").at(1).fault, HasSubstr("there is text after"));
  const auto unclosed = scan_csv("ok\n\"a\nb\n");
  EXPECT_EQ(unclosed.at(1).line, 2U);
  EXPECT_THAT(unclosed.at(1).fault, HasSubstr("the quote that opens"));
  EXPECT_THAT(unclosed.at(2).cells, ElementsAre("b"));
  EXPECT_NE(scan_csv("\"").at(0).fault, "");
  EXPECT_NE(scan_csv("\"a\" ").at(0).fault, "");
}

TEST(CsvRecordsProperty, AreReadBackWhateverTheyHold) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& cells) {
    RC_PRE(!cells.empty());
    // A first cell that is a byte order mark is one only at the start of a text, so a plain line goes first.
    std::string text = "first\n";
    for (size_t i = 0; i < cells.size(); ++i) text += (i > 0 ? "," : "") + csv_cell(cells[i]);
    const auto rows = scan_csv(text + "\n");
    RC_ASSERT(rows.size() == 2U);
    RC_ASSERT(rows[1].fault.empty());
    RC_ASSERT(rows[1].cells == cells);
  }));
}

}  // namespace
}  // namespace tamis
