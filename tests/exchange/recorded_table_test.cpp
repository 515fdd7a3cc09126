#include "exchange/recorded_table_testing.h"
#include "tamis/random.h"

#include <limits>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(ReadRecordedTable, ListsExactlyTheRowsThatAreAllowed) {
  const auto tiny = read_recorded_table(std::string(TAMIS_TEST_DATA) + "/tables/tiny_T4.json");
  ASSERT_TRUE(tiny.ok()) << tiny.error().message;
  EXPECT_EQ(tiny->workload.name, "tiny");
  EXPECT_EQ(tiny->space.size(), 24U);
  ASSERT_EQ(tiny->trials.size(), 21U);
  EXPECT_EQ(count_valid(*tiny), 15U);
  EXPECT_DOUBLE_EQ(best_cost(*tiny), 1.1e6);
  for (size_t i = 0; i < tiny->trials.size(); ++i) {
    EXPECT_EQ(tiny->space.index(tiny->trials[i].config), (*tiny->space.listed())[i]);
    EXPECT_EQ(find_recorded(*tiny, tiny->trials[i].config), &tiny->trials[i]);
    EXPECT_EQ(tiny->trials[i].build_ns, 12'500'000);
    EXPECT_EQ(tiny->trials[i].message.empty(), tiny->trials[i].verdict == Verdict::valid);
  }
  const std::vector<std::string> excluded = {"tile=8", "threads=4", "layout=nchw"};
  EXPECT_EQ(find_recorded(*tiny, *tiny->space.parse(excluded)), nullptr);
}

TEST_F(ReadRecordedTable, KeepsKnobsInTheirOrderWithTheValuesThatOccur) {
  const TrialSet read = table(table_of({
      row(R"({"z": 16.0, "a": "b", "mixed": 1, "flag": true, "real": 0.5})", "correct", measured("1", "ms")),
      row(R"({"flag": false, "real": 0.25, "mixed": "x", "a": "a", "z": 8})", "compile", R"("times": {})"),
  }));
  const std::vector<Knob>& knobs = read.space.knobs();
  ASSERT_EQ(knobs.size(), 5U);
  EXPECT_EQ(knobs[0].name, "z");
  EXPECT_THAT(knobs[0].values, ElementsAre(KnobValue(int64_t{8}), KnobValue(int64_t{16})));
  EXPECT_THAT(knobs[1].values, ElementsAre(KnobValue("a"), KnobValue("b")));
  EXPECT_EQ(knobs[1].kind, KnobKind::name);
  EXPECT_THAT(knobs[2].values, ElementsAre(KnobValue("1"), KnobValue("x")));
  EXPECT_THAT(knobs[3].values, ElementsAre(KnobValue(int64_t{0}), KnobValue(int64_t{1})));
  EXPECT_THAT(knobs[4].values, ElementsAre(KnobValue(0.25), KnobValue(0.5)));
  EXPECT_EQ(read.space.describe(read.trials[0].config), "z=8 a=a mixed=x flag=0 real=0.25");
  EXPECT_EQ(read.trials[0].number, 1U) << "numbers say the row";
}

const std::string kRuntimes =
    R"("times": {"compilation": 5, "framework": 1, "validation": 2, "search_algorithm": 9, "runtimes": [1, 2, 6]}, )";

TEST_F(ReadRecordedTable, HasTheTimesOfBuildingAndRunning) {
  const TrialSet read = table(table_of({
      row(R"({"a": 1})", "correct", kRuntimes + measured("3", "ms")),
      row(R"({"a": 2})", "compile", R"("times": {"compilation": 7})"),
      row(R"({"a": 3})", "runtime", R"("times": {"framework": 2, "runtimes": []})"),
  }));
  EXPECT_EQ(read.trials[0].build_ns, 5'000'000);
  EXPECT_EQ(read.trials[0].run_ns, 12'000'000) << "the search of the recording is none of ours";
  EXPECT_EQ(read.trials[1].build_ns, 7'000'000);
  EXPECT_EQ(read.trials[1].run_ns, 0);
  EXPECT_EQ(read.trials[2].run_ns, 2'000'000);
  EXPECT_THAT(read.trials[0].costs, ElementsAre(3e6)) << "samples are for who asks for them";
}

