#include "cli/fleet_view.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kNow = 1'000'000'000'000;

FleetDevice make_device(const std::string& name, FleetState state) {
  FleetDevice device;
  device.name = name;
  device.type = "pynq";
  device.state = state;
  device.target = "vta";
  device.host = "rack";
  device.seen_unix_ms = kNow - 12'000;
  return device;
}

FleetStatus make_status() {
  FleetStatus status;
  status.devices = {make_device("pynq-1", FleetState::busy), make_device("pynq-2", FleetState::quarantined)};
  status.devices[0].trials = 200;
  status.devices[0].invalid = 25;
  status.devices[0].busy_share = 0.5;
  status.devices[0].session = "s1";
  status.devices[1].reason = "it failed the canary";
  status.tuners = {{"s1", "laptop-7", "resnet18.C2 on vta", 3, {"pynq", "de10"}, 4}};
  return status;
}

TEST(FleetTables, HaveARowForEachDeviceAndTuner) {
  const std::string text = draw_status(make_status(), kNow);
  EXPECT_THAT(text, HasSubstr("pynq-1  pynq  busy"));
  EXPECT_THAT(text, HasSubstr("12.5 %"));
  EXPECT_THAT(text, HasSubstr("12 s ago"));
  EXPECT_THAT(text, HasSubstr("it failed the canary"));
  EXPECT_THAT(text, HasSubstr("resnet18.C2 on vta"));
  EXPECT_THAT(text, HasSubstr("pynq,de10"));
}

TEST(FleetTables, EndWithASummary) {
  EXPECT_THAT(draw_status(make_status(), kNow),
              HasSubstr("\n2 devices: 1 busy, 1 quarantined; 1 tuner with 4 trials waiting\n"));
}

TEST(FleetTables, SayWhoUsesADevice) {
  EXPECT_THAT(draw_devices(make_status(), kNow), HasSubstr("laptop-7"));
}

TEST(FleetTables, OfDevicesHaveNoTuners) {
  EXPECT_THAT(draw_devices(make_status(), kNow), Not(HasSubstr("resnet18.C2")));
}

TEST(FleetTables, OfAnEmptyFleetSayHowToBegin) {
  EXPECT_EQ(draw_status({}, kNow),
            "no device is registered; start one with tamis-worker --fleet URL --device-type NAME; nobody "
            "tunes\n");
}

TEST(FleetJson, HasEveryMemberOfADevice) {
  const Json devices = devices_json(make_status());
  ASSERT_EQ(devices.size(), 2U);
  for (const char* member :
       {"device", "type", "state", "reason", "target", "target_identity", "host", "version", "protocol",
        "role", "trials", "invalid", "busy_share", "began_unix_ms", "seen_unix_ms", "session"})
    EXPECT_TRUE(devices[0].contains(member)) << member;
  EXPECT_EQ(devices[0].size(), 16U);
  EXPECT_EQ(devices[0]["state"], "busy");
  EXPECT_EQ(devices[0]["session"], "s1");
  EXPECT_TRUE(devices[1]["session"].is_null());
}

TEST(FleetJson, HasEveryMemberOfATuner) {
  const Json expected = {{"session", "s1"},
                         {"name", "laptop-7"},
                         {"task", "resnet18.C2 on vta"},
                         {"priority", 3},
                         {"device_types", {"pynq", "de10"}},
                         {"waiting", 4}};
  EXPECT_EQ(tuners_json(make_status())[0], expected);
}

TEST(FleetAge, IsInTheLargestUnitThatFits) {
  EXPECT_EQ(age_text(-5), "now");  // by another clock
  EXPECT_EQ(age_text(999), "now");
  EXPECT_EQ(age_text(59'999), "59 s ago");
  EXPECT_EQ(age_text(60'000), "1 min ago");
  EXPECT_EQ(age_text(7'200'000), "2 h ago");
  EXPECT_EQ(age_text(3 * 86'400'000LL), "3 d ago");
}

}  // namespace
}  // namespace tamis::cli
