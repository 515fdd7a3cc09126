#include "watch/events.h"

#include <chrono>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::watch {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

constexpr milliseconds kNow{0};

TEST(EventRing, GivesWhatFollowsAsServerSentEvents) {
  EventRing ring("run");
  EXPECT_EQ(ring.end(), 0U);
  EXPECT_EQ(ring.after(0, kNow)->text, "");
  ring.push("append", "{\"a\":1}");
  ring.push("reload", "{}");
  const auto all = ring.after(0, kNow);
  ASSERT_TRUE(all);
  EXPECT_EQ(all->text, "id: run-1\nevent: append\ndata: {\"a\":1}\n\nid: run-2\nevent: reload\ndata: {}\n\n");
  EXPECT_EQ(all->position, 2U);
  EXPECT_EQ(ring.after(1, kNow)->text, "id: run-2\nevent: reload\ndata: {}\n\n");
  EXPECT_EQ(ring.after(2, kNow)->text, "");
}

TEST(EventRing, FindsTheEventOfAnId) {
  EventRing ring("run");
  ring.push("append", "1");
  ring.push("append", "2");
  EXPECT_EQ(ring.id_of(0), "run-0");
  EXPECT_EQ(ring.find("run-0"), 0U);
  EXPECT_EQ(ring.find(ring.id_of(2)), 2U);
  for (const char* id : {"", "run", "run-", "run-3", "run--1", "run-1x", "run-1 ", "other-1", "runx-1", "1",
                         "run-99999999999999999999"})
    EXPECT_EQ(ring.find(id), std::nullopt) << id;
}

TEST(EventRing, KeepsTheNewestAndTellsThoseWhoAreTooLate) {
  EventRing ring("run", {.events = 3});
  for (int i = 1; i <= 5; ++i) ring.push("append", std::to_string(i));
  EXPECT_FALSE(ring.after(1, kNow)) << "the event after it is gone";
  EXPECT_THAT(ring.after(2, kNow)->text, HasSubstr("data: 3\n"));
  EXPECT_THAT(ring.after(2, kNow)->text, Not(HasSubstr("data: 2\n")));
  EXPECT_EQ(ring.find("run-1"), 1U) << "it is known, but not what follows it";
  EXPECT_FALSE(ring.after(6, kNow)) << "there was none yet";
}

TEST(EventRing, BoundsWhatItKeepsByItsSizeButForTheNewest) {
  EventRing ring("run", {.events = 100, .bytes = 1000});
  for (int i = 0; i < 10; ++i) ring.push("append", std::string(300, 'x'));
  EXPECT_FALSE(ring.after(6, kNow));
  EXPECT_TRUE(ring.after(7, kNow));
  ring.push("append", std::string(5000, 'x'));
  EXPECT_FALSE(ring.after(9, kNow));
  EXPECT_GT(ring.after(10, kNow)->text.size(), 5000U);
}

TEST(EventRing, WaitsForAnEventUntilItIsWoken) {
  EventRing ring("run");
  std::thread later([&] {
    std::this_thread::sleep_for(milliseconds(30));
    ring.push("append", "1");
  });
  EXPECT_THAT(ring.after(0, milliseconds(60'000))->text, HasSubstr("data: 1\n"));
  later.join();
  std::thread waker([&] {
    std::this_thread::sleep_for(milliseconds(30));
    ring.wake();
  });
  EXPECT_EQ(ring.after(1, milliseconds(60'000))->text, "");
  waker.join();
  EXPECT_EQ(ring.after(1, milliseconds(60'000))->text, "") << "for good";
}

}  // namespace
}  // namespace tamis::watch
