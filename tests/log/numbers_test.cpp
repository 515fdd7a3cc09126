#include "log/numbers.h"

#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tamis {
namespace {

TEST(Numbers, ComeBackBitByBit) {
  EXPECT_TRUE(rc::check([](const std::vector<double>& numbers) {
    std::string text;
    write_numbers(numbers, text);
    std::vector<double> back;
    RC_ASSERT(read_numbers(text, back));
    RC_ASSERT(back == numbers);
  }));
}

TEST(Numbers, AreWrittenAsPeopleWould) {
  std::string text;
  write_numbers(std::vector<double>{1, 0.1, NAN, -2.5}, text);
  EXPECT_EQ(text, "[1,0.1,null,-2.5]");
  write_numbers(std::vector<uint32_t>{}, text);
  EXPECT_EQ(text, "[]");
}

TEST(Numbers, RefuseEverythingElse) {
  std::vector<double> real;
  for (const char* text : {"", "[", "]", "1", "[1", "[1,]", "[,1]", "[1 2]", "[x]", "[1]]", "[nul]"})
    EXPECT_FALSE(read_numbers(text, real)) << text;
  std::vector<uint32_t> whole;
  for (const char* text : {"[-1]", "[1.5]", "[4294967296]", "[null]"})
    EXPECT_FALSE(read_numbers(text, whole)) << text;
}

TEST(Numbers, NeverCrashOnAnyText) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    std::vector<double> real;
    std::vector<uint32_t> whole;
    (void)read_numbers("[" + text + "]", real);
    (void)read_numbers("[" + text + "]", whole);
  }));
}

}  // namespace
}  // namespace tamis
