#include "session/running_counts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using testing::ElementsAre;

Trial trial(uint64_t number, uint32_t choice, double latency_ns) {
  Trial trial;
  trial.number = number;
  trial.config.choices = {choice};
  trial.costs = {latency_ns};
  return trial;
}

std::vector<uint64_t> numbers(std::span<const Trial> trials) {
  std::vector<uint64_t> all;
  for (const Trial& one : trials) all.push_back(one.number);
  return all;
}

TEST(Shortlist, KeepsTheFastestEachConfigOnce) {
  Shortlist list(3);
  list.add(trial(0, 0, 50));
  list.add(trial(1, 1, 30));
  list.add(trial(2, 2, 40));
  list.add(trial(3, 1, 20));  // the config of trial 1 again, faster
  list.add(trial(4, 2, 60));  // that of trial 2 again, slower
  EXPECT_THAT(numbers(list.trials()), ElementsAre(3, 2, 0));
  list.add(trial(5, 5, 40));
  EXPECT_THAT(numbers(list.trials()), ElementsAre(3, 2, 5));
  Trial failed = trial(6, 6, 1);
  failed.verdict = Verdict::crashed;
  list.add(failed);
  EXPECT_THAT(numbers(list.trials()), ElementsAre(3, 2, 5));
  Trial same = trial(7, 7, 20);
  same.same_code_as = 3;  // would only be measured twice
  list.add(same);
  EXPECT_THAT(numbers(list.trials()), ElementsAre(3, 2, 5));
}

TEST(Shortlist, OfNoLengthStaysEmpty) {
  Shortlist list(0);
  list.add(trial(0, 0, 50));
  EXPECT_TRUE(list.trials().empty());
}

}  // namespace
}  // namespace tamis
