// What a T4 table says of its objective and of units, and what its user says.

#include "exchange/recorded_table_testing.h"

#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using T4Objective = ReadRecordedTable;

TEST_F(T4Objective, TakesTheObjectiveInItsUnit) {
  EXPECT_DOUBLE_EQ(latency(measured("2", "seconds")), 2e9);
  EXPECT_DOUBLE_EQ(latency(measured("2", "milliseconds")), 2e6);
  EXPECT_DOUBLE_EQ(latency(measured("2", "miliseconds")), 2e6);
  EXPECT_DOUBLE_EQ(latency(measured("2", "microseconds")), 2e3);
  EXPECT_DOUBLE_EQ(latency(measured("2", "nanoseconds")), 2);
  // In any case, singular and plural, and as other tools shorten them.
  for (const char* unit : {"us", "US", "usec", "Microseconds", "microsecond", "\xC2\xB5s"})
    EXPECT_DOUBLE_EQ(latency(measured("2", unit)), 2e3) << unit;
  EXPECT_DOUBLE_EQ(latency(measured("2", "sec")), 2e9);
}

/// Kernel Tuner writes milliseconds, autotuning_methodology takes seconds where nothing is said: who guesses,
/// guesses wrong for one of them.
TEST_F(T4Objective, RefusesATimeWithoutAUnit) {
  for (const std::string& rest : {measured("2", ""), std::string(R"("times": {"runtimes": [1, 2.5]})")})
    EXPECT_THAT(refusal(table_of({row(R"({"a": 1})", "correct", rest)})),
                AllOf(HasSubstr("nothing says in which unit of time"), HasSubstr("--objective NAME:ms")));
  const std::string path = directory_.path() + "/bare_T4.json";
  ASSERT_TRUE(write_file(path, table_of({row(R"({"a": 1})", "correct", measured("2", ""))})).ok());
  EXPECT_DOUBLE_EQ(read_recorded_table(path, {parse_objective("time:us").value()}).value().trials[0].cost(),
                   2e3);
}

TEST_F(T4Objective, TakesTheUnitOfAnotherRowOrTimeWhereARowHasNone) {
  const TrialSet read = table(table_of(
      {row(R"({"a": 1})", "correct", measured("2", "")), row(R"({"a": 2})", "correct", measured("3", "s"))}));
  EXPECT_DOUBLE_EQ(read.trials[0].cost(), 2e9);
  EXPECT_DOUBLE_EQ(latency(R"("objectives": ["time"], "measurements": [{"name": "time", "value": 2},
                              {"name": "time_setup", "value": 7, "unit": "us"}])"),
                   2e3);
}

/// One unit holds for all times of a row: building and running, too.
TEST_F(T4Objective, TakesOneUnitForEveryTimeOfARow) {
  const Trial trial = table(table_of({row(R"({"a": 1})", "correct",
                                          R"("times": {"compilation_time": 1000000.0, "runtimes": [96]}, )" +
                                              measured("96", "Microseconds"))}))
                          .trials[0];
  EXPECT_DOUBLE_EQ(trial.cost(), 96e3);
  EXPECT_EQ(trial.build_ns, 1'000'000'000);
  const Trial stated =
      table(
          R"({"results": [{"configuration": {"a": 1}, "invalidity": "correct", "times": {"compilation": 2, )"
          R"("runtimes": [3]}}], "metadata": {"timeunit": "seconds"}})")
          .trials[0];
  EXPECT_DOUBLE_EQ(stated.cost(), 3e9);
  EXPECT_EQ(stated.build_ns, 2'000'000'000);
}

TEST_F(T4Objective, TakesTheUnitOfTheTableWhereTheRowHasNone) {
  const std::string text = fmt::format(R"({{"metadata": {{"timeunit": "seconds"}}, "results": [{}]}})",
                                       row(R"({"a": 1})", "correct", measured("2", "")));
  EXPECT_DOUBLE_EQ(table(text).trials[0].cost(), 2e9);
}

/// What is to be maximised is not a latency: the direction is the file's or the user's, and nobody guesses.
TEST_F(T4Objective, TakesAnObjectiveThatIsNoTimeForWhatItIs) {
  const auto of = [](const std::string& name, const std::string& unit, const std::string& value) {
    return fmt::format(
        R"("objectives": ["{}"], "measurements": [{{"name": "time", "value": 10.0, "unit": "ms"}},
                         {{"name": "{}", "value": {}, "unit": "{}"}}])",
        name, name, value, unit);
  };
  const auto read = [&](const std::string& name, const std::string& unit) {
    return table(table_of({row(R"({"a": 1})", "correct", of(name, unit, "100")),
                           row(R"({"a": 2})", "correct", of(name, unit, "200")),
                           row(R"({"a": 3})", "correct", of(name, unit, "-7"))}));
  };
  const TrialSet throughput = read("GFLOP/s", "");
  EXPECT_EQ(throughput.objective, (Objective{"GFLOP/s", "", Direction::maximise}));
  EXPECT_EQ(best_trial(throughput)->config.choices, std::vector<uint32_t>{1});
  EXPECT_EQ(throughput.objective.show(best_cost(throughput)), "200");
  const TrialSet energy = read("energy", "J");
  EXPECT_EQ(energy.objective, (Objective{"energy", "J", Direction::minimise}));
  EXPECT_EQ(best_trial(energy)->config.choices, std::vector<uint32_t>{2});
  // autotuning_methodology 1.1.0 knows a score by its name.
  EXPECT_EQ(read("my_score", "").objective.direction, Direction::maximise);
  const std::string unknown = table_of({row(R"({"a": 1})", "correct", of("quality", "", "1"))});
  EXPECT_THAT(refusal(unknown),
              AllOf(HasSubstr("small or a large quality is good"), HasSubstr("--objective quality:max")));
  EXPECT_THAT(refusal(table_of({row(R"({"a": 1})", "correct", of("energy", "GFLOP/s", "1"))})),
              HasSubstr("--objective NAME[:UNIT][:min|max]"));
}

