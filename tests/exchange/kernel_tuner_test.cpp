// Caches of Kernel Tuner 1.5.0. What a guess of the format had wrong, before it was run: the objective is a
// list; a metric that is optimised stands in the entries; a cache of which the program was killed ends in a
// comma; a failed entry has no member of the objective at all.

#include "exchange/kernel_tuner.h"

#include "base/file.h"
#include "base/json.h"
#include "support/temporary_directory.h"
#include "tamis/formats.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::AllOf;
using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kTools = TAMIS_TEST_DATA "/tools";

/// A cache with these entries (open, where the text does not close them).
std::string cache_of(const std::string& entries, const std::string& objective = "\"time\"") {
  return fmt::format(
      R"({{"device_name": "D", "kernel_name": "k", "problem_size": 64, "tune_params_keys": ["b", "a"],
"tune_params": {{"b": [1, 2, 4], "a": ["x", "y"]}}, "objective": {}, "cache": {{{})",
      objective, entries);
}

class KernelTuner : public ::testing::Test {
 protected:
  Result<TrialFile> read(const std::string& text) {
    const std::string path = directory_.file("cache.json");
    EXPECT_TRUE(write_file(path, text).ok());
    return read_trials(path);
  }
  const TemporaryDirectory directory_;
};

TEST_F(KernelTuner, ReadsACacheOfTheProgram) {
  const TrialFile file = read_trials(kTools + "/kernel_tuner_closed.json").value();
  EXPECT_EQ(file.format, "kernel-tuner");
  EXPECT_THAT(file.skipped, IsEmpty());
  const TrialSet& set = file.sets.at(0);
  EXPECT_EQ(set.workload.name, "scale");
  EXPECT_EQ(set.workload.source, R"(kernel-tuner {"kernel_name": "scale", "problem_size": 1024})");
  EXPECT_THAT(set.target_identity, testing::StartsWith("kernel-tuner pthread-"));
  ASSERT_THAT(set.trials, SizeIs(10));
  EXPECT_EQ(count_valid(set), 8U);
  EXPECT_DOUBLE_EQ(best_cost(set), 3362) << "the file says 0.003362 ms";
  EXPECT_EQ(set.space.describe(set.trials[0].config), "block_size_x=64 vec=1 TILE=1 mode=plain");
  EXPECT_EQ(set.trials[0].build_ns, 117119644);
  EXPECT_EQ(set.trials[0].features.get("watts"), 12.5);
  EXPECT_GT(set.trials[0].features.get("GB/s"), 2.4);
  EXPECT_EQ(set.trials[0].finished_unix_ms, 1795835084145);
  EXPECT_EQ(set.trials[3].verdict, Verdict::run_failed);
  EXPECT_EQ(set.trials[3].message, "recorded as RuntimeFailedConfig");
}

TEST_F(KernelTuner, TakesTheTimesOfAllRunsWhereAsked) {
  ReadOptions options;
  options.samples = true;
  const TrialFile file = read_trials(kTools + "/kernel_tuner_closed.json", options).value();
  EXPECT_THAT(file.sets.at(0).trials[0].costs, ElementsAre(DoubleEq(6316), DoubleEq(1793), DoubleEq(1977)));
  options.objective = parse_objective("watts:W:min").value();
  const TrialFile watts = read_trials(kTools + "/kernel_tuner_closed.json", options).value();
  EXPECT_THAT(watts.sets.at(0).trials[0].costs, ElementsAre(12.5)) << "they are no samples of that";
}

TEST_F(KernelTuner, HasTheValuesThatWereToBeTried) {
  const TrialSet set = read_trials(kTools + "/kernel_tuner_closed.json").value().sets.at(0);
  EXPECT_THAT(set.space.knobs()[0].values,
              ElementsAre(KnobValue(int64_t{64}), KnobValue(int64_t{128}), KnobValue(int64_t{8192})));
}

TEST_F(KernelTuner, ReadsACacheThatTheProgramWasKilledOver) {
  const TrialFile file = read_trials(kTools + "/kernel_tuner_open.json").value();
  EXPECT_EQ(file.format, "kernel-tuner");
  EXPECT_THAT(file.skipped, IsEmpty());
  EXPECT_THAT(file.sets.at(0).trials, SizeIs(8));
}

TEST_F(KernelTuner, TakesTheObjectiveAndItsDirectionFromTheFile) {
  const TrialSet set = read_trials(kTools + "/kernel_tuner_throughput.json").value().sets.at(0);
  EXPECT_EQ(set.objective, (Objective{"GB/s", "GB/s", Direction::maximise}));
  EXPECT_EQ(set.space.describe(best_trial(set)->config), "block_size_x=64 vec=1 TILE=1 mode=plain")
      << "as the program printed";
  EXPECT_NEAR(set.objective.value_of(best_cost(set)), 2.506, 1e-3);
}

TEST_F(KernelTuner, RefusesAnObjectiveOfNoKnownDirection) {
  const auto file = read(cache_of(R"("1,x": {"b": 1, "a": "x", "quality": 3})", "\"quality\"") + "}}");
  EXPECT_EQ(file.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(file.error().message, HasSubstr("--objective quality:max"));
}

TEST_F(KernelTuner, KnowsFailuresOfEveryRelease) {
  const TrialFile file = read(cache_of(R"("1,x": {"b": 1, "a": "x", "__error__": "InvalidConfig"},
"1,y": {"b": 1, "a": "y", "time": "CompilationFailedConfig"},
"2,x": {"b": 2, "a": "x", "time": 1e20},
"2,y": {"b": 2, "a": "y", "GFLOP/s": "RuntimeFailedConfig", "time": 1},
"4,x": {"b": 4, "a": "x", "time": 2.5}}})"))
                             .value();
  std::vector<Verdict> verdicts;
  for (const Trial& trial : file.sets.at(0).trials) verdicts.push_back(trial.verdict);
  EXPECT_THAT(verdicts, ElementsAre(Verdict::rejected, Verdict::build_failed, Verdict::run_failed,
                                    Verdict::run_failed, Verdict::valid));
}

/// Programs around Kernel Tuner write words of their own in the place of a time.
TEST_F(KernelTuner, KeepsTheWordOfAFailureThatItDoesNotKnow) {
  const TrialFile file = read(cache_of(R"("1,x": {"b": 1, "a": "x", "time": "OutOfMemory, 3 GB"},
"1,y": {"b": 1, "a": "y", "__error__": "Odd"}, "4,x": {"b": 4, "a": "x", "time": 2.5}}})"))
                             .value();
  EXPECT_EQ(file.left_out, 0U);
  const std::vector<Trial>& trials = file.sets.at(0).trials;
  ASSERT_THAT(trials, SizeIs(3));
  EXPECT_EQ(trials[0].verdict, Verdict::run_failed);
  EXPECT_EQ(trials[0].message, "recorded as OutOfMemory, 3 GB");
  EXPECT_EQ(trials[1].message, "recorded as Odd");
}

