// What is said of resuming: which session continues, or why none does; and sessions whose strategy has
// changed.
#include "log/sqlite.h"
#include "session/record.h"
#include "session/scripted.h"
#include "support/temporary_directory.h"
#include "tamis/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Resuming : public testing::Test {
 protected:
  Resuming() {
    options_.budget.trials = 10;
    options_.resume = true;
    options_.note = [this](const std::string& note) { notes_.push_back(note); };
  }
  SessionResult run() {
    notes_.clear();
    auto result = run_session(task_, &log_, options_, progress_, {});
    EXPECT_TRUE(result.ok()) << result.error().message;
    EXPECT_THAT(notes_, ElementsAre(result->resume_note));
    return std::move(result).value();
  }
  std::string note() { return run().resume_note; }

  TemporaryDirectory directory_;
  const std::string path_ = directory_.file("log.sqlite");
  Log log_ = Log::open(path_, LogMode::read_write).value();
  SharedTask task_ = make_bowl_task();
  SessionOptions options_ = scripted_options();
  std::function<void(const Progress&)> progress_;
  std::vector<std::string> notes_;
};

TEST_F(Resuming, SaysWhichSessionContinues) {
  EXPECT_EQ(note(), "no session of " + path_ + " is of small; a new session begins");
  EXPECT_EQ(note(), "session 1 continues: 10 trials are in the log");
}

TEST_F(Resuming, SaysWhatDiffersFromTheNearestSession) {
  run();
  options_.seed = 6;
  EXPECT_EQ(note(),
            "no session of " + path_ + " fits: session 1 differs in seed (5, now 6); a new session begins");
  options_.batch = 3;
  options_.seed = 9;
  task_ = make_bowl_task({.constraints = {"a >= 1"}});
  // Sessions 1 and 2 differ in as much, and the newer one counts.
  EXPECT_EQ(note(), "no session of " + path_ +
                        " fits: session 2 differs in constraints ([], now [\"a >= 1\"]), seed (6, now 9) and "
                        "batch (8, now 3); a new session begins");
  task_ = make_bowl_task({}, small_workload_of(5));
  EXPECT_THAT(note(), HasSubstr("is of small; a new session begins"));
}

TEST_F(Resuming, SaysThatItLearntFromSomethingElse) {
  TrialSet set = named_trials("elsewhere", task_->space(), {Trial()});
  set.trials[0].config = task_->default_config();
  const std::vector<TrialSet> related = {set};
  options_.related = &related;
  run();
  options_.related = nullptr;
  EXPECT_THAT(note(), HasSubstr("session 1 differs in what it learnt from; a new"));
}

TEST_F(Resuming, BeginsAnewWhereWhatIsLikelyGoodHasChanged) {
  task_ = make_bowl_task({.hints = {"a=7|8 b=3"}});
  run();
  EXPECT_THAT(note(), HasSubstr("session 1 continues"));
  task_ = make_bowl_task({.hints = {"a=7"}});
  EXPECT_THAT(
      note(),
      HasSubstr(R"(session 1 differs in what is likely good ([{"a":[7,8],"b":[3]}], now [{"a":[7]}]))"));
  task_ = make_bowl_task();
  EXPECT_THAT(note(), HasSubstr(R"(session 2 differs in what is likely good ([{"a":[7]}], now none))"));
}

TEST_F(Resuming, GoesOnAsIfNeverInterruptedWhereSomethingIsLikelyGood) {
  options_.make_strategy = nullptr;
  options_.strategy = "tamis";
  options_.keep_trials = true;
  task_ = make_bowl_task({.hints = {"a=7|8 b=3", "a=0"}});
  const auto whole = run_session(task_, nullptr,
                                 [&] {
                                   SessionOptions options = options_;
                                   options.resume = false;
                                   options.note = nullptr;
                                   options.budget.trials = 30;
                                   return options;
                                 }(),
                                 {}, {});
  ASSERT_TRUE(whole.ok()) << whole.error().message;
  for (const uint64_t trials : {2, 11, 30}) {
    options_.budget.trials = trials;
    run();
  }
  const SessionResult resumed = run();
  ASSERT_EQ(resumed.trials.size(), 30U);
  for (size_t i = 0; i < 30; ++i) EXPECT_EQ(resumed.trials[i].config, whole->trials[i].config) << i;
}

TEST_F(Resuming, GoesOnByTheTimesOfTheLogWhereTheStrategyHeedsThem) {
  options_.make_strategy = nullptr;
  options_.strategy = "tamis";
  options_.finalists = 0;
  task_ = make_bowl_task({.runs_long = true});
  for (const uint64_t trials : {40, 41, 60}) {
    options_.budget.trials = trials;
    // Configs that the log does not have would be an error.
    const SessionResult result = run();
    EXPECT_FALSE(result.learnt_at_once);
    EXPECT_EQ(result.counts.trials, trials);
  }
  EXPECT_EQ(log_.sessions().value().size(), 1U);
}

TEST_F(Resuming, GoesOnWhereTheStrategyPassesOverWhatHasChanged) {
  options_.make_strategy = nullptr;
  options_.strategy = "random";
  task_ = make_bowl_task({.hints = {"a=7"}});
  run();
  task_ = make_bowl_task();
  EXPECT_THAT(note(), HasSubstr("session 1 continues"));
}

TEST_F(Resuming, IsToldBeforeTheFirstTrial) {
  bool tried = false;
  progress_ = [&](const Progress&) {
    tried = true;
    EXPECT_EQ(notes_.size(), 1U);
  };
  run();
  EXPECT_TRUE(tried);
}

