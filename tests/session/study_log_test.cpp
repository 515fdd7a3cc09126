// Studies that keep a log: resumed, cut off, refused.

#include "log/sqlite.h"
#include "session/scripted.h"
#include "session/study_testing.h"
#include "support/temporary_directory.h"
#include "tamis/random.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tamis {
namespace {

using testing::HasSubstr;

class StudyFile : public testing::Test {
 protected:
  const TemporaryDirectory directory_;
  const std::string path_ = directory_.path() + "/study.tamis";
};

/// Asks and tells in any order, cut off and resumed anywhere: what is asked is what an uncut study is asked.
TEST_F(StudyFile, GoesOnAsIfNeverInterrupted) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    const TemporaryDirectory directory;
    Random random(seed);
    Study whole = open_study(options_of());
    std::optional<Study> cut(open_study(options_of(directory.path() + "/cut.tamis")));
    std::vector<AskedConfig> pending;
    for (int step = 0; step < 60; ++step) {
      if (random.below(3) == 0 && !whole.done()) {
        const size_t count = 1 + random.below(5);
        const auto asked = ask(whole, count);
        ASSERT_EQ(indexes(whole.space(), asked), indexes(whole.space(), ask(*cut, count)));
        pending.insert(pending.end(), asked.begin(), asked.end());
      } else if (random.below(6) == 0) {
        cut.reset();
        cut.emplace(open_study(options_of(directory.path() + "/cut.tamis", true)));
        ASSERT_EQ(cut->session().id, 1);
        ASSERT_EQ(cut->resumed(), whole.counts().trials);
        ASSERT_EQ(cut->counts().by_verdict, whole.counts().by_verdict);
        if (!pending.empty()) {
          const auto again = ask(*cut, 1000);
          ASSERT_EQ(indexes(whole.space(), again), indexes(whole.space(), whole.pending()));
        }
      } else if (!pending.empty()) {
        random.shuffle(pending);
        tell(whole, pending.back());
        tell(*cut, pending.back());
        pending.pop_back();
      } else {
        const Config config = whole.space().sample(random).value();
        const Outcome outcome = outcome_of(whole.space(), config);
        ASSERT_EQ(whole.tell(config, outcome).ok(), cut->tell(config, outcome).ok());
      }
    }
  }
}

TEST_F(StudyFile, KeepsEveryTellBeforeItReturns) {
  Study study = open_study(options_of(path_));
  for (const AskedConfig& asked : ask(study, 5)) {
    tell(study, asked);
    const Log log = Log::open(path_, LogMode::read).value();
    EXPECT_EQ(log.trials(1).value(), study.trials());
  }
  EXPECT_EQ(Log::open(path_, LogMode::read).value().asks(1).value().size(), 1U);
}

TEST_F(StudyFile, IsAsItWasWhenItsLogCannotBeWritten) {
  Study study = open_study(options_of(path_));
  Log other = Log::open(path_, LogMode::read_write).value();
  const auto remove = [&](const char* table) {
    sqlite::Database database = sqlite::Database::open(path_, sqlite::OpenMode::read_write).value();
    ASSERT_TRUE(database.execute(table).ok());
  };
  // Rows that are already there stand for a log that cannot be written.
  ASSERT_TRUE(other.append(1, AskRecord{0, 9, 9, {}}).ok());
  EXPECT_THAT(study.ask(3).error().message, HasSubstr("was already asked"));
  remove("DELETE FROM asks");
  const auto asked = ask(study, 3);
  EXPECT_EQ(asked.size(), 3U);

  Trial taken;
  taken.config = asked[0].config;
  taken.verdict = Verdict::crashed;
  ASSERT_TRUE(other.append(1, std::span(&taken, 1)).ok());
  EXPECT_THAT(study.tell(0, {.costs = {5}}).error().message, HasSubstr("already has a trial 0"));
  EXPECT_EQ(study.counts().trials, 0U);
  remove("DELETE FROM trials");
  for (const AskedConfig& one : asked) tell(study, one);
  const Study resumed = open_study(options_of(path_, true));
  EXPECT_EQ(resumed.trials(), study.trials());
}

