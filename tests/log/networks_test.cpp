// Which sessions belong to a network: kept, gone on with, and refused where they make no sense.

#include "log/log_fixture.h"
#include "log/network_keeper.h"
#include "tamis/log.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class LogOfNetworks : public LogTest {
 protected:
  LogOfNetworks() {
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(log_.add_session(session()).ok());
  }
  std::vector<NetworkRecord> networks() const { return log_.networks().value(); }

  Log log_ = open();
};

TEST_F(LogOfNetworks, AreKeptWithTheirLayersByPlace) {
  EXPECT_EQ(log_.add_network(network()).value(), 1);
  EXPECT_TRUE(log_.append(1, NetworkLayer{1, 3, 2}).ok());
  NetworkRecord all = network();
  all.layers.insert(all.layers.begin() + 1, {1, 3, 2});
  EXPECT_EQ(networks(), std::vector{all});
  const Log reader = Log::open(path_, LogMode::read).value();
  EXPECT_EQ(reader.networks().value(), std::vector{all});
}

TEST_F(LogOfNetworks, RefuseALayerTwiceAndOneOfNoSession) {
  ASSERT_TRUE(log_.add_network(network()).ok());
  const Status twice = log_.append(1, NetworkLayer{0, 3, 1});
  ASSERT_FALSE(twice.ok());
  EXPECT_EQ(twice.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(twice.error().message, HasSubstr("already has a layer at place 0"));
  const Status unknown = log_.append(1, NetworkLayer{3, 99, 1});
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(unknown.error().message, HasSubstr("no session 99"));
  EXPECT_EQ(log_.append(7, NetworkLayer{3, 1, 1}).error().kind, ErrorKind::invalid_input);
  NetworkRecord half = network();
  half.layers.push_back({5, 99, 1});
  EXPECT_FALSE(log_.add_network(half).ok());
  EXPECT_EQ(networks(), std::vector{network()});  // nothing is kept of a network that is refused
}

TEST_F(LogOfNetworks, TellDamageFromData) {
  ASSERT_TRUE(log_.add_network(network()).ok());
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &handle), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(handle, "UPDATE network_layers SET occurrences = 0 WHERE place = 0", nullptr,
                         nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(handle);
  const auto read = log_.networks();
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(read.error().message, HasSubstr("network 1 has a layer that no tamis wrote"));
}

TEST_F(LogOfNetworks, GrowWhileTheyAreTuned) {
  NetworkKeeper keeper(&log_, "net", 3, false);
  EXPECT_THAT(networks(), SizeIs(0));
  ASSERT_TRUE(keeper.add({1, 2, 5}, 100).ok());
  EXPECT_EQ(networks(), (std::vector{NetworkRecord{1, "net", 3, 100, {{1, 2, 5}}}}));
  ASSERT_TRUE(keeper.add({1, 2, 5}, 100).ok());  // once for each place
  ASSERT_TRUE(keeper.add({0, 1, 1}, 101).ok());
  EXPECT_EQ(networks(), (std::vector{NetworkRecord{1, "net", 3, 100, {{0, 1, 1}, {1, 2, 5}}}}));
}

TEST_F(LogOfNetworks, GoOnWhereTheyAreResumed) {
  NetworkKeeper first(&log_, "net", 3, false);
  ASSERT_TRUE(first.add({1, 2, 5}, 100).ok());
  NetworkKeeper again(&log_, "net", 3, true);
  ASSERT_TRUE(again.add({1, 2, 5}, 100).ok());
  ASSERT_TRUE(again.add({0, 1, 1}, 101).ok());
  EXPECT_EQ(networks(), (std::vector{NetworkRecord{1, "net", 3, 100, {{0, 1, 1}, {1, 2, 5}}}}));
}

TEST_F(LogOfNetworks, AreAnotherOneWithOtherSessions) {
  NetworkKeeper first(&log_, "net", 2, false);
  ASSERT_TRUE(first.add({0, 1, 5}, 100).ok());
  ASSERT_TRUE(first.add({1, 2, 5}, 100).ok());
  // One layer goes on, the other has another session than before.
  NetworkKeeper again(&log_, "net", 2, true);
  ASSERT_TRUE(again.add({0, 1, 5}, 100).ok());
  ASSERT_TRUE(again.add({1, 3, 5}, 102).ok());
  NetworkKeeper anew(&log_, "net", 2, false);
  ASSERT_TRUE(anew.add({0, 4, 5}, 103).ok());
  EXPECT_EQ(networks(), (std::vector{NetworkRecord{1, "net", 2, 100, {{0, 1, 5}, {1, 2, 5}}},
                                     NetworkRecord{2, "net", 2, 102, {{0, 1, 5}, {1, 3, 5}}},
                                     NetworkRecord{3, "net", 2, 103, {{0, 4, 5}}}}));
}

TEST_F(LogOfNetworks, AreNotKeptWithoutALogOrAName) {
  EXPECT_TRUE(NetworkKeeper(nullptr, "net", 2, false).add({0, 1, 5}, 100).ok());
  EXPECT_TRUE(NetworkKeeper(&log_, "", 2, true).add({0, 1, 5}, 100).ok());
  EXPECT_THAT(networks(), SizeIs(0));
}

}  // namespace
}  // namespace tamis
