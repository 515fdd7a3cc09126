#include "network/operators/calls.h"
#include "network/operators/fourier.h"
#include "network/operators/lists.h"

#include <cmath>
#include <complex>
#include <numbers>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;

Array real_signal(const std::vector<float>& values) {
  return Array::of<float>({1, static_cast<int64_t>(values.size()), 1}, values);
}

Array size_of(int64_t value) { return Array::scalar(value); }

void expect_near(const std::vector<float>& got, const std::vector<float>& expected) {
  EXPECT_THAT(got, Pointwise(FloatNear(1e-5F), expected));
}

TEST(FourierTransform, IsTheSumOfItsDefinitionForEveryLength) {
  for (size_t length = 1; length <= 24; ++length) {
    std::vector<std::complex<double>> values;
    for (size_t i = 0; i < length; ++i)
      values.emplace_back(std::sin(3.0 * static_cast<double>(i)), 0.1 * static_cast<double>(i));
    const auto transformed = FourierTransform(length, false).of(values);
    for (size_t k = 0; k < length; ++k) {
      std::complex<double> sum = 0;
      for (size_t n = 0; n < length; ++n)
        sum += values[n] * std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(k * n) /
                                               static_cast<double>(length));
      EXPECT_NEAR(std::abs(transformed[k] - sum), 0, 1e-12) << length << " " << k;
    }
    const auto back = FourierTransform(length, true).of(transformed);
    for (size_t n = 0; n < length; ++n) EXPECT_NEAR(std::abs(back[n] - values[n]), 0, 1e-13);
  }
}

TEST(Dft, TransformsRealNumbers) {
  expect_near(values_of<float>({"DFT", {real_signal({1, 2, 3, 4})}}), {10, 0, -2, 2, -2, 0, -2, -2});
  expect_near(values_of<float>({"DFT", {real_signal({1, 2, 3, 4})}, {{"onesided", int64_t{1}}}}),
              {10, 0, -2, 2, -2, 0});
}

TEST(Dft, PadsAndCutsToItsLength) {
  expect_near(values_of<float>({"DFT", {real_signal({1, 2}), size_of(4)}}), {3, 0, 1, -2, -1, 0, 1, 2});
  expect_near(values_of<float>({"DFT", {real_signal({1, 2, 9, 9}), size_of(2)}}), {3, 0, -1, 0});
}

TEST(Dft, GoesAlongAnAxisThatIsAnAttributeBelowOpset20AndAnInputFromItOn) {
  const Array x = Array::of<float>({2, 2, 1}, {1, 2, 3, 4});
  expect_near(values_of<float>({"DFT", {x}, {{"axis", int64_t{0}}}}), {4, 0, 6, 0, -2, 0, -2, 0});
  expect_near(values_of<float>({"DFT", {x, std::nullopt, size_of(0)}, {}, 20}), {4, 0, 6, 0, -2, 0, -2, 0});
  expect_near(values_of<float>({"DFT", {x}, {}, 20}), {3, 0, -1, 0, 7, 0, -1, 0});
  EXPECT_THAT(error_of({"DFT", {x, std::nullopt, size_of(2)}, {}, 20}), HasSubstr("its axis is the last"));
}

TEST(Dft, TransformsBack) {
  const Array whole = run({"DFT", {real_signal({1, 2, 3, 4})}}).value().front();
  expect_near(values_of<float>({"DFT", {whole}, {{"inverse", int64_t{1}}}}), {1, 0, 2, 0, 3, 0, 4, 0});
  const Array side = run({"DFT", {real_signal({1, 2, 3, 4})}, {{"onesided", int64_t{1}}}}).value().front();
  expect_near(values_of<float>({"DFT", {side}, {{"inverse", int64_t{1}}, {"onesided", int64_t{1}}}, 20}),
              {1, 2, 3, 4});
  const Array odd = run({"DFT", {real_signal({1, 2, 3})}, {{"onesided", int64_t{1}}}}).value().front();
  expect_near(
      values_of<float>({"DFT", {odd, size_of(3)}, {{"inverse", int64_t{1}}, {"onesided", int64_t{1}}}, 20}),
      {1, 2, 3});
}