TEST_F(ReadRecordedTable, TakesSamplesWhereAsked) {
  ReadOptions options;
  options.samples = true;
  const std::string path = directory_.path() + "/samples_T4.json";
  ASSERT_TRUE(write_file(path, table_of({
                                   row(R"({"a": 1})", "correct", kRuntimes + measured("3", "ms")),
                                   row(R"({"a": 2})", "correct", measured("4", "ms")),
                                   row(R"({"a": 2})", "correct", measured("5", "ms")),
                                   row(R"({"a": 2})", "runtime", R"("times": {})"),
                                   row(R"({"a": 3})", "correct",
                                       R"("times": {"runtimes": [1, 0]}, )" + measured("6", "ms")),
                               }))
                  .ok());
  const TrialSet read = read_recorded_table(path, options).value();
  EXPECT_THAT(read.trials[0].costs, ElementsAre(1e6, 2e6, 6e6));
  EXPECT_THAT(read.trials[1].costs, ElementsAre(4e6, 5e6)) << "the samples of several rows";
  EXPECT_THAT(read.trials[2].costs, ElementsAre(6e6)) << "0 is no time";
  EXPECT_THAT(read.notes,
              ElementsAre(HasSubstr("whose samples are taken together: 1"), HasSubstr("another outcome")));
  options.objective = parse_objective("other:apples:min").value();
  EXPECT_THAT(read_recorded_table(path, options).value().trials[0].costs, ElementsAre(7))
      << "they are no samples of that";
}

TEST_F(ReadRecordedTable, KeepsKnobsOfOneValue) {
  const TrialSet read = table(table_of({row(R"({"only": 15})", "correct", measured("1", "ms"))}));
  EXPECT_EQ(read.space.size(), 1U);
  EXPECT_EQ(read.space.knobs()[0].name, "only");
}

TEST_F(ReadRecordedTable, TakesTheMeanOfTheRuntimesWithoutAnObjective) {
  EXPECT_DOUBLE_EQ(table(R"({"metadata": {"timeunit": "ms"}, "results": [{"configuration": {"a": 1},
      "invalidity": "correct", "times": {"runtimes": [1, 2.5, 5.5]}}]})")
                       .trials[0]
                       .cost(),
                   3e6);
}

TEST_F(ReadRecordedTable, ReadsBothNamesOfTheCompilationTime) {
  for (const char* name : {"compilation", "compilation_time"}) {
    const std::string rest =
        fmt::format(R"("times": {{"{}": 1.5, "runtimes": [1]}}, {})", name, measured("1", "ms"));
    EXPECT_EQ(table(table_of({row(R"({"a": 1})", "correct", rest)})).trials[0].build_ns, 1'500'000) << name;
  }
}

TEST_F(ReadRecordedTable, TellsWhatReachedTheDevice) {
  const std::vector<std::pair<std::string, Verdict>> words = {{"compile", Verdict::build_failed},
                                                              {"runtime", Verdict::run_failed},
                                                              {"timeout", Verdict::run_timeout},
                                                              {"correctness", Verdict::wrong_result}};
  for (const auto& [word, verdict] : words) {
    const Trial trial = table(table_of({row(R"({"a": 1})", word, measured("\"Because\"", "ms"))})).trials[0];
    EXPECT_EQ(trial.verdict, verdict);
    EXPECT_EQ(trial.measured, word != "compile");
    EXPECT_EQ(trial.message, "Because");
    EXPECT_TRUE(trial.costs.empty());
  }
}

TEST_F(ReadRecordedTable, ReadsGzippedTablesAndNamesThemByTheirFile) {
  const std::string text = table_of({row(R"({"a": 1})", "correct", measured("1", "ms"))});
  EXPECT_EQ(table(text, "gemm.A100_T4.json.gz").workload.name, "gemm.A100");
  EXPECT_EQ(table(text, "plain.json").workload.name, "plain");
}

TEST_F(ReadRecordedTable, HasAFingerprintOfItsContent) {
  const auto print = [&](const std::string& value) {
    return fingerprint_of(table(table_of({row(R"({"a": 1})", "correct", measured(value, "ms"))})));
  };
  EXPECT_EQ(print("1"), print("1.0"));
  EXPECT_NE(print("1"), print("2"));
}

