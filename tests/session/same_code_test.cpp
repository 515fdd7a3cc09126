// Sessions measure programs that compile to the same code once.
#include "session/scripted.h"
#include "support/temporary_directory.h"
#include "tamis/session.h"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

namespace tamis {
namespace {

class SameCodeSession : public testing::Test {
 protected:
  SameCodeSession() {
    options_.keep_trials = true;
    options_.budget.trials = 60;
  }
  SessionResult run(Log* log = nullptr) {
    auto result = run_session(task_, log, options_, {}, {});
    EXPECT_TRUE(result.ok()) << result.error().message;
    return std::move(result).value();
  }
  /// What of a trial does not depend on clocks.
  static Trial timeless(Trial trial) {
    trial.build_ns = trial.run_ns = trial.finished_unix_ms = 0;
    return trial;
  }
  static void expect_same(const std::vector<Trial>& some, const std::vector<Trial>& others) {
    ASSERT_EQ(some.size(), others.size());
    for (size_t i = 0; i < some.size(); ++i) EXPECT_EQ(timeless(some[i]), timeless(others[i])) << i;
  }

  SharedTask task_ = make_bowl_task({.tells_code = true});
  SessionOptions options_ = scripted_options();
};

TEST_F(SameCodeSession, TakesOverWhatWasLearntBeforeTheBatch) {
  const SessionResult result = run();
  std::map<std::string, uint64_t> first;  // the trial that is known of a code, batch by batch
  std::map<std::string, uint64_t> batch;
  uint64_t copied = 0;
  for (const Trial& trial : result.trials) {
    if (trial.number % options_.batch == 0) first.merge(batch);
    if (trial.verdict != Verdict::valid) continue;
    const auto known = first.find(trial.code_hash);
    ASSERT_EQ(trial.same_code_as.has_value(), known != first.end()) << trial.number;
    if (!trial.same_code_as) {
      batch.try_emplace(trial.code_hash, trial.number);
      continue;
    }
    ++copied;
    EXPECT_EQ(*trial.same_code_as, known->second);
    EXPECT_EQ(trial.costs, result.trials[known->second].costs);
    EXPECT_EQ(trial.features.get("index"), static_cast<double>(task_->space().index(trial.config)));
    EXPECT_EQ(trial.run_ns, 0);
  }
  EXPECT_GT(copied, 5U);
  EXPECT_EQ(result.counts.same_code, copied);
  EXPECT_EQ(result.counts.trials, 60U);
  const auto ran = std::count_if(result.trials.begin(), result.trials.end(),
                                 [](const Trial& trial) { return trial.measured && !trial.same_code_as; });
  EXPECT_EQ(result.counts.measurements, static_cast<uint64_t>(ran));
}

TEST_F(SameCodeSession, DependsNeitherOnJobsNorOnWhereItWasCutOff) {
  const std::vector<Trial> whole = run().trials;
  options_.measure.jobs = 4;
  expect_same(run().trials, whole);
  const TemporaryDirectory directory;
  Log log = Log::open(directory.file("log.sqlite"), LogMode::read_write).value();
  options_.resume = true;
  for (const uint64_t trials : {3, 21, 22, 45, 60}) {
    options_.budget.trials = trials;
    run(&log);
  }
  const SessionResult resumed = run(&log);
  EXPECT_EQ(resumed.resumed, 60U);
  expect_same(resumed.trials, whole);
  EXPECT_EQ(log.trials(1).value().size(), 60U);
}

TEST_F(SameCodeSession, FindsWhatItWouldFindByMeasuringAll) {
  const SessionResult result = run();
  task_ = make_bowl_task({.tells_code = true});
  options_.make_measurer = [](const SharedTask& task,
                              const MeasureOptions& measure) -> Result<std::unique_ptr<Measurer>> {
    /// Knows no program.
    class Forgetful final : public Measurer {
     public:
      explicit Forgetful(std::unique_ptr<Measurer> inner) : inner_(std::move(inner)) {}
      Status measure(std::span<const MeasureRequest> requests, const std::function<Status(Trial)>& finished,
                     std::stop_token stop) override {
        std::vector<MeasureRequest> bare(requests.begin(), requests.end());
        for (MeasureRequest& request : bare) request.known = nullptr;
        return inner_->measure(bare, finished, std::move(stop));
      }
      Status measure_in_turn(std::span<const MeasureRequest> requests,
                             const std::function<Status(Trial)>& finished, std::stop_token stop) override {
        return inner_->measure_in_turn(requests, finished, std::move(stop));
      }

     private:
      std::unique_ptr<Measurer> inner_;
    };
    TAMIS_ASSIGN(std::unique_ptr<Measurer> inner, make_in_process_measurer(task, measure));
    return std::unique_ptr<Measurer>(std::make_unique<Forgetful>(std::move(inner)));
  };
  const SessionResult all = run();
  EXPECT_EQ(all.counts.same_code, 0U);
  EXPECT_EQ(all.best->config, result.best->config);
  ASSERT_EQ(all.trials.size(), result.trials.size());
  for (size_t i = 0; i < all.trials.size(); ++i) {
    EXPECT_EQ(all.trials[i].config, result.trials[i].config);
    EXPECT_EQ(all.trials[i].costs, result.trials[i].costs);
  }
}

}  // namespace
}  // namespace tamis