TEST(Dft, RefusesOneSideOfComplexNumbersAndOtherLastAxes) {
  const Array complex = Array::of<float>({1, 2, 2}, {1, 2, 3, 4});
  EXPECT_THAT(error_of({"DFT", {complex}, {{"onesided", int64_t{1}}}}), HasSubstr("only of real numbers"));
  EXPECT_THAT(error_of({"DFT", {Array::of<float>({1, 3}, {1, 2, 3})}}),
              HasSubstr("the last is 1 (real) or 2"));
  EXPECT_THAT(error_of({"DFT", {complex, size_of(0)}}), HasSubstr("must be at least 1, and is 0"));
}

TEST(Stft, TransformsFrames) {
  const TestCall call{"STFT", {real_signal({1, 2, 3, 4, 5}), size_of(1), std::nullopt, size_of(4)}};
  EXPECT_EQ(run(call).value().front().shape(), (Shape{1, 2, 3, 2}));
  expect_near(values_of<float>(call), {10, 0, -2, 2, -2, 0, 14, 0, -2, 2, -2, 0});
}

TEST(Stft, WeighsFramesByAWindowThatMayGiveTheirLength) {
  const Array window = Array::of<float>({2}, {1, 10});
  expect_near(values_of<float>({"STFT", {real_signal({1, 2, 3, 4}), size_of(2), window}}),
              {21, 0, -19, 0, 43, 0, -37, 0});
  expect_near(
      values_of<float>({"STFT", {real_signal({1, 2, 3, 4}), size_of(2), window}, {{"onesided", int64_t{0}}}}),
      {21, 0, -19, 0, 43, 0, -37, 0});
  EXPECT_THAT(error_of({"STFT", {real_signal({1, 2, 3, 4}), size_of(2), window, size_of(3)}}),
              HasSubstr("its frames have 3 values, and its window 2"));
}

TEST(Stft, TakesRealNumbersWithoutAnAxisForTheirParts) {
  const Array x = Array::of<float>({1, 5}, {1, 2, 3, 4, 5});
  expect_near(values_of<float>({"STFT", {x, size_of(1), std::nullopt, size_of(4)}}),
              {10, 0, -2, 2, -2, 0, 14, 0, -2, 2, -2, 0});
}

TEST(Stft, RefusesStepsThatGoNowhereAndOneSideOfComplexNumbers) {
  EXPECT_THAT(error_of({"STFT", {real_signal({1, 2}), size_of(0)}}),
              HasSubstr("must be at least 1, and is 0"));
  EXPECT_THAT(error_of({"STFT", {Array::of<float>({1, 2, 2}, {1, 2, 3, 4}), size_of(1)}}),
              HasSubstr("only of real numbers"));
}

TEST(Windows, AreSumsOfCosines) {
  expect_near(values_of<float>({"HannWindow", {size_of(4)}}), {0, 0.5, 1, 0.5});
  expect_near(values_of<float>({"HannWindow", {size_of(5)}, {{"periodic", int64_t{0}}}}),
              {0, 0.5, 1, 0.5, 0});
  expect_near(values_of<float>({"HammingWindow", {size_of(2)}}), {4.0F / 46, 1});
  expect_near(values_of<float>({"BlackmanWindow", {size_of(2)}}), {0, 1});
  EXPECT_EQ(values_of<double>({"HannWindow", {size_of(2)}, {{"output_datatype", int64_t{11}}}})[1], 1.0);
  EXPECT_THAT(error_of({"HannWindow", {size_of(-1)}}), HasSubstr("cannot have -1 values"));
}

}  // namespace
}  // namespace tamis::network
