// What sessions start from, and that a resumed one starts from what it started from at first.

#include "session/related.h"

#include "session/scripted.h"
#include "support/temporary_directory.h"
#include "tamis/formats.h"

#include <algorithm>
#include <filesystem>
#include <span>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Space space_of(int64_t values) {
  std::vector<int64_t> all;
  for (int64_t value = 0; value < values; ++value) all.push_back(value);
  return Space::create({number_knob("a", all)}).value();
}

std::vector<Trial> trials_of(const Space& space, size_t count) {
  std::vector<Trial> trials;
  for (size_t i = 0; i < count; ++i) {
    Trial trial;
    trial.number = i;
    trial.config = space.config(i);
    trial.costs = {100.0 + static_cast<double>(i)};
    trials.push_back(std::move(trial));
  }
  return trials;
}

TrialSet related(int64_t values, size_t count) {
  return related_trials("layer", space_of(values), trials_of(space_of(values), count));
}

TEST(RelatedTrials, EndAtTheFirstGapAndLeaveOutLostDevices) {
  std::vector<Trial> trials = trials_of(space_of(20), 10);
  trials[2].verdict = Verdict::device_lost;
  trials.erase(trials.begin() + 6);
  const TrialSet cut = related_trials("layer", space_of(20), trials);
  std::vector<uint64_t> numbers;
  for (const Trial& trial : cut.trials) numbers.push_back(trial.number);
  EXPECT_EQ(numbers, (std::vector<uint64_t>{0, 1, 3, 4, 5}));
}

TEST(RelatedTrials, OfATableShowNoFeatures) {
  const auto read = read_related(std::string(TAMIS_TEST_DATA) + "/vta/resnet18.C9.csv").value();
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].workload.name, "resnet18.C9");
  EXPECT_EQ(read[0].trials.size(), 480U);
  for (const Trial& trial : read[0].trials) EXPECT_EQ(trial.features, Features{});
}

TEST(RelatedTrials, OfALogAreThoseOfItsSessions) {
  // A copy, because SQLite puts files beside a log that it reads.
  const TemporaryDirectory directory;
  const std::string log = directory.file("log.tamis");
  std::filesystem::copy_file(std::string(TAMIS_TEST_DATA) + "/log/version1.tamis", log);
  const auto read = read_related(log).value();
  ASSERT_EQ(read.size(), 1U);
  EXPECT_THAT(read[0].workload.name, HasSubstr("conv2d"));
  EXPECT_EQ(read[0].trials.size(), 6U);
}

TEST(RelatedTrials, CannotBeReadFromAnythingElse) {
  EXPECT_EQ(read_related("missing.sqlite").error().kind, ErrorKind::not_found);
  EXPECT_FALSE(read_related(std::string(TAMIS_TEST_DATA) + "/vta/README.md").ok());
}

TEST(RecallRelated, FindsNothingForASessionThatBeganWithNothing) {
  EXPECT_EQ(describe_related({}), "");
  const std::vector<TrialSet> now = {related(20, 5)};
  EXPECT_TRUE(recall_related(now, "").value().empty());
}

TEST(RecallRelated, CutsWhatHasGrownSince) {
  const std::vector<TrialSet> then = {related(20, 5), related(30, 7)};
  const std::vector<TrialSet> now = {related(10, 3), related(20, 9), related(25, 4), related(30, 7),
                                     related(40, 2)};
  const auto recalled = recall_related(now, describe_related(then)).value();
  ASSERT_EQ(recalled.size(), 2U);
  EXPECT_EQ(recalled[0].trials, then[0].trials);
  EXPECT_EQ(recalled[1].trials, then[1].trials);
  EXPECT_EQ(recalled[1].space.size(), 30U);
}

TEST(RecallRelated, FailsWhenSomethingIsMissingOrDiffers) {
  const std::string described = describe_related(std::vector{related(20, 5)});
  const auto recalls = [&](const TrialSet& one) { return recall_related(std::vector{one}, described).ok(); };
  EXPECT_TRUE(recalls(related(20, 5)));
  EXPECT_FALSE(recalls(related(20, 4))) << "too few";
  EXPECT_FALSE(recalls(related(21, 5))) << "another space";
  TrialSet slower = related(20, 5);
  slower.trials[2].costs = {1.0};
  EXPECT_FALSE(recalls(slower));
  TrialSet invalid = related(20, 5);
  invalid.trials[2].verdict = Verdict::wrong_result;
  EXPECT_FALSE(recalls(invalid));
  EXPECT_FALSE(recall_related({}, described).ok());
  EXPECT_FALSE(recall_related({}, "nonsense").ok());
}

