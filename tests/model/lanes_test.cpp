#include "model/lanes.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <gtest/gtest.h>

namespace tamis {
namespace {

using Numbers = std::array<float, kLanes>;

template <class Function>
Numbers applied(const Numbers& numbers, const Function& function) {
  Lanes lanes;
  load(lanes, numbers.data());
  function(lanes);
  Numbers result;
  store(lanes, result.data());
  return result;
}

const Numbers kNumbers = {0, 1e-20F, 1e-6F, 0.25F, 1, 3, 80, 1e6F};

TEST(Lanes, HaveSquareRoots) {
  const Numbers roots = applied(kNumbers, [](Lanes& lanes) { take_square_root(lanes); });
  for (size_t i = 0; i < kLanes; ++i)
    EXPECT_NEAR(roots[i], std::sqrt(kNumbers[i]), 2e-7 * std::sqrt(kNumbers[i]));
}

TEST(Lanes, HaveNegativeExponentials) {
  const Numbers powers = applied(kNumbers, [](Lanes& lanes) { take_negative_exponential(lanes); });
  for (size_t i = 0; i < kLanes; ++i) {
    const double exact = std::exp(-static_cast<double>(kNumbers[i]));
    EXPECT_NEAR(powers[i], exact, exact > 1e-9 ? 1e-6 * exact : 1e-30) << kNumbers[i];
  }
}

TEST(Lanes, HaveLogarithms) {
  const Numbers positive = {1e-30F, 1e-6F, 0.002F, 0.5F, 0.7F, 0.999F, 1, 1.5F, 2, 3, 80, 1e6F, 1, 1, 1, 1};
  const Numbers logarithms = applied(positive, [](Lanes& lanes) { take_logarithm(lanes); });
  for (size_t i = 0; i < kLanes; ++i) {
    const double exact = std::log(static_cast<double>(positive[i]));
    EXPECT_NEAR(logarithms[i], exact, 2e-7 * (1 + std::abs(exact))) << positive[i];
  }
}

const Numbers kSigned = {-100, -5, -1, -0.1F, 0, 0.3F, 2.5F, 40};

TEST(Lanes, HaveTheNormalDistribution) {
  const Numbers below = applied(kSigned, [](Lanes& lanes) { take_normal_distribution(lanes); });
  for (size_t i = 0; i < kLanes; ++i)
    EXPECT_NEAR(below[i], std::erfc(-kSigned[i] / std::sqrt(2.0)) / 2, 2e-6) << kSigned[i];
}

TEST(Lanes, HaveTheLogisticFunction) {
  const Numbers values = applied(kSigned, [](Lanes& lanes) { take_logistic(lanes); });
  for (size_t i = 0; i < kLanes; ++i)
    EXPECT_NEAR(values[i], 1 / (1 + std::exp(-static_cast<double>(kSigned[i]))), 2e-6) << kSigned[i];
}

TEST(Lanes, ReadAndWriteNoMoreThanIsLeft) {
  Lanes lanes;
  load(lanes, kSigned.data(), 3);
  Numbers result;
  result.fill(7);
  store(lanes, result.data(), 5);
  Numbers expected;
  expected.fill(7);
  std::copy_n(std::array<float, 5>{-100, -5, -1, 0, 0}.begin(), 5, expected.begin());
  EXPECT_EQ(result, expected);
}

}  // namespace
}  // namespace tamis