TEST_F(ReadRecordedTable, RefusesAFileThatEndsInItsFirstRow) {
  const std::string text = table_of({row(R"({"a": 1})", "correct", measured("1", "ms"))});
  for (size_t length = 1; length < text.rfind('}') - 2; length += 7)
    EXPECT_THAT(refusal(text.substr(0, length)),
                AnyOf(HasSubstr("not valid JSON"), HasSubstr("none of the formats")))
        << length;
  EXPECT_THAT(refusal(""), HasSubstr("empty"));
}

/// What a program still writes, or left when it was killed, is read as far as it goes.
TEST_F(ReadRecordedTable, ReadsAFileThatIsCutOffAsFarAsItGoes) {
  const auto good = [](int a) {
    return row(fmt::format(R"({{"a": {}}})", a), "correct", measured("1", "ms"));
  };
  const std::string text = table_of({good(1), good(2), good(3)});
  const size_t third = text.find(good(3));
  for (const size_t length : {third - 1, third + 1, third + 20, third + good(3).size() - 1}) {
    const TrialSet read = table(text.substr(0, length));
    EXPECT_EQ(read.trials.size(), 2U) << length;
    EXPECT_THAT(read.notes, ElementsAre(AllOf(HasSubstr("row "), HasSubstr("cut off or damaged")))) << length;
  }
  EXPECT_EQ(table(text.substr(0, third + good(3).size())).trials.size(), 3U);
  const TrialSet damaged = table(table_of({good(1), good(2), R"({"configuration": oops})", good(3)}));
  EXPECT_EQ(damaged.trials.size(), 2U);
  EXPECT_THAT(damaged.notes, ElementsAre(AllOf(HasSubstr("row 3"), HasSubstr("not valid JSON"))));
}

/// One of two values would be taken by chance; the row is left out, and the others stay.
TEST_F(ReadRecordedTable, LeavesOutARowThatContradictsItself) {
  const auto note = [&](const std::string& invalidity, const std::string& rest) {
    const TrialSet read = table(
        table_of({row(R"({"a": 1})", "correct", measured("1", "ms")), row(R"({"a": 2})", invalidity, rest)}));
    EXPECT_EQ(read.trials.size(), 1U) << rest;
    return read.notes.size() == 1 ? read.notes.front() : "";
  };
  const auto value = [](const std::string& members) {
    return R"("objectives": ["time"], "measurements": [{"name": "time", )" + members + "}]";
  };
  EXPECT_THAT(note("correct", value(R"("value": 1, "value": 2, "unit": "ms")")),
              AllOf(HasSubstr("row 2"), HasSubstr("a measurement has \"value\" twice")));
  EXPECT_THAT(note("correct", value(R"("value": 1, "unit": "ms", "unit": "s")")),
              HasSubstr("\"unit\" twice"));
  EXPECT_THAT(note("correct", R"("times": {"runtimes": [1], "runtimes": [2]}, )" + measured("1", "ms")),
              HasSubstr("its times have \"runtimes\" twice"));
  EXPECT_THAT(note("correct", R"("correctness": 0, )" + measured("1", "ms")),
              HasSubstr("its invalidity is \"correct\" and its correctness is 0"));
  EXPECT_THAT(note("correct", R"("times": {"runtimes": [3]}, )" + measured("0.0", "ms")),
              HasSubstr("a latency of 0"));
  // Kernel Tuner writes a correctness of 1 in failures, too.
  const TrialSet both =
      table(table_of({row(R"({"a": 1})", "correct", R"("correctness": 1, )" + measured("1", "ms")),
                      row(R"({"a": 2})", "runtime", R"("correctness": 1, )" + measured("1", "ms"))}));
  EXPECT_EQ(both.trials.size(), 2U);
}

TEST_F(ReadRecordedTable, RefusesForeignJson) {
  for (const char* text : {"[]", "{}", R"({"results": 1})", R"({"cache": {}})"})
    EXPECT_THAT(refusal(text), HasSubstr("none of the formats")) << text;
  EXPECT_THAT(refusal(R"({"results": []})"), HasSubstr("no rows"));
  EXPECT_THAT(refusal(R"({"results": [1]})"), HasSubstr("row 1"));
  EXPECT_THAT(refusal(R"({"results": [{}]})"), HasSubstr("configuration"));
  EXPECT_THAT(refusal(R"({"results": [{"configuration": {"a": 1}}]})"), HasSubstr("invalidity"));
}

