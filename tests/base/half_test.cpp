#include "base/half.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace tamis {
namespace {

TEST(Float16, KeepsEachOfItsNumbers) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = float16_value(static_cast<uint16_t>(bits));
    if (std::isnan(value)) {
      EXPECT_EQ(bits & 0x7c00, 0x7c00U);
      EXPECT_TRUE(std::isnan(float16_value(float16_bits(value))));
      continue;
    }
    EXPECT_EQ(float16_bits(value), bits);
  }
}

TEST(Float16, HasTheNumbersOfTheStandard) {
  EXPECT_EQ(float16_value(0x3c00), 1.0F);
  EXPECT_EQ(float16_value(0xc000), -2.0F);
  EXPECT_EQ(float16_value(0x7bff), 65504.0F);
  EXPECT_EQ(float16_value(0x0400), 0x1p-14F);
  EXPECT_EQ(float16_value(0x0001), 0x1p-24F);
  EXPECT_EQ(float16_value(0xfc00), -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::signbit(float16_value(0x8000)));
}

TEST(Float16, TakesTheNearestAndOfTwoTheEvenOne) {
  EXPECT_EQ(float16_bits(1 + 0x1p-11F), 0x3c00);
  EXPECT_EQ(float16_bits(1 + 0x1.8p-11F), 0x3c01);
  EXPECT_EQ(float16_bits(1 + 0x3p-11F), 0x3c02);
  EXPECT_EQ(float16_bits(65519.99F), 0x7bff);
  EXPECT_EQ(float16_bits(65520.0F), 0x7c00) << "halfway to the next, which there is none of";
  EXPECT_EQ(float16_bits(-1e9F), 0xfc00);
  EXPECT_EQ(float16_bits(0x1p-25F), 0x0000);
  EXPECT_EQ(float16_bits(0x1.8p-24F), 0x0002);
  EXPECT_EQ(float16_bits(0x1.ffep-15F), 0x0400) << "up to the least normal one";
}

TEST(Bfloat16, IsTheUpperHalfOfAFloatRounded) {
  EXPECT_EQ(bfloat16_value(0x3f80), 1.0F);
  EXPECT_EQ(bfloat16_bits(1 + 0x1p-8F), 0x3f80);
  EXPECT_EQ(bfloat16_bits(1 + 0x3p-8F), 0x3f82);
  EXPECT_EQ(bfloat16_bits(std::numeric_limits<float>::max()), 0x7f80);
  EXPECT_TRUE(std::isnan(bfloat16_value(bfloat16_bits(std::nanf("")))));
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = bfloat16_value(static_cast<uint16_t>(bits));
    if (!std::isnan(value)) {
      EXPECT_EQ(bfloat16_bits(value), bits);
    }
  }
}

}  // namespace
}  // namespace tamis
