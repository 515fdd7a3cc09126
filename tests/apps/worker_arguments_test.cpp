#include "apps/worker_arguments.h"

#include "tamis/targets.h"

#include <initializer_list>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::worker {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

Result<Arguments> read(std::initializer_list<std::string> words) {
  return read_arguments(std::vector<std::string>(words));
}

/// What is said of a command line that names a fleet and a type, and these words.
std::string refusal(std::initializer_list<std::string> words) {
  std::vector<std::string> all = {"--fleet", "nats://rack", "--device-type", "board"};
  all.insert(all.end(), words);
  const Result<Arguments> arguments = read_arguments(all);
  return arguments.ok() ? "" : arguments.error().message;
}

TEST(WorkerArguments, AreOfATunerWhereThereAreNone) {
  const Result<Arguments> arguments = read({});
  ASSERT_TRUE(arguments.ok());
  EXPECT_EQ(arguments->purpose, Purpose::tuner);
}

TEST(WorkerArguments, NameAFleetAndADevice) {
  const Result<Arguments> arguments = read({"--fleet",
                                            "nats://rack:4222",
                                            "--device-type=pynq",
                                            "--device-name",
                                            "pynq-3",
                                            "--target",
                                            "vta:hls",
                                            "--device",
                                            "driver:./board.so",
                                            "--device-slot",
                                            "3",
                                            "--role=run",
                                            "--folder",
                                            "/srv/kernels",
                                            "--fleet-creds",
                                            "w.creds",
                                            "--fleet-ca",
                                            "ca.pem",
                                            "--fleet-cert",
                                            "w.pem",
                                            "--fleet-cert-key",
                                            "w.key",
                                            "--fleet-key",
                                            "fleet.key",
                                            "--reset-command",
                                            "power off=1",
                                            "--reset-timeout",
                                            "2m"});
  ASSERT_TRUE(arguments.ok()) << arguments.error().message;
  EXPECT_EQ(arguments->purpose, Purpose::fleet);
  const FleetWorker& worker = arguments->fleet;
  EXPECT_EQ(worker.address.url, "nats://rack:4222");
  EXPECT_EQ(worker.address.credentials_file, "w.creds");
  EXPECT_EQ(worker.address.authorities_file, "ca.pem");
  EXPECT_EQ(worker.address.certificate_file, "w.pem");
  EXPECT_EQ(worker.address.private_key_file, "w.key");
  EXPECT_EQ(worker.address.key_file, "fleet.key");
  EXPECT_EQ(worker.device_type, "pynq");
  EXPECT_EQ(worker.device, "pynq-3");
  EXPECT_EQ(worker.target, "vta:hls");
  EXPECT_THAT(worker.settings, UnorderedElementsAre(Pair("device", "driver:./board.so")));
  EXPECT_EQ(worker.slot, 3);
  EXPECT_EQ(worker.role, FleetRole::run);
  EXPECT_EQ(worker.folder, "/srv/kernels");
  EXPECT_EQ(worker.reset_command, "power off=1");
  EXPECT_EQ(worker.reset_deadline, std::chrono::minutes(2));
}

TEST(WorkerArguments, ThatAskForHelpNeedNothingElse) {
  EXPECT_EQ(read({"--help"}).value().purpose, Purpose::help);
  EXPECT_EQ(read({"--role", "run", "-h"}).value().purpose, Purpose::help);
  EXPECT_EQ(read({"--version"}).value().purpose, Purpose::version);
}

TEST(WorkerArguments, WithoutAFleetAreRefused) {
  EXPECT_THAT(read({"--device-type", "board"}).error().message, HasSubstr("--fleet is missing"));
}

TEST(WorkerArguments, WithoutADeviceTypeAreRefused) {
  EXPECT_THAT(read({"--fleet", "nats://rack"}).error().message, HasSubstr("--device-type is missing"));
}

TEST(WorkerArguments, WithAnUnknownFlagAreRefusedWithTheNearest) {
  EXPECT_EQ(refusal({"--fleet-cred", "x"}),
            "there is no flag \"--fleet-cred\"; did you mean \"--fleet-creds\"?");
  EXPECT_THAT(refusal({"--thread=2"}), HasSubstr("did you mean \"--threads\"?"));
}

TEST(WorkerArguments, ThatAreNoFlagAreRefused) {
  EXPECT_THAT(refusal({"board"}), HasSubstr("only flags are taken, found \"board\""));
  EXPECT_THAT(refusal({"-x"}), HasSubstr("found \"-x\""));
}

TEST(WorkerArguments, WithoutAValueAreRefused) {
  EXPECT_EQ(refusal({"--role"}), "--role needs a value");
  EXPECT_THAT(refusal({"--role="}), HasSubstr("--role is empty"));
  EXPECT_THAT(refusal({"--fleet-key", ""}), HasSubstr("--fleet-key is empty"));
}

TEST(WorkerArguments, ThatAreGivenTwiceAreRefused) {
  EXPECT_EQ(refusal({"--device-type", "other"}), "--device-type is given twice");
}

TEST(WorkerArguments, WithAnotherRoleAreRefused) {
  EXPECT_THAT(refusal({"--role", "runs"}), HasSubstr("--role: the role \"runs\" is not one of"));
}

TEST(WorkerArguments, WithASlotOutOfRangeAreRefused) {
  for (const char* slot : {"-1", "1024", "two", "1.5", "99999999999999999999"})
    EXPECT_THAT(refusal({"--device-slot", slot}), HasSubstr("--device-slot must be a whole number")) << slot;
}

TEST(WorkerArguments, WithAResetThatTakesNoTimeAreRefused) {
  EXPECT_THAT(refusal({"--reset-timeout", "0"}), HasSubstr("--reset-timeout must be a duration"));
}

TEST(WorkerArguments, WithACertificateWithoutItsKeyAreRefused) {
  EXPECT_THAT(refusal({"--fleet-cert", "w.pem"}), HasSubstr("belong together"));
  EXPECT_THAT(refusal({"--fleet-cert-key", "w.key"}), HasSubstr("belong together"));
}

TEST(WorkerArguments, TakeTheSettingsOfEveryTarget) {
  for (const TargetKind& kind : target_kinds())
    for (const SettingKind& setting : kind.settings) {
      const Result<Arguments> arguments =
          read({"--fleet", "nats://rack", "--device-type", "board", "--" + setting.name, "value"});
      ASSERT_TRUE(arguments.ok()) << arguments.error().message;
      // No flag of the program's own hides it.
      EXPECT_THAT(arguments->fleet.settings, UnorderedElementsAre(Pair(setting.name, "value")));
    }
}

TEST(WorkerHelp, NamesEveryFlag) {
  for (const char* flag : {"--fleet URL", "--device-type NAME", "--device-name", "--device-slot", "--role",
                           "--fleet-creds", "--fleet-key", "--reset-command", "--threads VALUE"})
    EXPECT_THAT(help(), HasSubstr(flag));
}

}  // namespace
}  // namespace tamis::worker
