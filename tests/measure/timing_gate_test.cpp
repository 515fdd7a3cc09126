#include "measure/timing_gate.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tamis {
namespace {

TEST(TimingGate, LetsJobsInTogether) {
  TimingGate gate;
  TimingGate::Pass one(gate), other(gate);
  EXPECT_TRUE(one.enter({}));
  EXPECT_TRUE(other.enter({}));
}

TEST(TimingGate, LeavesNobodyInsideBesideOneWhoIsAlone) {
  TimingGate gate;
  std::atomic<int> inside = 0, alone = 0, faults = 0;
  const auto job = [&] {
    for (int round = 0; round < 50; ++round) {
      TimingGate::Pass pass(gate);
      pass.enter({});
      ++inside;
      if (alone > 0) ++faults;
      --inside;
      pass.stay_alone({});
      if (++alone != 1 || inside != 0) ++faults;
      std::this_thread::yield();
      if (alone != 1 || inside != 0) ++faults;
      --alone;
    }
  };
  {
    std::vector<std::jthread> jobs;
    for (int i = 0; i < 4; ++i) jobs.emplace_back(job);
  }
  EXPECT_EQ(faults, 0);
}

TEST(TimingGate, LetsNobodyInBeforeThoseWhoWaitToBeAlone) {
  TimingGate gate;
  TimingGate::Pass inside(gate);
  ASSERT_TRUE(inside.enter({}));
  std::atomic<bool> timed = false;
  std::stop_source begun;
  std::jthread waits([&] {
    TimingGate::Pass pass(gate);
    pass.enter({});
    begun.request_stop();
    pass.stay_alone({});
    timed = true;
  });
  while (!begun.stop_requested()) std::this_thread::yield();
  inside.leave();
  // Whenever it comes, it finds the other one gone or ahead of it.
  waits.join();
  TimingGate::Pass next(gate);
  ASSERT_TRUE(next.enter({}));
  EXPECT_TRUE(timed);
}

TEST(TimingGate, StopsWaiting) {
  TimingGate gate;
  std::stop_source stop;
  stop.request_stop();
  TimingGate::Pass inside(gate), other(gate);
  ASSERT_TRUE(inside.enter({}));
  ASSERT_TRUE(other.enter({}));
  EXPECT_FALSE(other.stay_alone(stop.get_token()));
  ASSERT_TRUE(inside.stay_alone({}));
  TimingGate::Pass late(gate);
  EXPECT_FALSE(late.enter(stop.get_token()));
}

}  // namespace
}  // namespace tamis
