// What a user mistypes is named, with the nearest thing that exists, and the exit code is 2.

#include "cli/command.h"

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

struct Mistake {
  const char* name;
  std::vector<std::string> arguments;
  std::string message;
};

void PrintTo(const Mistake& mistake, std::ostream* stream) { *stream << mistake.name; }

class Usage : public ::testing::TestWithParam<Mistake> {};

TEST_P(Usage, IsRefusedWithTheReason) {
  std::vector<std::string> arguments = GetParam().arguments;
  if (!arguments.empty() && arguments[0] == "tune" && arguments.size() > 1)
    arguments.insert(arguments.end(), {"--log", "none"});
  const Finished finished = tamis(arguments);
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.out, IsEmpty());
  EXPECT_THAT(finished.err, StartsWith("tamis: error: "));
  EXPECT_THAT(finished.err, HasSubstr(GetParam().message));
}

std::string name_of(const ::testing::TestParamInfo<Mistake>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(
    Names, Usage,
    ::testing::Values(
        Mistake{"ShowJsonValue", {"show", "log", "--json=false"}, "--json takes no value, found \"false\""},
        Mistake{"BestJsonValue", {"best", "log", "--json=1"}, "--json takes no value, found \"1\""},
        Mistake{"SpaceJsonValue", {"space", "resnet18.C9", "--json=0"}, "--json takes no value"},
        Mistake{"TuneJsonValue", {"tune", "resnet18.C9", "--json=yes.json"}, "write --json, or leave it out"},
        Mistake{"QuietValue", {"experiment", "a", "--quiet=false"}, "--quiet takes no value"},
        Mistake{"ImportIntoNone", {"import", "a.csv", "--log", "none"}, "`none` means no log"},
        Mistake{"MergeIntoNone", {"merge", "a", "--log", "none"}, "`none` means no log"},
        Mistake{"NoCommand", {}, "subcommand is required"},
        Mistake{"Command", {"tuen"}, "there is no command \"tuen\"; did you mean \"tune\"?"},
        Mistake{
            "Flag", {"tune", kSmall, "--trails", "5"}, "no flag \"--trails\"; did you mean \"--trials\"?"},
        Mistake{
            "FlagWithValue", {"tune", kSmall, "--seedd=5"}, "no flag \"--seedd\"; did you mean \"--seed\"?"},
        Mistake{"NoWorkload", {"tune"}, "WORKLOAD is required"},
        Mistake{"Suite", {"tune", "resnet81"}, "no suite \"resnet81\"; did you mean \"resnet18\"?"},
        Mistake{"Member",
                {"tune", "resnet18.C22"},
                "no workload \"resnet18.C22\"; did you mean \"resnet18.C2\"?"},
        Mistake{"Operator", {"tune", "conf2d:ci=16,h=4,w=4,co=16,k=3"}, "did you mean \"conv2d\"?"},
        Mistake{"OperatorOfThreeAxes",
                {"tune", "conv3d_transpose:ci=16,d=8,h=14,w=14,co=16,k=3,pad=1"},
                "of three axes there is conv3d only"},
        Mistake{"VolumeOfVta",
                {"tune", "conv3d:ci=16,d=8,h=14,w=14,co=16,k=3,pad=1", "--target", "vta"},
                "no convolution of three axes"},
        Mistake{"OperatorOfOneAxis",
                {"tune", "conv1d:ci=16,w=128,co=16,k=3,kw=3"},
                "conv1d has no key \"kw\"; its one axis has w, k, stride, pad"},
        Mistake{"UnevenPaddingOfVta",
                {"tune", "conv2d:ci=16,h=14,w=14,co=16,k=3,pad_top=0,pad_bottom=1", "--target", "vta"},
                "h=15,pad_h=0,w=14,pad_w=0 is the same work"},
        Mistake{"PaddingKey",
                {"tune", "conv2d:ci=16,h=14,w=14,co=16,k=3,auto_pad=SAME_UPPER"},
                "padding is pad (a number of zeros on every side, or same)"},
        Mistake{"Type", {"tune", "dense:n=1,ci=64,co=64,type=fp16"}, "write float16"},
        Mistake{"GroupedTransposedConvolutionOfCpu",
                {"tune", "conv2d_transpose:ci=16,h=8,w=8,co=8,k=3,stride=2,groups=2", "--target", "cpu"},
                "no conv2d_transpose in groups, and this one has 2"},
        Mistake{"WorkloadKey", {"tune", "conv2d:ci=16,hh=4,w=4,co=16,k=3"}, "hh"},
        Mistake{
            "Strategy", {"tune", kSmall, "--strategy", "grd"}, "no strategy \"grd\"; did you mean \"grid\"?"},
        Mistake{"Initializer", {"tune", kSmall, "--init", "valdity"}, "did you mean \"validity\"?"},
        Mistake{"Target", {"tune", kSmall, "--target", "vtaa"}, "no target \"vtaa\"; did you mean \"vta\"?"},
        Mistake{"Device", {"tune", kSmall, "--device", "fpga"}, "\"fpga\" is neither `simulator` nor"},
        Mistake{
            "ThreadsOfVta", {"tune", kSmall, "--threads", "2"}, "--threads is a setting of the target cpu"},
        Mistake{
            "LayoutOfVta", {"tune", kSmall, "--layout", "nchw"}, "--layout is a setting of the target cpu"},
        Mistake{"LayoutOfCpu",
                {"tune", kSmall, "--target", "cpu", "--layout", "nhcw"},
                "there is no layout \"nhcw\""},
        Mistake{
            "CachesOfVta", {"tune", kSmall, "--caches", "cold"}, "--caches is a setting of the target cpu"},
        Mistake{"Caches",
                {"tune", kSmall, "--target", "cpu", "--caches", "lukewarm"},
                "\"lukewarm\" are neither `warm`, `cold` nor `network`"},
        Mistake{"JobsBesideThreads",
                {"tune", kSmall, "--target", "cpu", "--jobs", "256", "--trials", "1"},
                "256 jobs would disturb one another's latencies; this target takes at most 1"},
        Mistake{"AsyncAndDeterministic", {"tune", kSmall, "--async", "--deterministic"}, "--async"},
        Mistake{"AsyncBatches", {"tune", kSmall, "--async", "--batch", "4"}, "--async"},
        Mistake{"PendingBatches", {"replay", "t.csv", "--pending", "4", "--batch", "4"}, "--pending"},
        Mistake{"Pending", {"replay", "t.csv", "--pending", "0"}, "--pending"},
        Mistake{"Finalists", {"tune", kSmall, "--finalists", "many"}, "--finalists"},
        Mistake{"CalibrateNothing", {"calibrate"}, "--device is required"},
        Mistake{"CalibrateASimulator",
                {"calibrate", "--device", "simulator"},
                "only a device behind a driver has times to calibrate with"},
        Mistake{"CalibrateAProcessor",
                {"calibrate", "--device", "driver:./x.so", "--target", "cpu"},
                "--device is a setting of the target vta"},
        Mistake{"Checks", {"tune", kSmall, "--checks", "some"}, "\"some\" are neither `static` nor `none`"},
        Mistake{"Space", {"tune", kSmall, "--space", "wid"}, "\"wid\"; did you mean \"wide\"?"},
        Mistake{"Knob", {"space", kSmall, "--config", "tile_x=1"}, "no knob \"tile_x\"; did you mean"},
        Mistake{"KnobValue", {"space", kSmall, "--config", "tile_h=99"}, "it has 1, 2, 4"},
        Mistake{"Index", {"space", kSmall, "--index", "36"}, "there is no config 36; the space has 36"},
        Mistake{"IndexOfSuite", {"space", "resnet18", "--index", "3"}, "resnet18 has 10 workloads; name one"},
        Mistake{"Format", {"export", "log.sqlite", "--format", "cvs"}, "no format \"cvs\""}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Numbers, Usage,
    ::testing::Values(
        Mistake{"TrialsZero", {"tune", kSmall, "--trials", "0"}, "found \"0\""},
        Mistake{"TrialsWord", {"tune", kSmall, "--trials", "many"}, "--trials must be a number"},
        Mistake{"TrialsNegative", {"tune", kSmall, "--trials", "-3"}, "--trials"},
        Mistake{"TimeZero", {"tune", kSmall, "--time", "0"}, "--time must be a duration"},
        Mistake{"TimeDays", {"tune", kSmall, "--time", "5d"}, "such as 90s, 15m or 2h"},
        Mistake{"TimeUnitOnly", {"tune", kSmall, "--time", "s"}, "found \"s\""},
        Mistake{"JobsZero", {"tune", kSmall, "--jobs", "0"}, "--jobs"},
        Mistake{"JobsMany", {"tune", kSmall, "--jobs", "257"}, "--jobs"},
        Mistake{"JobsWord", {"tune", kSmall, "--jobs", "two"}, "--jobs"},
        Mistake{"BatchZero", {"tune", kSmall, "--batch", "0"}, "--batch"},
        Mistake{"SeedNegative", {"tune", kSmall, "--seed", "-1"}, "--seed"},
        Mistake{"SeedTooLarge",
                {"tune", kSmall, "--seed", "99999999999999999999"},
                "--seed: it must be at most 18446744073709551615"},
        Mistake{"EarlyStopZero",
                {"tune", kSmall, "--early-stop", "0"},
                "--early-stop: it must be a whole number of at least 1, found \"0\""},
        Mistake{"LimitZero",
                {"show", "log.tamis", "--limit", "0"},
                "--limit: it must be a whole number of at least 1, found \"0\""},
        Mistake{"TopZero", {"show", "log.tamis", "--top", "0"}, "--top: it must be a whole"},
        Mistake{"SessionZero", {"show", "log.tamis", "--session", "0"}, "--session: it must be a whole"},
        Mistake{"SessionTooLarge",
                {"export", "log.tamis", "--session", "9223372036854775808"},
                "--session: it must be at most 9223372036854775807"},
        Mistake{"IndexNegative",
                {"space", kSmall, "--index", "-1"},
                "--index: it must be a whole number of at least 0, found \"-1\""},
        Mistake{"ProfileEmpty", {"tune", kSmall, "--profile", ""}, "--profile: it is empty"},
        Mistake{"SeedWord", {"tune", kSmall, "--seed", "luck"}, "--seed"},
        Mistake{"EarlyStopNegative", {"tune", kSmall, "--early-stop", "-1"}, "--early-stop"},
        Mistake{"ResumeWithoutLog", {"tune", kSmall, "--resume"}, "--resume needs the --log"}),
    name_of);

TEST(Help, IsAResultAndNamesEveryCommand) {
  const Finished finished = tamis({"--help"});
  EXPECT_EQ(finished.code, 0);
  EXPECT_THAT(finished.err, IsEmpty());
  for (const char* command : {"tune", "replay", "space", "simulate", "calibrate", "best", "show", "export",
                              "import", "merge", "fleet"}) {
    EXPECT_THAT(finished.out, HasSubstr(command));
    const Finished of_command = tamis({command, "--help"});
    EXPECT_EQ(of_command.code, 0) << command;
    EXPECT_THAT(of_command.out, HasSubstr("--help")) << command;
  }
}

TEST(Help, SaysTheVersion) { EXPECT_THAT(tamis({"--version"}).out, StartsWith("tamis 0.")); }

}  // namespace
}  // namespace tamis::cli::testing