TEST_F(ReadRecordedTable, LeavesOutARowWithAMissingAnExtraOrARepeatedKnob) {
  const auto good = [](int a) {
    return row(fmt::format(R"({{"a": {}, "b": 2}})", a), "correct", measured("1", "ms"));
  };
  const auto note = [&](const std::string& configuration, bool first) {
    const std::string bad = row(configuration, "correct", measured("1", "ms"));
    const TrialSet read =
        table(first ? table_of({bad, good(1), good(2)}) : table_of({good(1), bad, good(2)}));
    EXPECT_EQ(read.trials.size(), 2U);
    EXPECT_EQ(read.notes.size(), 1U);
    return read.notes.empty() ? "" : read.notes.front();
  };
  EXPECT_THAT(note(R"({"a": 2})", false), AllOf(HasSubstr("row 2"), HasSubstr("lacks the knob \"b\"")));
  EXPECT_THAT(note(R"({"a": 2, "b": 2, "c": 3})", false), AllOf(HasSubstr("row 2"), HasSubstr("\"c\"")));
  EXPECT_THAT(note(R"({"a": 2, "a": 3})", false), AllOf(HasSubstr("row 2"), HasSubstr("\"a\" twice")));
  // A bad row is the bad one where it comes first, too.
  EXPECT_THAT(note(R"({"a": 2})", true), AllOf(HasSubstr("row 1"), HasSubstr("lacks the knob \"b\"")));
}

/// Strategies visit a config again and write a row each time (Kernel Tuner 1.5.0): a revisit builds nothing
/// and has the times of the first visit.
TEST_F(ReadRecordedTable, TakesAConfigOnceThatWasVisitedAgain) {
  const auto visit = [](int a, const char* ms, double build) {
    return row(fmt::format(R"({{"a": {}}})", a), "correct",
               fmt::format(R"("times": {{"compilation": {}}}, {})", build, measured(ms, "ms")));
  };
  const TrialSet read = table(table_of({visit(1, "3", 10), visit(2, "2", 11), visit(1, "3", 0)}));
  ASSERT_EQ(read.trials.size(), 2U);
  EXPECT_EQ(read.trials[0].build_ns, 10'000'000);
  EXPECT_THAT(read.notes, ElementsAre("rows that repeat a config with the same outcome, taken once: 1"));
  const TrialSet other = table(table_of({visit(1, "3", 10), visit(1, "4", 0), visit(1, "3", 0)}));
  EXPECT_EQ(other.trials.at(0).cost(), 3e6);
  EXPECT_THAT(other.notes,
              ElementsAre("rows that repeat a config with the same outcome, taken once: 1",
                          "rows that repeat a config with another outcome, of which the first is "
                          "taken: 1 (as row 2 repeats row 1)"));
}

TEST_F(ReadRecordedTable, RefusesMembersThatAreNearlyThoseThatCount) {
  const auto measurement = [](const char* rest) {
    return table_of(
        {row(R"({"a": 1})", "correct",
             fmt::format(R"("objectives": ["time"], "measurements": [{{"name": "time", "value": 3, {}}}])",
                         rest))});
  };
  EXPECT_THAT(refusal(measurement(R"("units": "us")")),
              AllOf(HasSubstr("\"units\""), HasSubstr("T4 has \"unit\"")));
  EXPECT_THAT(refusal(measurement(R"("Unit": "us")")), HasSubstr("\"Unit\""));
  EXPECT_THAT(refusal(measurement(R"("unit": 5)")), HasSubstr("the unit of a measurement is 5"));
  EXPECT_EQ(table(measurement(R"("unit": "us", "comment": "warm")")).trials[0].cost(), 3000);
  EXPECT_THAT(refusal(table_of({row(R"({"a": 1})", "correct",
                                    R"("objective": ["GFLOP/s"], "times": {"runtimes": [1]})")})),
              HasSubstr("T4 has \"objectives\""));
}

TEST_F(ReadRecordedTable, RefusesAValueThatNoKnobCanHave) {
  for (const char* value : {"null", "[1]", "{}", "18446744073709551615", "1e999", "-0.0", "-0", "NaN"})
    EXPECT_THAT(
        refusal(table_of({row(fmt::format(R"({{"a": {}}})", value), "correct", measured("1", "ms"))})),
        AllOf(HasSubstr("row 1"), HasSubstr("knob \"a\"")))
        << value;
  EXPECT_THAT(refusal(table_of({row(R"({"a": 01})", "correct", measured("1", "ms"))})),
              HasSubstr("not valid JSON"));
}

