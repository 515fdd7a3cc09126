// Fleets as far as no server is needed: what is refused before one is asked, and a server that is not there.

#include "cli/command.h"

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

/// Nobody listens there: the port of a service that throws everything away, and that nobody runs.
const std::string kNowhere = "nats://127.0.0.1:9";
const std::string kWorker = TAMIS_BUILD_BIN "/tamis-worker";

struct Refusal {
  const char* name;
  std::vector<std::string> arguments;
  std::string message;
};

void PrintTo(const Refusal& refusal, std::ostream* stream) { *stream << refusal.name; }

class FleetUsage : public ::testing::TestWithParam<Refusal> {};

TEST_P(FleetUsage, IsRefusedWithTheReason) {
  const Finished finished = tamis(GetParam().arguments);
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.out, IsEmpty());
  EXPECT_THAT(finished.err, StartsWith("tamis: error: "));
  EXPECT_THAT(finished.err, HasSubstr(GetParam().message));
}

std::vector<std::string> tune_on(const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"tune", kSmall, "--log", "none"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

INSTANTIATE_TEST_SUITE_P(
    Fleets, FleetUsage,
    ::testing::Values(
        Refusal{"NoAction", {"fleet"}, "ACTION is required"},
        Refusal{"Action", {"fleet", "stauts"}, "no action \"stauts\"; did you mean \"status\"?"},
        Refusal{"NoFleet", {"fleet", "status"}, "give the URL of its server as --fleet nats://HOST"},
        Refusal{"NoDevice", {"fleet", "drain"}, "tamis fleet drain DEVICE"},
        Refusal{"DeviceOfStatus", {"fleet", "status", "board"}, "takes no device, found \"board\""},
        Refusal{"NoReason", {"fleet", "quarantine", "board"}, "needs --reason TEXT"},
        Refusal{"ReasonOfRelease",
                {"fleet", "release", "board", "--reason", "x"},
                "tamis fleet release takes no --reason"},
        Refusal{"Flag", {"fleet", "status", "--flet", "x"}, "did you mean \"--fleet\"?"},
        Refusal{"EmptyUrl", {"fleet", "status", "--fleet", ""}, "--fleet: it is empty"},
        Refusal{"CertificateWithoutKey",
                {"fleet", "status", "--fleet", kNowhere, "--fleet-cert", "a.pem"},
                "--fleet-cert and --fleet-cert-key belong together"},
        Refusal{"Jobs", tune_on({"--fleet", kNowhere, "--jobs", "2"}),
                "--jobs is not for a tuner on a fleet"},
        Refusal{"ResetCommand", tune_on({"--fleet", kNowhere, "--reset-command", "x"}),
                "--reset-command is not for a tuner on a fleet"},
        Refusal{"SavedPrograms", tune_on({"--fleet", kNowhere, "--save-programs", "x"}),
                "--save-programs is not for a tuner on a fleet"},
        Refusal{"Devices", tune_on({"--fleet", kNowhere, "--devices", "a,b"}),
                "--devices is not for a tuner on a fleet"},
        Refusal{"TypeWithoutFleet", tune_on({"--device-type", "board"}), "--device-type is of a fleet"},
        Refusal{"PriorityWithoutFleet", tune_on({"--priority", "3"}), "--priority is of a fleet"},
        Refusal{"KeyWithoutFleet", tune_on({"--fleet-key", "x"}), "--fleet-key is of a fleet"},
        Refusal{"CredentialsWithoutFleet", tune_on({"--fleet-creds", "x"}), "--fleet-creds is of a fleet"},
        Refusal{"Priority", tune_on({"--fleet", kNowhere, "--priority", "0"}), "--priority"}),
    [](const ::testing::TestParamInfo<Refusal>& one) { return std::string(one.param.name); });

TEST(FleetServer, ThatIsNotThereIsNamed) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"fleet", "status", "--fleet", kNowhere},
        std::vector<std::string>{"fleet", "drain", "board", "--fleet", kNowhere},
        tune_on({"--fleet", kNowhere})}) {
    const Finished finished = tamis(arguments);
    EXPECT_EQ(finished.code, 2);
    EXPECT_THAT(finished.out, IsEmpty());
    EXPECT_THAT(finished.err, HasSubstr("127.0.0.1:9"));
  }
}

TEST(FleetServer, MayBeNamedByTheEnvironment) {
  Invocation invocation;
  invocation.arguments = {"fleet", "devices"};
  invocation.environment["TAMIS_FLEET"] = kNowhere;
  const Finished finished = run(invocation);
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("127.0.0.1:9"));
}

TEST(FleetServer, OfTheEnvironmentIsNotTunedOnUnasked) {
  Invocation invocation;
  invocation.arguments = tune_on({"--trials", "1"});
  invocation.environment["TAMIS_FLEET"] = kNowhere;
  EXPECT_EQ(run(invocation).code, 0);
}

TEST(FleetWorkerProgram, SaysWhatIsMissing) {
  Invocation invocation;
  invocation.program = kWorker;
  invocation.arguments = {"--fleet", kNowhere};
  const Finished finished = run(invocation);
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, StartsWith("tamis-worker: --device-type is missing"));
}

TEST(FleetWorkerProgram, NamesAServerThatIsNotThere) {
  Invocation invocation;
  invocation.program = kWorker;
  invocation.arguments = {"--fleet", kNowhere, "--device-type", "board"};
  const Finished finished = run(invocation);
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("127.0.0.1:9"));
}

TEST(FleetWorkerProgram, HasHelpAndAVersion) {
  Invocation invocation;
  invocation.program = kWorker;
  invocation.arguments = {"--help"};
  EXPECT_THAT(run(invocation).out, HasSubstr("--device-type NAME"));
  invocation.arguments = {"--version"};
  EXPECT_THAT(run(invocation).out, StartsWith("tamis-worker 0."));
}

}  // namespace
}  // namespace tamis::cli::testing
