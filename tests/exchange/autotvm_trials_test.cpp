#include "exchange/autotvm_trials.h"

#include "exchange/autotvm_testing.h"

#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Factors = std::vector<int64_t>;

AutotvmRecord record(std::vector<AutotvmEntity> entities, int error_no = 0) {
  AutotvmRecord made;
  made.task = {"llvm -mcpu=znver3 -keys=cpu", "conv", "[]", "{}", "null"};
  made.index = 5;
  made.entities = std::move(entities);
  made.error_no = error_no;
  if (error_no == 0) made.costs_s = {0.25, 0.5};
  made.all_cost_s = 1.5;
  made.timestamp_s = 1600000000.125;
  made.tvm_version = "0.8.0";
  return made;
}

AutotvmRecord split_record(Factors factors) {
  return record({{"tile", AutotvmKind::split, KnobValue(std::move(factors))}});
}

TrialSet set_of(const std::vector<AutotvmRecord>& records) {
  TrialFile file = read_autotvm(autotvm_text(records));
  EXPECT_EQ(file.sets.size(), 1U);
  EXPECT_EQ(file.left_out, 0U);
  return std::move(file.sets.front());
}
Space space_of(const std::vector<AutotvmRecord>& records) { return set_of(records).space; }

/// The lines of the records once they were trials.
std::string round_trip(const std::vector<AutotvmRecord>& records) {
  return autotvm_lines(set_of(records)).value();
}

TEST(AutotvmSets, HoldOneTaskWithTheSameEntities) {
  AutotvmRecord other_target = split_record({-1, 2});
  other_target.task.target = "cuda";
  const TrialFile file = read_autotvm(
      autotvm_text({split_record({-1, 2}), other_target, split_record({-1, 4}),
                    record({{"tile", AutotvmKind::other, KnobValue(int64_t{2})}}), other_target}));
  ASSERT_EQ(file.sets.size(), 3U);
  EXPECT_EQ(file.sets[0].trials.size(), 2U);
  EXPECT_EQ(file.sets[1].target_identity, "autotvm cuda");
  EXPECT_EQ(file.sets[1].trials.size(), 2U);
  EXPECT_EQ(file.sets[2].trials.size(), 1U);
}

TEST(AutotvmSpace, HasTheValuesThatOccur) {
  const auto entity = [](KnobValue step, KnobValue order) {
    return record(
        {{"step", AutotvmKind::other, std::move(step)}, {"order", AutotvmKind::reorder, std::move(order)}});
  };
  const Space space = space_of({entity(int64_t{16}, "[1, 0]"), entity(int64_t{2}, "[0, 1]")});
  EXPECT_EQ(space.knobs()[0].kind, KnobKind::number);
  EXPECT_THAT(space.knobs()[0].values, ElementsAre(int64_t{2}, int64_t{16}));
  EXPECT_EQ(space.knobs()[1].kind, KnobKind::name);
  EXPECT_THAT(space.knobs()[1].values, ElementsAre("[0, 1]", "[1, 0]"));
}

TEST(AutotvmSpace, LeavesTheOutermostFactorOpenWhereNobodyTellsIt) {
  EXPECT_THAT(space_of({split_record({-1, 8}), split_record({-1, 2})}).knobs()[0].values,
              ElementsAre(Factors{-1, 2}, Factors{-1, 8}));
}

TEST(AutotvmSpace, WorksTheOutermostFactorOut) {
  const Space space = space_of({split_record({-1, 8}), split_record({28, 2}), split_record({7, 8})});
  EXPECT_THAT(space.knobs()[0].values, ElementsAre(Factors{28, 2}, Factors{7, 8}));
}

TEST(AutotvmSpace, KeepsSplitsApartThatDisagreeOnTheExtent) {
  const std::vector<AutotvmRecord> records = {split_record({-1, 8}), split_record({6, 8}),
                                              split_record({7, 8})};
  EXPECT_EQ(round_trip(records), autotvm_text(records));
}

TEST(AutotvmSpace, TakesSplitsOfSeveralLengthsForNames) {
  const std::vector<AutotvmRecord> records = {split_record({-1, 8}), split_record({2, 2, 2})};
  EXPECT_EQ(space_of(records).knobs()[0].kind, KnobKind::name);
  EXPECT_EQ(round_trip(records), autotvm_text(records));
}