TEST_F(Resuming, SaysNothingWhereItWasNotAskedFor) {
  options_.resume = false;
  options_.note = [](const std::string& note) { ADD_FAILURE() << note; };
  const auto result = run_session(task_, &log_, options_, {}, {});
  EXPECT_EQ(result->resume_note, "");
}

TEST_F(Resuming, LearnsAtOnceWhereTheStrategyHasChanged) {
  const SessionResult first = run();
  EXPECT_FALSE(first.learnt_at_once);
  EXPECT_EQ(first.session.generation, 1U);
  // Another strategy of the same name, which proposes others.
  class Changed final : public Strategy {
   public:
    Changed(const Task& task, const SearchOptions& options)
        : inner_(task, {options.seed + 1, options.related, {}}) {}
    std::string_view name() const override { return inner_.name(); }
    Result<std::vector<Config>> propose(size_t count) override { return inner_.propose(count); }
    Status learn(std::span<const Trial> trials) override { return inner_.learn(trials); }

   private:
    ScriptedStrategy inner_;
  };
  options_.make_strategy = factory_of<Changed>();
  options_.budget.trials = 20;
  const auto refused = run_session(task_, &log_, options_, {}, {});
  ASSERT_FALSE(refused.ok()) << "nobody said that the strategy has changed";
  EXPECT_EQ(refused.error().kind, ErrorKind::corrupt);

  options_.generation = 2;
  const SessionResult second = run();
  EXPECT_EQ(second.session.id, 1);
  EXPECT_TRUE(second.learnt_at_once);
  EXPECT_EQ(second.resumed, 10U);
  EXPECT_EQ(second.counts.trials, 20U);
  EXPECT_THAT(second.at_once_reason, HasSubstr("generation 1, now 2"));
  EXPECT_THAT(second.resume_note, HasSubstr("learnt at once, because the strategy scripted makes other"));
  EXPECT_EQ(second.session.generation, 1U) << "of what it began as";
}

TEST_F(Resuming, LearnsAtOnceWhereTheInitializerHasChanged) {
  options_.make_strategy = nullptr;
  options_.strategy = "random";
  options_.initializer = "random";
  EXPECT_EQ(run().session.generation, 1U) << "it proposes what it did in 0.1.0";
  options_.initializer = "validity";
  EXPECT_EQ(run().session.generation, 2U);
  EXPECT_FALSE(run().learnt_at_once);
  {
    // As 0.1.0 wrote it, whose initializer proposed others.
    sqlite::Database log = sqlite::Database::open(path_, sqlite::OpenMode::read_write).value();
    ASSERT_TRUE(log.execute("UPDATE sessions SET generation = 1").ok());
  }
  options_.budget.trials = 20;
  const SessionResult resumed = run();
  EXPECT_EQ(resumed.session.id, 2);
  EXPECT_EQ(resumed.resumed, 10U);
  EXPECT_EQ(resumed.counts.trials, 20U);
  EXPECT_TRUE(resumed.learnt_at_once);
  EXPECT_THAT(resumed.resume_note,
              HasSubstr("because the strategy random opened by validity makes other proposals"));
}

TEST_F(Resuming, SaysThatALongSessionIsLearntAtOnce) {
  run();
  options_.most_replayed = 9;
  EXPECT_THAT(note(), HasSubstr("10 trials are in the log; they are learnt at once, because its 10 trials"));
}

TEST_F(Resuming, TellsAnInitializerThatIsNotNamedFromNone) {
  options_.initializer = "";
  run();
  options_.initializer = "none";
  EXPECT_THAT(note(), HasSubstr("initializer (the strategy's own, now none)"));
}

SessionRecord record_of(const std::string& identity) {
  SessionRecord record;
  record.target_identity = identity;
  return record;
}

TEST(Differences, NameWhatIsMeasuredOn) {
  const auto between = [](const std::string& logged, const std::string& now) {
    return differences(record_of(logged), record_of(now));
  };
  EXPECT_TRUE(between("vta {} checks=static", "vta {} checks=static").empty());
  EXPECT_THAT(between("vta {} checks=static", "vta {} checks=none"),
              ElementsAre("checks (static, now none)"));
  EXPECT_THAT(between("vta {}", "vta {} caches=cold"), ElementsAre("caches (none, now cold)"));
  EXPECT_THAT(between("vta {}", "cpu znver3"), ElementsAre("target (vta, now cpu)"));
  EXPECT_THAT(between("cpu znver2", "cpu znver3"),
              ElementsAre("what the target cpu is (znver2, now znver3)"));
  EXPECT_FALSE(between("", "laptop").empty());
  // Members of a description are named, and count one by one.
  EXPECT_THAT(between(R"(vta {"DESIGN":"chisel","READ_LATENCY":60} checks=static)",
                      R"(vta {"DESIGN":"hls","READ_LATENCY":64} checks=static)"),
              ElementsAre("DESIGN (chisel, now hls)", "READ_LATENCY (60, now 64)"));
  EXPECT_THAT(between("table 0123456789abcdef", "table 0123456789abcdee"),
              ElementsAre("the rows of the recorded table"));
  EXPECT_THAT(between("command 0123456789abcdef", "command 0123456789abcdee"),
              ElementsAre("the program of the target command: what it runs, or how"));
  EXPECT_THAT(between("vta {} generation=1", "vta {} generation=2"),
              ElementsAre(HasSubstr("the generation of the target vta (1, now 2: ")));
}

}  // namespace
}  // namespace tamis
