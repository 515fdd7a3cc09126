// Trying configs of a recorded table gives what was recorded.

#include "base/clock.h"
#include "support/temporary_directory.h"
#include "tamis/expression.h"
#include "tamis/formats.h"
#include "tamis/table.h"
#include "tamis/targets.h"

#include <filesystem>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kTiny = std::string(TAMIS_TEST_DATA) + "/tables/tiny_T4.json";

/// The task of a table's file.
SharedTask table_task(const std::string& path) {
  const auto target = make_target("table").value();
  return bind_task(target, target->resolve(path).value().front()).value();
}

TEST(TableTarget, NamesItsWorkloadAfterTheTable) {
  for (const std::string& text : {kTiny, "external:" + kTiny}) {
    const Workload workload = table_task(text)->workload();
    EXPECT_EQ(workload.name, "tiny");
    EXPECT_EQ(to_spec(workload), "external:" + kTiny);
    EXPECT_TRUE(validate(workload).ok());
  }
}

TEST(TableTarget, ReadsAFileWhenItIsBound) {
  const TemporaryDirectory directory;
  const std::string copy = directory.file("copy_T4.json");
  const auto target = make_target("table").value();
  const auto resolved = target->resolve("external:" + copy);
  ASSERT_TRUE(resolved.ok()) << resolved.error().message;
  Workload workload = resolved->front();
  EXPECT_EQ(workload.name, copy);
  EXPECT_EQ(workload.source, copy);
  EXPECT_EQ(bind_task(target, workload).error().kind, ErrorKind::not_found);
  EXPECT_THAT(bind_task(target, workload).error().message, HasSubstr("cannot read " + copy));
  std::filesystem::copy_file(kTiny, copy);
  EXPECT_EQ(bind_task(target, workload).value()->workload().name, "copy");
  workload.name = "mine";
  EXPECT_EQ(bind_task(target, workload).value()->workload().name, "mine");
}

TEST(TableTarget, GivesWhatWasRecorded) {
  const SharedTask task = table_task(kTiny);
  const Space& space = task->space();
  const auto device = task->target().open_device({}).value();
  std::map<Verdict, int> built_to, ran_to;
  for (const ConfigKey& key : *space.listed()) {
    const BuildOutcome built = task->build(space.config(key));
    ++built_to[built.verdict];
    if (!built.artifact) {
      EXPECT_EQ(built.message, "CompileFailedConfig");
      continue;
    }
    const RunOutcome ran = device->run(*built.artifact, {}, {});
    ++ran_to[ran.verdict];
    EXPECT_EQ(ran.costs.size(), ran.verdict == Verdict::valid ? 1U : 0U);
    EXPECT_EQ(ran.message, ran.verdict == Verdict::valid ? "" : "RuntimeFailedConfig");
    EXPECT_TRUE(ran.output.empty() && ran.features == Features{}) << "a black box";
  }
  EXPECT_EQ(built_to, (std::map<Verdict, int>{{Verdict::valid, 18}, {Verdict::build_failed, 3}}));
  EXPECT_EQ(ran_to, (std::map<Verdict, int>{{Verdict::valid, 15}, {Verdict::run_failed, 3}}));
}

TEST(TableTarget, SaysThatAConfigIsNotInTheTable) {
  const SharedTask task = table_task(kTiny);
  const Space& space = task->space();
  for (uint64_t index = 0; index < space.size(); ++index) {
    const Config config = space.config(index);
    if (space.allows(config)) continue;
    const BuildOutcome built = task->build(config);
    EXPECT_EQ(built.verdict, Verdict::build_failed);
    EXPECT_THAT(built.message, HasSubstr("no such config"));
  }
}

