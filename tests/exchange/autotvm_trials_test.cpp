#include "exchange/autotvm_trials.h"

#include "base/file.h"

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

Space space_of(const std::vector<AutotvmRecord>& records) {
  return space_of_records(group_records(records).front()).value();
}

std::vector<std::string> lines(const std::vector<AutotvmRecord>& records) {
  std::vector<std::string> all;
  for (const AutotvmRecord& one : records) all.push_back(write_autotvm_record(one));
  return all;
}

/// The lines of the records once they were trials.
std::vector<std::string> round_trip(const std::vector<AutotvmRecord>& records) {
  const auto groups = group_records(records);
  EXPECT_EQ(groups.size(), 1U);
  const AutotvmGroup& group = groups.front();
  const Space space = space_of_records(group).value();
  std::vector<AutotvmRecord> again;
  const auto trials = trials_of_records(group, space).value();
  for (const Trial& trial : trials)
    again.push_back(record_of(group.task, group.signature, space, trial, false));
  return lines(again);
}

TEST(AutotvmGroups, HoldOneTaskWithTheSameEntities) {
  AutotvmRecord other_target = split_record({-1, 2});
  other_target.task.target = "cuda";
  const std::vector<AutotvmRecord> records = {split_record({-1, 2}), other_target, split_record({-1, 4}),
                                              record({{"tile", AutotvmKind::other, KnobValue(int64_t{2})}})};
  const auto groups = group_records(records);
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_THAT(groups[0].records, ElementsAre(&records[0], &records[2]));
  EXPECT_EQ(groups[1].task.target, "cuda");
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
  EXPECT_EQ(round_trip(records), lines(records));
}

TEST(AutotvmSpace, TakesSplitsOfSeveralLengthsForNames) {
  const std::vector<AutotvmRecord> records = {split_record({-1, 8}), split_record({2, 2, 2})};
  EXPECT_EQ(space_of(records).knobs()[0].kind, KnobKind::name);
  EXPECT_EQ(round_trip(records), lines(records));
}

TEST(AutotvmTrials, SayWhatTheFormatSays) {
  const std::vector<AutotvmRecord> records = {
      split_record({-1, 8}), record({{"tile", AutotvmKind::split, KnobValue(Factors{-1, 2})}}, 8)};
  const auto groups = group_records(records);
  const auto trials = trials_of_records(groups.front(), space_of(records)).value();
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
  const std::vector<AutotvmRecord> records = {split_record({-1, 8})};
  const auto groups = group_records(records);
  const Space other = Space::create({split_knob("tile", 6, 2)}).value();
  EXPECT_THAT(trials_of_records(groups.front(), other).error().message, HasSubstr("no value [-1, 8]"));
  const Space renamed = Space::create({split_knob("t", 8, 2)}).value();
  EXPECT_THAT(trials_of_records(groups.front(), renamed).error().message, HasSubstr("no knob tile"));
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

TEST(AutotvmTrials, OfAStoredLogAreItsRecordsAgain) {
  for (const char* name : {"others.log", "vta_c9.log.gz"}) {
    const AutotvmLog log =
        read_autotvm_log(read_file(std::string(TAMIS_TEST_DATA) + "/autotvm/" + name).value(), name).value();
    for (const AutotvmGroup& group : group_records(log.records)) {
      const Space space = space_of_records(group).value();
      const auto trials = trials_of_records(group, space).value();
      for (size_t i = 0; i < trials.size(); ++i)
        EXPECT_EQ(write_autotvm_record(record_of(group.task, group.signature, space, trials[i], false)),
                  write_autotvm_record(*group.records[i]));
    }
  }
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
        one.costs_s = {static_cast<double>(*rc::gen::inRange<int64_t>(1, INT64_MAX)) / 1e20,
                       0.022326119818697924};
      records.push_back(std::move(one));
    }
    RC_ASSERT(round_trip(records) == lines(records));
  }));
}

}  // namespace
}  // namespace tamis
