#include "targets/vta/simulator/token_queue.h"

#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

/// A queue into which `count` tokens were pushed, one a cycle from cycle 0.
TokenQueue with_tokens(uint32_t count) {
  TokenQueue queue;
  for (uint32_t i = 0; i < count; ++i) EXPECT_FALSE(queue.push({i, i}));
  return queue;
}

TEST(TokenQueue, GivesTokensInTheirOrder) {
  TokenQueue queue;
  EXPECT_TRUE(queue.empty());
  for (uint64_t i = 0; i < 2000; ++i) EXPECT_FALSE(queue.push({10 * i, 0}) && i < kMostTokens);
  for (uint64_t i = 0; i < 2000; ++i) {
    ASSERT_FALSE(queue.empty());
    EXPECT_EQ(queue.next(), 10 * i);
    queue.pop(10 * i);
  }
  EXPECT_TRUE(queue.empty());
}

TEST(TokenQueue, HoldsAsManyAsTheDeviceCounts) {
  EXPECT_FALSE(with_tokens(kMostTokens).lost());
  TokenQueue queue = with_tokens(kMostTokens);
  queue.push({1000, 77});  // the receiver may yet pop before
  ASSERT_TRUE(queue.lost());
  EXPECT_EQ(queue.lost()->position, 77u);
}

TEST(TokenQueue, KnowsALossWhicheverEngineIsBehind) {
  // The receiver comes later in the model: it pops the oldest token in cycle 1000, when the last comes.
  TokenQueue behind = with_tokens(kMostTokens);
  EXPECT_FALSE(behind.push({1000, 77}));
  const auto lost = behind.pop(1000);
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->position, 77u);
  // One cycle earlier is in time.
  TokenQueue in_time = with_tokens(kMostTokens);
  EXPECT_FALSE(in_time.push({1000, 77}));
  EXPECT_FALSE(in_time.pop(999));
  EXPECT_FALSE(in_time.lost());
  // The receiver was there first.
  TokenQueue ahead = with_tokens(kMostTokens);
  EXPECT_FALSE(ahead.pop(1000));
  EXPECT_TRUE(ahead.push({1000, 77}));
  TokenQueue early = with_tokens(kMostTokens);
  EXPECT_FALSE(early.pop(999));
  EXPECT_FALSE(early.push({1000, 77}));
}

}  // namespace
}  // namespace tamis::vta
