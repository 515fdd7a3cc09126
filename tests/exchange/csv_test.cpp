#include "exchange/csv.h"

#include "base/file.h"
#include "exchange/stored_trials.h"
#include "tamis/random.h"
#include "targets/vta/simulator/simulator.h"

#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string recorded(const std::string& name) {
  auto text = read_file(std::string(TAMIS_TEST_DATA) + "/vta/" + name);
  EXPECT_TRUE(text.ok()) << text.error().message;
  return *text;
}

CsvContent read_content(const std::string& text) {
  auto content = read_csv(text, "test.csv");
  EXPECT_TRUE(content.ok()) << content.error().message;
  return std::move(*content);
}

/// A table of one workload.
TrialSet read(const std::string& text) {
  CsvContent content = read_content(text);
  EXPECT_EQ(content.sets.size(), 1U);
  return std::move(content.sets.front());
}

/// A table of one workload as import reads it, with costs, and what it skips.
TrialFile read_file_of(const std::string& text) { return csv_format().read(text, "test.csv", {}).value(); }
TrialSet read_timed(const std::string& text) { return std::move(read_file_of(text).sets.front()); }

class RecordedCsv : public ::testing::TestWithParam<std::pair<const char*, size_t>> {};

TEST_P(RecordedCsv, IsWrittenBackByteForByte) {
  const std::string text = recorded(GetParam().first);
  const CsvContent content = read_content(text);
  ASSERT_EQ(content.sets.size(), 1U);
  EXPECT_EQ(content.sets[0].trials.size(), GetParam().second);
  EXPECT_EQ(write_csv(content.sets[0], content.feature_names), text);
}

TEST_P(RecordedCsv, HasTheIndicesOfItsSpace) {
  const CsvContent content = read_content(recorded(GetParam().first));
  const TrialSet& table = content.sets.front();
  ASSERT_EQ(table.space.size(), table.trials.size());
  for (size_t i = 0; i < table.trials.size(); ++i)
    EXPECT_EQ(content.indices[0][i], table.space.index(table.trials[i].config));
}

INSTANTIATE_TEST_SUITE_P(Vta, RecordedCsv,
                         ::testing::Values(std::pair("resnet18.C2.csv.gz", 2304),
                                           std::pair("resnet18.C5.csv.gz", 2304),
                                           std::pair("resnet18.C8.csv.gz", 1600),
                                           std::pair("resnet18.C9.csv", 480)));

TEST(ReadCsv, UnderstandsARecordedTable) {
  const CsvContent content = read_content(recorded("resnet18.C9.csv"));
  const TrialSet& table = content.sets.front();
  EXPECT_EQ(table.workload.name, "resnet18.C9");
  EXPECT_THAT(content.feature_names,
              ElementsAre("cycles", "instructions", "gemm_uops", "alu_uops", "inp_bytes", "wgt_bytes",
                          "acc_bytes", "uop_bytes", "out_bytes"));
  EXPECT_EQ(table.space.describe(table.trials[1].config),
            "tile_b=1 tile_h=7 tile_w=1 tile_ci=1 tile_co=1 oc_nthread=1 h_nthread=1");
  EXPECT_EQ(table.trials[1].features.get("cycles"), 2213594.0);
  EXPECT_EQ(table.trials[1].number, 1U);
  std::map<Verdict, int> verdicts;
  for (const Trial& trial : table.trials) {
    ++verdicts[trial.verdict];
    EXPECT_EQ(trial.message.empty(), trial.verdict == Verdict::valid);
    EXPECT_EQ(trial.measured, trial.verdict == Verdict::valid || trial.verdict == Verdict::run_failed);
  }
  EXPECT_EQ(verdicts[Verdict::valid], 40);
  EXPECT_EQ(verdicts[Verdict::resource_exceeded], 108);
  EXPECT_EQ(verdicts[Verdict::build_failed], 328);
  EXPECT_EQ(verdicts[Verdict::run_failed], 4);
}

TEST(ReadCsv, TakesNamesForWhatIsNoNumber) {
  const TrialSet table = read(
      "workload,index,layout,tile,verdict,message\n"
      "w,0,nhwc,16,valid,\n"
      "w,1,nchw,2,valid,\n"
      "w,2,nchw,4x2,valid,\n");
  EXPECT_EQ(table.space.knobs()[0].kind, KnobKind::name);
  EXPECT_THAT(table.space.knobs()[0].values, ElementsAre("nchw", "nhwc"));
  EXPECT_EQ(table.space.knobs()[1].kind, KnobKind::name);
}

