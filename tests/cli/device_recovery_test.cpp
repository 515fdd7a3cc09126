#include "base/json.h"
#include "cli/command.h"

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using ::testing::HasSubstr;

/// Boards as a shell script has them: one with a file DEVICE.down does not answer, the config 13 brings its
/// board down and hangs, and the config 5 fails the first time.
constexpr const char* kBoard = R"(#!/bin/sh
test -e $TAMIS_DEVICE.down && { echo "$TAMIS_DEVICE does not answer" >&2; exit 3; }
test $1 = 13 && { touch $TAMIS_DEVICE.down; sleep 60; }
test $1 = 5 && test ! -e flaked && { touch flaked; exit 4; }
echo "$((100 + ($1 - 9) * ($1 - 9))) us"
)";
constexpr const char* kSpace = R"(tamis: 1
name: boards
knobs: {tile: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]}
default: {tile: 1}
program: {run: "sh board.sh {tile}", latency: "(?P<us>[0-9.]+) us"}
)";

class Boards : public CommandTest {
 protected:
  Boards() {
    write(directory_.file("board.sh"), kBoard);
    write(directory_.file("boards.yaml"), kSpace);
  }
  Finished tune_boards(const std::vector<std::string>& more, const std::string& trials = "all") const {
    Invocation invocation;
    invocation.directory = directory_.path();
    invocation.arguments = {"tune", "boards.yaml",   "--target",   "command", "--trials",
                            trials, "--log",         "log.sqlite", "--json",  "--finalists",
                            "0",    "--run-timeout", "1500ms"};
    if (kSanitized) invocation.arguments.insert(invocation.arguments.end(), {"--memory-limit", "none"});
    invocation.arguments.insert(invocation.arguments.end(), more.begin(), more.end());
    return run(invocation);
  }
  void bring_down(const std::string& board) const { write(directory_.file(board + ".down"), ""); }
};

TEST_F(Boards, AreResetAndQuarantinedAndNoConfigIsLost) {
  bring_down("board1");
  const Finished finished = tune_boards(
      {"--devices", "board0,board1", "--reset-command", "test $TAMIS_DEVICE = board0 && rm board0.down"});
  ASSERT_EQ(finished.code, 0) << finished.err;
  const Json row = Json::parse(finished.out)["workloads"][0];
  EXPECT_EQ(row["counts"]["trials"], 16);
  EXPECT_EQ(row["counts"]["by_verdict"]["run_timeout"], 1);
  EXPECT_EQ(row["best"]["knobs"]["tile"], 9);
  std::vector<std::string> events;
  for (const Json& event : row["device_events"])
    events.push_back(event["device"].get<std::string>() + " " + event["event"].get<std::string>());
  EXPECT_THAT(events,
              ::testing::IsSupersetOf({"board0 reset", "board1 canary_failed", "board1 quarantined"}));
}

TEST_F(Boards, EndWithAnErrorWhenNoneIsLeft) {
  bring_down("board0");
  const Finished finished = tune_boards({"--devices", "board0", "--canary", "tile=1"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("no device is left that is fit to be used (board0: it failed a config "
                                      "that is known to be valid with run_failed: exit status 3; it last "
                                      "wrote: board0 does not answer)"));
}

TEST_F(Boards, TellFlakyConfigsFromInvalidOnes) {
  const Finished finished =
      tune_boards({"--devices", "board0", "--repeat-failures", "1", "--constraint", "tile != 13"});
  ASSERT_EQ(finished.code, 0) << finished.err;
  const Json counts = Json::parse(finished.out)["workloads"][0]["counts"];
  EXPECT_EQ(counts["flaky"], 1);
  EXPECT_EQ(counts["invalid"], 0);
}

TEST_F(Boards, AreNotAskedForACanaryWhereThereShallBeNone) {
  bring_down("board0");
  const Finished finished = tune_boards({"--devices", "board0", "--canary", "none"}, "4");
  EXPECT_EQ(finished.code, 1) << finished.err;
  EXPECT_EQ(Json::parse(finished.out)["workloads"][0]["device_events"], Json::array());
}

TEST_F(Boards, RefuseFlagsThatCannotBeMeant) {
  const auto error = [&](const std::vector<std::string>& flags) {
    const Finished finished = tune_boards(flags);
    EXPECT_EQ(finished.code, 2);
    return finished.err;
  };
  EXPECT_THAT(error({"--canary", "tile=99"}), HasSubstr("--canary"));
  EXPECT_THAT(error({"--canary", "tile=13", "--constraint", "tile != 13"}),
              HasSubstr("--canary: the constraint tile != 13 excludes this config"));
  EXPECT_THAT(error({"--reset-timeout", "soon"}), HasSubstr("--reset-timeout must be a duration"));
  EXPECT_THAT(error({"--build-timeout", "0s"}), HasSubstr("--build-timeout must be a duration"));
  if (!kSanitized) {  // where workers are given another limit already
    EXPECT_THAT(error({"--memory-limit", "lots"}), HasSubstr("--memory-limit must be a size"));
  }
  EXPECT_THAT(error({"--repeat-failures", "11"}), HasSubstr("--repeat-failures"));
}

TEST_F(CommandTest, RecoveryIsRefusedWhereNoDeviceCanFail) {
  const auto refused = [&](const std::vector<std::string>& recovery) {
    std::vector<std::string> flags = {"--trials", "4"};
    flags.insert(flags.end(), recovery.begin(), recovery.end());
    const Finished finished = tune(kSmall, flags);
    EXPECT_EQ(finished.code, 2);
    EXPECT_THAT(finished.err, HasSubstr("where no device can fail"));
    const Finished exported = tamis({"export", directory_.file("log.sqlite")});
    EXPECT_THAT(exported.err, HasSubstr("holds no session yet")) << "nothing was tried";
  };
  refused({"--reset-command", "true"});
  refused({"--canary", "default"});
}

}  // namespace
}  // namespace tamis::cli::testing
