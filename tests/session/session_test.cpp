#include "tamis/session.h"

#include "session/scripted.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <unistd.h>

namespace tamis {
namespace {

using testing::HasSubstr;

/// A log in a directory that goes with the test.
class TemporaryLog {
 public:
  TemporaryLog() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tamis-session-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    log_ = std::make_unique<Log>(Log::open(directory_ + "/log.db", LogMode::read_write).value());
  }
  ~TemporaryLog() {
    log_.reset();
    std::error_code code;
    std::filesystem::remove_all(directory_, code);
  }
  Log* get() { return log_.get(); }
  /// The trials of a session without what time decides.
  std::vector<Trial> trials(int64_t session) {
    std::vector<Trial> all = log_->trials(session).value();
    for (Trial& trial : all) trial.build_ns = trial.run_ns = trial.finished_unix_ms = 0;
    return all;
  }

 private:
  std::string directory_;
  std::unique_ptr<Log> log_;
};

struct Session {
  SharedTask task = make_bowl_task();
  SessionOptions options = scripted_options();
  int jobs = 1;
  std::stop_source stop;
  std::function<void(const Progress&)> progress;

  Session() { options.budget.trials = 60; }
  Result<SessionResult> try_run(Log* log) {
    options.measure.jobs = jobs;
    return run_session(task, log, options, progress, stop.get_token());
  }
  SessionResult run(Log* log) {
    auto result = try_run(log);
    EXPECT_TRUE(result.ok()) << result.error().message;
    return result.value();
  }
};

std::vector<Trial> uninterrupted(const Session& like) {
  TemporaryLog log;
  Session session;
  session.options = like.options;
  session.options.resume = false;
  return log.trials(session.run(log.get()).session.id);
}

TEST(Session, TriesWhatTheBudgetAllowsAndCountsHonestly) {
  TemporaryLog log;
  Session session;
  session.options.budget.trials = 30;
  const SessionResult result = session.run(log.get());
  EXPECT_EQ(result.stop_reason, StopReason::budget);
  const auto trials = log.trials(result.session.id);
  ASSERT_EQ(trials.size(), 30U);
  Counts counts;
  double best = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < trials.size(); ++i) {
    EXPECT_EQ(trials[i].number, i);
    EXPECT_EQ(trials[i].proposer, "scripted");
    counts.add(trials[i]);
    best = std::min(best, trials[i].cost());
  }
  EXPECT_EQ(result.counts.trials, 30U);
  EXPECT_EQ(result.counts.by_verdict, counts.by_verdict);
  EXPECT_EQ(result.counts.invalid, counts.invalid);
  EXPECT_EQ(result.counts.trials,
            result.counts.measurements + result.counts.rejected_builds +
                static_cast<uint64_t>(std::count_if(trials.begin(), trials.end(), [](auto& one) {
                  return one.verdict == Verdict::device_lost;
                })));
  ASSERT_TRUE(result.best.has_value());
  EXPECT_EQ(result.best->cost(), best);
  EXPECT_EQ(result.resumed, 0U);
}

TEST(Session, ExhaustsASpace) {
  TemporaryLog log;
  Session session;
  session.options.budget.trials.reset();
  const SessionResult result = session.run(log.get());
  EXPECT_EQ(result.stop_reason, StopReason::exhausted);
  EXPECT_EQ(result.counts.trials, 100U);
  EXPECT_EQ(result.best->cost(), 100);
}

TEST(Session, RunsWithoutALog) {
  Session session;
  EXPECT_EQ(session.run(nullptr).counts.trials, 60U);
}

TEST(Session, ReportsATrialOnlyWhenItIsInTheLog) {
  TemporaryLog log;
  Session session;
  session.jobs = 3;
  uint64_t reported = 0;
  session.progress = [&](const Progress& progress) {
    ++reported;
    EXPECT_EQ(progress.counts->trials, reported);
    EXPECT_EQ(progress.total, 60U);
    const auto trials = log.get()->trials(1).value();
    EXPECT_NE(std::find(trials.begin(), trials.end(), *progress.trial), trials.end());
    if (progress.improved) {
      EXPECT_EQ(*progress.best, *progress.trial);
    }
  };
  session.run(log.get());
  EXPECT_EQ(reported, 60U);
}

TEST(Session, TellsWhatCameOfTheDefaultConfig) {
  Session session;
  session.options.with_default = true;
  session.progress = [&](const Progress& progress) {
    ASSERT_NE(progress.default_trial, nullptr);
    EXPECT_EQ(progress.default_trial->number, 0U);
    EXPECT_EQ(progress.default_trial->config, progress.task->default_config());
  };
  EXPECT_EQ(session.run(nullptr).counts.trials, 60U);
}

TEST(Session, DoesNotDependOnJobs) {
  for (const std::optional<uint64_t> early_stop : {std::optional<uint64_t>(), std::optional<uint64_t>(9)}) {
    TemporaryLog one_log;
    TemporaryLog four_log;
    Session one;
    one.options.budget.early_stop = early_stop;
    Session four;
    four.options = one.options;
    four.jobs = 4;
    const SessionResult a = one.run(one_log.get());
    const SessionResult b = four.run(four_log.get());
    EXPECT_EQ(one_log.trials(1), four_log.trials(1));
    EXPECT_EQ(a.best->number, b.best->number);
    EXPECT_EQ(a.stop_reason, b.stop_reason);
  }
}

