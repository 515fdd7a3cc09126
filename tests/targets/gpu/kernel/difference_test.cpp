#include "targets/gpu/kernel/description.h"
#include "targets/gpu/kernel/element.h"

#include <cmath>
#include <cstring>
#include <limits>

#include <gmock/gmock.h>
#include <rapidcheck.h>

namespace tamis::gpu {
namespace {

using ::testing::HasSubstr;

template <class T>
std::vector<std::byte> bytes_of(const std::vector<T>& elements) {
  std::vector<std::byte> bytes(elements.size() * sizeof(T));
  std::memcpy(bytes.data(), elements.data(), bytes.size());
  return bytes;
}

ArgumentValue compared(ElementType type) {
  ArgumentValue argument;
  argument.name = "c";
  argument.type = type;
  return argument;
}

std::optional<std::string> difference(const ArgumentValue& argument, const std::vector<float>& expected,
                                      const std::vector<float>& actual) {
  return find_output_difference(argument, bytes_of(expected), bytes_of(actual));
}

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(OutputDifference, CountsElementsAndNamesTheFirst) {
  EXPECT_EQ(difference(compared(ElementType::float32), {1, 2, 3, 4}, {1, 2.5F, 3, 5}),
            "c: 2 of 4 elements differ, the first at 1: 2.5 instead of 2 (no tolerance)");
  EXPECT_EQ(difference(compared(ElementType::float32), {1, 2}, {1, 2}), std::nullopt);
}

TEST(OutputDifference, KeepsToEachTolerance) {
  ArgumentValue argument = compared(ElementType::float32);
  argument.tolerance = 0.5;
  EXPECT_EQ(difference(argument, {1, 100}, {1.5F, 99.5F}), std::nullopt);
  EXPECT_NE(difference(argument, {1, 100}, {1.6F, 100}), std::nullopt);
  argument.tolerance = 0;
  argument.relative_tolerance = 0.1;
  EXPECT_EQ(difference(argument, {1, 100}, {1.05F, 109}), std::nullopt);
  EXPECT_NE(difference(argument, {1, 100}, {1.2F, 100}), std::nullopt);
  argument.relative_tolerance = 0;
  argument.scaled_tolerance = 0.1;  // of 10
  EXPECT_EQ(difference(argument, {10, -10}, {10.9F, -10}), std::nullopt);
  EXPECT_NE(difference(argument, {10, -10}, {11.1F, -10}), std::nullopt);
}

TEST(OutputDifference, MeasuresNegativeElementsByTheirMagnitude) {
  ArgumentValue argument = compared(ElementType::float32);
  argument.relative_tolerance = 0.1;
  EXPECT_NE(difference(argument, {-10}, {10}), std::nullopt);
  EXPECT_EQ(difference(argument, {-10}, {-10.5F}), std::nullopt);
}

TEST(OutputDifference, EqualsNoNumberToWhatIsNone) {
  ArgumentValue argument = compared(ElementType::float32);
  argument.tolerance = 1e30;
  EXPECT_THAT(difference(argument, {1}, {kNaN}).value(), HasSubstr("nan instead of 1"));
  EXPECT_NE(difference(argument, {kNaN}, {1}), std::nullopt);
  EXPECT_EQ(difference(argument, {kNaN}, {-kNaN}), std::nullopt);
  EXPECT_NE(difference(argument, {kInfinity}, {1}), std::nullopt);
  EXPECT_NE(difference(argument, {kInfinity}, {-kInfinity}), std::nullopt);
}

TEST(OutputDifference, IsNotWidenedByAnInfiniteElement) {
  ArgumentValue argument = compared(ElementType::float32);
  argument.scaled_tolerance = 1e-3;
  EXPECT_NE(difference(argument, {kInfinity, 1, kNaN}, {kInfinity, 2, kNaN}), std::nullopt);
}

TEST(OutputDifference, TellsIntegersApartThatADoubleDoesNot) {
  const std::vector<int64_t> expected = {(int64_t{1} << 60) + 1};
  const std::vector<int64_t> actual = {int64_t{1} << 60};
  EXPECT_THAT(
      find_output_difference(compared(ElementType::int64), bytes_of(expected), bytes_of(actual)).value(),
      HasSubstr("1152921504606846976 instead of 1152921504606846977"));
}

TEST(OutputDifference, PassesOverTheFourthPlaceOfThreeLanes) {
  ArgumentValue argument = compared(ElementType::float32);
  argument.lanes = 3;
  argument.places = 4;
  EXPECT_EQ(difference(argument, {1, 2, 3, 0, 4, 5, 6, 0}, {1, 2, 3, 9, 4, 5, 6, 8}), std::nullopt);
  EXPECT_THAT(difference(argument, {1, 2, 3, 0, 4, 5, 6, 0}, {1, 2, 3, 9, 4, 7, 6, 8}).value(),
              HasSubstr("1 of 6 elements differs, the first at 4: 7 instead of 5"));
}

TEST(OutputDifference, SaysWhenSizesDiffer) {
  EXPECT_THAT(difference(compared(ElementType::float32), {1, 2}, {1}).value(),
              HasSubstr("4 bytes instead of 8"));
}

TEST(Element, StoresEveryIntegerThatFitsAndNoOther) {
  EXPECT_TRUE(rc::check([](int64_t number) {
    int16_t element = 0;
    const bool fits = number >= -32768 && number <= 32767;
    RC_ASSERT(store(number, ElementType::int16, reinterpret_cast<std::byte*>(&element)) == fits);
    if (fits) RC_ASSERT(element == number);
    uint64_t wide = 0;
    RC_ASSERT(store(number, ElementType::uint64, reinterpret_cast<std::byte*>(&wide)) == (number >= 0));
  }));
}

}  // namespace
}  // namespace tamis::gpu
