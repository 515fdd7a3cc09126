// Databases of MetaSchedule, TVM 0.27.0. What a guess had wrong: the decision of a SampleCategorical is an
// index into its candidates; a decision names its instruction by its place in the trace; postprocessors'
// instructions follow EnterPostproc in the same trace; and the parallel and vector lengths are attributes,
// not decisions.

#include "exchange/metaschedule.h"

#include "base/file.h"
#include "base/json.h"
#include "exchange/metaschedule_trace.h"
#include "support/temporary_directory.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kDatabase = TAMIS_TEST_DATA "/tools/metaschedule/";

TEST(MetaSchedule, ReadsADatabaseOfTheProgram) {
  const TrialFile file = read_trials(kDatabase + "database_tuning_record.json").value();
  EXPECT_EQ(file.format, "metaschedule");
  EXPECT_THAT(file.skipped, IsEmpty());
  ASSERT_THAT(file.sets, SizeIs(2));
  const TrialSet& set = file.sets[0];
  EXPECT_EQ(set.workload.name, "C:64x64,64x64,64x64,float32");
  EXPECT_EQ(set.workload.source, "metaschedule 9593177933350849261 C:64x64,64x64,64x64,float32");
  EXPECT_THAT(set.target_identity, HasSubstr("metaschedule {\"keys\": [\"cpu\"], \"kind\": \"llvm\""));
  ASSERT_THAT(set.trials, SizeIs(8));
  EXPECT_EQ(count_valid(set), 7U);
  EXPECT_EQ(set.space.describe(set.trials[0].config),
            "sketch=0 tile0=2x4x8 tile1=32x1x1 tile2=8 parallel=32 vectorize=64 unroll_explicit=16");
  EXPECT_EQ(set.space.value(set.trials[0].config, 1), KnobValue(std::vector<int64_t>{1, 2, 4, 8}));
  EXPECT_THAT(set.trials[0].costs, SizeIs(3));
  EXPECT_DOUBLE_EQ(set.trials[0].costs[1], 0.00018474337369372328 * 1e9);
  EXPECT_EQ(set.trials[3].verdict, Verdict::run_failed) << "its time is 1e10";
  EXPECT_THAT(set.trials[3].message, HasSubstr("1e10"));
  EXPECT_EQ(set.trials[0].device, "llvm");
  EXPECT_EQ(file.sets[1].workload.name, "C:32x32,32x32,32x32,float32");
}

TEST(MetaSchedule, TellsSketchesApart) {
  const TrialSet set = read_trials(kDatabase + "database_tuning_record.json").value().sets.at(0);
  EXPECT_THAT(set.space.knobs()[0].values,
              ElementsAre(KnobValue(int64_t{0}), KnobValue(int64_t{1}), KnobValue(int64_t{2})));
}

TEST(MetaSchedule, IsReadWithoutTheFileBeside) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("database_tuning_record.json");
  std::filesystem::copy_file(kDatabase + "database_tuning_record.json", path);
  EXPECT_EQ(read_trials(path).value().sets.at(0).workload.source,
            "metaschedule 0 C:64x64,64x64,64x64,float32");
}

TEST(MetaSchedule, PointsFromTheWorkloadsToTheRecords) {
  const auto file = read_trials(kDatabase + "database_workload.json");
  EXPECT_THAT(file.error().message, HasSubstr("database_tuning_record.json beside it"));
}

TEST(MetaSchedule, ReadsRecordsWithoutATrace) {
  const std::string line =
      R"([0, [[[], []], [0.00012], {"kind": "llvm"}, [["TENSOR", "float32", [64, 64]]]]])";
  const TrialFile file = metaschedule_format().read(line + "\n" + line.substr(0, 30), "f", {}).value();
  EXPECT_EQ(file.sets.at(0).workload.name, "workload0:64x64,float32");
  EXPECT_DOUBLE_EQ(best_cost(file.sets.at(0)), 120000);
  EXPECT_THAT(file.skipped, ElementsAre(HasSubstr("line 2")));
}