TEST_F(StudyFile, ResumesOnlyWhatMatches) {
  {
    Study study = open_study(options_of(path_));
    for (const AskedConfig& asked : ask(study, 4)) tell(study, asked);
  }
  const auto resumed = [&](const std::function<void(StudyOptions&)>& change) {
    StudyOptions options = options_of(path_, true);
    change(options);
    return open_study(options).resumed();
  };
  EXPECT_EQ(resumed([](auto&) {}), 4U);
  EXPECT_EQ(resumed([](auto& options) { options.device = "board"; }), 4U);
  EXPECT_EQ(resumed([](auto& options) { options.seed = 4; }), 0U);
  EXPECT_EQ(resumed([](auto& options) { options.name = "other"; }), 0U);
  EXPECT_EQ(resumed([](auto& options) { options.identity = "other"; }), 0U);
  EXPECT_EQ(resumed([](auto& options) { options.strategy = "random"; }), 0U);
  EXPECT_EQ(resumed([](auto& options) { options.resume = false; }), 0U);
}

TEST_F(StudyFile, RefusesToResumeWithAnotherSpace) {
  { open_study(options_of(path_)); }
  const Space other = Space::create({number_knob("tile", {1, 2})}).value();
  const Result<Study> refused = Study::open(other, options_of(path_, true));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(refused.error().message, HasSubstr("session 1 of the study small has another space"));
  EXPECT_TRUE(Study::open(other, options_of(path_)).ok());
}

TEST_F(StudyFile, TakesNoSessionOfTheSameTaskForAStudy) {
  Log log = Log::open(path_, LogMode::read_write).value();
  SessionOptions options = scripted_options();
  options.budget.trials = 3;
  ASSERT_TRUE(run_session(make_bowl_task(), &log, options, {}, {}).ok());
  const SharedTask other = make_bowl_task({.constraints = {"a >= 1"}});
  const auto study = Study::open(other, options_of(path_, true));
  ASSERT_TRUE(study.ok()) << study.error().message;
  EXPECT_EQ(study->session().id, 2);
  const auto refused = Study::open(make_bowl_task(), options_of(path_, true));
  ASSERT_FALSE(refused.ok()) << "that was a study";
  EXPECT_THAT(refused.error().message, HasSubstr("session 2 of the study small has another space"));
}

/// A strategy that proposes what is left of the space, from its end on.
class Backwards final : public Strategy {
 public:
  Backwards(const Task& task, const SearchOptions&) : space_(task.space()), left_(space_.size()) {}
  std::string_view name() const override { return "scripted"; }
  Result<std::vector<Config>> propose(size_t count) override {
    std::vector<Config> proposals;
    while (proposals.size() < count && left_ > 0) proposals.push_back(space_.config(--left_));
    return proposals;
  }
  Status learn(std::span<const Trial>) override { return {}; }

 private:
  const Space& space_;
  uint64_t left_;
};

TEST_F(StudyFile, LearnsAtOnceWhereTheStrategyHasChanged) {
  const SharedTask task = make_bowl_task();
  StudyOptions options = options_of(path_, true);
  options.strategy = "scripted";
  options.make_strategy = factory_of<ScriptedStrategy>();
  {
    Study study = Study::open(task, options).value();
    for (const AskedConfig& asked : ask(study, 4)) ASSERT_TRUE(study.tell(asked.number, {.costs = {5}}).ok());
    EXPECT_EQ(study.session().generation, 1U);
  }
  options.make_strategy = factory_of<Backwards>();
  EXPECT_EQ(Study::open(task, options).error().kind, ErrorKind::corrupt) << "nobody said that it has changed";
  options.generation = 2;
  const auto study = Study::open(task, options);
  ASSERT_TRUE(study.ok()) << study.error().message;
  EXPECT_EQ(study->session().id, 1);
  EXPECT_EQ(study->resumed(), 4U);
  EXPECT_THAT(study->resume_note(), HasSubstr("learnt at once, because the strategy scripted makes other"));
}

