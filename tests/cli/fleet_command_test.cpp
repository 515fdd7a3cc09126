// The command and the worker program as users of a fleet meet them, with a real server.

#include "base/json.h"
#include "cli/command.h"
#include "fleet/nats_server.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <thread>

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using ::testing::HasSubstr;

const std::string kFleetWorker = TAMIS_BUILD_BIN "/tamis-worker";

class FleetCommand : public CommandTest {
 protected:
  void SetUp() override {
    auto started = NatsServer::start();
    ASSERT_TRUE(started.ok()) << started.error().message;
    server_ = std::move(*started);
  }
  /// A worker with a simulated device, which is ready.
  std::unique_ptr<Running> work(const std::string& device) const {
    Invocation invocation;
    invocation.program = kFleetWorker;
    invocation.arguments = {"--fleet", server_->url(), "--device-type", "simulator", "--device-name", device};
    auto worker = std::make_unique<Running>(invocation);
    EXPECT_TRUE(worker->wait_for_err("is ready")) << worker->err();
    return worker;
  }
  Finished fleet(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "fleet");
    arguments.insert(arguments.end(), {"--fleet", server_->url()});
    return tamis(arguments);
  }
  std::vector<std::string> on_fleet(std::vector<std::string> more) const {
    more.insert(more.end(), {"--fleet", server_->url()});
    return more;
  }
  /// What the fleet says of a device.
  Json device(const std::string& name) const {
    const Finished finished = fleet({"devices", "--json"});
    EXPECT_EQ(finished.code, 0) << finished.err;
    const Json devices = parse_json(finished.out, "devices").value().at("devices");
    const auto found = std::find_if(devices.begin(), devices.end(),
                                    [&](const Json& one) { return one.at("device") == name; });
    return found == devices.end() ? Json() : *found;
  }
  /// Waits until a device is in a state; false after 20 s.
  bool becomes(const std::string& name, const std::string& state) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < end) {
      const Json shown = device(name);
      if (shown.is_object() && shown.at("state") == state) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
  }

  std::unique_ptr<NatsServer> server_;
};

TEST_F(FleetCommand, FindsWhatIsFoundLocallyInTheSameBatches) {
  const auto first = work("sim-1");
  const auto second = work("sim-2");
  const std::vector<std::string> settings = {"--trials", "36", "--deterministic"};
  const Finished finished = tune(kSmall, on_fleet(settings), "fleet.tamis");
  ASSERT_EQ(finished.code, 0) << finished.err;
  ASSERT_EQ(tune(kSmall, settings, "local.tamis").code, 0);
  EXPECT_EQ(exported("fleet.tamis"), exported("local.tamis"));
}

TEST_F(FleetCommand, TunesWithoutBatchesUnlessAskedForThem) {
  const auto worker = work("sim-1");
  ASSERT_EQ(tune(kSmall, on_fleet({"--trials", "4"}), "async.tamis").code, 0);
  ASSERT_EQ(tune(kSmall, on_fleet({"--trials", "4", "--deterministic"}), "batches.tamis").code, 0);
  const auto batch = [&](const std::string& log) {
    const Finished shown = tamis({"show", directory_.file(log), "--json"});
    return parse_json(shown.out, "show").value().at(0).at("batch");
  };
  EXPECT_EQ(batch("async.tamis"), 0);
  EXPECT_EQ(batch("batches.tamis"), 8);
}

TEST_F(FleetCommand, ThatIsInterruptedKeepsWhatItHasAndLeavesTheFleet) {
  const auto worker = work("sim-1");
  Invocation invocation;
  invocation.arguments = tune_arguments("resnet18.C2", on_fleet({"--trials", "all", "--strategy", "random"}));
  Running tuner(invocation);
  ASSERT_TRUE(tuner.wait_for_err("trials")) << tuner.err();
  tuner.send(SIGINT);
  const Finished finished = tuner.finish();
  EXPECT_EQ(finished.code, 130);
  EXPECT_THAT(finished.out, HasSubstr("resnet18.C2"));
  EXPECT_THAT(finished.err, HasSubstr("Go on with:"));
  EXPECT_THAT(fleet({"status"}).out, HasSubstr("nobody tunes"));
}