TEST(ReadCsv, OrdersNumbersByValue) {
  const TrialSet table =
      read("workload,index,k,verdict,message\nw,0,16,valid,\nw,1,-2,valid,\nw,2,4,valid,\n");
  EXPECT_EQ(table.space.knobs()[0].kind, KnobKind::number);
  EXPECT_THAT(table.space.knobs()[0].values, ElementsAre(int64_t{-2}, int64_t{4}, int64_t{16}));
}

TEST(WriteCsv, LeavesOutWhatATrialDoesNotHave) {
  const Space space = *Space::create({split_knob("tile_h", 4, 2), split_knob("tile", 4, 3)});
  Trial failed;
  failed.config = space.config(0);
  failed.verdict = Verdict::resource_exceeded;
  failed.message = "inp memory: 3 needed, \"2\" there";
  failed.features.set("cycles", std::numeric_limits<double>::quiet_NaN());
  Trial valid;
  valid.config = space.config(5);
  valid.features.set("share", 0.25);
  valid.features.set("cycles", 1e15);
  valid.features.set("unlisted", 3);
  EXPECT_EQ(
      write_csv(named_trials("a,b", space, {failed, valid}), std::vector<std::string>{"cycles", "share"}),
      "workload,index,tile_h,tile,verdict,cycles,share,message\n"
      "\"a,b\",0,1,1x1,resource_exceeded,,,\"inp memory: 3 needed, \"\"2\"\" there\"\n"
      "\"a,b\",5,4,2x1,valid,1000000000000000,0.25,\n");
}

TEST(WriteCsv, KeepsEveryDoubleExactly) {
  const Space space = *Space::create({number_knob("k", {1, 2, 3, 4, 5, 6})});
  std::vector<Trial> trials;
  for (const double value : {0.1, -3.0, 1e300, 9007199254740993.0, 1.0 / 3.0, 5e-324}) {
    Trial trial;
    trial.config = space.config(trials.size());
    trial.features.set("x", value);
    trials.push_back(trial);
  }
  const TrialSet table = read(write_csv(named_trials("w", space, trials), std::vector<std::string>{"x"}));
  for (size_t i = 0; i < trials.size(); ++i) EXPECT_EQ(table.trials[i].features, trials[i].features);
}

TEST(ReadCsv, NamesLineAndReason) {
  const std::string head = "workload,index,k,verdict,cycles,message\n";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "needs a header line"},
      {head, "at least one row"},
      {"index,k,verdict,message\n1,2,valid,\n", "line 1: the header must be"},
      {"workload,index,k,cycles,message\nw,0,1,2,\n", "line 1: the header must be"},
      {"workload,index,k,k,verdict,message\nw,0,1,1,valid,\n", "two columns are called k"},
      {"workload,index,,verdict,message\nw,0,1,valid,\n", "a column has no name"},
      {head + "w,0,1,valid,5\n", "line 2: there are 5 cells, the header has 6"},
      {head + "w,x,1,valid,5,\n", "line 2: index must be an integer from 0"},
      {head + "w,-1,1,valid,5,\n", "line 2: index must be"},
      {head + "w,0,1,fine,5,\n", "line 2: \"fine\" is not a verdict"},
      {head + "w,0,1,valid,five,\n", "line 2: cycles must be a finite number or empty"},
      {head + "w,0,1,valid,inf,\n", "line 2: cycles must be"},
      {head + "w,0,1,valid,1e999,\n", "line 2: cycles must be"},
      {head + "w,0,1,valid,5,\"cut", "line 2: the quote that opens here is never closed"},
  };
  for (const auto& [text, message] : cases) {
    const auto table = read_csv(text, "test.csv");
    ASSERT_FALSE(table.ok()) << text;
    EXPECT_EQ(table.error().kind, ErrorKind::corrupt);
    EXPECT_THAT(table.error().message, HasSubstr("test.csv"));
    EXPECT_THAT(table.error().message, HasSubstr(message)) << text;
  }
}

TEST(ReadCsv, TakesWorkloadsApartAndConfigsTwice) {
  const CsvContent content = read_content(
      "workload,index,k,verdict,latency_ns,message\n"
      "w,0,1,valid,5,\nv,0,7,crashed,,died\nw,1,2,valid,6,\nw,1,2,valid,7,\n");
  ASSERT_EQ(content.sets.size(), 2U);
  const TrialSet& w = content.sets[0];
  EXPECT_EQ(w.workload.name, "w");
  EXPECT_THAT(w.space.knobs()[0].values, ElementsAre(int64_t{1}, int64_t{2}));
  ASSERT_EQ(w.trials.size(), 3U);
  EXPECT_EQ(w.trials[2].number, 2U);
  EXPECT_THAT(content.indices[0], ElementsAre(0, 1, 1));
  EXPECT_EQ(content.sets[1].workload.name, "v");
  EXPECT_EQ(content.sets[1].trials[0].message, "died");
}

