#include "base/quantity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

TEST(Duration, IsInSecondsUnlessItSaysItsUnit) {
  EXPECT_EQ(parse_duration("90", "--time").value(), std::chrono::seconds(90));
  EXPECT_EQ(parse_duration("500ms", "--time").value(), std::chrono::milliseconds(500));
  EXPECT_EQ(parse_duration("15m", "--time").value(), std::chrono::minutes(15));
  EXPECT_EQ(parse_duration("2h", "--time").value(), std::chrono::hours(2));
}

TEST(Duration, OfNoTimeIsRefusedWithItsFlag) {
  for (const char* text : {"", "0", "-1", "s", "5d", "1.5s", "10000001", "5 s"})
    EXPECT_THAT(parse_duration(text, "--time").error().message, HasSubstr("--time must be a duration"))
        << text;
}

TEST(Size, IsInBytesUnlessItSaysItsUnit) {
  EXPECT_EQ(parse_size("512", "--memory-limit").value(), 512U);
  EXPECT_EQ(parse_size("512M", "--memory-limit").value(), uint64_t{512} << 20);
  EXPECT_EQ(parse_size("none", "--memory-limit").value(), 0U);
}

TEST(Size, ThatDoesNotFitIsRefused) {
  for (const char* text : {"", "4X", "9999999T", "-1"})
    EXPECT_THAT(parse_size(text, "--memory-limit").error().message,
                HasSubstr("--memory-limit must be a size"))
        << text;
}

}  // namespace
}  // namespace tamis