TEST_F(ReadRecordedTable, RefusesACorrectRowWithoutALatency) {
  for (const char* value : {"\"text\"", "null", "0", "-1"})
    EXPECT_THAT(refusal(table_of({row(R"({"a": 1})", "correct", measured(value, "ms"))})),
                HasSubstr("row 1: it is correct, but "))
        << value;
  EXPECT_THAT(refusal(table_of({row(R"({"a": 1})", "correct", measured("NaN", "ms"))})),
              HasSubstr("row 1: it is correct, but a latency of nan ns cannot be"));
  EXPECT_THAT(refusal(table_of({row(R"({"a": 1})", "correct", measured("null", "ms"))})),
              HasSubstr("row 1: it is correct, but its objective is null, which is not a number"));
  EXPECT_THAT(refusal(table_of({row(R"({"a": 1})", "correct", measured("1", "GFLOP/s"))})),
              HasSubstr("the objective time is in GFLOP/s"));
}

TEST_F(ReadRecordedTable, RefusesALatencyThatCannotBe) {
  EXPECT_THAT(refusal(table_of({row(R"({"a": 1})", "correct", measured("-Infinity", "ms"))})),
              HasSubstr("it is correct, but a latency of -inf ns cannot be"));
  for (const double ms : {0.0, -1.0, 1e-12, 1e10})
    EXPECT_THAT(refusal(table_of({row(R"({"a": 1})", "correct", measured(fmt::format("{}", ms), "ms"))})),
                HasSubstr("it is correct, but " + check_latency_ns(ms * 1e6).error().message));
}

TEST_F(ReadRecordedTable, RefusesAnUnknownInvalidity) {
  EXPECT_THAT(refusal(table_of({row(R"({"a": 1})", "wrong", measured("1", "ms"))})),
              AllOf(HasSubstr("row 1"), HasSubstr("wrong")));
}

TEST_F(ReadRecordedTable, RefusesATableWhoseEveryRowIsExcluded) {
  EXPECT_THAT(refusal(table_of({row(R"({"a": 1})", "constraints", measured("1", "ms"))})),
              HasSubstr("no config"));
}

TEST_F(ReadRecordedTable, TakesASpaceThatNoIndexCounts) {
  std::vector<std::string> rows;
  for (int value = 0; value < 10; ++value) {
    std::vector<std::string> knobs;
    for (int knob = 0; knob < 20; ++knob) knobs.push_back(fmt::format("\"k{}\": {}", knob, 9 - value));
    rows.push_back(row(fmt::format("{{{}}}", fmt::join(knobs, ", ")), "correct",
                       measured(std::to_string(value + 1), "ms")));
  }
  const TrialSet read = table(table_of(rows));
  EXPECT_FALSE(read.space.countable());
  ASSERT_EQ(read.trials.size(), 10U);
  EXPECT_EQ(read.space.listed()->size(), 10U);
  for (const Trial& trial : read.trials) {
    EXPECT_EQ(find_recorded(read, trial.config), &trial);
    EXPECT_EQ(trial.cost(), 1e6 * (10 - trial.config.choices[0]));
  }
  EXPECT_EQ(find_recorded(
                read, {std::vector<uint32_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0}}),
            nullptr);
  rows.push_back(rows.front());
  EXPECT_EQ(table(table_of(rows)).trials.size(), 10U) << "a config that is visited again is taken once";
}

TEST_F(ReadRecordedTable, SurvivesDamage) {
  const std::string whole = read_file(std::string(TAMIS_TEST_DATA) + "/tables/tiny_T4.json").value();
  Random random(1);
  for (int i = 0; i < 300; ++i) {
    std::string damaged = whole;
    for (uint64_t bytes = 1 + random.below(4); bytes > 0; --bytes)
      damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
    const auto result = read(damaged);
    EXPECT_TRUE(result.ok() || result.error().message.find("some_T4.json") != std::string::npos)
        << result.error().message;
  }
}

