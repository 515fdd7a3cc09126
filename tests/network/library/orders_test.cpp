#include "network/library/orders.h"

#include "network/passes/graphs.h"

#include <cstring>

#include <gtest/gtest.h>

namespace tamis::network {
namespace {

TEST(Orders, HaveChannelsInFrontOrBehind) {
  EXPECT_EQ(physical(Order::plain, 4), (PhysicalOrder{0, 1, 2, 3}));
  EXPECT_EQ(physical(Order::channels_last, 4), (PhysicalOrder{0, 2, 3, 1}));
  EXPECT_EQ(physical(Order::channels_last, 3), (PhysicalOrder{0, 2, 1}));
  EXPECT_EQ(physical(Order::channels_last, 2), (PhysicalOrder{0, 1}));
  EXPECT_EQ(physical(Order::channels_last, 0), PhysicalOrder{});
}

TEST(Orders, AreTheSameMemoryWhereOtherAxesHaveOnePlace) {
  EXPECT_TRUE(same_memory({1, 8, 1, 1}, {0, 1, 2, 3}, {0, 2, 3, 1}));
  EXPECT_TRUE(same_memory({1, 1, 5, 6}, {0, 1, 2, 3}, {0, 2, 3, 1}));
  EXPECT_FALSE(same_memory({1, 8, 5, 1}, {0, 1, 2, 3}, {0, 2, 3, 1}));
}

TEST(Orders, OfATransposeFollowItsInput) {
  // What lies channels last is plain once its channels are its last axis, and the other way round.
  EXPECT_EQ(transposed_order({0, 2, 3, 1}, {0, 2, 3, 1}), (PhysicalOrder{0, 1, 2, 3}));
  EXPECT_EQ(transposed_order({0, 1, 2, 3}, {0, 3, 1, 2}), (PhysicalOrder{0, 2, 3, 1}));
}

TEST(Orders, LayOutTheElements) {
  const Array array = floats({1, 2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7});
  const std::vector<std::byte> bytes = laid_out(array, physical(Order::channels_last, 4));
  std::vector<float> values(8);
  std::memcpy(values.data(), bytes.data(), bytes.size());
  EXPECT_EQ(values, (std::vector<float>{0, 4, 1, 5, 2, 6, 3, 7}));
}

}  // namespace
}  // namespace tamis::network
