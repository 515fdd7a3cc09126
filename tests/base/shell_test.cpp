#include "base/shell.h"

#include <gtest/gtest.h>

namespace tamis {
namespace {

TEST(ShellWord, LeavesPlainWordsAsTheyAre) {
  EXPECT_EQ(shell_word("tile_h=8"), "tile_h=8");
  EXPECT_EQ(shell_word("a/b-c.d,e:f@g%h+i"), "a/b-c.d,e:f@g%h+i");
}

TEST(ShellWord, QuotesTheRest) {
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("a b"), "'a b'");
  EXPECT_EQ(shell_word("it's $HOME"), "'it'\\''s $HOME'");
}

}  // namespace
}  // namespace tamis