TEST(Session, StopsEarlyAfterExactlySoManyTrialsWithoutGain) {
  TemporaryLog log;
  Session session;
  session.options.budget.trials.reset();
  session.options.budget.early_stop = 13;
  const SessionResult result = session.run(log.get());
  EXPECT_EQ(result.stop_reason, StopReason::early_stop);
  EXPECT_EQ(result.counts.trials, result.best->number + 1 + 13);
}

TEST(Session, TeachesInTheOrderOfProposalButNeverALostDevice) {
  TemporaryLog log;
  Session session;
  session.jobs = 4;
  std::vector<uint64_t> learnt;
  class Watched final : public Strategy {
   public:
    Watched(const Task& task, const SearchOptions& options, std::vector<uint64_t>& learnt)
        : inner_(task, options), learnt_(learnt) {}
    std::string_view name() const override { return inner_.name(); }
    Result<std::vector<Config>> propose(size_t count) override { return inner_.propose(count); }
    Status learn(std::span<const Trial> trials) override {
      for (const Trial& trial : trials) {
        EXPECT_NE(trial.verdict, Verdict::device_lost);
        learnt_.push_back(trial.number);
      }
      return inner_.learn(trials);
    }

   private:
    ScriptedStrategy inner_;
    std::vector<uint64_t>& learnt_;
  };
  session.options.make_strategy = [&](const Task& task,
                                      const SearchOptions& options) -> Result<std::unique_ptr<Strategy>> {
    return std::unique_ptr<Strategy>(std::make_unique<Watched>(task, options, learnt));
  };
  session.run(log.get());
  EXPECT_TRUE(std::is_sorted(learnt.begin(), learnt.end()));
  EXPECT_LT(learnt.size(), 60U);
  EXPECT_GT(learnt.size(), 40U);
}

TEST(Session, GoesOnAsIfNeverInterrupted) {
  Session plain;
  const std::vector<Trial> expected = uninterrupted(plain);
  EXPECT_TRUE(rc::check([&] {
    TemporaryLog log;
    uint64_t resumed = 0;
    for (bool ended = false; !ended;) {
      Session session;
      session.options.resume = true;
      session.jobs = *rc::gen::inRange(1, 5);
      const int cut = *rc::gen::inRange(1, 40);
      int seen = 0;
      session.progress = [&](const Progress&) {
        if (++seen == cut) session.stop.request_stop();
      };
      const SessionResult result = session.run(log.get());
      RC_ASSERT(result.resumed >= resumed);
      resumed = result.resumed;
      RC_ASSERT(result.session.id == 1);
      ended = result.stop_reason == StopReason::budget;
      if (!ended) RC_ASSERT(result.stop_reason == StopReason::interrupted);
    }
    RC_ASSERT(log.trials(1) == expected);
  }));
}

TEST(Session, FillsTheGapsOfABatch) {
  Session plain;
  const std::vector<Trial> expected = uninterrupted(plain);
  TemporaryLog log;
  Session first;
  first.options.budget.trials = 0;
  const int64_t id = first.run(log.get()).session.id;
  // As several jobs leave it: trials 9 and 12 of the second batch were not finished.
  for (const Trial& trial : expected)
    if (trial.number < 16 && trial.number != 9 && trial.number != 12) {
      ASSERT_TRUE(log.get()->append(id, std::span(&trial, 1)).ok());
    }
  Session second;
  second.options.resume = true;
  const SessionResult result = second.run(log.get());
  EXPECT_EQ(result.resumed, 14U);
  EXPECT_EQ(result.counts.trials, 60U);
  EXPECT_EQ(log.trials(id), expected);
}

TEST(Session, ALongerBudgetGoesOnWithTheSameTrials) {
  Session plain;
  TemporaryLog log;
  Session shorter;
  shorter.options.budget.trials = 21;  // in the middle of a batch
  shorter.run(log.get());
  Session longer;
  longer.options.resume = true;
  EXPECT_EQ(longer.run(log.get()).resumed, 21U);
  EXPECT_EQ(log.trials(1), uninterrupted(plain));
  // And a shorter one loses nothing that is known.
  shorter.options.resume = true;
  const SessionResult again = shorter.run(log.get());
  EXPECT_EQ(again.counts.trials, 60U);
  EXPECT_EQ(again.resumed, 60U);
}

TEST(Session, ResumesOnlyWhatMatches) {
  TemporaryLog log;
  Session first;
  first.options.budget.trials = 4;
  first.run(log.get());
  const auto resumed = [&](const std::function<void(SessionOptions&)>& change) {
    Session session;
    session.options.budget.trials = 4;
    session.options.resume = true;
    change(session.options);
    return session.run(log.get()).resumed;
  };
  EXPECT_EQ(resumed([](auto& options) { options.seed = 6; }), 0U);
  EXPECT_EQ(resumed([](auto& options) { options.batch = 7; }), 0U);
  EXPECT_EQ(resumed([](auto& options) { options.strategy = "other"; }), 0U);
  EXPECT_EQ(resumed([](auto& options) { options.initializer = "other"; }), 0U);
  EXPECT_EQ(resumed([](auto& options) { options.resume = false; }), 0U);
  EXPECT_EQ(resumed([](auto&) {}), 4U);
}

