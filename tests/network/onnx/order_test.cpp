#include "network/onnx/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network::reading {
namespace {

using ::testing::ElementsAre;

TEST(OrderByNeeds, KeepsAnOrderThatIsRight) {
  EXPECT_THAT(order_by_needs({{}, {0}, {}, {1, 1}}).places, ElementsAre(0, 1, 2, 3));
}
}  // namespace
}  // namespace tamis::network::reading
