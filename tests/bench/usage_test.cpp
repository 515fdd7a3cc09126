// The program as a user meets it.
#include "cli/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::cli::testing {
namespace {

using ::testing::HasSubstr;

Finished run_cpu_peers(std::vector<std::string> arguments) {
  Invocation invocation;
  invocation.arguments = std::move(arguments);
  invocation.program = TAMIS_BUILD_BIN "/cpu_peers";
  return run(invocation);
}

TEST(CpuPeers, RefusesAnUnknownFlag) { EXPECT_EQ(run_cpu_peers({"--fast"}).code, 2); }

TEST(CpuPeers, RefusesNoRounds) { EXPECT_EQ(run_cpu_peers({"--rounds", "0"}).code, 2); }

TEST(CpuPeers, RefusesMoreThreadsThanCores) {
  const Finished done = run_cpu_peers({"--workloads", "dense:n=1,ci=8,co=8", "--threads", "1000"});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("1000 threads"));
}

TEST(CpuPeers, NamesTheNearestSuite) {
  const Finished done = run_cpu_peers({"--workloads", "resnet19"});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("resnet18"));
}

TEST(CpuPeers, RefusesInt8) {
  const Finished done = run_cpu_peers({"--workloads", "dense:n=1,ci=8,co=8,type=int8", "--threads", "1"});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("type=float32"));
}

TEST(CpuPeers, RefusesALibraryThatIsNotThere) {
  const Finished done = run_cpu_peers({"--onednn3", "missing.so", "--threads", "1"});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("missing.so cannot be opened as a library"));
}

TEST(CpuPeers, RefusesALibraryThatIsNotOnednn) {
  const Finished done = run_cpu_peers({"--onednn3", "libm.so.6", "--threads", "1"});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("libm.so.6 is not oneDNN"));
}

TEST(CpuPeers, RefusesAnOlderOnednn) {
  const Finished done = run_cpu_peers({"--onednn3", "libdnnl.so.2", "--threads", "1"});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("whose interface is another; pass a libdnnl.so.3"));
}

TEST(CpuPeers, RefusesALogThatIsNotThere) {
  const Finished done = run_cpu_peers({"--log", "missing.tamis", "--threads", "1"});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("missing.tamis"));
}

TEST(CpuPeers, ComparesTheBestConfigOfALog) {
  const TemporaryDirectory directory;
  const std::string log = directory.path() + "/cpu.tamis", spec = "dense:n=4,ci=16,co=32";
  Invocation tuning;
  tuning.arguments = {"tune", "--target", "cpu", "--threads", "1", "--trials", "3", "--log", log, spec};
  ASSERT_EQ(run(tuning).code, 0);
  const Finished done =
      run_cpu_peers({"--log", log, "--workloads", spec, "--threads", "1", "--rounds", "1", "--turn-ms", "1"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("tamis nchw "));
  EXPECT_THAT(done.out, HasSubstr("How many times faster"));
}

TEST(CpuPeers, SaysWhatTheLogLacks) {
  const TemporaryDirectory directory;
  const std::string log = directory.path() + "/cpu.tamis";
  Invocation tuning;
  tuning.arguments = {"tune",     "--target", "cpu",   "--threads", "1",
                      "--trials", "1",        "--log", log,         "dense:n=4,ci=16,co=32"};
  ASSERT_EQ(run(tuning).code, 0);
  const Finished done = run_cpu_peers({"--log", log, "--workloads", "dense:n=4,ci=16,co=16", "--threads", "1",
                                       "--rounds", "1", "--turn-ms", "1"});
  EXPECT_THAT(done.out, HasSubstr("tamis nchw is missing"));
}

TEST(CpuPeers, MeasuresASmallLayer) {
  const Finished done = run_cpu_peers(
      {"--workloads", "dense:n=4,ci=8,co=8", "--threads", "1", "--rounds", "1", "--turn-ms", "1"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("onednn"));
  EXPECT_THAT(done.out, HasSubstr("openblas"));
}

}  // namespace
}  // namespace tamis::cli::testing