TEST(AutotvmTrials, SayWhatTheFormatSays) {
  const std::vector<AutotvmRecord> records = {
      split_record({-1, 8}), record({{"tile", AutotvmKind::split, KnobValue(Factors{-1, 2})}}, 8)};
  const std::vector<Trial> trials = set_of(records).trials;
  ASSERT_EQ(trials.size(), 2U);
  EXPECT_EQ(trials[0].verdict, Verdict::valid);
  EXPECT_THAT(trials[0].costs, ElementsAre(2.5e8, 5e8));
  EXPECT_EQ(trials[0].device, "znver3");
  EXPECT_EQ(trials[0].proposer, "tvm 0.8.0");
  EXPECT_EQ(trials[0].run_ns, 1'500'000'000);
  EXPECT_EQ(trials[0].finished_unix_ms, 1'600'000'000'125);
  EXPECT_EQ(trials[0].features.get(kAutotvmIndex), 5);
  EXPECT_EQ(trials[1].number, 1U);
  EXPECT_EQ(trials[1].verdict, Verdict::run_failed);
  EXPECT_TRUE(trials[1].costs.empty());
  EXPECT_THAT(trials[1].message, HasSubstr("error 8"));
}

TEST(AutotvmTrials, OfAnotherSpaceAreRefused) {
  const AutotvmRecord one = split_record({-1, 8});
  const std::string line = write_autotvm_record(one);
  AutotvmPieces pieces;
  ASSERT_TRUE(take_to_pieces(line, pieces));
  AutotvmRows rows(one.task, signature_of(one));
  rows.meet(pieces, one);
  ASSERT_TRUE(rows.take(pieces));
  const Space other = Space::create({split_knob("tile", 6, 2)}).value();
  EXPECT_THAT(rows.place(other, true).error().message, HasSubstr("no value [-1, 8]"));
  const Space renamed = Space::create({split_knob("t", 8, 2)}).value();
  EXPECT_THAT(rows.place(renamed, true).error().message, HasSubstr("no knob tile"));
}

TEST(AutotvmTrials, OfOursBecomeRecords) {
  const Space space = Space::create({split_knob("tile", 8, 2), number_knob("threads", {1, 2})}).value();
  Trial trial;
  trial.config = space.config(6);
  trial.costs = {263865};
  trial.build_ns = 1000;
  trial.run_ns = 2000;
  trial.finished_unix_ms = 1234;
  trial.proposer = "tamis";
  const AutotvmRecord made = record_of({}, signature_of(space), space, trial, true);
  EXPECT_EQ(made.index, 6U);
  EXPECT_THAT(made.entities,
              ElementsAre(AutotvmEntity{"tile", AutotvmKind::split, KnobValue(Factors{-1, 4})},
                          AutotvmEntity{"threads", AutotvmKind::other, KnobValue(int64_t{2})}));
  EXPECT_THAT(made.costs_s, ElementsAre(0.000263865));
  EXPECT_EQ(made.all_cost_s, 3e-6);
  EXPECT_EQ(made.timestamp_s, 1.234);
  EXPECT_EQ(made.tvm_version, "0.9.0");
  trial.verdict = Verdict::resource_exceeded;
  EXPECT_EQ(record_of({}, signature_of(space), space, trial, true).error_no, 1);
}

TEST(AutotvmTrials, KeepAnyRecord) {
  EXPECT_TRUE(rc::check([] {
    std::vector<AutotvmRecord> records;
    for (int i = *rc::gen::inRange(1, 8); i > 0; --i) {
      AutotvmRecord one =
          record({{"tile", AutotvmKind::split, KnobValue(Factors{-1, *rc::gen::inRange<int64_t>(1, 65)})},
                  {"step", AutotvmKind::other, KnobValue(*rc::gen::inRange<int64_t>(0, 100))}},
                 *rc::gen::inRange(0, 9));
      one.index = static_cast<uint64_t>(*rc::gen::inRange<int64_t>(0, int64_t{1} << 53));
      one.timestamp_s = static_cast<double>(*rc::gen::inRange<int64_t>(0, INT64_MAX)) / 1e9;
      if (one.error_no == 0)
        one.costs_s = {static_cast<double>(*rc::gen::inRange<int64_t>(100'000'000, INT64_MAX)) / 1e20,
                       0.022326119818697924};
      records.push_back(std::move(one));
    }
    RC_ASSERT(round_trip(records) == autotvm_text(records));
  }));
}

}  // namespace
}  // namespace tamis