TEST(MetaSchedule, RefusesDatabasesWithNothingUsable) {
  EXPECT_THAT(metaschedule_format().read("[0, [[[], []], [], {}, []]]\n", "f", {}).error().message,
              HasSubstr("line 1: it has no list of run_secs"));
}

/// The values of the steps of a plan, none of which is a literal.
Result<std::vector<KnobValue>> values_of_trace(const TracePlan& plan, const std::string& decisions) {
  TAMIS_ASSIGN(const std::vector<std::string_view> texts, decisions_of_trace(plan, decisions));
  std::vector<KnobValue> values;
  for (size_t i = 0; i < texts.size(); ++i) {
    TAMIS_ASSIGN(KnobValue value, value_of_step(plan.steps[i], texts[i]));
    values.push_back(std::move(value));
  }
  return values;
}

TEST(ReadTrace, NamesChoicesByWhatTakesThem) {
  const Json instructions = *parse_json(R"([["SampleCategorical", [], [[0, 16], [0.5, 0.5]], ["v1"]],
    ["SampleCategorical", [], [[3, 4], [0.5, 0.5]], ["v2"]], ["Annotate", ["b0", "v2"], ["meta_schedule.x"], []],
    ["SampleComputeLocation", ["b0"], [], ["l3"]], ["EnterPostproc", [], [], []], ["SampleCategorical", [], [], []]])",
                                        "instructions");
  const TracePlan plan = plan_of_trace(instructions).value();
  std::vector<std::string> names;
  for (const TraceStep& step : plan.steps) names.push_back(step.name);
  EXPECT_THAT(names, ElementsAre("choice0", "x", "location0"));
  const std::vector<KnobValue> values = {int64_t{16}, int64_t{3}, int64_t{-2}};
  for (const std::string decisions : {"[[0, 1], [1, 0], [3, -2]]", "[[3,-2],[1,0],[0,0],[0,1]]",
                                      "[[0, 0], [0, 1], [1, 0], [2, 7], [3, 5], [3, -2]]"})
    EXPECT_EQ(values_of_trace(plan, decisions).value(), values) << decisions << ": the last one counts";
}

/// What a trace decides, or the error where it is none.
Status checked_trace(const std::string& instructions, const std::string& decisions) {
  TAMIS_ASSIGN(const Json json, parse_json(instructions, "instructions"));
  TAMIS_ASSIGN(const TracePlan plan, plan_of_trace(json));
  return values_of_trace(plan, decisions).ok() ? Status() : values_of_trace(plan, decisions).error();
}

TEST(ReadTrace, RefusesDecisionsThatCannotBe) {
  EXPECT_TRUE(checked_trace("[]", "[]").ok());
  const std::string tile = R"([["SamplePerfectTile", [], [2, 4], []]])";
  for (const auto& [instructions, decisions] :
       {std::pair<std::string, std::string>{"{}", "[]"},
        {"[]", "3"},
        {"[3]", "[]"},
        {tile, "[]"},
        {tile, "[[0, [2, 0]]]"},
        {tile, "[[0, []]]"},
        {tile, "[[0, [2, 2], 1]]"},
        {tile, "[[0]]"},
        {R"([["SampleCategorical", [], [[1], [1.0]], ["v"]]])", "[[0, 1]]"}})
    EXPECT_EQ(checked_trace(instructions, decisions).error().kind, ErrorKind::corrupt)
        << instructions << decisions;
  for (const char* line : {"[0, [[], [1], {}, []]]", "[0, [[[]], [1], {}, []]]", "[0, [3, [1], {}, []]]"})
    EXPECT_EQ(metaschedule_format().read(line, "f", {}).error().kind, ErrorKind::corrupt) << line;
}

}  // namespace
}  // namespace tamis
