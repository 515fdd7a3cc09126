// Sessions without batches: what is proposed follows from asks and tells, and nobody waits.

#include "session/scripted.h"
#include "session/varying.h"
#include "support/temporary_directory.h"
#include "tamis/random.h"
#include "tamis/session.h"
#include "tamis/study.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using testing::HasSubstr;

/// Has so many configs under way and ends them in an order of its own: now the first, now the last begun.
class Juggler final : public Measurer {
 public:
  Juggler(std::unique_ptr<Measurer> inner, size_t devices) : inner_(std::move(inner)), devices_(devices) {}
  Status measure(std::span<const MeasureRequest> requests, const std::function<Status(Trial)>& finished,
                 std::stop_token stop) override {
    return inner_->measure(requests, finished, std::move(stop));
  }
  Status measure_in_turn(std::span<const MeasureRequest> requests,
                         const std::function<Status(Trial)>& finished, std::stop_token stop) override {
    return inner_->measure_in_turn(requests, finished, std::move(stop));
  }
  Status measure_from(RequestSource& source, const std::function<Status(Trial)>& finished,
                      std::stop_token stop) override {
    std::vector<MeasureRequest> under_way;
    while (!stop.stop_requested()) {
      auto next = source.next(devices_ - under_way.size());
      if (!next.ok()) return next.error();
      std::move(next->begin(), next->end(), std::back_inserter(under_way));
      if (under_way.empty()) break;
      // By the number, so that a resumed session goes on with the same order.
      const auto chosen = std::max_element(under_way.begin(), under_way.end(),
                                           [](const MeasureRequest& a, const MeasureRequest& b) {
                                             return a.number * 7 % 11 < b.number * 7 % 11;
                                           });
      const MeasureRequest request = std::move(*chosen);
      under_way.erase(chosen);
      if (Status measured = inner_->measure({&request, 1}, finished, stop); !measured.ok()) return measured;
    }
    return {};
  }

 private:
  std::unique_ptr<Measurer> inner_;
  size_t devices_;
};

MeasurerFactory juggling(size_t devices) {
  return
      [devices](const SharedTask& task, const MeasureOptions& options) -> Result<std::unique_ptr<Measurer>> {
        auto inner = make_measurer(task, options);
        if (!inner.ok()) return inner.error();
        return std::unique_ptr<Measurer>(std::make_unique<Juggler>(std::move(*inner), devices));
      };
}

class AsynchronousSession : public testing::Test {
 protected:
  AsynchronousSession() {
    options_.asynchronous = true;
    options_.with_default = true;
    options_.budget.trials = 60;
    options_.make_measurer = juggling(4);
  }
  SessionResult run() {
    Log log = Log::open(path_, LogMode::read_write).value();
    auto result = run_session(task_, &log, options_, progress_, stop_.get_token());
    EXPECT_TRUE(result.ok()) << result.error().message;
    return result.value();
  }
  std::vector<Trial> logged(int64_t session = 1) {
    std::vector<Trial> trials = Log::open(path_, LogMode::read).value().trials(session).value();
    for (Trial& trial : trials) trial.build_ns = trial.run_ns = trial.finished_unix_ms = 0;
    return trials;
  }
  TemporaryDirectory folder_;
  std::string path_ = folder_.file("log.tamis");
  SharedTask task_ = make_bowl_task();
  SessionOptions options_ = scripted_options();
  std::function<void(const Progress&)> progress_;
  std::stop_source stop_;
};

TEST_F(AsynchronousSession, TriesWhatTheBudgetAllowsEachConfigOnce) {
  const SessionResult result = run();
  EXPECT_EQ(result.stop_reason, StopReason::budget);
  EXPECT_EQ(result.counts.trials, 60U);
  const std::vector<Trial> trials = logged();
  ASSERT_EQ(trials.size(), 60U);
  EXPECT_EQ(trials[0].config, task_->default_config());
  std::set<uint64_t> seen;
  for (const Trial& trial : trials) EXPECT_TRUE(seen.insert(task_->space().index(trial.config)).second);
}

