#include "network/tuning/gain_rate.h"

#include <gtest/gtest.h>

namespace tamis::network {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

TEST(GainRate, SaysNothingInTheFirstSecond) {
  GainRate rate;
  EXPECT_FALSE(rate.per_minute());
  rate.add(0, 100);
  rate.add(kSecond - 1, 50);
  EXPECT_FALSE(rate.per_minute());
}

TEST(GainRate, IsWhatWasGainedSinceTheFirstNotePerMinute) {
  GainRate rate;
  rate.add(0, 100);
  rate.add(10 * kSecond, 90);
  rate.add(30 * kSecond, 90);
  EXPECT_DOUBLE_EQ(*rate.per_minute(), 20);
}

TEST(GainRate, ForgetsWhatIsOlderThanAMinute) {
  GainRate rate;
  rate.add(0, 100);
  rate.add(10 * kSecond, 50);
  rate.add(70 * kSecond, 50);
  EXPECT_DOUBLE_EQ(*rate.per_minute(), 0);
}

TEST(GainRate, KeepsTheLatencyBeforeALongPause) {
  GainRate rate;
  rate.add(0, 100);
  for (int64_t second = 1; second <= 120; ++second) rate.add(second * kSecond, 100);
  rate.add(121 * kSecond, 40);
  EXPECT_GT(*rate.per_minute(), 0);
}

}  // namespace
}  // namespace tamis::network