TEST(CsvLatency, IsNanosecondsOrCycles) {
  EXPECT_EQ(csv_latency_ns(5, 7).value(), 5.0);
  EXPECT_EQ(csv_latency_ns(std::nan(""), 7).value(), 70.0);
  EXPECT_THAT(csv_latency_ns(std::nan(""), std::nan("")).error().message, HasSubstr("latency_ns"));
  EXPECT_THAT(csv_latency_ns(std::nan(""), -7).error().message,
              HasSubstr("it is valid, but a latency of -70 ns cannot be"));
  for (const double latency : {0.0, -3.0, 1e-4, 1e16})
    EXPECT_EQ(csv_latency_ns(latency, 7).error().message,
              "it is valid, but " + check_latency_ns(latency).error().message);
}

/// One bad row among good ones costs that row, whatever is wrong with it; the first ten are named, all
/// counted.
TEST(ReadCsv, TakesTheGoodRowsAndCountsTheOthers) {
  const std::string head = "workload,index,k,verdict,latency_ns,message\n";
  const TrialFile file =
      read_file_of(head +
                   "w,0,1,valid,5,\n\nw,x,2,valid,5,\nw,1,3,fine,5,\nw,2,4,valid\n"
                   "w,3,5,valid,inf,\nw,4,6,valid,five,\nw,5,7,val\"id,5,\n"
                   "w,6,8,\"crashed\" ,,\nw,7,9,valid,nan,\nw,8,\"10,valid,5,\nw,9,11,crashed,,died\n");
  ASSERT_EQ(file.sets.size(), 1U);
  const TrialSet& set = file.sets.front();
  ASSERT_EQ(set.trials.size(), 2U);
  EXPECT_THAT(set.space.knobs()[0].values, ElementsAre(int64_t{1}, int64_t{11}));
  EXPECT_EQ(set.trials[1].message, "died");
  EXPECT_EQ(set.trials[1].number, 1U);
  EXPECT_EQ(file.left_out, 9U);
  EXPECT_THAT(file.skipped,
              ElementsAre(HasSubstr("line 4: index must be an integer"), HasSubstr("line 5: \"fine\" is not"),
                          HasSubstr("line 6: there are 4 cells"),
                          HasSubstr("line 7: it is valid, but a latency of inf ns cannot be"),
                          HasSubstr("line 8: latency_ns must be a finite number"),
                          HasSubstr("line 9: a cell with a quote"), HasSubstr("line 10: there is text after"),
                          HasSubstr("line 11: it is valid, but a latency of nan ns cannot be"),
                          HasSubstr("line 12: the quote that opens here is never closed")));
  std::string many = head + "w,0,1,valid,5,\n";
  for (int i = 0; i < 25; ++i) many += "w,0,1,valid,0,\n";
  const TrialFile counted = read_file_of(many);
  EXPECT_EQ(counted.left_out, 25U);
  ASSERT_EQ(counted.skipped.size(), 11U);
  EXPECT_THAT(counted.skipped.front(), HasSubstr("line 3: it is valid, but a latency of 0 ns"));
  EXPECT_EQ(counted.skipped.back(), "15 more lines");
}

/// Minus zero is equal to zero but is written otherwise: as a name it reaches the program as it stands.
TEST(ReadCsv, KeepsMinusZeroAsItStands) {
  const std::string head = "workload,index,k,verdict,message\n";
  for (const char* zero : {"-0.0", "-0"}) {
    const TrialSet set = read(head + "w,0," + zero + ",crashed,\nw,1,1.5,crashed,\n");
    EXPECT_EQ(set.space.describe(set.trials[0].config), std::string("k=") + zero);
  }
}

TEST(WriteCsv, IsReadBackWithEveryLatencyThatCanBe) {
  const Space space = Space::create({number_knob("k", {1, 2, 3})}).value();
  std::vector<Trial> trials(3);
  for (size_t i = 0; i < trials.size(); ++i) {
    trials[i].config = space.config(i);
    trials[i].features.set("latency_ns", std::array{kLeastLatencyNs, 1.0 / 3, kMostLatencyNs}[i]);
  }
  const std::vector<std::string> columns = {"latency_ns"};
  const TrialSet back = read_timed(write_csv(named_trials("w", space, trials), columns));
  for (size_t i = 0; i < trials.size(); ++i)
    EXPECT_EQ(back.trials[i].cost(), trials[i].features.get("latency_ns"));
}

