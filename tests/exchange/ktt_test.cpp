#include "exchange/ktt.h"

#include "base/file.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kKttFile = TAMIS_TEST_DATA "/tools/ktt.json";

/// A file in a unit of time with a result of this status and duration.
std::string ktt_file(const std::string& metadata, const std::string& results) {
  return fmt::format(R"({{"Metadata": {{{}}}, "Results": [{}]}})", metadata, results);
}

std::string ktt_result(int value, const std::string& rest) {
  return fmt::format(R"({{"Configuration": [{{"Name": "a", "Value": {}}}], {}}})", value, rest);
}

TEST(Ktt, ReadsEveryStatus) {
  const TrialFile file = read_trials(kKttFile).value();
  EXPECT_EQ(file.format, "ktt");
  EXPECT_THAT(file.skipped, IsEmpty());
  const TrialSet& set = file.sets.at(0);
  EXPECT_EQ(set.workload.name, "scale");
  EXPECT_EQ(set.target_identity, "ktt Some GPU");
  std::vector<Verdict> verdicts;
  for (const Trial& trial : set.trials) verdicts.push_back(trial.verdict);
  EXPECT_THAT(verdicts, ElementsAre(Verdict::valid, Verdict::build_failed, Verdict::wrong_result,
                                    Verdict::resource_exceeded, Verdict::run_failed));
  EXPECT_EQ(set.space.describe(set.trials[0].config), "block=64 offset=-1 unroll=1 layout=aos factor=0.5");
  EXPECT_DOUBLE_EQ(set.trials[0].cost(), 120250) << "120.25 us with what runs outside the kernel";
  EXPECT_EQ(set.trials[0].build_ns, 120000500);
  EXPECT_EQ(set.trials[0].features.get("LocalMemorySize"), 2048);
  EXPECT_EQ(set.trials[0].features.get("occupancy"), 87.5);
  EXPECT_EQ(set.trials[0].features.get("EnergyConsumption"), 0.5);
  EXPECT_EQ(set.trials[3].message, "recorded as DeviceLimitsExceeded");
}

TEST(Ktt, HonoursTheUnitOfTime) {
  for (const auto& [unit, ns] : std::vector<std::pair<std::string, double>>{
           {"Nanoseconds", 5}, {"Microseconds", 5e3}, {"Milliseconds", 5e6}, {"Seconds", 5e9}}) {
    const std::string text = ktt_file(fmt::format("\"TimeUnit\": \"{}\"", unit),
                                      ktt_result(1, R"("Status": "Ok", "TotalDuration": 5.0)"));
    EXPECT_DOUBLE_EQ(ktt_format().read(text, "f", {}).value().sets.at(0).trials.at(0).cost(), ns) << unit;
  }
  const std::string text =
      ktt_file("\"KttVersion\": \"2\"", ktt_result(1, R"("Status": "Ok", "TotalDuration": 5.0)"));
  EXPECT_THAT(ktt_format().read(text, "f", {}).error().message, HasSubstr("names no \"TimeUnit\""));
}

TEST(Ktt, SkipsBadResultsAndReadsTheOthersOfACutOffFile) {
  std::string text =
      ktt_file("\"TimeUnit\": \"Microseconds\"",
               ktt_result(1, R"("Status": "Ok", "TotalDuration": 5.0)") + "," +
                   ktt_result(2, R"("Status": "Fine")") + "," + ktt_result(3, R"("Status": "Ok")") + "," +
                   ktt_result(4, R"("Status": "Ok", "TotalDuration": 0.0)") + "," +
                   ktt_result(5, R"("Status": "Ok")"));
  text.resize(text.size() - 10);
  const TrialFile file = ktt_format().read(text, "f", {}).value();
  EXPECT_THAT(file.sets.at(0).trials, SizeIs(1));
  EXPECT_THAT(file.skipped,
              ElementsAre(HasSubstr("row 2: KTT has no status \"Fine\""), HasSubstr("row 3"),
                          HasSubstr("row 4: a latency of 0"), HasSubstr("row 5: the file is cut off")));
}

TEST(Ktt, IsATable) {
  const TrialSet table = read_recorded_table(kKttFile).value();
  EXPECT_THAT(table.trials, SizeIs(5));
  EXPECT_EQ(table.workload.name, "scale");
}

}  // namespace
}  // namespace tamis