TEST(RelatedUse, IsOfThoseThatShareTheMostKnobs) {
  const auto space_with = [](std::vector<std::string> names) {
    std::vector<Knob> knobs;
    for (std::string& name : names) knobs.push_back(number_knob(std::move(name), {1, 2}));
    return Space::create(std::move(knobs)).value();
  };
  const auto set_of = [&](std::string name, std::vector<std::string> knobs, size_t trials) {
    const Space space = space_with(std::move(knobs));
    return named_trials(std::move(name), space, trials_of(space, trials));
  };
  const std::vector<TrialSet> related = {set_of("none", {"x"}, 2), set_of("one", {"a", "y"}, 2),
                                         set_of("both", {"a", "b"}, 3), set_of("empty", {"a", "b"}, 0)};
  const std::vector<RelatedUse> uses = find_use(space_with({"a", "b"}), related);
  ASSERT_EQ(uses.size(), 4U);
  EXPECT_EQ(uses[0].shared_knobs, 0U);
  EXPECT_FALSE(uses[0].used);
  EXPECT_EQ(uses[1].shared_knobs, 1U);
  EXPECT_FALSE(uses[1].used);
  EXPECT_EQ(uses[2].name, "both");
  EXPECT_EQ(uses[2].trials, 3U);
  EXPECT_TRUE(uses[2].used);
  EXPECT_FALSE(uses[3].used) << "it has no trials";
  const std::vector<RelatedUse> useless = find_use(space_with({"z"}), related);
  EXPECT_TRUE(std::none_of(useless.begin(), useless.end(), [](const RelatedUse& use) { return use.used; }));
}

/// What is said of sources to learn from, by a strategy, on a space of the number knobs a and b.
class UselessHistory : public ::testing::Test {
 protected:
  static TrialSet set_of(Knob knob, size_t trials = 2) {
    const Space space = Space::create({std::move(knob)}).value();
    return named_trials("set", space, trials_of(space, trials));
  }
  static std::vector<std::string> said(const std::vector<HistorySource>& sources,
                                       std::vector<std::string> strategies = {"tamis"}) {
    const Space space = Space::create({number_knob("a", {1, 2}), number_knob("b", {1, 2})}).value();
    const Space* const searched = &space;
    return find_useless(std::span(&searched, 1), strategies, sources);
  }
};

TEST_F(UselessHistory, IsAllOfItWhereTheStrategyUsesNone) {
  const std::vector<TrialSet> sets = {set_of(number_knob("a", {1, 2}))};
  EXPECT_THAT(said({{"a.csv", sets}}), IsEmpty());
  EXPECT_THAT(said({{"a.csv", sets}}, {"random"}),
              ElementsAre("the strategy random learns nothing from earlier trials; tamis can"));
  EXPECT_THAT(said({{"a.csv", sets}}, {"tamis:caution=2", "genetic", "climb"}),
              ElementsAre(HasSubstr("the strategy genetic")));
  EXPECT_THAT(said({}, {"random"}), IsEmpty());
}

TEST_F(UselessHistory, IsNamedWithItsReason) {
  const std::vector<TrialSet> empty = {set_of(number_knob("a", {1, 2}), 0)};
  const std::vector<TrialSet> foreign = {set_of(number_knob("z", {1, 2}))};
  const std::vector<TrialSet> words = {set_of(name_knob("b", {"on", "off"}))};
  EXPECT_THAT(
      said({{"empty.csv", empty}, {"z.csv", foreign}, {"words.csv", words}, {"own.csv", foreign, true}}),
      ElementsAre("nothing of empty.csv can be learnt from: it has no trials",
                  "nothing of z.csv can be learnt from: it shares no knob with what is tuned",
                  "nothing of words.csv can be learnt from: the knob b has values of another sort there, "
                  "or only one",
                  "nothing of own.csv can be learnt from: it is what is searched itself"));
}

