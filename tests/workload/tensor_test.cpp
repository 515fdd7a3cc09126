#include "tamis/data.h"

#include <cstring>
#include <vector>

#include <gtest/gtest.h>

namespace tamis {
namespace {

TEST(Tensor, IsEmptyUntilItIsGivenElements) {
  const Tensor tensor;
  EXPECT_TRUE(tensor.empty() && tensor.holds<int8_t>());
  EXPECT_EQ(tensor.byte_count(), 0U);
}

TEST(Tensor, HoldsElementsOfOneType) {
  const Tensor tensor = std::vector<int32_t>{1, -2, 3};
  EXPECT_TRUE(tensor.holds<int32_t>() && !tensor.holds<int8_t>() && !tensor.holds<float>());
  EXPECT_EQ(tensor.size(), 3U);
  EXPECT_EQ(tensor.values<int32_t>()[1], -2);
}

TEST(Tensor, GivesItsElementsAsBytes) {
  Tensor tensor = std::vector<float>{1.5F, -2.5F};
  ASSERT_EQ(tensor.byte_count(), 8U);
  const float written = 7.25F;
  std::memcpy(static_cast<char*>(tensor.data()) + 4, &written, sizeof(written));
  EXPECT_EQ(tensor.values<float>(), (std::vector<float>{1.5F, 7.25F}));
}

TEST(Tensor, EqualsOneOfTheSameTypeAndElements) {
  const Tensor tensor = std::vector<int8_t>{1, 2};
  EXPECT_EQ(tensor, Tensor(std::vector<int8_t>{1, 2}));
  EXPECT_NE(tensor, Tensor(std::vector<int8_t>{1, 3}));
  EXPECT_NE(tensor, Tensor(std::vector<int32_t>{1, 2}));
}

}  // namespace
}  // namespace tamis
