// What the costs of other tools' files are: what they say, and what their user says.

#include "exchange/foreign_objective.h"

#include "base/file.h"
#include "support/temporary_directory.h"
#include "tamis/formats.h"

#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const std::string kTools = TAMIS_TEST_DATA "/tools/";

Result<TrialFile> read_as(const std::string& file, const std::string& objective) {
  return read_trials(kTools + file, {parse_objective_request(objective).value()});
}

/// The objective of a file's set and the value of its best trial.
std::string best_as(const std::string& file, const std::string& objective) {
  const Result<TrialFile> read = read_as(file, objective);
  if (!read.ok()) return read.error().message;
  const TrialSet& set = read->sets.at(0);
  return to_string(set.objective) + " " + set.objective.show(best_cost(set));
}

TEST(ForeignObjective, OfACacheIsAnyMeasurementOfItsEntries) {
  const std::string file = "kernel_tuner_throughput.json";
  EXPECT_EQ(best_as(file, "latency"), "latency 3.3 us") << "the time, though GB/s is optimised";
  EXPECT_EQ(best_as(file, "time:ms"), "time:ms:min 3.3 us");
  EXPECT_EQ(best_as(file, "latency:ms"), "latency:ms:min 3.3 us");
  EXPECT_THAT(best_as(file, "time:us"), HasSubstr("its time is in ms, not in us"));
  EXPECT_THAT(best_as(file, "latency:us"), HasSubstr("its time is in ms, not in us"));
  EXPECT_EQ(best_as(file, "compile_time:min"), "compile_time:ms:min 60.898 ms");
  EXPECT_EQ(best_as(file, "compile_time"), "compile_time:ms:min 60.898 ms") << "a time, by its name";
  EXPECT_EQ(best_as(file, "GB/s").substr(0, 13), "GB/s:GB/s:max");
  EXPECT_EQ(best_as(file, "watts:W"), "watts:W:min 12.5 W");
  EXPECT_THAT(best_as(file, "GB/s:min"), HasSubstr("GB/s:GB/s:min 1."));
  const Error error = read_as(file, "score:max").error();
  EXPECT_EQ(error.kind, ErrorKind::invalid_input);
  EXPECT_THAT(error.message, AllOf(HasSubstr("no entry has a measurement \"score\"; the first has"),
                                   HasSubstr("watts"), HasSubstr("GB/s")));
}

TEST(ForeignObjective, OfACacheIsTheUsersAlsoAgainstItsName) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("cache.json");
  ASSERT_TRUE(
      write_file(path, R"({"tune_params_keys": ["a"], "tune_params": {"a": [1, 2]}, "objective": "score",
"cache": {"1": {"a": 1, "score": 3, "setup_time": 5}, "2": {"a": 2, "score": 4, "setup_time": 6}}})")
          .ok());
  const auto best = [&](const std::string& objective) {
    return best_cost(read_trials(path, {parse_objective(objective).value()}).value().sets.at(0));
  };
  EXPECT_EQ(best_cost(read_trials(path).value().sets.at(0)), -4)
      << "as autotuning_methodology 1.1.0 has it: a score is good where it is large";
  EXPECT_EQ(best("score:max"), -4);
  EXPECT_EQ(best("score:min"), 3);
  EXPECT_EQ(best_cost(read_trials(path, {parse_objective_request("score").value()}).value().sets.at(0)), -4);
  EXPECT_EQ(best("setup_time:us:min"), 5e3);
  EXPECT_THAT(read_trials(path, {Objective{"setup_time", "", Direction::minimise}}).error().message,
              HasSubstr("in which unit of time setup_time is; --objective setup_time:ms"))
      << "observers of a user's own say no unit";
}

