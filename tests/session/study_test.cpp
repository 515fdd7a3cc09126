#include "session/study.h"

#include "base/random.h"
#include "log/sqlite.h"
#include "search/strategies.h"
#include "support/temporary_directory.h"
#include "target/table/table_target.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tamis {
namespace {

using testing::HasSubstr;

Space small_space() {
  const std::vector<int64_t> values = {1, 2, 4, 8, 16, 32};
  Space plain = Space::create({number_knob("tile", values), number_knob("unroll", {0, 1, 2, 3}),
                               name_knob("layout", {"a", "b"})})
                    .value();
  Constraint fits{"tile * unroll <= 64",
                  [](const Space& space, const Config& config) {
                    return space.integer(config, "tile") * space.integer(config, "unroll") <= 64;
                  },
                  {"tile", "unroll"}};
  return plain.constrained({std::move(fits)});
}

/// What comes of a config: large tiles crash, small ones are slow.
Outcome outcome_of(const Space& space, const Config& config) {
  const auto tile = static_cast<double>(space.integer(config, "tile"));
  const auto unroll = static_cast<double>(space.integer(config, "unroll"));
  if (tile * (unroll + 1) > 48) return {.verdict = Verdict::crashed, .message = "signal 11"};
  const double layout = config.choices[2] == 0 ? 0 : 7;
  return {.latencies_ns = {100 + std::abs(tile - 8) + 3 * std::abs(unroll - 2) + layout}};
}

StudyOptions options_of(const std::string& log = {}, bool resume = false) {
  StudyOptions options;
  options.name = "small";
  options.seed = 3;
  options.log = log;
  options.resume = resume;
  return options;
}

Study open_study(const StudyOptions& options) {
  Result<Study> study = Study::open(small_space(), options);
  EXPECT_TRUE(study.ok()) << study.error().message;
  return std::move(study).value();
}

std::vector<AskedConfig> ask(Study& study, size_t count) {
  Result<std::vector<AskedConfig>> asked = study.ask(count);
  EXPECT_TRUE(asked.ok()) << asked.error().message;
  return std::move(asked).value();
}

void tell(Study& study, const AskedConfig& asked) {
  const Status told = study.tell(asked.number, outcome_of(study.space(), asked.config));
  EXPECT_TRUE(told.ok()) << told.error().message;
}

/// The numbers and indexes of what was asked.
std::vector<std::pair<uint64_t, uint64_t>> indexes(const Space& space, const std::vector<AskedConfig>& all) {
  std::vector<std::pair<uint64_t, uint64_t>> indexes;
  for (const AskedConfig& asked : all) indexes.emplace_back(asked.number, space.index(asked.config));
  return indexes;
}

std::vector<uint64_t> config_indexes(const Study& study) {
  std::vector<uint64_t> indexes;
  for (const Trial& trial : study.trials()) indexes.push_back(study.space().index(trial.config));
  return indexes;
}

class StudyFile : public testing::Test {
 protected:
  const TemporaryDirectory directory_;
  const std::string path_ = directory_.path() + "/study.tamis";
};

TEST(Study, AsksUntilTheSpaceIsExhausted) {
  Study study = open_study(options_of());
  std::set<uint64_t> seen;
  while (!study.done()) {
    for (const AskedConfig& asked : ask(study, 7)) {
      EXPECT_TRUE(study.space().allows(asked.config));
      EXPECT_TRUE(seen.insert(study.space().index(asked.config)).second);
      tell(study, asked);
    }
  }
  EXPECT_EQ(seen.size(), study.space().allowed_indexes(1000)->size());
  EXPECT_EQ(study.counts().trials, seen.size());
  EXPECT_EQ(study.best()->latency_ns(), 100);
  EXPECT_TRUE(ask(study, 1).empty());
  EXPECT_EQ(study.session().id, 0);
}

TEST(Study, CountsHonestly) {
  Study study = open_study(options_of());
  const auto asked = ask(study, 4);
  ASSERT_TRUE(study.tell(asked[0].number, {.verdict = Verdict::build_failed, .message = "no"}).ok());
  ASSERT_TRUE(study.tell(asked[1].number, {.latencies_ns = {5, 7, 30}, .device = "board"}).ok());
  ASSERT_TRUE(study.tell(asked[2].number, {.verdict = Verdict::run_timeout}).ok());
  ASSERT_TRUE(study.tell(asked[3].number, {.verdict = Verdict::device_lost}).ok());
  EXPECT_EQ(study.counts().trials, 4U);
  EXPECT_EQ(study.counts().measurements, 2U);
  EXPECT_EQ(study.counts().rejected_builds, 1U);
  EXPECT_EQ(study.counts().invalid, 3U);
  EXPECT_EQ(study.best()->latency_ns(), 7);
  EXPECT_EQ(study.best()->device, "board");
  EXPECT_EQ(study.trials()[0].message, "no");
}

/// What refuses leaves the study as it was.
TEST(Study, RefusesWhatCannotBeMeant) {
  Study study = open_study(options_of());
  const auto refused = [&](const Status& told, const std::string& words) {
    ASSERT_FALSE(told.ok());
    EXPECT_EQ(told.error().kind, ErrorKind::invalid_input);
    EXPECT_THAT(told.error().message, HasSubstr(words));
  };
  const AskedConfig asked = ask(study, 1)[0];
  refused(study.tell(1, {.latencies_ns = {5}}), "trial 1 was never asked for; there are 1 so far");
  refused(study.tell(0, {}), "a valid config needs at least one latency");
  refused(study.tell(0, {.verdict = Verdict::crashed, .latencies_ns = {5}}), "crashed has no latency");
  for (const double latency : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()})
    refused(study.tell(0, {.latencies_ns = {5, latency}}), "is not a finite number above 0");
  Features nameless;
  nameless.set("", 1);
  refused(study.tell(0, {.latencies_ns = {5}, .features = nameless}), "it needs a name");
  refused(study.tell(0, {.latencies_ns = {5}, .build_ns = -1}), "negative");
  refused(study.tell(Config{{1, 2}}, {.latencies_ns = {5}}), "no value of the space for every knob");
  refused(study.tell(Config{{0, 0, 2}}, {.latencies_ns = {5}}), "no value of the space for every knob");
  refused(study.tell(Config{{5, 3, 0}}, {.latencies_ns = {5}}), "tile=32 unroll=3 layout=a is outside");
  EXPECT_EQ(study.counts().trials, 0U);
  tell(study, asked);
  refused(study.tell(0, {.latencies_ns = {5}}), "was told already: it is valid");
  refused(study.tell(asked.config, {.latencies_ns = {5}}), "was told already");
  EXPECT_EQ(study.ask(0).error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(study.ask(Study::kMostAsked + 1).error().kind, ErrorKind::invalid_input);
}

TEST(Study, RefusesOptionsThatCannotBeMeant) {
  StudyOptions options = options_of();
  options.name.clear();
  EXPECT_THAT(Study::open(small_space(), options).error().message, HasSubstr("needs a name"));
  options = options_of();
  options.strategy = "tammis";
  EXPECT_EQ(Study::open(small_space(), options).error().kind, ErrorKind::not_found);
  EXPECT_THAT(Study::open(Space(), options_of()).error().message, HasSubstr("at least one config"));
}

TEST(Study, IsTaughtWhatIsKnownFromElsewhere) {
  Study study = open_study(options_of());
  const Space& space = study.space();
  const std::vector<uint64_t> all = *space.allowed_indexes(1000);
  for (size_t i = 0; i + 3 < all.size(); ++i) {
    const Config config = space.config(all[i]);
    ASSERT_TRUE(study.tell(config, outcome_of(space, config)).ok());
  }
  EXPECT_EQ(study.trials().front().proposer, "told");
  const auto asked = ask(study, 10);
  EXPECT_EQ(asked.size(), 3U);
  EXPECT_TRUE(study.done());
  for (const AskedConfig& one : asked) EXPECT_GE(space.index(one.config), all[all.size() - 3]);
}

TEST(Study, TakesASecondOutcomeOfAConfigWhoseDeviceWasLost) {
  Study study = open_study(options_of());
  const AskedConfig asked = ask(study, 1)[0];
  ASSERT_TRUE(study.tell(asked.number, {.verdict = Verdict::device_lost}).ok());
  ASSERT_TRUE(study.tell(asked.config, {.verdict = Verdict::device_lost}).ok());
  ASSERT_TRUE(study.tell(asked.config, {.latencies_ns = {5}}).ok());
  EXPECT_FALSE(study.tell(asked.config, {.latencies_ns = {5}}).ok());
  EXPECT_EQ(study.counts().trials, 3U);
  EXPECT_EQ(study.best()->number, 2U);
}

TEST(Study, ListsWhatIsPending) {
  Study study = open_study(options_of());
  const auto asked = ask(study, 3);
  tell(study, asked[1]);
  EXPECT_EQ(indexes(study.space(), study.pending()), indexes(study.space(), {asked[0], asked[2]}));
}

TEST(Study, TheOrderOfTellsBetweenTwoAsksPlaysNoPart) {
  EXPECT_TRUE(rc::check([] {
    const auto run = [](Random* shuffled) {
      Study study = open_study(options_of());
      while (!study.done()) {
        std::vector<AskedConfig> asked = ask(study, 6);
        if (shuffled != nullptr) shuffled->shuffle(asked);
        for (const AskedConfig& one : asked) tell(study, one);
      }
      return config_indexes(study);
    };
    Random random(*rc::gen::arbitrary<uint64_t>());
    RC_ASSERT(run(nullptr) == run(&random));
  }));
}

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
  EXPECT_EQ(Log::open(path_, LogMode::read)->asks(1)->size(), 1U);
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
  EXPECT_THAT(study.tell(0, {.latencies_ns = {5}}).error().message, HasSubstr("already has a trial 0"));
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
    ASSERT_TRUE(Log::open(path, LogMode::read_write)->append(1, ask).ok());
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
    EXPECT_THAT(study.tell(lost[0].number, {.latencies_ns = {1}}).error().message,
                HasSubstr("by its config"));
    ASSERT_TRUE(study.tell(lost[0].config, {.latencies_ns = {1}}).ok());
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
  EXPECT_GE(resume().counts().trials, small_space().allowed_indexes(1000)->size());
}

