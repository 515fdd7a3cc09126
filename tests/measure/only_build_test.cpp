// Configs that are built and not run (MeasureOptions::only_build).

#include "measure/measure_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using testing::HasSubstr;

class OnlyBuild : public MeasureTest {
 protected:
  void SetUp() override {
    MeasureTest::SetUp();
    options_.only_build = true;
    options_.memory_limit_bytes = 0;  // what a sanitizer reserves is beyond any bound
  }
  static void expect_built(const Trial& trial) {
    EXPECT_EQ(trial.verdict, Verdict::valid) << trial.message;
    EXPECT_FALSE(trial.measured);
    EXPECT_TRUE(trial.costs.empty());
    EXPECT_EQ(trial.device, "");
    EXPECT_EQ(trial.run_ns, 0);
    EXPECT_EQ(trial.features.get("instructions"), 7);
  }
};

TEST_F(OnlyBuild, InThisProcessRunsNothing) {
  const auto trials = measure(**in_process(), {"none", "wrong_result", "build:big"});
  expect_built(trials[0]);
  expect_built(trials[1]);
  EXPECT_EQ(trials[2].verdict, Verdict::resource_exceeded);
  EXPECT_EQ(trials[2].message, "needs 9 bytes of 8");
}

TEST_F(OnlyBuild, InWorkersRunsNothing) {
  const auto trials = measure(**workers(), {"none", "abort", "hang", "build:refuse"});
  for (size_t i = 0; i < 3; ++i) expect_built(trials[i]);
  EXPECT_EQ(trials[3].verdict, Verdict::build_failed);
}

TEST_F(OnlyBuild, InWorkersOutlivesWhatBuildingDoes) {
  const auto trials = measure(**workers(), {"build:exit", "build:hang", "none"});
  EXPECT_EQ(trials[0].verdict, Verdict::build_failed);
  EXPECT_THAT(trials[0].message, HasSubstr("the worker died while building"));
  EXPECT_EQ(trials[1].verdict, Verdict::build_timeout);
  expect_built(trials[2]);
}

TEST_F(OnlyBuild, OpensNoDevice) {
  use_target("fault", {{"devices", "away@/"}});  // a device that cannot be opened
  expect_built(measure(**workers(), {"none"}).at(0));
  expect_built(measure(**in_process(), {"none"}).at(0));
}

TEST_F(OnlyBuild, TakesMoreJobsThanRunningDoes) {
  use_target("fault:alone");
  options_.jobs = 3;
  for (const Trial& trial : measure(**workers(), {"none", "none", "none", "none"})) expect_built(trial);
  options_.jobs = 257;
  EXPECT_THAT(workers().error().message, HasSubstr("jobs is 257"));
}

TEST_F(OnlyBuild, TellsTheCodeOfWhatItBuilt) {
  const auto trials = measure(**workers(), {"code:none", "code:none_again"});
  EXPECT_FALSE(trials[0].code_hash.empty());
  EXPECT_EQ(trials[0].code_hash, trials[1].code_hash);
  EXPECT_FALSE(trials[1].same_code_as);
}

}  // namespace
}  // namespace tamis