TEST_F(ReadRecordedTable, ReadsTheCsvOfAVtaLayer) {
  const auto read = read_recorded_table(std::string(TAMIS_TEST_DATA) + "/vta/resnet18.C2.csv.gz");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->workload.name, "resnet18.C2");
  EXPECT_EQ(read->trials.size(), 2304U);
  EXPECT_EQ(count_valid(*read), 182U);
  EXPECT_DOUBLE_EQ(read->trials[0].cost(), 25375256 * 10.0) << "10 ns a cycle";
}

TEST_F(ReadRecordedTable, PrefersTheColumnOfLatencies) {
  const std::string text =
      "workload,index,tile,verdict,cycles,latency_ns,message\n"
      "own,0,1,valid,5,1234.5,\n"
      "own,1,2,rejected,,,\n"
      "own,2,3,run_failed,,,\n";
  const TrialSet read = table(text, "own.csv");
  ASSERT_EQ(read.trials.size(), 2U);
  EXPECT_DOUBLE_EQ(read.trials[0].cost(), 1234.5);
  EXPECT_EQ(read.trials[1].message, "recorded as run_failed");
}

TEST_F(ReadRecordedTable, RefusesAValidCsvRowWithoutALatency) {
  const std::string header = "workload,index,tile,verdict,cycles,message\n";
  EXPECT_THAT(refusal(header + "own,0,1,valid,,\n", "own.csv"), HasSubstr("line 2"));
  EXPECT_THAT(refusal(header + "own,0,1,valid,-3,\n", "own.csv"), HasSubstr("line 2"));
  EXPECT_THAT(refusal("workload,index,tile", "own.csv"), HasSubstr("line 1: the header must be"));
  EXPECT_THAT(refusal(std::string("SQLite format 3\0", 16), "own.csv"),
              AllOf(HasSubstr("not a recorded table"), HasSubstr("`tamis export`")));
}

TEST_F(ReadRecordedTable, ReadsTheSameTextAsImport) {
  const std::string content =
      "\xEF\xBB\xBFworkload,index,tile,layout,verdict,latency_ns,message\n"
      "caf\xE9,0,1,\xE9t\xE9,valid,1234.5,\n"
      "caf\xE9,1,2,plain,run_failed,,d\xE9vice\n";
  const TrialSet read = table(content, "own.csv");
  const TrialFile imported = read_trials(directory_.path() + "/own.csv").value();
  const TrialSet& other = imported.sets.at(0);
  EXPECT_EQ(read.workload.name, "caf\uFFFD");
  EXPECT_EQ(read.workload.name, other.workload.name);
  ASSERT_EQ(read.space.knobs().size(), other.space.knobs().size());
  for (size_t i = 0; i < read.space.knobs().size(); ++i)
    EXPECT_EQ(read.space.knobs()[i].values, other.space.knobs()[i].values);
  EXPECT_EQ(read.trials.at(0).message, other.trials.at(1).message) << "in the order of indexes";
  const std::string json = "\xEF\xBB\xBF\n" + table_of({row(R"({"a": 1})", "correct", measured("1", "ms"))});
  EXPECT_EQ(table(json).trials.size(), 1U);
}

TEST_F(ReadRecordedTable, LeavesOutRowsWhoseDeviceWasLost) {
  const std::string header = "workload,index,tile,verdict,cycles,message\n";
  const TrialSet read =
      table(header + "w,0,1,device_lost,,\nw,1,2,device_lost,,\nw,0,1,valid,5,\n", "own.csv");
  ASSERT_EQ(read.trials.size(), 1U);
  EXPECT_EQ(read.trials[0].verdict, Verdict::valid);
  EXPECT_EQ(read.space.listed()->size(), 1U);
  EXPECT_THAT(refusal(header + "w,0,1,device_lost,,\n", "own.csv"), HasSubstr("no config to try"));
}

TEST_F(ReadRecordedTable, RefusesACsvOfTwoWorkloads) {
  const std::string header = "workload,index,tile,verdict,cycles,message\n";
  EXPECT_THAT(refusal(header + "w,0,1,valid,5,\nv,1,2,valid,5,\n", "own.csv"),
              AllOf(HasSubstr("own.csv: a recorded table holds one workload"), HasSubstr("w and v")));
  EXPECT_THAT(table(header + "w,0,1,valid,5,\nw,1,1,valid,6,\n", "own.csv").notes,
              ElementsAre(HasSubstr("as row 2 repeats row 1")));
}

}  // namespace
}  // namespace tamis