TEST_F(KernelTuner, SkipsBadEntriesAndReadsTheOthers) {
  const TrialFile file = read(cache_of(R"("1,x": {"b": 1, "a": "x", "time": NaN}, "1,y": {"b": 1, "a": "y"},
"2,x": {"b": 2, "time": 1}, "2,y": 7, "4,x": {"b": 4, "a": "x", "time": 2.5}, "4,y": {"b": 4, "a)"))
                             .value();
  EXPECT_THAT(file.sets.at(0).trials, SizeIs(1));
  EXPECT_THAT(file.skipped,
              ElementsAre(HasSubstr("row 1: a latency of nan"), HasSubstr("row 2: it has neither"),
                          HasSubstr("row 3: it lacks the parameter \"a\""),
                          HasSubstr("row 4: it is not an object"), HasSubstr("row 6: the file is cut off")));
}

TEST_F(KernelTuner, RefusesACacheWithNothingUsable) {
  EXPECT_THAT(read(cache_of("}}")).error().message, HasSubstr("no trials"));
  EXPECT_THAT(read(cache_of(R"("1,x": {"b": 1}}})")).error().message,
              HasSubstr("row 1: it lacks the parameter"));
  EXPECT_THAT(read("{\"tune_params_keys\": [\"a\"], \"tune_p").error().message,
              HasSubstr("ends before its entries"));
}

TEST_F(KernelTuner, WritesKeysAsPythonPrintsValues) {
  TrialSet set = named_trials("k",
                              Space::create({Knob{"r", KnobKind::number, {0.5, int64_t{2}}},
                                             name_knob("n", {"a b"}), split_knob("s", 4, 2)})
                                  .value(),
                              {});
  Trial trial;
  trial.config = Config{{0, 0, 1}};
  trial.costs = {1.5e6, 2.5e6, 2e6};
  set.trials = {trial};
  const TrialText text = write_kernel_tuner(std::vector{set}).value();
  EXPECT_THAT(text.text, HasSubstr("\n\"0.5,a b,2\": {\"r\": 0.5, \"n\": \"a b\", \"s\": 2, \"time\": 2.0, "
                                   "\"times\": [1.5, 2.5, 2.0], \"compile_time\": 0.0"));
  EXPECT_TRUE(text.text.ends_with("}}\n}\n")) << "how Kernel Tuner knows a complete cache";
  EXPECT_TRUE(parse_json(text.text, "cache").ok());
}

TEST_F(KernelTuner, WritesEachConfigOnceAndSaysSo) {
  TrialSet set = named_trials("k", Space::create({number_knob("a", {1, 2})}).value(), {});
  Trial trial;
  trial.config = Config{{1}};
  trial.costs = {2e6};
  set.trials = {trial, trial, trial};
  EXPECT_THAT(write_kernel_tuner(std::vector{set}).value().skipped, ElementsAre(HasSubstr("2 trials of k")));
  EXPECT_EQ(write_kernel_tuner(std::vector{set, set}).error().kind, ErrorKind::invalid_input);
}

/// Kernel Tuner's caches name the objective only; its direction is an argument of the program's.
TEST_F(KernelTuner, KeepsDirectionAndUnitOfEveryObjective) {
  TrialSet set = named_trials("k", Space::create({number_knob("a", {1, 2})}).value(), {});
  for (const char* objective :
       {"score:min", "time:ms:max", "time:s:max", "energy:J", "Throughput:GB/s:max", "foo:widgets:min"}) {
    set.objective = parse_objective(objective).value();
    Trial trial;
    trial.config = Config{{0}};
    trial.costs = {set.objective.cost_of(2)};
    set.trials = {trial};
    trial.config = Config{{1}};
    trial.costs = {set.objective.cost_of(3)};
    set.trials.push_back(trial);
    const TrialSet after = read(write_kernel_tuner(std::vector{set}).value().text).value().sets.at(0);
    EXPECT_EQ(after.objective, set.objective) << objective;
    EXPECT_EQ(best_trial(after)->config, best_trial(set)->config) << objective;
    EXPECT_EQ(best_cost(after), best_cost(set)) << objective;
  }
}

TEST_F(KernelTuner, HoldsNoKnobThatIsCalledLikeAMemberOfEntries) {
  for (const char* name : {"times", "compile_time", "timestamp", "__error__", "time"}) {
    const TrialSet set = named_trials("k", Space::create({number_knob(name, {1, 2})}).value(), {});
    const auto text = write_kernel_tuner(std::vector{set});
    ASSERT_FALSE(text.ok()) << name;
    EXPECT_EQ(text.error().kind, ErrorKind::invalid_input);
    EXPECT_THAT(text.error().message, HasSubstr(name));
  }
}

TEST_F(KernelTuner, CountsConfigsThatItsKeysCannotTellApart) {
  TrialSet set = named_trials(
      "k", Space::create({name_knob("x", {"a", "a,b"}), name_knob("y", {"b,c", "c"})}).value(), {});
  for (const uint32_t choice : {0U, 1U}) {
    Trial trial;
    trial.config = Config{{choice, choice}};
    trial.costs = {2e6};
    set.trials.push_back(trial);
  }
  EXPECT_THAT(
      write_kernel_tuner(std::vector{set}).value().skipped,
      ElementsAre(AllOf(HasSubstr("1 trial of k"), HasSubstr("cannot tell apart"), HasSubstr("x=a,b"))));
}

TEST_F(KernelTuner, KeepsTheObjectiveAndTheSizeOfTheProblem) {
  const TrialSet before = read_trials(kTools + "/kernel_tuner_throughput.json").value().sets.at(0);
  const TrialText text = write_kernel_tuner(std::vector{before}).value();
  EXPECT_THAT(text.text, HasSubstr("\"problem_size\": 1024"));
  const TrialSet after = read(text.text).value().sets.at(0);
  EXPECT_EQ(after.objective, before.objective);
  EXPECT_EQ(after.workload, before.workload);
  EXPECT_EQ(after.target_identity, before.target_identity);
  ASSERT_EQ(after.trials.size(), before.trials.size());
  for (size_t i = 0; i < after.trials.size(); ++i) {
    EXPECT_EQ(after.trials[i].costs, before.trials[i].costs);
    EXPECT_EQ(after.trials[i].features, before.trials[i].features) << i;
  }
}

}  // namespace
}  // namespace tamis
