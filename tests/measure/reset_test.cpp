#include "measure/device_guard.h"

#include <chrono>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

TEST(Reset, RunsALineOfTheShellThatKnowsTheDevice) {
  const auto done =
      reset_device("test \"$TAMIS_DEVICE\" = board7 && true", "board7", milliseconds(10'000), {});
  EXPECT_TRUE(done.ok()) << done.error().message;
}

TEST(Reset, TellsWhatACommandThatFailsWrote) {
  const auto done =
      reset_device("echo no relay; echo at all >&2; exit 4", "board7", milliseconds(10'000), {});
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().message,
            "the reset command ended with exit status 4; it last wrote: no relay\nat all");
}

TEST(Reset, KillsACommandThatTakesTooLong) {
  const auto done = reset_device("echo waiting; sleep 600", "board7", milliseconds(100), {});
  ASSERT_FALSE(done.ok());
  EXPECT_THAT(done.error().message, HasSubstr("had not ended after 100 ms; it last wrote: waiting"));
}

TEST(Reset, EndsWithAStop) {
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(milliseconds(50));
    stop.request_stop();
  });
  const auto done = reset_device("sleep 600", "board7", milliseconds(600'000), stop.get_token());
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().kind, ErrorKind::interrupted);
}

}  // namespace
}  // namespace tamis