TEST(TableTarget, NeedsATablesFileNoLongerThanUntilItIsBound) {
  const TemporaryDirectory directory;
  const std::string copy = directory.file("copy_T4.json");
  std::filesystem::copy_file(kTiny, copy);
  const SharedTask task = table_task(copy);
  std::filesystem::remove(copy);
  const SharedTask other = table_task(kTiny);
  for (const ConfigKey& key : *task->space().listed()) {
    const Config config = task->space().config(key);
    EXPECT_EQ(task->build(config).verdict, other->build(config).verdict);
  }
}

TEST(TableTarget, HasAnIdentityOfTheTablesContent) {
  EXPECT_NE(table_task(kTiny)->identity(),
            table_task(std::string(TAMIS_TEST_DATA) + "/vta/resnet18.C9.csv")->identity());
}

TEST(TableTarget, TakesATableThatWasReadAlready) {
  const auto table = std::make_shared<const TrialSet>(read_recorded_table(kTiny).value());
  const SharedTask task = table::bind_table(table).value();
  EXPECT_EQ(task->space().listed()->size(), 21U);
  EXPECT_EQ(task->workload().name, "tiny");
  EXPECT_EQ(task->identity(), table_task(kTiny)->identity());
  EXPECT_EQ(task->default_config(), table_task(kTiny)->default_config());
}

TEST(TableTarget, DrawsOneSampleARunUnderNoise) {
  ReadOptions options;
  options.samples = true;
  const std::string path = std::string(TAMIS_TEST_DATA) + "/tables/noisy_T4.json";
  const auto table = std::make_shared<const TrialSet>(read_recorded_table(path, options).value());
  const auto runs_of = [&](uint64_t stream) {
    const SharedTask task = table::bind_table(table, {}, {.noise = stream}).value();
    EXPECT_TRUE(task->target().traits().latencies_vary);
    const auto device = task->target().open_device({}).value();
    std::vector<double> costs;
    for (int round = 0; round < 3; ++round)
      for (const Trial& trial : table->trials) {
        if (trial.verdict != Verdict::valid) continue;
        const RunOutcome ran = device->run(*task->build(trial.config).artifact, {}, {});
        EXPECT_EQ(ran.costs.size(), 1U);
        EXPECT_THAT(trial.costs, Contains(ran.costs[0]));
        costs.push_back(ran.costs[0]);
      }
    return costs;
  };
  const std::vector<double> costs = runs_of(1);
  EXPECT_EQ(costs, runs_of(1));
  EXPECT_NE(costs, runs_of(2));
  const size_t third = costs.size() / 3;
  EXPECT_NE(std::vector(costs.begin(), costs.begin() + third),
            std::vector(costs.begin() + third, costs.begin() + 2 * third))
      << "another run, another sample";
  EXPECT_FALSE(table::bind_table(table).value()->target().traits().latencies_vary);
}

/// The table `tiny`, whose valid rows tell of registers: twice the choice of their first knob.
TrialSet with_registers() {
  TrialSet table = read_recorded_table(kTiny).value();
  for (Trial& trial : table.trials)
    if (trial.verdict == Verdict::valid) trial.features.set("registers", 2 * trial.config.choices[0]);
  return table;
}

TEST(TableTarget, ShowsWhatBuildingRevealsWhereAsked) {
  const auto table = std::make_shared<const TrialSet>(with_registers());
  const SharedTask black = table::bind_table(table).value();
  EXPECT_FALSE(black->target().traits().builds_freely);
  const SharedTask task = table::bind_table(table, {}, {.revealed = {"registers"}}).value();
  EXPECT_TRUE(task->target().traits().builds_freely);
  EXPECT_NE(task->identity(), black->identity());
  for (const Trial& trial : table->trials) {
    EXPECT_TRUE(black->build(trial.config).features.values.empty());
    const BuildOutcome built = task->build(trial.config);
    if (trial.verdict == Verdict::valid) {
      EXPECT_EQ(built.features, trial.features);
    }
  }
}