TEST_F(AsynchronousSession, ProposesWhileOthersAreUnderWay) {
  run();
  const std::vector<AskRecord> asks = Log::open(path_, LogMode::read).value().asks(1).value();
  ASSERT_FALSE(asks.empty());
  EXPECT_EQ(asks.front().first, 1U) << "the default config comes first, alone";
  EXPECT_EQ(asks.front().given, 4U);
  for (size_t i = 1; i < asks.size(); ++i) EXPECT_LE(asks[i].given, 1U) << i;
}

TEST_F(AsynchronousSession, EndsWithTheSpace) {
  options_.budget.trials.reset();
  const SessionResult result = run();
  EXPECT_EQ(result.stop_reason, StopReason::exhausted);
  EXPECT_EQ(result.counts.trials, 100U);
}

TEST_F(AsynchronousSession, EndsEarlyWithoutGain) {
  options_.budget.early_stop = 6;
  const SessionResult result = run();
  EXPECT_EQ(result.stop_reason, StopReason::early_stop);
  EXPECT_LT(result.counts.trials, 60U);
  EXPECT_GE(result.counts.trials, 6U);
}

TEST_F(AsynchronousSession, GoesOnWhereverItIsCutOff) {
  for (uint64_t seed = 0; seed < 8; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    TemporaryDirectory folder;
    path_ = folder.file("log.tamis");
    for (int part = 0; part < 4; ++part) {
      const uint64_t cut = 1 + random.below(20);
      stop_ = std::stop_source();
      options_.resume = part > 0;
      uint64_t came = 0;
      progress_ = [&](const Progress&) {
        if (++came == cut) stop_.request_stop();
      };
      run();
    }
    stop_ = std::stop_source();
    progress_ = nullptr;
    options_.resume = true;
    EXPECT_EQ(run().counts.trials, 60U);
    std::set<uint64_t> configs;
    for (const Trial& trial : logged()) configs.insert(task_->space().index(trial.config));
    EXPECT_EQ(configs.size(), 60U);
  }
}

TEST_F(AsynchronousSession, OfOneDeviceRepeatsItselfAlsoWhereItWasInterrupted) {
  options_.make_measurer = nullptr;
  run();
  const std::vector<Trial> whole = logged();
  path_ = folder_.file("cut.tamis");
  progress_ = [&](const Progress& progress) {
    if (progress.counts->trials == 23) stop_.request_stop();
  };
  EXPECT_EQ(run().stop_reason, StopReason::interrupted);
  stop_ = std::stop_source();
  progress_ = nullptr;
  options_.resume = true;
  const SessionResult result = run();
  EXPECT_EQ(result.resumed, 23U);
  EXPECT_EQ(logged(), whole);
}

TEST_F(AsynchronousSession, IsNoneThatHasBatches) {
  run();
  options_.asynchronous = false;
  options_.resume = true;
  const SessionResult result = run();
  EXPECT_EQ(result.session.id, 2);
  EXPECT_THAT(result.resume_note, HasSubstr("batch (none: asynchronous, now 8)"));
}

TEST_F(AsynchronousSession, BeginsAnewOnAnotherSpace) {
  run();
  task_ = make_bowl_task({.constraints = {"a < 9"}});
  options_.resume = true;
  EXPECT_EQ(run().session.id, 2);
}

TEST_F(AsynchronousSession, LearnsALongLogAtOnce) {
  options_.budget.trials = 30;
  run();
  options_.budget.trials = 60;
  options_.resume = true;
  options_.most_replayed = 10;
  const SessionResult result = run();
  EXPECT_TRUE(result.learnt_at_once);
  EXPECT_EQ(result.resumed, 30U);
  EXPECT_EQ(result.counts.trials, 60U);
}