TEST(Session, RefusesALogThatItWouldNotHaveMade) {
  TemporaryLog log;
  Session first;
  first.options.budget.trials = 0;
  const int64_t id = first.run(log.get()).session.id;
  const Session plain;
  std::vector<Trial> trials = uninterrupted(plain);
  trials.resize(3);
  std::swap(trials[1].config, trials[2].config);
  ASSERT_TRUE(log.get()->append(id, trials).ok());
  Session second;
  second.options.resume = true;
  const auto refused = second.try_run(log.get());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(refused.error().message, HasSubstr("trial 1 of session 1 of the log is config"));
}

TEST(Session, EndsWhenItsTimeIsUp) {
  Session session;
  session.options.budget.trials.reset();
  session.options.budget.time = std::chrono::milliseconds(50);
  session.progress = [](const Progress&) { std::this_thread::sleep_for(std::chrono::milliseconds(5)); };
  const SessionResult result = session.run(nullptr);
  EXPECT_EQ(result.stop_reason, StopReason::budget);
  EXPECT_LT(result.counts.trials, 100U);
}

TEST(Session, SearchesEveryWorkloadWithItsOwnRandomNumbers) {
  TemporaryLog log;
  Session session;
  session.run(log.get());
  session.task = make_bowl_task({}, small_workload_of(3));
  session.run(log.get());
  EXPECT_NE(log.trials(1).at(0).config, log.trials(2).at(0).config);
}

TEST(Session, RefusesOptionsThatCannotBeMeant) {
  Session session;
  session.options.batch = 0;
  EXPECT_THAT(session.try_run(nullptr).error().message, HasSubstr("the batch is 0"));
  session.options.batch = 8;
  session.options.budget.early_stop = 0;
  EXPECT_THAT(session.try_run(nullptr).error().message, HasSubstr("early stopping after 0 trials"));
}

TEST(Session, RefusesAStrategyThatBreaksItsContract) {
  class Wild final : public Strategy {
   public:
    std::string_view name() const override { return "wild"; }
    Result<std::vector<Config>> propose(size_t) override { return std::vector<Config>{{{99, 0}}}; }
    Status learn(std::span<const Trial>) override { return {}; }
  };
  Session session;
  session.options.make_strategy = [](const Task&, const SearchOptions&) -> Result<std::unique_ptr<Strategy>> {
    return std::unique_ptr<Strategy>(std::make_unique<Wild>());
  };
  const auto result = session.try_run(nullptr);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::internal);
}

TEST(Session, RefusesAStrategyThatProposesWhatAConstraintExcludes) {
  class Careless final : public Strategy {
   public:
    std::string_view name() const override { return "careless"; }
    Result<std::vector<Config>> propose(size_t) override { return std::vector<Config>{{{0, 0}}}; }
    Status learn(std::span<const Trial>) override { return {}; }
  };
  Session session;
  session.task = make_bowl_task({.constraints = {"a >= 1"}});
  session.options.make_strategy = [](const Task&, const SearchOptions&) -> Result<std::unique_ptr<Strategy>> {
    return std::unique_ptr<Strategy>(std::make_unique<Careless>());
  };
  const auto result = session.try_run(nullptr);
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message, HasSubstr("the strategy careless proposed"));
}

TEST(Session, SaysWhyTrialsWereNotValid) {
  Session session;
  session.options.budget.trials.reset();
  uint64_t told = 0;
  session.progress = [&](const Progress& progress) {
    told = 0;
    for (const Reason& reason : progress.reasons->most_frequent()) told += reason.trials;
    EXPECT_EQ(told, progress.counts->invalid);
    EXPECT_EQ(progress.task, session.task.get());
  };
  const SessionResult result = session.run(nullptr);
  const std::vector<Reason> reasons = result.reasons.most_frequent();
  ASSERT_EQ(reasons.size(), 2U);
  EXPECT_EQ(reasons[0].verdict, Verdict::resource_exceeded);
  EXPECT_EQ(reasons[0].message, "too large");
  EXPECT_EQ(reasons[0].trials, 14U);
  EXPECT_EQ(reasons[1].message, "gone");
  EXPECT_EQ(result.task, session.task);
}

TEST(Session, PassesOnTheErrorOfALogThatFails) {
  TemporaryLog log;
  Session session;
  // A trial that is already there stands for a log that cannot be written.
  session.progress = [&](const Progress& progress) {
    Trial next = *progress.trial;
    next.number += 1;
    (void)log.get()->append(1, std::span(&next, 1));
  };
  const auto result = session.try_run(log.get());
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message, HasSubstr("already has a trial 1"));
}

}  // namespace
}  // namespace tamis
