#include "experiment/parallel.h"

#include <atomic>
#include <vector>

#include <gtest/gtest.h>

namespace tamis {
namespace {

TEST(RunParallel, RunsEveryTaskOnce) {
  for (const size_t jobs : {1U, 3U, 200U}) {
    std::vector<std::atomic<int>> runs(100);
    size_t done = 0;
    const auto task = [&](size_t i) {
      ++runs[i];
      return Status();
    };
    ASSERT_TRUE(run_parallel(runs.size(), task, {jobs, [&](size_t n) { done = n; }}, {}).ok());
    for (const auto& count : runs) EXPECT_EQ(count, 1);
    EXPECT_EQ(done, runs.size());
  }
}

TEST(RunParallel, DoesNothingForNoTasks) {
  EXPECT_TRUE(run_parallel(0, [](size_t) { return Status(); }, {}, {}).ok());
}

TEST(RunParallel, GivesTheErrorOfTheLeastTaskAndBeginsNoMore) {
  std::atomic<int> runs = 0;
  const auto task = [&](size_t i) {
    ++runs;
    return i >= 5 ? Status(invalid_input("task " + std::to_string(i))) : Status();
  };
  const Status status = run_parallel(1000, task, {2}, {});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message, "task 5");
  EXPECT_LE(runs, 8);
}

TEST(RunParallel, StopsWhenAsked) {
  std::stop_source stop;
  std::atomic<int> runs = 0;
  const auto task = [&](size_t) {
    if (++runs == 10) stop.request_stop();
    return Status();
  };
  const Status status = run_parallel(1000, task, {2}, stop.get_token());
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::interrupted);
  EXPECT_LE(runs, 11);
}

}  // namespace
}  // namespace tamis