TEST_F(AsynchronousSession, KeepsWhatCameInWhenNoDeviceIsLeft) {
  uint64_t left = 20;
  class Ending final : public Measurer {
   public:
    Ending(std::unique_ptr<Measurer> inner, uint64_t& left) : inner_(std::move(inner)), left_(left) {}
    Status measure(std::span<const MeasureRequest> requests, const std::function<Status(Trial)>& finished,
                   std::stop_token stop) override {
      if (left_ == 0) return io_error("no device is left");
      --left_;
      return inner_->measure(requests, finished, std::move(stop));
    }
    Status measure_in_turn(std::span<const MeasureRequest> requests,
                           const std::function<Status(Trial)>& finished, std::stop_token stop) override {
      return inner_->measure_in_turn(requests, finished, std::move(stop));
    }

   private:
    std::unique_ptr<Measurer> inner_;
    uint64_t& left_;
  };
  options_.make_measurer = [&](const SharedTask& task,
                               const MeasureOptions& options) -> Result<std::unique_ptr<Measurer>> {
    auto inner = make_measurer(task, options);
    if (!inner.ok()) return inner.error();
    return std::unique_ptr<Measurer>(std::make_unique<Ending>(std::move(*inner), left));
  };
  {
    Log log = Log::open(path_, LogMode::read_write).value();
    const auto result = run_session(task_, &log, options_, {}, {});
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().message, "no device is left");
  }
  EXPECT_EQ(logged().size(), 20U);
}

TEST_F(AsynchronousSession, StepsAsFarAsItIsTold) {
  options_.budget.trials = 30;
  OpenSession session = OpenSession::open(task_, nullptr, options_).value();
  EXPECT_EQ(session.step({}, 10).value(), std::nullopt);
  EXPECT_EQ(session.counts().trials, 10U);
  EXPECT_EQ(session.step({}).value(), StopReason::budget);
  EXPECT_EQ(session.counts().trials, 30U);
}

TEST(AsynchronousLeaders, AreTriedAgainBesideOthersAndCountOnce) {
  VaryingSession session(lucky_nine);
  session.options.asynchronous = true;
  const SessionResult result = session.run(nullptr);
  ASSERT_TRUE(result.best);
  EXPECT_EQ(result.best->config.choices[0], 4);
  EXPECT_EQ(result.counts.trials, 10U);
  EXPECT_GT(result.counts.repeats, 0U);
}

TEST(AsynchronousLeaders, AreKeptWhenTheyCannotBeTriedAgain) {
  TemporaryDirectory folder;
  Log log = Log::open(folder.file("log.tamis"), LogMode::read_write).value();
  VaryingSession session(lucky_nine);
  session.options.asynchronous = true;
  session.runs.script = [&](uint64_t config, int run) {
    session.stop.request_stop();
    return lucky_nine(config, run);
  };
  const SessionResult result = session.run(&log);
  EXPECT_EQ(result.stop_reason, StopReason::interrupted);
  EXPECT_EQ(log.trials(result.session.id).value().size(), result.counts.trials);
}

/// A task that names good configs has a strategy that begins with them, fewer than are asked for.
TEST(StudyOfATask, GivesAsManyAsAreAskedForWhateverOpensItsSearch) {
  class Suggesting final : public Task {
   public:
    using Task::Task;
    BuildOutcome build(const Config&) const override { return {}; }
  };
  class Target final : public tamis::Target {
   public:
    Target() : tamis::Target("suggesting", {}, {}) {}
    Result<std::unique_ptr<Task>> bind(const Workload& workload) const override {
      TaskFacts facts;
      facts.workload = workload;
      facts.space = Space::create({number_knob("a", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})}).value();
      facts.identity = {"suggesting", "", {}};
      facts.default_config = facts.space.config(0);
      facts.suggestions = {facts.space.config(5), facts.space.config(6)};
      return std::unique_ptr<Task>(std::make_unique<Suggesting>(std::move(facts)));
    }
    Result<std::unique_ptr<Device>> open_device(const DeviceOptions&) const override {
      return not_found("none");
    }
  };
  TemporaryDirectory folder;
  const SharedTask task = bind_task(std::make_shared<const Target>(), small_workload_of()).value();
  StudyOptions options;
  options.log = folder.file("log.tamis");
  options.resume = true;
  {
    Study study = Study::open(task, options).value();
    const std::vector<AskedConfig> asked = study.ask(6).value();
    EXPECT_EQ(asked.size(), 6U);
    EXPECT_FALSE(study.done());
    for (const AskedConfig& one : asked)
      ASSERT_TRUE(study.tell(one.number, {.costs = {100.0 + static_cast<double>(one.number)}}).ok());
  }
  Study study = Study::open(task, options).value();
  EXPECT_EQ(study.resumed(), 6U);
  EXPECT_EQ(study.ask(6).value().size(), 4U);
  EXPECT_TRUE(study.done());
}

}  // namespace
}  // namespace tamis
