#include "targets/cpu/timing/cores.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

namespace tamis::cpu {
namespace {

using testing::HasSubstr;

TEST(Cores, GiveEverySlotItsOwn) {
  const std::vector<int> allowed = {2, 3, 8, 9};
  EXPECT_EQ(cores_of_slot(allowed, 0, 1), (std::vector<int>{2}));
  EXPECT_EQ(cores_of_slot(allowed, 3, 1), (std::vector<int>{9}));
  EXPECT_EQ(cores_of_slot(allowed, 4, 1), (std::vector<int>{2}));
  EXPECT_EQ(cores_of_slot(allowed, 0, 2), (std::vector<int>{2, 3}));
  EXPECT_EQ(cores_of_slot(allowed, 1, 2), (std::vector<int>{8, 9}));
  EXPECT_EQ(cores_of_slot(allowed, 1, 9), allowed);
}

/// On a thread of its own, whose affinity goes with it.
template <class Work>
void on_a_thread(const Work& work) {
  std::jthread thread(work);
}

TEST(Cores, KeepAThread) {
  on_a_thread([] {
    const std::vector<int> allowed = allowed_cores().value();
    ASSERT_FALSE(allowed.empty());
    ASSERT_TRUE(pin_to_core(allowed.back()).ok());
    EXPECT_EQ(allowed_cores().value(), std::vector<int>{allowed.back()});
    EXPECT_EQ(::sched_getcpu(), allowed.back());
  });
}

TEST(Cores, SayWhichCannotBeHad) {
  for (const int core : {-1, 1 << 20}) {
    const Status status = pin_to_core(core);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::io);
    EXPECT_THAT(status.error().message, HasSubstr("core " + std::to_string(core)));
  }
  const Status status = pin_team(std::vector<int>{-1});
  EXPECT_FALSE(status.ok());
}

TEST(Team, DoesEveryPartOnce) {
  std::vector<std::atomic<int>> done(5);
  run_on_team(5, [&](int thread) { ++done[static_cast<size_t>(thread)]; });
  for (const auto& one : done) EXPECT_EQ(one, 1);
}

TEST(Team, StaysWhereItWasPinned) {
  on_a_thread([] {
    const std::vector<int> allowed = allowed_cores().value();
    ASSERT_TRUE(pin_team(allowed).ok());
    std::vector<int> cores(allowed.size(), -1);
    run_on_team(static_cast<int>(allowed.size()),
                [&](int thread) { cores[static_cast<size_t>(thread)] = ::sched_getcpu(); });
    EXPECT_EQ(cores, allowed);
  });
}

}  // namespace
}  // namespace tamis::cpu