TEST(ReadCsv, TakesASpaceThatNoIndexCounts) {
  std::string head = "workload,index", one = "w,",
              two = "w,1496577676626844588240573268701473812127674924007423";
  for (int i = 0; i < 70; ++i) {
    head += ",k" + std::to_string(i);
    one += ",1";
    two += ",2";
  }
  const CsvContent content =
      read_content(head + ",verdict,message\n" + one + ",valid,\n" + two + ",valid,\n");
  ASSERT_EQ(content.sets.size(), 1U);
  EXPECT_FALSE(content.sets[0].space.countable());
  EXPECT_EQ(content.sets[0].trials[1].config.choices, std::vector<uint32_t>(70, 1));
  EXPECT_THAT(content.indices[0], ElementsAre(Space::kUncountable, Space::kUncountable));
}

TEST(ReadCsv, SurvivesMutatedTables) {
  const std::string original = recorded("resnet18.C9.csv").substr(0, 4000);
  const std::string spice = ",\"\n\r-0x\xff\xc3";
  Random random(13);
  for (int i = 0; i < 3000; ++i) {
    std::string text = original;
    for (uint64_t edits = 1 + random.below(4); edits > 0; --edits)
      text[random.below(text.size())] = spice[random.below(spice.size())];
    text.resize(random.below(text.size()));
    const auto table = read_csv(text, "test.csv");
    if (!table.ok()) continue;
    for (const TrialSet& set : table->sets)
      EXPECT_TRUE(read_csv(write_csv(set, table->feature_names), "again").ok()) << text;
  }
}

/// A set of VTA with one valid trial of so many cycles and this latency.
TrialSet vta_set(double cycles, double latency_ns) {
  TrialSet set = named_trials("w", Space::create({number_knob("k", {1, 2})}).value(), {});
  set.target_spec = "vta:lanes=2";
  Trial trial;
  trial.config = set.space.config(1);
  trial.costs = {latency_ns};
  vta::Counters counters;
  counters.cycles = static_cast<uint64_t>(cycles);
  trial.features = vta::to_features(counters);
  set.trials.push_back(std::move(trial));
  return set;
}

std::string text_of(const TrialSet& set) { return write_csv_file({&set, 1}).value().text; }

TEST(WriteCsvFile, OfVtaHasTheCountersOfRecordedTables) {
  EXPECT_EQ(text_of(vta_set(7, 70)),
            "workload,index,k,verdict,cycles,instructions,gemm_uops,alu_uops,inp_bytes,wgt_bytes,acc_bytes,"
            "uop_bytes,out_bytes,message\nw,1,2,valid,7,0,0,0,0,0,0,0,0,\n");
}

/// A board has latencies of its own: cycles do not stand for them.
TEST(WriteCsvFile, OfVtaHasLatenciesWhereCyclesDoNotTellThem) {
  for (const TrialSet& set : {vta_set(7, 75), vta_set(0, 75)})
    EXPECT_THAT(read_timed(text_of(set)).trials.at(0).costs, ElementsAre(75.0));
}

TEST(ReadCsv, TakesDecimalNumbersForNumbers) {
  const TrialSet table = read(
      "workload,index,k,big,mixed,verdict,message\n"
      "w,0,1.5,9007199254740993,1,valid,\nw,1,0.5,1e+300,1.0,valid,\nw,2,2.0,4611686018427387904,2,valid,\n");
  const std::vector<Knob>& knobs = table.space.knobs();
  EXPECT_EQ(knobs[0].kind, KnobKind::number);
  EXPECT_THAT(knobs[0].values, ElementsAre(0.5, 1.5, int64_t{2}));
  EXPECT_THAT(knobs[1].values, ElementsAre(int64_t{9007199254740993}, int64_t{1} << 62, 1e300));
  EXPECT_EQ(knobs[2].kind, KnobKind::name);
  EXPECT_EQ(table.space.describe(table.trials[1].config), "k=0.5 big=1e+300 mixed=1.0");
}

TEST(ReadCsv, TakesTheLatencyOutOfTheFeatures) {
  const TrialSet set = read_timed(
      "workload,index,k,verdict,latency_ns,cycles,message\nw,0,1,valid,5,7,\nw,1,2,crashed,6,8,\n");
  EXPECT_THAT(set.trials[0].costs, ElementsAre(5.0));
  EXPECT_EQ(set.trials[0].features, (Features{{{"cycles", 7}}}));
  EXPECT_TRUE(set.trials[1].costs.empty());
  EXPECT_EQ(set.trials[1].features, (Features{{{"cycles", 8}}}));
}

}  // namespace
}  // namespace tamis
