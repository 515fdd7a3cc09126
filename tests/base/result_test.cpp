#include "base/result.h"

#include "base/clock.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace tamis {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return invalid_input(std::to_string(number) + " is odd");
  return number / 2;
}

Result<int> quarter(int number) {
  TAMIS_ASSIGN(const int first, half(number));
  TAMIS_ASSIGN(const int second, half(first));
  return second;
}

Status check_even(int number) {
  TAMIS_TRY(half(number));
  return {};
}

TEST(Result, HoldsAValue) {
  const Result<int> result = half(8);
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(static_cast<bool>(result));
  EXPECT_EQ(result.value(), 4);
  EXPECT_EQ(*result, 4);
}

TEST(Result, HoldsAnError) {
  const Result<int> result = half(7);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(result.error().message, "7 is odd");
}

TEST(Result, PassesErrorsOnThroughTheMacros) {
  EXPECT_EQ(*quarter(12), 3);
  EXPECT_EQ(quarter(6).error().message, "3 is odd");
  EXPECT_TRUE(check_even(2).ok());
  EXPECT_EQ(check_even(3).error().message, "3 is odd");
}

TEST(Result, MovesWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(5));
  const std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 5);
}

TEST(Result, DistinguishesAnErrorFromAValueOfSimilarType) {
  const Result<std::string> text(std::string("fine"));
  EXPECT_EQ(text->size(), 4U);
}

TEST(Error, GainsContext) {
  const Error error = not_found("no such file").within("log.tamis");
  EXPECT_EQ(error.message, "log.tamis: no such file");
  EXPECT_EQ(error.kind, ErrorKind::not_found);
}

TEST(Error, HasAMakerForEveryKindThatLibrariesReport) {
  EXPECT_EQ(unsupported("x").kind, ErrorKind::unsupported);
  EXPECT_EQ(io_error("x").kind, ErrorKind::io);
  EXPECT_EQ(corrupt("x").kind, ErrorKind::corrupt);
}

TEST(Clock, NeverGoesBack) {
  const int64_t before = monotonic_ns();
  EXPECT_GE(monotonic_ns(), before);
  EXPECT_GT(unix_ms(), int64_t{1'600'000'000'000});
}

}  // namespace
}  // namespace tamis
