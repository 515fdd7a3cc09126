#include "exchange/packed_trials.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tamis {
namespace {

Trial trial_of(uint64_t number) {
  Trial trial;
  trial.number = number;
  trial.config.choices = {static_cast<uint32_t>(number % 3), 1};
  trial.build_ns = 7;
  trial.run_ns = 8;
  trial.finished_unix_ms = 1'700'000'000'000 - static_cast<int64_t>(number);
  if (number % 2 == 1) {
    trial.verdict = Verdict::run_failed;
    trial.message = "no " + std::to_string(number % 5);
    return trial;
  }
  trial.measured = true;
  trial.device = "gpu";
  trial.costs.assign(number % 4, 2.5);
  trial.features.set("watts", static_cast<double>(number));
  if (number % 3 == 0) trial.features.set("GFLOP/s", 0.5);
  return trial;
}

TEST(PackedTrials, ComeOutAsTheyWentIn) {
  PackedTrials packed;
  constexpr uint64_t kMany = 20'000;  // of several chunks
  for (uint64_t i = 0; i < kMany; ++i) packed.push(trial_of(i));
  ASSERT_EQ(packed.size(), kMany);
  EXPECT_EQ(packed.first_unix_ms(), 1'700'000'000'000 - static_cast<int64_t>(kMany) + 1);
  Trial trial;
  for (uint64_t i = kMany; i-- > 0;) {
    packed.read(i, trial);
    ASSERT_EQ(trial, trial_of(i)) << i;
  }
}

TEST(PackedTrials, TakeOneThatIsLargerThanAChunk) {
  PackedTrials packed;
  Trial large = trial_of(0);
  large.costs.assign(200'000, 1.5);
  packed.push(trial_of(1));
  packed.push(large);
  packed.push(trial_of(2));
  Trial trial;
  packed.read(1, trial);
  EXPECT_EQ(trial, large);
  packed.read(2, trial);
  EXPECT_EQ(trial, trial_of(2));
}

TEST(PackedTrials, HaveThePositionsOfValues) {
  PackedTrials packed;
  packed.push(trial_of(2));
  packed.place({{5, 6, 4}, {0, 9}});
  Trial trial;
  packed.read(0, trial);
  EXPECT_EQ(trial.config, (Config{{4, 9}}));
}

}  // namespace
}  // namespace tamis