// nats-server 2.9.10 that is killed after a purge, as at the end of a tuning, forgets how far its stream had
// counted.
TEST_F(FleetCommand, IsServedByAServerThatWasKilledAfterAnInterruption) {
  const auto worker = work("sim-1");
  ASSERT_EQ(tune(kSmall, on_fleet({"--trials", "20"}), "before.tamis").code, 0);
  Invocation invocation;
  invocation.arguments =
      tune_arguments("resnet18.C2", on_fleet({"--trials", "all", "--strategy", "random"}), "stopped.tamis");
  Running tuner(invocation);
  ASSERT_TRUE(tuner.wait_for_err("trials")) << tuner.err();
  tuner.send(SIGINT);
  EXPECT_EQ(tuner.finish().code, 130);
  ASSERT_TRUE(server_->kill_and_restart().ok());
  EXPECT_EQ(tune(kSmall, on_fleet({"--trials", "4"}), "after.tamis").code, 0);
}

TEST_F(FleetCommand, SaysHowToStartAWorkerOfATypeThatIsNotThere) {
  const auto worker = work("sim-1");
  const Finished finished = tune(kSmall, on_fleet({"--device-type", "pynq"}));
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("no device for type pynq; start `tamis-worker --fleet"));
}

TEST_F(FleetCommand, DrainsAndReleasesADevice) {
  const auto worker = work("sim-1");
  EXPECT_EQ(fleet({"drain", "sim-1", "--reason", "new cables"}).code, 0);
  ASSERT_TRUE(becomes("sim-1", "drained"));
  EXPECT_EQ(device("sim-1").at("reason"), "new cables");
  const Finished released = fleet({"release", "sim-1", "--json"});
  EXPECT_EQ(released.code, 0);
  EXPECT_EQ(parse_json(released.out, "release").value(),
            Json({{"action", "release"}, {"device", "sim-1"}, {"reason", ""}}));
  EXPECT_TRUE(becomes("sim-1", "idle"));
}

TEST_F(FleetCommand, QuarantinesADeviceWithItsReason) {
  const auto worker = work("sim-1");
  EXPECT_EQ(fleet({"quarantine", "sim-1", "--reason", "it smells"}).code, 0);
  ASSERT_TRUE(becomes("sim-1", "quarantined"));
  EXPECT_THAT(fleet({"status"}).out, HasSubstr("it smells"));
  const Finished finished = tune(kSmall, on_fleet({"--trials", "4"}));
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("it smells"));
}

TEST_F(FleetCommand, NamesTheDevicesThereAreForAnUnknownOne) {
  const auto worker = work("sim-1");
  for (const char* action : {"drain", "release", "forget"}) {
    const Finished finished = fleet({action, "sim-7"});
    EXPECT_EQ(finished.code, 2) << action;
    EXPECT_THAT(finished.err, HasSubstr("no device \"sim-7\"; there are: sim-1")) << action;
  }
}

TEST_F(FleetCommand, ForgetsADeviceWhoseWorkerHasGoneAndNoOther) {
  const auto worker = work("sim-1");
  EXPECT_EQ(fleet({"forget", "sim-1"}).code, 2);
  worker->send(SIGTERM);
  EXPECT_EQ(worker->finish().code, 0);
  EXPECT_EQ(device("sim-1").at("state"), "gone");
  EXPECT_EQ(fleet({"forget", "sim-1"}).code, 0);
  EXPECT_TRUE(device("sim-1").is_null());
}

TEST_F(FleetCommand, RefusesASecondWorkerForADevice) {
  const auto worker = work("sim-1");
  Invocation invocation;
  invocation.program = kFleetWorker;
  invocation.arguments = {"--fleet", server_->url(), "--device-type", "simulator", "--device-name", "sim-1"};
  const Finished second = run(invocation);
  EXPECT_EQ(second.code, 2);
  EXPECT_THAT(second.err, HasSubstr("--device-name"));
}

TEST_F(FleetCommand, SetsUpAnEmptyServer) {
  EXPECT_EQ(fleet({"setup"}).out, "the server has what a fleet needs\n");
  EXPECT_EQ(parse_json(fleet({"status", "--json"}).out, "status").value(),
            Json({{"devices", Json::array()}, {"tuners", Json::array()}}));
}

}  // namespace
}  // namespace tamis::cli::testing
