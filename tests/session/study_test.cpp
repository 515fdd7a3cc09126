#include "tamis/study.h"

#include "session/scripted.h"
#include "session/study_testing.h"
#include "tamis/random.h"
#include "tamis/session.h"
#include "tamis/strategies.h"
#include "tamis/table.h"

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

TEST(Study, AsksUntilTheSpaceIsExhausted) {
  Study study = open_study(options_of());
  std::set<ConfigKey> seen;
  while (!study.done()) {
    for (const AskedConfig& asked : ask(study, 7)) {
      EXPECT_TRUE(study.space().allows(asked.config));
      EXPECT_TRUE(seen.insert(study.space().index(asked.config)).second);
      tell(study, asked);
    }
  }
  EXPECT_EQ(seen.size(), study.space().allowed_keys(1000)->size());
  EXPECT_EQ(study.counts().trials, seen.size());
  EXPECT_EQ(study.best()->cost(), 100);
  EXPECT_TRUE(ask(study, 1).empty());
  EXPECT_EQ(study.session().id, 0);
}

TEST(Study, CountsHonestly) {
  Study study = open_study(options_of());
  const auto asked = ask(study, 4);
  ASSERT_TRUE(study.tell(asked[0].number, {.verdict = Verdict::build_failed, .message = "no"}).ok());
  ASSERT_TRUE(study.tell(asked[1].number, {.costs = {5, 7, 30}, .device = "board"}).ok());
  ASSERT_TRUE(study.tell(asked[2].number, {.verdict = Verdict::run_timeout}).ok());
  ASSERT_TRUE(study.tell(asked[3].number, {.verdict = Verdict::device_lost}).ok());
  EXPECT_EQ(study.counts().trials, 4U);
  EXPECT_EQ(study.counts().measurements, 2U);
  EXPECT_EQ(study.counts().rejected_builds, 1U);
  EXPECT_EQ(study.counts().invalid, 3U);
  EXPECT_EQ(study.best()->cost(), 7);
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
  refused(study.tell(1, {.costs = {5}}), "trial 1 was never asked for; there are 1 so far");
  refused(study.tell(0, {}), "a valid config needs at least one latency");
  refused(study.tell(0, {.verdict = Verdict::crashed, .costs = {5}}), "crashed has no latency");
  for (const double latency :
       {0.0, -1.0, 1e-4, 1.1e15, std::nan(""), std::numeric_limits<double>::infinity()})
    refused(study.tell(0, {.costs = {5, latency}}), check_latency_ns(latency).error().message);
  Features nameless;
  nameless.set("", 1);
  refused(study.tell(0, {.costs = {5}, .features = nameless}), "it needs a name");
  refused(study.tell(0, {.costs = {5}, .build_ns = -1}), "negative");
  refused(study.tell(Config{{1, 2}}, {.costs = {5}}), "no value of the space for every knob");
  refused(study.tell(Config{{0, 0, 2}}, {.costs = {5}}), "no value of the space for every knob");
  refused(study.tell(Config{{5, 3, 0}}, {.costs = {5}}), "tile=32 unroll=3 layout=a is outside");
  EXPECT_EQ(study.counts().trials, 0U);
  tell(study, asked);
  refused(study.tell(0, {.costs = {5}}), "was told already: it is valid");
  refused(study.tell(asked.config, {.costs = {5}}), "was told already");
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
  const std::vector<ConfigKey> all = *space.allowed_keys(1000);
  for (size_t i = 0; i + 3 < all.size(); ++i) {
    const Config config = space.config(all[i]);
    ASSERT_TRUE(study.tell(config, outcome_of(space, config)).ok());
  }
  EXPECT_EQ(study.trials().front().proposer, "told");
  const auto asked = ask(study, 10);
  EXPECT_EQ(asked.size(), 3U);
  EXPECT_TRUE(study.done());
  for (const AskedConfig& one : asked) EXPECT_GE(space.key(one.config), all[all.size() - 3]);
}

