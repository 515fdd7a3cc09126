#include "tamis/trial.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace tamis {
namespace {

double median(std::vector<double> samples) {
  Trial trial;
  trial.latencies_ns = std::move(samples);
  return trial.latency_ns();
}

TEST(Trial, RanksByTheMedianLatency) {
  EXPECT_EQ(median({5}), 5.0);
  EXPECT_EQ(median({9, 1, 5}), 5.0);
  EXPECT_EQ(median({1, 100}), 50.5);
  EXPECT_EQ(median({4, 1, 3, 2}), 2.5);
  EXPECT_EQ(median({7, 7, 1, 7, 9, 100}), 7.0);
}

TEST(Trial, WithoutSamplesIsInfinitelySlow) {
  EXPECT_EQ(median({}), std::numeric_limits<double>::infinity());
}

TEST(Trial, KeepsTheOrderOfItsSamples) {
  Trial trial;
  trial.latencies_ns = {3, 1, 2};
  EXPECT_EQ(trial.latency_ns(), 2.0);
  EXPECT_EQ(trial.latencies_ns, (std::vector<double>{3, 1, 2}));
}

TEST(Latency, IsFromAThousandthOfANanosecondToElevenDays) {
  for (const double latency : {1e-3, 1.0, 1e15}) EXPECT_TRUE(check_latency_ns(latency).ok()) << latency;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double latency : {0.0, -0.0, -1.0, 9.99e-4, 1.01e15, kInfinity, -kInfinity, std::nan("")})
    EXPECT_EQ(check_latency_ns(latency).error().kind, ErrorKind::invalid_input) << latency;
  EXPECT_EQ(check_latency_ns(0).error().message,
            "a latency of 0 ns cannot be; it must be from 0.001 to 1e+15 ns");
}

TEST(Features, AreFoundByName) {
  Features features;
  features.set("cycles", 12);
  features.set("inp_bytes", 0);
  EXPECT_EQ(features.get("cycles"), 12.0);
  EXPECT_TRUE(features.has("inp_bytes"));
  EXPECT_FALSE(features.has("cycle"));
  EXPECT_TRUE(std::isnan(features.get("cycle")));
}

TEST(Features, CompareByNamesValuesAndOrder) {
  Features one, two;
  one.set("a", 1);
  two.set("a", 1);
  EXPECT_EQ(one, two);
  two.set("b", 2);
  EXPECT_NE(one, two);
}

}  // namespace
}  // namespace tamis