/// Sessions on the bowl whose strategies tell what they were given.
class SessionWithRelated : public ::testing::Test {
 protected:
  SessionWithRelated() { options_.budget.trials = 10; }

  SessionResult run(const std::vector<TrialSet>& related, bool resume) {
    options_.related = &related;
    options_.resume = resume;
    options_.make_strategy = [&](const Task& task,
                                 const SearchOptions& options) -> Result<std::unique_ptr<Strategy>> {
      given_ = options.related != nullptr ? *options.related : std::vector<TrialSet>();
      builds_freely_ = task.target().traits().builds_freely;
      return std::unique_ptr<Strategy>(std::make_unique<ScriptedStrategy>(task, options));
    };
    return run_session(make_bowl_task(), &log_, options_, nullptr, {}).value();
  }

  TemporaryDirectory directory_;
  Log log_ = Log::open(directory_.file("log.sqlite"), LogMode::read_write).value();
  SessionOptions options_ = scripted_options();
  std::vector<TrialSet> given_;
  bool builds_freely_ = false;
};

TEST_F(SessionWithRelated, GivesThemToTheStrategy) {
  run({related(20, 5)}, false);
  ASSERT_EQ(given_.size(), 1U);
  EXPECT_EQ(given_[0].trials.size(), 5U);
  EXPECT_FALSE(builds_freely_) << "the bowl does not say that its builds are free";
}

TEST_F(SessionWithRelated, IsResumedWithWhatItBeganWith) {
  const SessionResult first = run({related(20, 5)}, false);
  options_.budget.trials = 20;
  const SessionResult resumed = run({related(10, 2), related(20, 8)}, true);
  EXPECT_EQ(resumed.session.id, first.session.id);
  EXPECT_EQ(resumed.resumed, 10U);
  ASSERT_EQ(given_.size(), 1U);
  EXPECT_EQ(given_[0].trials.size(), 5U);
  EXPECT_THAT(resumed.resume_note, HasSubstr("1 other set"));
  EXPECT_THAT(run({related(20, 8)}, true).resume_note, Not(HasSubstr("other set")));
}

TEST_F(SessionWithRelated, IsAnotherSessionWithoutWhatItBeganWith) {
  const SessionResult first = run({related(20, 5)}, false);
  const SessionResult other = run({}, true);
  EXPECT_NE(other.session.id, first.session.id);
  EXPECT_EQ(other.resumed, 0U);
}

TEST_F(SessionWithRelated, ThatBeganWithNothingGoesOnWithNothing) {
  const SessionResult first = run({}, false);
  const SessionResult resumed = run({related(20, 5)}, true);
  EXPECT_EQ(resumed.session.id, first.session.id);
  EXPECT_TRUE(given_.empty());
  EXPECT_THAT(
      resumed.resume_note,
      HasSubstr("; it learns only from what it began with, not from the 1 other set of trials given"));
}

TEST_F(SessionWithRelated, LetsStrategiesBuildWhereThatIsFree) {
  std::vector<Verdict> verdicts;
  options_.make_strategy = [&](const Task& task,
                               const SearchOptions& options) -> Result<std::unique_ptr<Strategy>> {
    EXPECT_TRUE(task.target().traits().builds_freely);
    for (uint64_t index = 0; index < 10; ++index) {
      const BuildOutcome built = task.build(task.space().config(index));
      verdicts.push_back(built.verdict);
      EXPECT_EQ(built.features.get("index"), static_cast<double>(index));
    }
    return std::unique_ptr<Strategy>(std::make_unique<ScriptedStrategy>(task, options));
  };
  const auto result = run_session(make_bowl_task({.builds_freely = true}), &log_, options_, nullptr, {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->counts.trials, 10U) << "builds are not trials";
  ASSERT_EQ(verdicts.size(), 10U);
  EXPECT_EQ(verdicts[6], Verdict::resource_exceeded);
  EXPECT_EQ(std::count(verdicts.begin(), verdicts.end(), Verdict::valid), 9);
}

TEST_F(SessionWithRelated, KeepsItsTrialsWhenAsked) {
  EXPECT_TRUE(run({}, false).trials.empty());
  options_.keep_trials = true;
  EXPECT_EQ(run({}, true).trials, log_.trials(1).value()) << "those of the log too";
}

}  // namespace
}  // namespace tamis
