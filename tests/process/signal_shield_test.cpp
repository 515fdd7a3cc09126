#include "process/signal_shield.h"

#include <thread>

#include <gtest/gtest.h>
#include <pthread.h>

namespace tamis {
namespace {

bool takes(int signal) {
  sigset_t blocked{};
  pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  return sigismember(&blocked, signal) == 0;
}

TEST(SignalShield, KeepsThreadsThatAreStartedBehindItFromTakingSignals) {
  bool interrupted = true, terminated = true;
  {
    const SignalShield shield;
    std::thread([&] {
      interrupted = takes(SIGINT);
      terminated = takes(SIGTERM);
    }).join();
  }
  EXPECT_FALSE(interrupted);
  EXPECT_FALSE(terminated);
}

TEST(SignalShield, LeavesTheThreadAsItWas) {
  {
    const SignalShield shield;
    EXPECT_FALSE(takes(SIGINT));
  }
  EXPECT_TRUE(takes(SIGINT));
  EXPECT_TRUE(takes(SIGTERM));
}

}  // namespace
}  // namespace tamis