TEST(TableTarget, DoesNotTellWhichRowsFailByWhatTheyLack) {
  const auto table = std::make_shared<const TrialSet>(with_registers());
  const SharedTask task = table::bind_table(table, {}, {.revealed = {"registers"}}).value();
  int shown = 0;
  for (const Trial& trial : table->trials) {
    if (trial.verdict != Verdict::run_failed) continue;
    const double registers = task->build(trial.config).features.get("registers");
    EXPECT_NEAR(registers, 2 * trial.config.choices[0], 2) << "as those of the row beside it";
    ++shown;
  }
  EXPECT_EQ(shown, 3);
}

TEST(TableTarget, RefusesToRevealWhatNoRowHas) {
  const auto table = std::make_shared<const TrialSet>(with_registers());
  const auto bound = table::bind_table(table, {}, {.revealed = {"register"}});
  ASSERT_FALSE(bound.ok());
  EXPECT_EQ(bound.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(bound.error().message,
              HasSubstr("no row of this table has a feature register; it has registers"));
}

TEST(TableTarget, KeepsToFurtherConstraints) {
  const auto table = std::make_shared<const TrialSet>(read_recorded_table(kTiny).value());
  const SharedTask whole = table::bind_table(table).value();
  const Knob& knob = whole->space().knobs().front();
  const std::string first = expression_name(knob.name) + " == " + to_string(knob.values.back());
  const SharedTask task = table::bind_table(table, {{first}}).value();
  EXPECT_TRUE(task->space().allows(task->default_config()));
  EXPECT_FALSE(task->space().allows(whole->default_config()));
  const auto nothing = table::bind_table(table, {{first, expression_name(knob.name) + " == 12345"}});
  ASSERT_FALSE(nothing.ok());
  EXPECT_THAT(nothing.error().message, HasSubstr("== 12345`"));
  EXPECT_THAT(nothing.error().message, Not(HasSubstr(first)));
}

TEST(TableTarget, TakesTheObjectiveThatTheUserNames) {
  const std::string cache = std::string(TAMIS_TEST_DATA) + "/tools/kernel_tuner_throughput.json";
  const auto bound = [&](const Settings& settings) {
    const auto target = make_target("table", settings).value();
    return bind_task(target, target->resolve(cache).value().front()).value();
  };
  EXPECT_EQ(to_string(bound({})->objective()), "GB/s:GB/s:max");
  const SharedTask watts = bound({{"objective", "watts:W:min"}});
  EXPECT_EQ(to_string(watts->objective()), "watts:W:min");
  EXPECT_EQ(watts->target().settings(), (Settings{{"objective", "watts:W:min"}}));
  EXPECT_NE(watts->identity(), bound({})->identity());
  EXPECT_THAT(make_target("table", {{"objective", "a:b:c:d"}}).error().message, HasSubstr("--objective"));
}

TEST(TableTarget, RefusesSettings) {
  EXPECT_THAT(make_target("table", {{"checks", "none"}}).error().message, HasSubstr("--checks"));
  EXPECT_THAT(make_target("table:x", {}).error().message, HasSubstr("table:x"));
}

TEST(TableTarget, LooksUpInAboutAMicrosecond) {
  const SharedTask task = table_task(std::string(TAMIS_TEST_DATA) + "/vta/resnet18.C2.csv.gz");
  const Space& space = task->space();
  const auto device = task->target().open_device({}).value();
  const int64_t begin = monotonic_ns();
  for (uint64_t index = 0; index < space.size(); ++index) {
    const BuildOutcome built = task->build(space.config(index));
    if (built.artifact) (void)device->run(*built.artifact, {}, {});
  }
  const double each_ns = static_cast<double>(monotonic_ns() - begin) / static_cast<double>(space.size());
  RecordProperty("look_up_ns", std::to_string(each_ns));
  EXPECT_LT(each_ns, 50e3) << "generous, for sanitizers and loaded machines";
}

}  // namespace
}  // namespace tamis
