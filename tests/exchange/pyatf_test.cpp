// Logs of pyATF 0.0.13. What a guess had wrong: the log is one JSON document, not CSV; it has no unit; a
// failed evaluation has the cost null; and searches visit configs again, each visit an entry.

#include "exchange/pyatf.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kPyatf = TAMIS_TEST_DATA "/tools/pyatf";

TEST(Pyatf, ReadsALogOfTheProgram) {
  const TrialFile file = read_trials(kPyatf + ".json").value();
  EXPECT_EQ(file.format, "pyatf");
  EXPECT_THAT(file.skipped, IsEmpty());
  const TrialSet& set = file.sets.at(0);
  EXPECT_EQ(set.objective, (Objective{"cost", "", Direction::minimise}));
  EXPECT_THAT(set.trials, SizeIs(24));
  EXPECT_EQ(count_valid(set), 20U) << "as its number_of_evaluated_valid_configurations";
  EXPECT_EQ(best_cost(set), 0.25) << "as its min_cost";
  EXPECT_EQ(set.space.describe(best_trial(set)->config), "wg=3 unroll=1 layout=aos pad=1");
  EXPECT_GT(set.trials[0].finished_unix_ms, 1.7e12);
}

TEST(Pyatf, IsATableOfEachConfigOnce) {
  EXPECT_THAT(read_trials(kPyatf + "_visits.json").value().sets.at(0).trials, SizeIs(12));
  const TrialSet table = read_recorded_table(kPyatf + "_visits.json").value();
  EXPECT_THAT(table.trials, SizeIs(5));
  EXPECT_THAT(table.notes, ElementsAre("rows that repeat a config with the same outcome, taken once: 7"));
  EXPECT_EQ(table.objective.name, "cost");
  EXPECT_THAT(read_related(kPyatf + "_visits.json").value().at(0).trials, SizeIs(5));
}

TEST(Pyatf, SkipsBadEntries) {
  const std::string text = R"({"history": [{"configuration": {"a": 1}, "valid": true, "cost": Infinity},
    {"configuration": {"a": 2}, "valid": true, "cost": null}, {"configuration": {"b": 2}, "valid": true, "cost": 1},
    {"configuration": {"b": 3}, "valid": false, "cost": null}, {"configuration": {"b")";
  const TrialFile file = pyatf_format().read(text, "f", {}).value();
  EXPECT_THAT(file.sets.at(0).trials, SizeIs(2));
  EXPECT_THAT(file.skipped, ElementsAre(HasSubstr("row 1: a value of cost cannot be infinite"),
                                        HasSubstr("row 2"), HasSubstr("row 5: the file is cut off")));
}

TEST(Pyatf, PassesOverAParameterThatNoEvaluationHas) {
  const std::string text = R"({"tuning_parameters": "[{'name': 'a', 'range': {'values': [1, 2, 4]}},
    {'name': 'b', 'range': {'values': [1, 2]}}]", "history": [{"configuration": {"a": 1}, "valid": true, "cost": 3}]})";
  const TrialFile file = pyatf_format().read(text, "f", {}).value();
  EXPECT_THAT(file.sets.at(0).trials, SizeIs(1));
  EXPECT_THAT(file.sets.at(0).space.knobs(), SizeIs(1));
}

}  // namespace
}  // namespace tamis
