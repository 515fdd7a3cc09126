#include "drawing/styled_line.h"

#include <gtest/gtest.h>

namespace tamis {
namespace {

StyledLine example() {
  StyledLine line(2);
  line.add("88 valid", TerminalColour::green);
  line.add("20 crashed", TerminalColour::red);
  line.add_cut({{"mostly ", TerminalColour::none}, {"a long message", TerminalColour::yellow}});
  return line;
}

TEST(StyledLine, JoinsItsParts) {
  EXPECT_EQ(example().draw(80, false), "  88 valid  20 crashed  mostly a long message");
  EXPECT_EQ(example().columns(), 45U);
}

TEST(StyledLine, ResetsEachColour) {
  StyledLine line;
  line.add("a", TerminalColour::green);
  line.add("b");
  EXPECT_EQ(line.draw(80, true), "\033[32ma\033[0m  b");
}

TEST(StyledLine, LeavesOutPartsThatDoNotFit) {
  StyledLine line;
  line.add("first");
  line.add("second");
  EXPECT_EQ(line.draw(13, false), "first  second");
  EXPECT_EQ(line.draw(12, false), "first …");
  EXPECT_EQ(line.draw(6, false), "first");
  EXPECT_EQ(line.draw(4, false), "fir…");
  EXPECT_EQ(line.draw(0, false), "");
}

TEST(StyledLine, CutsThePartThatMayBeCutInItsColour) {
  EXPECT_EQ(example().draw(36, false), "  88 valid  20 crashed  mostly a lo…");
  EXPECT_EQ(example().draw(36, true),
            "  \033[32m88 valid\033[0m  \033[31m20 crashed\033[0m  mostly \033[33ma lo…\033[0m");
  EXPECT_EQ(example().draw(30, false), "  88 valid  20 crashed …");
}

}  // namespace
}  // namespace tamis
