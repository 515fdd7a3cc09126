// Trying configs of a recorded table gives what was recorded.

#include "targets/table/table_target.h"

#include "base/clock.h"
#include "support/temporary_directory.h"
#include "targets/targets.h"

#include <filesystem>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

const std::string kTiny = std::string(TAMIS_TEST_DATA) + "/tables/tiny_T4.json";

std::unique_ptr<Target> table_target() { return make_target("table", {}).value(); }

TEST(TableTarget, NamesItsWorkloadAfterTheTable) {
  const auto target = table_target();
  for (const std::string& text : {kTiny, "external:" + kTiny}) {
    const Workload workload = target->workloads(text).value().front();
    EXPECT_EQ(workload.name, "tiny");
    EXPECT_EQ(to_spec(workload), "external:" + kTiny);
    EXPECT_TRUE(validate(workload).ok());
  }
}

TEST(TableTarget, GivesWhatWasRecorded) {
  const auto target = table_target();
  const Workload workload = target->workloads(kTiny).value().front();
  const Space space = target->space(workload).value();
  const auto device = target->open_device().value();
  std::map<Verdict, int> built_to, ran_to;
  for (const uint64_t index : *space.listed()) {
    const BuildOutcome built = target->build(workload, space, space.config(index));
    ++built_to[built.verdict];
    if (!built.artifact) {
      EXPECT_EQ(built.message, "CompileFailedConfig");
      continue;
    }
    const RunOutcome ran = device->run(*built.artifact, {}, {});
    ++ran_to[ran.verdict];
    EXPECT_EQ(ran.latencies_ns.size(), ran.verdict == Verdict::valid ? 1U : 0U);
    EXPECT_EQ(ran.message, ran.verdict == Verdict::valid ? "" : "RuntimeFailedConfig");
    EXPECT_TRUE(ran.output.empty() && ran.features == Features{}) << "a black box";
  }
  EXPECT_EQ(built_to, (std::map<Verdict, int>{{Verdict::valid, 18}, {Verdict::build_failed, 3}}));
  EXPECT_EQ(ran_to, (std::map<Verdict, int>{{Verdict::valid, 15}, {Verdict::run_failed, 3}}));
}

TEST(TableTarget, SaysThatAConfigIsNotInTheTable) {
  const auto target = table_target();
  const Workload workload = target->workloads(kTiny).value().front();
  const Space space = target->space(workload).value();
  for (uint64_t index = 0; index < space.size(); ++index) {
    const Config config = space.config(index);
    if (space.allows(config)) continue;
    const BuildOutcome built = target->build(workload, space, config);
    EXPECT_EQ(built.verdict, Verdict::build_failed);
    EXPECT_THAT(built.message, HasSubstr("no such config"));
  }
}

TEST(TableTarget, ReadsATableOnce) {
  const TemporaryDirectory directory;
  const std::string copy = directory.file("copy_T4.json");
  std::filesystem::copy_file(kTiny, copy);
  const auto target = table_target();
  const Workload workload = target->workloads(copy).value().front();
  std::filesystem::remove(copy);
  EXPECT_TRUE(target->space(workload).ok());
}

TEST(TableTarget, HasAnIdentityOfTheTablesContent) {
  const auto target = table_target();
  const Workload tiny = target->workloads(kTiny).value().front();
  const Workload other =
      target->workloads(std::string(TAMIS_TEST_DATA) + "/vta/resnet18.C9.csv").value().front();
  EXPECT_NE(target->identity(tiny), target->identity(other));
}

TEST(TableTarget, TakesATableThatWasReadAlready) {
  const auto table = std::make_shared<const TrialSet>(read_recorded_table(kTiny).value());
  const auto target = table::make_target(table);
  EXPECT_EQ(target->space(table::workload_of(*table)).value().listed()->size(), 21U);
}

TEST(TableTarget, RefusesSettings) {
  TargetOptions options;
  options.checks = "none";
  EXPECT_THAT(make_target("table", options).error().message, HasSubstr("--checks"));
  EXPECT_THAT(make_target("table:x", {}).error().message, HasSubstr("table:x"));
}

TEST(TableTarget, LooksUpInAboutAMicrosecond) {
  const auto target = table_target();
  const Workload workload =
      target->workloads(std::string(TAMIS_TEST_DATA) + "/vta/resnet18.C2.csv.gz").value().front();
  const Space space = target->space(workload).value();
  const auto device = target->open_device().value();
  const int64_t begin = monotonic_ns();
  for (uint64_t index = 0; index < space.size(); ++index) {
    const BuildOutcome built = target->build(workload, space, space.config(index));
    if (built.artifact) (void)device->run(*built.artifact, {}, {});
  }
  const double each_ns = static_cast<double>(monotonic_ns() - begin) / static_cast<double>(space.size());
  RecordProperty("look_up_ns", std::to_string(each_ns));
  EXPECT_LT(each_ns, 50e3) << "generous, for sanitizers and loaded machines";
}

}  // namespace
}  // namespace tamis
