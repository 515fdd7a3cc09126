#include "tamis/result.h"

#include "base/clock.h"

#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <vector>

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

TEST(Result, MovesThroughTheMacroWhatCannotBeCopied) {
  const auto taken = []() -> Result<int> {
    std::vector<std::unique_ptr<int>> list;
    TAMIS_ASSIGN(list, []() -> Result<std::vector<std::unique_ptr<int>>> {
      std::vector<std::unique_ptr<int>> made;
      made.push_back(std::make_unique<int>(5));
      return made;
    }());
    return *list.at(0);
  };
  EXPECT_EQ(*taken(), 5);
}

using Numbers = std::vector<int>;
template <class Read>
concept HasArrow = requires(Read result) {
  std::forward<Read>(result).operator->();
};
template <class Read>
concept HasValue = requires(Read result) {
  std::forward<Read>(result).value();
  *std::forward<Read>(result);
};
// A loop keeps alive what its expression gives by value, and nothing else of it: a temporary gives its value
// away, and has no members to loop over.
static_assert(std::same_as<decltype(std::declval<Result<Numbers>>().value()), Numbers>);
static_assert(std::same_as<decltype(*std::declval<Result<Numbers>>()), Numbers>);
static_assert(HasArrow<Result<Numbers>&> && HasArrow<const Result<Numbers>&>);
static_assert(!HasArrow<Result<Numbers>> && !HasArrow<const Result<Numbers>>);
static_assert(HasValue<Result<Numbers>&> && HasValue<const Result<Numbers>&> && HasValue<Result<Numbers>>);
static_assert(!HasValue<const Result<Numbers>>);

/// Sets a flag when it goes.
struct Watched {
  explicit Watched(bool& flag) : gone(&flag) {}
  Watched(Watched&& other) noexcept : gone(std::exchange(other.gone, nullptr)) {}
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;
  Watched& operator=(Watched&&) = delete;
  ~Watched() {
    if (gone != nullptr) *gone = true;
  }
  const int* begin() const { return &number; }
  const int* end() const { return &number + 1; }
  bool* gone;
  int number = 5;
};

TEST(Result, OfATemporaryOutlivesTheLoopOverIt) {
  bool gone = false;
  const auto make = [&]() -> Result<Watched> { return Watched(gone); };
  for (const int number : make().value()) EXPECT_TRUE(number == 5 && !gone);
  EXPECT_TRUE(std::exchange(gone, false));
  for (const int number : *make()) EXPECT_TRUE(number == 5 && !gone);
  EXPECT_TRUE(gone);
}

TEST(ResultDeathTest, EndsTheProgramWhereTheValueOfAnErrorIsRead) {
  const Result<std::string> failed = invalid_input("7 is odd");
  EXPECT_DEATH((void)failed.value(), "tamis: the value of a failed result was read; its error: 7 is odd");
  EXPECT_DEATH((void)failed->size(), "7 is odd");
  EXPECT_DEATH((void)*half(9), "9 is odd");
  EXPECT_DEATH((void)half(9).value(), "9 is odd");
}

TEST(ResultDeathTest, EndsTheProgramWhereTheErrorOfASuccessIsRead) {
  EXPECT_DEATH((void)half(8).error(), "tamis: the error of a result that succeeded was read");
  EXPECT_DEATH((void)check_even(8).error(), "tamis: the error of a result that succeeded was read");
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

TEST(Error, HasAWordForItsKind) {
  EXPECT_EQ(to_string(ErrorKind::invalid_input), "invalid_input");
  EXPECT_EQ(to_string(ErrorKind::not_found), "not_found");
  EXPECT_EQ(to_string(ErrorKind::unsupported), "unsupported");
  EXPECT_EQ(to_string(ErrorKind::io), "io");
  EXPECT_EQ(to_string(ErrorKind::corrupt), "corrupt");
  EXPECT_EQ(to_string(ErrorKind::interrupted), "interrupted");
  EXPECT_EQ(to_string(ErrorKind::internal), "internal");
}

TEST(Clock, NeverGoesBack) {
  const int64_t before = monotonic_ns();
  EXPECT_GE(monotonic_ns(), before);
  EXPECT_GT(unix_ms(), int64_t{1'600'000'000'000});
}

}  // namespace
}  // namespace tamis
