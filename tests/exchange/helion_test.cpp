#include "exchange/helion.h"

#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Helion, ReadsALog) {
  const TrialFile file = read_trials(TAMIS_TEST_DATA "/tools/helion.csv").value();
  EXPECT_EQ(file.format, "helion");
  EXPECT_THAT(file.skipped, IsEmpty());
  const TrialSet& set = file.sets.at(0);
  ASSERT_THAT(set.trials, SizeIs(4)) << "rows that say a config was begun are no trials";
  EXPECT_EQ(set.space.describe(set.trials[0].config),
            "block_sizes=[16, 32] indexing=pointer num_stages=1 num_warps=4 persistent=0 maxnreg=None");
  EXPECT_DOUBLE_EQ(best_cost(set), 98500);
  EXPECT_EQ(set.trials[0].build_ns, 1'500'000'000);
  EXPECT_EQ(set.trials[1].verdict, Verdict::run_failed);
  EXPECT_EQ(set.trials[2].verdict, Verdict::build_timeout);
}

/// A status of a later release is a failure with a name, not a row that never was.
TEST(Helion, KeepsAStatusThatItDoesNotKnow) {
  const TrialFile file =
      helion_format()
          .read(
              "generation,status,perf_ms,config\n0,ok,0.5,Config(a=1)\n0,oom,,Config(a=2)\n"
              "0,deduplicated,,Config(a=3)\n0,,,Config(a=4)\n",
              "log.csv", {})
          .value();
  const TrialSet& set = file.sets.at(0);
  ASSERT_THAT(set.trials, SizeIs(2));
  EXPECT_EQ(set.trials[1].verdict, Verdict::run_failed);
  EXPECT_EQ(set.trials[1].message, "recorded as oom");
  EXPECT_THAT(file.skipped, ElementsAre(HasSubstr("row 4: it has no status")));
}

TEST(Helion, RefusesALatencyThatCannotBeInTheWordsOfAll) {
  const std::string text =
      "run_id,timestamp_s,config_id,generation,status,perf_ms,compile_time_s,config\r\n"
      "r1,0,a,0,ok,0.25,1,Config(a=2)\r\n"
      "r1,0,a,0,ok,inf,1,Config(a=3)\r\n"
      "r1,0,a,0,ok,nan,1,Config(a=4)\r\n";
  const TrialFile file = helion_format().read(text, "log.csv", {}).value();
  EXPECT_THAT(file.skipped, ElementsAre(HasSubstr("row 2: " + Objective{}.check(INFINITY).error().message),
                                        HasSubstr("row 3: " + Objective{}.check(NAN).error().message)));
}

TEST(Helion, SkipsBadRowsAndTellsRunsApart) {
  const std::string text =
      "run_id,timestamp_s,config_id,generation,status,perf_ms,compile_time_s,config\r\n"
      "r1,0,a,0,ok,0.5,1,\"Config(a='it,\\'s', b=-1.5)\"\r\n"
      "r2,0,a,0,ok,0.25,1,Config(a=2)\r\n"
      "r1,0,a,0,ok,,1,Config(a=3)\r\n"
      "r1,0,a,0,ok,0.5,1,nothing\r\n"
      "r1,0,a,0,o";
  const TrialFile file = helion_format().read(text, "log.csv", {}).value();
  ASSERT_THAT(file.sets, SizeIs(2));
  EXPECT_EQ(file.sets[0].workload.name, "log:r1");
  EXPECT_EQ(file.sets[0].space.describe(file.sets[0].trials[0].config), "a=it,\\'s b=-1.5");
  EXPECT_THAT(file.skipped,
              ElementsAre(HasSubstr("row 3: it is ok, but has no number"), HasSubstr("row 4: its config"),
                          HasSubstr("row 5: there are 5 cells")));
}

}  // namespace
}  // namespace tamis
