// Programs whose code ran before are not run again, by both kinds of measurers.
#include "measure/measure_fixture.h"
#include "trial/inferred.h"

#include <gtest/gtest.h>

namespace tamis {
namespace {

class SameCode : public MeasureTest, public testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    MeasureTest::SetUp();
    options_.memory_limit_bytes = 0;  // what a sanitizer reserves is beyond any bound
  }
  std::unique_ptr<Measurer> measurer() const {
    return std::move(GetParam() ? workers() : in_process()).value();
  }
  /// The trials of configs after those of others, whose programs are known then.
  std::vector<Trial> measure_after(const std::vector<std::string>& before,
                                   const std::vector<std::string>& faults) {
    const std::unique_ptr<Measurer> both = measurer();
    first_ = measure(*both, before);
    first_.resize(before.size());
    for (const Trial& trial : first_) known_.add(trial);
    std::vector<MeasureRequest> asked = requests(faults);
    for (MeasureRequest& request : asked) {
      request.number += before.size();
      request.known = &known_;
    }
    std::vector<Trial> trials(faults.size());
    const Status status = both->measure(asked,
                                        [&](Trial trial) {
                                          trials.at(trial.number - asked.front().number) = std::move(trial);
                                          return Status();
                                        },
                                        {});
    EXPECT_TRUE(status.ok()) << status.error().message;
    return trials;
  }

  KnownPrograms known_;
  std::vector<Trial> first_;
};

TEST_P(SameCode, TakesOverWhatTheEarlierTrialCameTo) {
  const auto trials = measure_after({"code:none", "code:wrong_result"},
                                    {"none", "code:none_again", "code:wrong_result_again", "code:none"});
  EXPECT_EQ(trials[0].same_code_as, std::nullopt);
  EXPECT_EQ(trials[0].code_hash, "");
  EXPECT_EQ(trials[1].number, 103U);
  EXPECT_EQ(trials[1].config, fault_config(task_->space(), "code:none_again"));
  EXPECT_EQ(trials[1].same_code_as, 100U);
  EXPECT_EQ(trials[1].code_hash, first_[0].code_hash);
  EXPECT_EQ(trials[1].verdict, Verdict::valid);
  EXPECT_EQ(trials[1].costs, first_[0].costs);
  EXPECT_EQ(trials[1].features, first_[0].features);
  EXPECT_EQ(trials[1].device, "faulty device");
  EXPECT_TRUE(trials[1].measured);
  EXPECT_GT(trials[1].build_ns, 0);
  EXPECT_EQ(trials[1].run_ns, 0);
  EXPECT_EQ(trials[2].same_code_as, 101U);
  EXPECT_EQ(trials[2].verdict, Verdict::wrong_result);
  EXPECT_EQ(trials[2].message, first_[1].message);
  EXPECT_TRUE(trials[2].costs.empty());
  EXPECT_EQ(trials[3].same_code_as, 100U);
}

TEST_P(SameCode, RunsAgainWhatTheDeviceMayBeToBlameFor) {
  const auto trials = measure_after({"code:run_failed"}, {"code:run_failed_again"});
  EXPECT_EQ(trials[0].same_code_as, std::nullopt);
  EXPECT_EQ(trials[0].verdict, Verdict::run_failed);
  EXPECT_EQ(trials[0].code_hash, first_[0].code_hash);
}

INSTANTIATE_TEST_SUITE_P(Measurers, SameCode, testing::Bool(),
                         [](const auto& kind) { return kind.param ? "Workers" : "InProcess"; });

Trial ran(uint64_t number, std::string code) {
  Trial trial;
  trial.number = number;
  trial.measured = true;
  trial.costs = {1};
  trial.code_hash = std::move(code);
  return trial;
}

TEST(KnownPrograms, KeepTheFirstThatRan) {
  KnownPrograms known;
  EXPECT_TRUE(known.empty());
  known.add(ran(1, ""));
  EXPECT_TRUE(known.empty());
  known.add(ran(2, "a"));
  known.add(ran(3, "a"));
  ASSERT_NE(known.find("a"), nullptr);
  EXPECT_EQ(known.find("a")->number, 2U);
  EXPECT_EQ(known.find("b"), nullptr);
}

TEST(KnownPrograms, KeepNothingThatAnotherRunMayContradict) {
  KnownPrograms known;
  for (const Verdict verdict : kVerdicts) {
    Trial trial = ran(1, std::string(to_string(verdict)));
    trial.verdict = verdict;
    known.add(trial);
  }
  for (const Verdict verdict : kVerdicts) {
    const bool kept = verdict == Verdict::valid || verdict == Verdict::launch_failed ||
                      verdict == Verdict::resource_exceeded || verdict == Verdict::wrong_result;
    EXPECT_EQ(known.find(std::string(to_string(verdict))) != nullptr, kept) << to_string(verdict);
  }
  Trial flaky = ran(2, "flaky");
  flaky.features.set(std::string(kFailedRuns), 1);
  known.add(flaky);
  EXPECT_EQ(known.find("flaky"), nullptr);
  Trial copied = ran(3, "copied");
  copied.same_code_as = 2;
  known.add(copied);
  EXPECT_EQ(known.find("copied"), nullptr);
}

}  // namespace
}  // namespace tamis