TEST_F(T4Objective, TakesTheMeasurementThatTheUserNames) {
  const std::string path = directory_.path() + "/several_T4.json";
  ASSERT_TRUE(
      write_file(path, table_of({row(R"({"a": 1})", "correct",
                                     R"("objectives": ["time"], "times": {"compilation": 4}, "measurements": [
      {"name": "time", "value": 2, "unit": "ms"}, {"name": "quality", "value": 0, "unit": "%"},
      {"name": "kernel", "value": 5, "unit": "us"}])")}))
          .ok());
  const auto cost = [&](const char* objective) {
    const TrialSet read = read_recorded_table(path, {parse_objective(objective).value()}).value();
    EXPECT_EQ(read.trials[0].build_ns, 4'000'000) << objective;
    return to_string(read.objective) + " " + read.objective.show(read.trials[0].cost());
  };
  EXPECT_EQ(cost("latency"), "latency 2.000 ms");
  EXPECT_EQ(cost("kernel::min"), "kernel:us:min 5.0 us");
  EXPECT_EQ(cost("quality:max"), "quality:%:max 0 %");
  EXPECT_THAT(read_recorded_table(path, {parse_objective("energy").value()}).error().message,
              HasSubstr("no row has a measurement \"energy\"; the first has time, quality, kernel"));
}

/// A name with words of both directions tells none: autotuning_methodology 1.1.0 would take the first.
TEST_F(T4Objective, RefusesANameThatContradictsItself) {
  for (const char* name : {"time_score", "latency_gflops"})
    EXPECT_THAT(refusal(table_of({row(R"({"a": 1})", "correct",
                                      fmt::format(R"("objectives": ["{0}"], "measurements": [
                                  {{"name": "{0}", "value": 1, "unit": ""}}, {{"name": "t", "value": 1, "unit": "ms"}}])",
                                                  name))})),
                AllOf(HasSubstr(name), HasSubstr("--objective NAME[:UNIT][:min|max]")));
}

/// A latency has to be picked like any other measurement where a table has several objectives.
TEST_F(T4Objective, TakesTheLatencyOfSeveralObjectives) {
  const std::string path = directory_.path() + "/both_T4.json";
  const auto read = [&](const char* objective) -> std::string {
    const auto table = read_recorded_table(path, {parse_objective_request(objective).value()});
    if (!table.ok()) return table.error().message;
    return to_string(table->objective) + " " + table->objective.show(table->trials[0].cost());
  };
  ASSERT_TRUE(write_file(path, table_of({row(R"({"a": 1})", "correct",
                                             R"("objectives": ["energy", "time"], "measurements": [
      {"name": "energy", "value": 2, "unit": "J"}, {"name": "time", "value": 3, "unit": "ms"},
      {"name": "quality_score", "value": 4, "unit": ""}])")}))
                  .ok());
  EXPECT_EQ(read("time"), "latency 3.000 ms");
  EXPECT_EQ(read("latency"), "latency 3.000 ms");
  EXPECT_EQ(read("latency:ms"), "latency:ms:min 3.000 ms");
  EXPECT_EQ(read("time:ms"), "time:ms:min 3.000 ms");
  EXPECT_EQ(read("energy"), "energy:J:min 2 J");
  EXPECT_EQ(read("quality_score"), "quality_score::max 4") << "the direction that readers know";
  EXPECT_THAT(read("time:us"), HasSubstr("its time is in ms, not in us"));
  EXPECT_THAT(read("latency:us"), HasSubstr("its time is in ms, not in us"));
  EXPECT_THAT(read("energy:mJ"), HasSubstr("its energy is in J, not in mJ"));
  ASSERT_TRUE(write_file(path, R"({"metadata": {"objective": "quality::max"}, "results": [)" +
                                   row(R"({"a": 1})", "correct",
                                       R"("objectives": ["quality"], "measurements": [
                                           {"name": "quality", "value": 4, "unit": ""}])") +
                                   "]}")
                  .ok());
  EXPECT_EQ(read("quality"), "quality::max 4") << "the direction that the table tells";
}

TEST_F(T4Objective, RefusesAFileThatContradictsItself) {
  EXPECT_THAT(refusal(R"({"metadata": {"timeunit": "s"}, "results": [], "metadata": {"timeunit": "ms"}})"),
              HasSubstr("it has \"metadata\" twice, and nothing says which is meant"));
  EXPECT_THAT(refusal(R"({"metadata": {"timeunit": "s", "timeunit": "ms"}, "results": []})"),
              HasSubstr("it has \"timeunit\" twice"));
  EXPECT_THAT(refusal(R"({"metadata": {"timeunit": "fortnights"}, "results": [{"configuration": {"a": 1},
                          "invalidity": "correct", "times": {"runtimes": [1]}}]})"),
              HasSubstr("\"timeunit\" is \"fortnights\", which is not a unit of time"));
  EXPECT_THAT(refusal(table_of(
                  {row(R"({"a": 1})", "correct", R"("configuration": {"a": 2}, )" + measured("1", "ms"))})),
              HasSubstr("row 1: it has \"configuration\" twice"));
  EXPECT_THAT(refusal(table_of({row(R"({"a": 1})", "correct",
                                    R"("objectives": ["time", "energy"], "measurements": [])")})),
              HasSubstr("it has 2 objectives; --objective NAME says which is meant"));
}

}  // namespace
}  // namespace tamis