TEST(ForeignObjective, OfKttIsTheDurationOrWhatElseWasMeasured) {
  EXPECT_EQ(best_as("ktt.json", "latency"), "latency 120.2 us");
  EXPECT_EQ(best_as("ktt.json", "TotalDuration:us:min"), "TotalDuration:us:min 120.2 us");
  EXPECT_EQ(best_as("ktt.json", "latency:us"), "latency:us:min 120.2 us");
  EXPECT_THAT(best_as("ktt.json", "TotalDuration:ms"),
              HasSubstr("its TotalDuration is in Microseconds, not in ms"));
  EXPECT_EQ(best_as("ktt.json", "EnergyConsumption:J:min"), "EnergyConsumption:J:min 0.5 J");
  const TrialSet energy = read_as("ktt.json", "EnergyConsumption:J:min").value().sets.at(0);
  EXPECT_EQ(energy.trials[0].features.get("TotalDuration"), 120.25);
  EXPECT_FALSE(energy.trials[0].features.has("EnergyConsumption"));
  EXPECT_THAT(best_as("ktt.json", "score:max"),
              AllOf(HasSubstr("no result has a measurement \"score\"; it has TotalDuration"),
                    HasSubstr("EnergyConsumption")));
}

TEST(ForeignObjective, OfPyatfIsATimeWhereTheUserSaysSo) {
  EXPECT_EQ(best_as("pyatf.json", "cost:ms"), "cost:ms:min 250.0 us");
  EXPECT_EQ(best_as("pyatf.json", "time:s"), "time:s:min 250.000 ms");
  EXPECT_EQ(best_as("pyatf.json", "cost:J"), "cost:J:min 0.25 J");
  EXPECT_THAT(best_as("pyatf.json", "latency"), HasSubstr("--objective cost:ms says in which unit of time"));
  EXPECT_THAT(best_as("pyatf.json", "energy:J"), HasSubstr("it has no measurement \"energy\"; it has cost"));
}

TEST(ForeignObjective, OfFilesOfTimesIsNoOther) {
  const std::pair<const char*, const char*> files[] = {{"clblast_xgemm.json", "ms"},
                                                       {"metaschedule/database_tuning_record.json", "s"}};
  for (const auto& [file, unit] : files) {
    EXPECT_EQ(best_as(file, std::string("time:") + unit).substr(0, 5), "time:") << file;
    EXPECT_EQ(best_cost(read_as(file, std::string("time:") + unit).value().sets.at(0)),
              best_cost(read_trials(kTools + file).value().sets.at(0)));
    EXPECT_THAT(best_as(file, "time:us"), HasSubstr(fmt::format("is in {}, not in us", unit)));
    const Error error = read_as(file, "energy:J").error();
    EXPECT_EQ(error.kind, ErrorKind::invalid_input);
    EXPECT_THAT(error.message, AllOf(HasSubstr(file), HasSubstr("no measurement \"energy\"")));
  }
}

TEST(ForeignObjective, OfHelionIsAnyOfItsColumns) {
  EXPECT_EQ(best_as("helion.csv", "time"), "latency 98.5 us");
  EXPECT_EQ(best_as("helion.csv", "compile_time_s:min"), "compile_time_s:s:min 750.000 ms");
  EXPECT_THAT(best_as("helion.csv", "energy:J"), HasSubstr("no column \"energy\"; there is compile_time_s"));
}

/// Ten rows are named, as of every format; the others are counted.
TEST(ForeignFiles, NameTheFirstRowsSkippedAndCountTheOthers) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("log.json");
  std::string entries;
  for (int i = 0; i < 25; ++i)
    entries += fmt::format(R"({{"configuration": {{"a": {}}}, "valid": true, "cost": {}}},)", i,
                           i == 0 ? "1" : "null");
  entries.pop_back();
  ASSERT_TRUE(write_file(path, R"({"history": [)" + entries + "]}").ok());
  const TrialFile file = read_trials(path).value();
  EXPECT_EQ(file.left_out, 24U);
  ASSERT_THAT(file.skipped, SizeIs(11));
  EXPECT_THAT(file.skipped.front(), HasSubstr("row 2"));
  EXPECT_EQ(file.skipped.back(), "14 more rows");
}

}  // namespace
}  // namespace tamis