TEST_F(StudyFile, LearnsFromOtherStudies) {
  StudyOptions options = options_of(path_);
  options.related = {{"elsewhere", small_space(), {}}};
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

/// A loop that tells everything before it asks again is a session: it makes the same trials.
TEST(Study, MakesTheProposalsOfASession) {
  RecordedTable table;
  table.name = "small";
  const Space space = small_space();
  const std::vector<uint64_t> all = *space.allowed_indexes(1000);
  table.space = Space::create_listed(space.knobs(), all).value();
  for (const uint64_t index : all) {
    const Outcome outcome = outcome_of(space, space.config(index));
    Trial& trial = table.trials.emplace_back();
    trial.config = space.config(index);
    trial.verdict = outcome.verdict;
    trial.measured = true;
    trial.latencies_ns = outcome.latencies_ns;
  }
  const auto target = table::make_target(std::make_shared<const RecordedTable>(table));
  SessionOptions session;
  session.seed = 3;
  session.batch = 6;
  session.keep_trials = true;
  session.budget.trials.reset();
  const Result<SessionResult> expected =
      run_session(*target, table::workload_of(table), nullptr, session, {}, {});
  ASSERT_TRUE(expected.ok()) << expected.error().message;

  Study study = Study::open(table.space, options_of()).value();
  while (!study.done())
    for (const AskedConfig& asked : ask(study, 6)) tell(study, asked);
  std::vector<uint64_t> indexes;
  for (const Trial& trial : expected->trials) indexes.push_back(table.space.index(trial.config));
  EXPECT_EQ(config_indexes(study), indexes);
}

/// Every strategy keeps what Study promises when configs are told late and in any order.
class StudyStrategy : public testing::TestWithParam<std::string> {
 protected:
  static Study open() {
    StudyOptions options = options_of();
    options.strategy = GetParam();
    return open_study(options);
  }
};

TEST_P(StudyStrategy, LearnsWhatIsToldLateFromALargeSpace) {
  StudyOptions options = options_of();
  options.strategy = GetParam();
  std::vector<int64_t> tiles;
  for (int64_t tile = 1; tile <= 64; ++tile) tiles.push_back(tile);
  const Space large = Space::create({number_knob("tile", tiles), number_knob("unroll", {0, 1, 2, 3}),
                                     name_knob("layout", {"a", "b"}), number_knob("other", tiles)})
                          .value();
  Study study = Study::open(large, options).value();
  Random random(1);
  std::set<uint64_t> seen;
  std::vector<AskedConfig> pending;
  while (seen.size() < 160) {
    for (const AskedConfig& asked : ask(study, 1 + random.below(16))) {
      EXPECT_TRUE(seen.insert(large.index(asked.config)).second);
      pending.push_back(asked);
    }
    random.shuffle(pending);
    for (; pending.size() > 20; pending.pop_back()) tell(study, pending.back());
  }
  EXPECT_TRUE(study.best().has_value());
}

TEST_P(StudyStrategy, TakesTellsInAnyOrder) {
  Study study = open();
  Random random(1);
  std::set<uint64_t> seen;
  std::vector<AskedConfig> pending;
  while (!study.done()) {
    for (const AskedConfig& asked : ask(study, 1 + random.below(4))) {
      EXPECT_TRUE(study.space().allows(asked.config));
      EXPECT_TRUE(seen.insert(study.space().index(asked.config)).second);
      pending.push_back(asked);
    }
    random.shuffle(pending);
    while (pending.size() > 5) {
      tell(study, pending.back());
      pending.pop_back();
    }
  }
  EXPECT_EQ(seen.size(), study.space().allowed_indexes(1000)->size());
}

std::vector<std::string> strategy_names() {
  std::vector<std::string> names;
  for (const StrategyKind& kind : strategy_kinds()) names.push_back(kind.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, StudyStrategy, testing::ValuesIn(strategy_names()));

}  // namespace
}  // namespace tamis