TEST(Study, TakesASecondOutcomeOfAConfigWhoseDeviceWasLost) {
  Study study = open_study(options_of());
  const AskedConfig asked = ask(study, 1)[0];
  ASSERT_TRUE(study.tell(asked.number, {.verdict = Verdict::device_lost}).ok());
  ASSERT_TRUE(study.tell(asked.config, {.verdict = Verdict::device_lost}).ok());
  ASSERT_TRUE(study.tell(asked.config, {.costs = {5}}).ok());
  EXPECT_FALSE(study.tell(asked.config, {.costs = {5}}).ok());
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

/// A loop that tells everything before it asks again is a session: it makes the same trials.
TEST(Study, MakesTheProposalsOfASession) {
  TrialSet table;
  table.workload.name = "small";
  const Space space = small_space();
  const std::vector<ConfigKey> all = *space.allowed_keys(1000);
  table.space = Space::create_listed(space.knobs(), all).value();
  for (const ConfigKey& index : all) {
    const Outcome outcome = outcome_of(space, space.config(index));
    Trial& trial = table.trials.emplace_back();
    trial.config = space.config(index);
    trial.verdict = outcome.verdict;
    trial.measured = true;
    trial.costs = outcome.costs;
  }
  const SharedTask task = table::bind_table(std::make_shared<const TrialSet>(table)).value();
  SessionOptions session;
  session.seed = 3;
  session.batch = 6;
  session.keep_trials = true;
  session.with_default = false;
  session.budget.trials.reset();
  const Result<SessionResult> expected = run_session(task, nullptr, session, {}, {});
  ASSERT_TRUE(expected.ok()) << expected.error().message;

  Study study = Study::open(table.space, options_of()).value();
  while (!study.done())
    for (const AskedConfig& asked : ask(study, 6)) tell(study, asked);
  std::vector<uint64_t> indexes;
  for (const Trial& trial : expected->trials) indexes.push_back(table.space.index(trial.config));
  EXPECT_EQ(config_indexes(study), indexes);
}

/// A task of a target can be asked and told too: it is recorded as what it is.
TEST(Study, OfATaskIsRecordedAsASessionOfIt) {
  const SharedTask task = make_bowl_task();
  Study study = Study::open(task, options_of()).value();
  EXPECT_EQ(study.session().target_spec, "bowl");
  EXPECT_EQ(study.session().target_identity, "bowl 1");
  EXPECT_EQ(study.session().workload, task->workload());
  EXPECT_EQ(&study.task(), task.get());
  EXPECT_EQ(ask(study, 3).size(), 3U);
}

TEST(Study, OfASpaceIsRecordedAsBefore) {
  StudyOptions options = options_of();
  options.identity = "laptop, gcc 13";
  const Study study = open_study(options);
  EXPECT_EQ(study.session().target_spec, "study");
  EXPECT_EQ(study.session().target_identity, "laptop, gcc 13");
  EXPECT_EQ(study.session().workload.name, "small");
  EXPECT_EQ(study.session().workload.source, "small");
  EXPECT_EQ(study.session().batch, 0U);
}

TEST(Study, SaysWhyTrialsWereNotValid) {
  Study study = open_study(options_of());
  for (const AskedConfig& asked : ask(study, 3))
    ASSERT_TRUE(study.tell(asked.number, {.verdict = Verdict::crashed, .message = "signal 11"}).ok());
  ASSERT_EQ(study.reasons().most_frequent().size(), 1U);
  EXPECT_EQ(study.reasons().most_frequent()[0].trials, 3U);
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
  std::set<ConfigKey> seen;
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
  std::set<ConfigKey> seen;
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
  EXPECT_EQ(seen.size(), study.space().allowed_keys(1000)->size());
}

std::vector<std::string> strategy_names() {
  std::vector<std::string> names;
  for (const StrategyKind& kind : strategy_kinds()) names.push_back(kind.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, StudyStrategy, testing::ValuesIn(strategy_names()));

}  // namespace
}  // namespace tamis