TEST_F(StudyFile, RefusesALogThatItWouldNotHaveMade) {
  {
    Study study = open_study(options_of(path_));
    ASSERT_TRUE(study.ask(4).ok());
    Log log = Log::open(path_, LogMode::read_write).value();
    Trial foreign;
    foreign.number = 2;
    foreign.config = study.pending()[0].config;
    foreign.verdict = Verdict::crashed;
    ASSERT_TRUE(log.append(1, std::span(&foreign, 1)).ok());
  }
  const Result<Study> refused = Study::open(small_space(), options_of(path_, true));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(refused.error().message, HasSubstr("trial 2 of session 1 of the log is config"));
}

TEST_F(StudyFile, RefusesALogWhoseTrialsCameFromNowhere) {
  const std::vector<AskRecord> asks = {{5, 4, 4, {}}, {0, 2'000'000, 4, {}}, {0, 4, 4, {0}}, {0, 4, 3, {}}};
  for (const AskRecord& ask : asks) {
    const TemporaryDirectory directory;
    const std::string path = directory.path() + "/odd.tamis";
    { open_study(options_of(path)); }
    ASSERT_TRUE(Log::open(path, LogMode::read_write).value().append(1, ask).ok());
    const Result<Study> refused = Study::open(small_space(), options_of(path, true));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, ErrorKind::corrupt);
    EXPECT_THAT(refused.error().message, HasSubstr("does not say how its trial"));
  }
}

TEST_F(StudyFile, LearnsALongLogAtOnce) {
  std::vector<AskedConfig> lost;
  {
    Study study = open_study(options_of(path_));
    for (int i = 0; i < 3; ++i) {
      const auto asked = ask(study, 6);
      for (const AskedConfig& one : asked)
        if (one.number % 6 != 4) tell(study, one);
      lost.push_back(asked[4]);
    }
    ASSERT_TRUE(ask(study, 2).size() == 2);
  }
  StudyOptions options = options_of(path_, true);
  options.most_replayed = 14;
  const auto resume = [&] {
    Result<Study> study = Study::open(small_space(), options);
    EXPECT_TRUE(study.ok()) << study.error().message;
    return std::move(study).value();
  };
  std::vector<std::pair<uint64_t, uint64_t>> next;
  {
    Study study = resume();
    EXPECT_EQ(study.resumed(), 15U);
    EXPECT_TRUE(study.pending().empty());
    EXPECT_THAT(study.tell(lost[0].number, {.costs = {1}}).error().message, HasSubstr("by its config"));
    ASSERT_TRUE(study.tell(lost[0].config, {.costs = {1}}).ok());
    EXPECT_EQ(study.best()->number, 20U);
    next = indexes(study.space(), ask(study, 4));
    EXPECT_EQ(next.front().first, 21U);
    for (const AskedConfig& one : study.pending()) tell(study, one);
  }
  EXPECT_EQ(resume().resumed(), 20U);
  while (true) {
    Study study = resume();
    if (study.done()) break;
    for (const AskedConfig& one : ask(study, 9)) tell(study, one);
    if (study.done()) break;
  }
  EXPECT_GE(resume().counts().trials, small_space().allowed_keys(1000)->size());
}

TEST_F(StudyFile, LearnsFromOtherStudies) {
  StudyOptions options = options_of(path_);
  options.related = {named_trials("elsewhere", small_space(), {})};
  Study plain = open_study(options_of());
  for (const AskedConfig& asked : ask(plain, 20)) tell(plain, asked);
  options.related[0].trials = plain.trials();
  {
    Study study = open_study(options);
    for (const AskedConfig& asked : ask(study, 4)) tell(study, asked);
    EXPECT_FALSE(study.session().learnt_from.empty());
  }
  options.resume = true;
  EXPECT_EQ(open_study(options).resumed(), 4U);
  options.related.clear();
  EXPECT_EQ(open_study(options).resumed(), 0U);
}

}  // namespace
}  // namespace tamis
