// The server that the other tests of fleets stand on.

#include "fleet/nats_server.h"

#include <chrono>

#include <gtest/gtest.h>

namespace tamis {
namespace {

TEST(NatsServer, KeepsItsAddressWhenItIsKilledAndStartedAgain) {
  auto server = NatsServer::start();
  if (!server.ok() && server.error().kind == ErrorKind::not_found) GTEST_SKIP() << server.error().message;
  ASSERT_TRUE(server.ok()) << server.error().message;
  const std::string url = (*server)->url();
  EXPECT_GT((*server)->resident_bytes(), 1U << 20);
  const Status again = (*server)->kill_and_restart();
  EXPECT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ((*server)->url(), url);
}

TEST(NatsServer, SaysWhatIsWrongWithItsConfiguration) {
  auto server = NatsServer::start("no_such_option: 1");
  if (!server.ok() && server.error().kind == ErrorKind::not_found) GTEST_SKIP() << server.error().message;
  ASSERT_FALSE(server.ok());
  EXPECT_NE(server.error().message.find("no_such_option"), std::string::npos) << server.error().message;
}

}  // namespace
}  // namespace tamis
