// What people who tune programs of their own reported of this or other tuners, as they met it: each a space
// file of theirs, small.

#include "base/json.h"
#include "cli/command.h"

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ReportedFault : public CommandTest {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "workers need their limits on memory";
  }

  /// `tamis tune` on a space file of this content, in this test's directory.
  Finished tune_file(const std::string& content, const std::vector<std::string>& more) const {
    write(directory_.file("space.yaml"), content);
    Invocation invocation;
    invocation.arguments = {"tune", "space.yaml", "--target", "command", "--quiet"};
    invocation.arguments.insert(invocation.arguments.end(), more.begin(), more.end());
    invocation.directory = directory_.path();
    return run(invocation);
  }
};

/// A default config that a declared constraint excludes is what hangs the board; it must not run as a
/// baseline.
TEST_F(ReportedFault, AnExcludedDefaultNeverRuns) {
  const std::string space =
      "tamis: 1\nname: forbidden\nknobs: {t: [1, 2, 3]}\ndefault: {t: 1}\n"
      "program: {run: \"echo t={t} >> ran.txt; echo {t}00 ns\", latency: \"(?P<ns>[0-9.]+) ns\"}\n";
  const Finished tuned = tune_file(space, {"--constraint", "t > 1", "--trials", "all", "--log", "none"});
  EXPECT_EQ(tuned.code, 0) << tuned.err;
  EXPECT_THAT(read(directory_.file("ran.txt")),
              AllOf(HasSubstr("t=2\n"), HasSubstr("t=3\n"), Not(HasSubstr("t=1"))));
}

/// The default that a user tuned by hand is the best of all: it is a trial, so it is found.
TEST_F(ReportedFault, ADefaultThatIsTheBestIsTheBest) {
  const std::string space =
      "tamis: 1\nname: hand_tuned\nknobs: {a: {range: [1, 40]}, b: {range: [1, 40]}}\ndefault: {a: 20, b: "
      "20}\n"
      "program:\n  run: \"echo $(( 100 + ({a}-20)*({a}-20) + ({b}-20)*({b}-20) )) ns\"\n"
      "  latency: \"(?P<ns>[0-9.]+) ns\"\n";
  const Finished tuned = tune_file(space, {"--trials", "16", "--finalists", "0", "--log", "log.tamis"});
  EXPECT_EQ(tuned.code, 0) << tuned.err;
  EXPECT_THAT(tuned.out, HasSubstr("100 ns   100 ns    1.0x"));
  const Finished best = tamis({"best", directory_.file("log.tamis"), "--json"});
  const Json found = parse_json(best.out, "best").value().at(0).at("best");
  EXPECT_EQ(found.at("latency_ns"), 100);
  EXPECT_EQ(found.at("knobs").at("a"), 20);
  EXPECT_EQ(found.at("knobs").at("b"), 20);
}

/// A compiler flag changed since the run that is to be resumed.
TEST_F(ReportedFault, AResumedRunSaysWhatDiffersWhereNothingFits) {
  const auto space = [](const std::string& flag) {
    return "tamis: 1\nname: resumed\nknobs: {t: {range: [1, 20]}}\nprogram: {run: \"true " + flag +
           "; echo {t} ns\", latency: \"(?P<ns>[0-9.]+) ns\"}\n";
  };
  const std::vector<std::string> more = {"--strategy", "random", "--trials", "10", "--log", "resumed.tamis"};
  ASSERT_EQ(tune_file(space("-O2"), more).code, 0);
  std::vector<std::string> again = more;
  again.emplace_back("--resume");
  const Finished changed = tune_file(space("-O3"), again);
  EXPECT_EQ(changed.code, 0);
  EXPECT_THAT(changed.err,
              HasSubstr("no session of resumed.tamis fits: session 1 differs in the program of the target "
                        "command: what it runs, or how; a new session begins"));
  EXPECT_THAT(tune_file(space("-O2"), again).err, HasSubstr("session 1 continues: 10 trials are in the log"));
}

/// Kernels of less than a microsecond.
TEST_F(ReportedFault, NanosecondsAreShownAsSuch) {
  const std::string space =
      "tamis: 1\nname: tiny_kernel\nknobs: {t: [1, 2, 3]}\n"
      "program: {run: \"echo 4{t}.5 ns\", latency: \"(?P<ns>[0-9.]+) ns\"}\n";
  const Finished tuned = tune_file(space, {"--trials", "all", "--log", "log.tamis"});
  EXPECT_EQ(tuned.code, 0) << tuned.err;
  EXPECT_THAT(tuned.out, AllOf(HasSubstr("41.5 ns  41.5 ns    1.0x"), Not(HasSubstr(" 0.0 "))));
  EXPECT_THAT(tamis({"best", directory_.file("log.tamis")}).out, HasSubstr("41.5 ns"));
}

/// Where nothing runs, the reason is all that helps, whether a log has it or not.
TEST_F(ReportedFault, ARunInWhichAllFailsSaysWhy) {
  const std::string space =
      "tamis: 1\nname: all_fail\nknobs: {block: [32, 64], stages: [2, 3]}\n"
      "program: {build: \"echo 'tile needs 262144 bytes, there are 163840' >&2; exit 1\", run: \"true\", "
      "latency: wall}\n";
  for (const char* log : {"none", "log.tamis"}) {
    const Finished tuned = tune_file(space, {"--trials", "all", "--log", log});
    EXPECT_EQ(tuned.code, 1);
    EXPECT_THAT(tuned.out, HasSubstr("     4  build_failed       "));
    EXPECT_THAT(tuned.out, HasSubstr("tile needs 262144 bytes, there are 163840  (first: trial 0)"));
    EXPECT_THAT(tuned.out, HasSubstr("No trial of all_fail was valid"));
    // A document has no last line, so it stands on standard error.
    const Finished document = tune_file(space, {"--trials", "all", "--log", log, "--json", "--quiet"});
    EXPECT_EQ(document.code, 1);
    EXPECT_THAT(document.err, HasSubstr("No trial of all_fail was valid: correct what"));
  }
}

}  // namespace
}  // namespace tamis::cli::testing
