#include "trial/trial.h"

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
