// What other programs recorded becomes sessions of a log, once.

#include "tamis/import.h"

#include "base/file.h"
#include "exchange/autotvm_sets.h"
#include "exchange/t4.h"
#include "log/stored_sessions.h"
#include "support/temporary_directory.h"
#include "tamis/formats.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string stored(const std::string& name) { return std::string(TAMIS_TEST_DATA) + "/autotvm/" + name; }

class Import : public ::testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& content) const {
    EXPECT_TRUE(write_file(directory_.file(name), content).ok());
    return directory_.file(name);
  }
  ImportReport import(const std::string& path) {
    auto report = import_file(log_, path);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report.ok() ? *report : ImportReport();
  }
  std::vector<SessionRecord> sessions() const { return log_.sessions().value(); }

  const TemporaryDirectory directory_;
  Log log_ = Log::open(directory_.file("log.tamis"), LogMode::read_write).value();
};

TEST_F(Import, OfAKnownVtaTaskHasTheWorkloadAndItsTemplate) {
  const ImportReport report = import(stored("vta_c9.log.gz"));
  EXPECT_EQ(report.format, "autotvm");
  ASSERT_THAT(report.workloads, SizeIs(1));
  EXPECT_EQ(report.workloads[0].added, 160U);
  EXPECT_EQ(report.workloads[0].valid, 17U);
  const SessionRecord session = sessions().at(0);
  EXPECT_EQ(session.workload.name, "resnet18.C9");
  EXPECT_EQ(session.workload.op, Operator::conv2d);
  EXPECT_EQ(session.strategy, kImportedStrategy);
  EXPECT_EQ(session.initializer, "vta_c9.log.gz");
  EXPECT_EQ(session.target_spec, "autotvm");
  EXPECT_THAT(session.target_identity, HasSubstr("autotvm ext_dev -keys=vta,cpu"));
  EXPECT_EQ(space_from_text(session.knobs).value().size(), 480U);
  // An index means the same in both.
  const Space space = space_from_text(session.knobs).value();
  const auto trials = log_.trials(1).value();
  for (const Trial& trial : trials)
    EXPECT_EQ(static_cast<double>(space.index(trial.config)), trial.features.get("autotvm_index"));
}

TEST_F(Import, OfOtherTasksKeepsThemAsTheyAre) {
  const ImportReport report = import(stored("others.log"));
  ASSERT_THAT(report.workloads, SizeIs(3));
  EXPECT_EQ(report.workloads[1].workload,
            "conv2d_NCHWc.x86:1x3x224x224,64x3x7x7,2x2,3x3x3x3,1x1,NCHW,NCHW,float32");
  EXPECT_THAT(report.skipped, SizeIs(2));
  for (const SessionRecord& session : sessions()) {
    EXPECT_EQ(session.workload.op, Operator::external);
    EXPECT_THAT(session.workload.source, HasSubstr("autotvm [\""));
  }
}

TEST_F(Import, OfTheSameFileAddsNothing) {
  for (const std::string& path : {stored("vta_c9.log.gz"), stored("others.log")}) {
    const ImportReport first = import(path);
    const ImportReport again = import(path);
    for (size_t i = 0; i < first.workloads.size(); ++i) {
      EXPECT_EQ(again.workloads[i].added, 0U);
      EXPECT_EQ(again.workloads[i].known, first.workloads[i].added);
      EXPECT_EQ(again.workloads[i].session, 0);
    }
  }
  EXPECT_THAT(sessions(), SizeIs(4));
}

TEST_F(Import, OfALogThatGrewAddsWhatIsNew) {
  const std::string whole = read_file(stored("vta_c9.log.gz")).value();
  size_t half = 0;
  for (int line = 0; line < 60; ++line) half = whole.find('\n', half) + 1;
  EXPECT_EQ(import(file("tune.log", whole.substr(0, half))).workloads.at(0).added, 60U);
  // A line that was cut off when the log was copied is read once it is whole.
  EXPECT_EQ(import(file("tune.log", whole.substr(0, half + 100))).workloads.at(0).added, 0U);
  const ImportReport grown = import(file("tune.log", whole));
  EXPECT_EQ(grown.workloads.at(0).added, 100U);
  EXPECT_EQ(grown.workloads.at(0).session, 1);
  EXPECT_THAT(sessions(), SizeIs(1));
  const std::vector<Trial> trials = log_.trials(1).value();
  ASSERT_THAT(trials, SizeIs(160));
  EXPECT_EQ(trials.back().number, 159U);
}

TEST_F(Import, KeepsWhatAFileHasTwice) {
  const std::string whole = read_file(stored("vta_c9.log.gz")).value();
  const std::string line = whole.substr(0, whole.find('\n') + 1);
  EXPECT_EQ(import(file("once.log", line)).workloads.at(0).added, 1U);
  EXPECT_EQ(import(file("twice.log", line + line)).workloads.at(0).added, 1U);
  EXPECT_EQ(import(file("twice.log", line + line)).workloads.at(0).added, 0U);
}

TEST_F(Import, OfNewValuesBeginsASessionWithTheNewTrials) {
  const std::string csv =
      "workload,index,k,verdict,latency_ns,message\nw,0,1,valid,5,\nw,1,2,crashed,,died\n";
  EXPECT_EQ(import(file("a.csv", csv)).workloads.at(0).added, 2U);
  const ImportReport more = import(file("b.csv", csv + "w,2,3,valid,7,\n"));
  EXPECT_EQ(more.workloads.at(0).added, 1U);
  EXPECT_EQ(more.workloads.at(0).known, 2U);
  EXPECT_EQ(more.workloads.at(0).session, 2);
  EXPECT_EQ(log_.trials(2).value().at(0).number, 0U);
}

TEST_F(Import, OfACsvTableTakesSeveralWorkloadsAndSkipsRowsWithoutLatency) {
  const ImportReport report = import(file(
      "a.csv",
      "workload,index,k,verdict,latency_ns,message\nw,0,1,valid,5,\nv,0,1,valid,,\nv,0,2,crashed,,died\n"));
  EXPECT_EQ(report.format, "csv");
  ASSERT_THAT(report.workloads, SizeIs(2));
  ASSERT_THAT(report.skipped, SizeIs(1));
  EXPECT_THAT(report.skipped[0], HasSubstr("line 3: it is valid but has no"));
  EXPECT_EQ(log_.trials(2).value().at(0).message, "died");
}

TEST_F(Import, OfAT4TableKeepsVerdictsAndMessages) {
  const Space space = Space::create({number_knob("k", {1, 2, 3})}).value();
  std::vector<Trial> trials(3);
  for (size_t i = 0; i < trials.size(); ++i) trials[i].config = space.config(2 - i);
  trials[0].costs = {2e6};
  trials[1].verdict = Verdict::resource_exceeded;
  trials[1].message = "6 registers too many";
  trials[2].verdict = Verdict::run_timeout;
  trials[2].message = "it hung";
  const ImportReport report = import(file("gemm.A100_T4.json", write_t4(named_trials("", space, trials))));
  EXPECT_EQ(report.format, "t4");
  EXPECT_EQ(report.workloads.at(0).workload, "gemm.A100");
  const std::vector<Trial> read = log_.trials(1).value();
  ASSERT_THAT(read, SizeIs(3));
  for (size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].number, i);
    EXPECT_EQ(read[i].config, trials[i].config);
    EXPECT_EQ(read[i].verdict, trials[i].verdict);
    EXPECT_EQ(read[i].message, trials[i].message);
  }
}

TEST_F(Import, SkipsTheRowsOfAT4TableWhoseLatencyCannotBe) {
  const auto row = [](int k, const char* time) {
    return fmt::format(R"({{"configuration": {{"k": {}}}, "invalidity": "correct", "objectives": ["time"],
                       "measurements": [{{"name": "time", "value": {}, "unit": "ms"}}]}})",
                       k, time);
  };
  const std::string text = fmt::format(R"({{"results": [{}, {}, {}, {}]}})", row(1, "Infinity"),
                                       row(2, "0.5"), row(3, "null"), row(4, "NaN"));
  const ImportReport report = import(file("some_T4.json", text));
  EXPECT_THAT(report.skipped,
              ElementsAre(HasSubstr("row 1: it is correct, but a latency of inf ns cannot be"),
                          HasSubstr("row 3: it is correct, but its objective is null, which is not a number"),
                          HasSubstr("row 4: it is correct, but a latency of nan ns cannot be")));
  const std::vector<Trial> trials = log_.trials(1).value();
  ASSERT_THAT(trials, SizeIs(1));
  EXPECT_EQ(trials[0].cost(), 5e5);
}

/// A row per visit, as Kernel Tuner's strategies write it: what is the same again counts once, what differs
/// is another trial.
TEST_F(Import, TakesAVisitThatRepeatsAnotherOnce) {
  const auto row = [](int k, double build, const char* ms) {
    return fmt::format(
        R"({{"configuration": {{"k": {}}}, "times": {{"compilation": {}}}, "invalidity": "correct",
                       "objectives": ["time"], "measurements": [{{"name": "time", "value": {}, "unit": "ms"}}]}})",
        k, build, ms);
  };
  const std::string text = fmt::format(R"({{"results": [{}, {}, {}, {}]}})", row(1, 10, "3"), row(2, 11, "2"),
                                       row(1, 0, "3"), row(2, 0, "2.5"));
  const ImportReport report = import(file("visits_T4.json", text));
  EXPECT_THAT(report.skipped, ElementsAre("rows that repeat a config with the same outcome, taken once: 1"));
  EXPECT_EQ(report.left_out, 1U);
  EXPECT_EQ(report.workloads.at(0).added, 3U);
  EXPECT_EQ(import(file("visits_T4.json", text)).workloads.at(0).known, 3U);
}

/// Python's json writes NaN and Infinity where a kernel could not be timed, on files of any size.
TEST_F(Import, TakesNotANumberWherePythonWritesIt) {
  const auto row = [](int k, const char* invalidity, const char* value) {
    return fmt::format(R"({{"configuration": {{"k": {}}}, "times": {{"compilation": 12.0, "runtimes": []}},
                       "invalidity": "{}", "objectives": ["time"],
                       "measurements": [{{"name": "time", "value": {}, "unit": "ms"}}]}})",
                       k, invalidity, value);
  };
  const ImportReport report =
      import(file("nan_T4.json", fmt::format(R"({{"results": [{}, {}, {}]}})", row(16, "correct", "1.5"),
                                             row(32, "runtime", "NaN"), row(64, "compile", "Infinity"))));
  EXPECT_THAT(report.skipped, SizeIs(0));
  EXPECT_EQ(report.workloads.at(0).added, 3U);
  EXPECT_EQ(report.workloads.at(0).valid, 1U);
}

/// Nothing that can be used is an error, not an empty session.
TEST_F(Import, OfNothingUsableIsAnError) {
  const auto report = import_file(
      log_,
      file("none_T4.json", R"({"results": [{"configuration": {"k": 1}, "invalidity": "correct"}, 7]})"));
  ASSERT_FALSE(report.ok());
  EXPECT_THAT(report.error().message, HasSubstr("row 1: it is correct, but it has neither an objective nor"));
  EXPECT_THAT(report.error().message, HasSubstr("(and 1 more rows)"));
  EXPECT_THAT(sessions(), SizeIs(0));
}

/// Older releases kept the latency among the features of a trial from a CSV table.
TEST_F(Import, OfACsvTableKnowsWhatAnOlderReleaseImported) {
  const std::string path = file("a.csv", "workload,index,k,verdict,latency_ns,message\nw,0,1,valid,5,\n");
  ASSERT_EQ(import(path).workloads.at(0).added, 1U);
  SessionRecord older = sessions().front();
  older.workload.name = older.workload.source = "w";
  Log log = Log::open(directory_.file("older.tamis"), LogMode::read_write).value();
  Trial trial = log_.trials(1).value().front();
  trial.features.set("latency_ns", 5);
  ASSERT_TRUE(log.append(log.add_session(older).value(), std::vector{trial}).ok());
  EXPECT_EQ(import_file(log, path).value().workloads.at(0).known, 1U);
}

TEST_F(Import, KeepsTheObjectiveOfAFile) {
  const std::string path = TAMIS_TEST_DATA "/tools/kernel_tuner_throughput.json";
  ASSERT_TRUE(import_file(log_, path).ok());
  ASSERT_THAT(sessions(), SizeIs(1));
  const TrialSet set = load_session(log_, sessions().front()).value();
  EXPECT_EQ(set.objective, (Objective{"GB/s", "GB/s", Direction::maximise}));
  EXPECT_NEAR(set.objective.value_of(best_cost(set)), 2.506, 1e-3);
  EXPECT_GT(import_file(log_, path).value().workloads.at(0).known, 0U);
}

TEST_F(Import, RefusesWhatItCannotReadAndWritesNothing) {
  const auto refusal = [&](const std::string& path) {
    const auto report = import_file(log_, path);
    return report.ok() ? "none" : report.error().message;
  };
  EXPECT_THAT(refusal(directory_.file("missing")), HasSubstr("missing"));
  EXPECT_THAT(refusal(file("empty", " \n")), HasSubstr("is empty"));
  EXPECT_THAT(refusal(file("binary", std::string("ELF\0\1\2", 6))), HasSubstr("none of the formats"));
  EXPECT_THAT(refusal(directory_.file("log.tamis")), HasSubstr("tamis merge"));
  EXPECT_THAT(refusal(file("notes.txt", "my notes\nare long\n")), HasSubstr("none of the formats"));
  EXPECT_THAT(refusal(file("half.json", "{\"results\": [")), HasSubstr("not valid JSON"));
  EXPECT_THAT(refusal(file("old.log", R"({"i": ["llvm"], "r": [], "v": 0.1})")), HasSubstr("version 0.1"));
  EXPECT_THAT(sessions(), SizeIs(0));
}

/// Whatever is in a file, the log can still be read.
TEST_F(Import, NeverDamagesTheLog) {
  const std::string head = "workload,index,k,verdict,latency_ns,message\n";
  const ImportReport nameless = import(file("a.csv", head + ",0,1,valid,5,\nw,0,1,valid,5,\n"));
  EXPECT_THAT(nameless.workloads, SizeIs(1));
  EXPECT_THAT(nameless.skipped, SizeIs(1));
  EXPECT_EQ(import(file("b.csv", head + "m\xff,0,\xff,crashed,,\xfe\n")).workloads.at(0).added, 1U);
  EXPECT_EQ(import(file("b.csv", head + "m\xff,0,\xff,crashed,,\xfe\n")).workloads.at(0).known, 1U);
  const auto twice =
      import_file(log_, file("c.csv", "workload,index,k\xff,k\xfe,verdict,message\nw,0,1,2,crashed,\n"));
  EXPECT_THAT(twice.error().message, HasSubstr("two columns are called"));
  import(file("d.json", R"({"results": [{"configuration": {"": 1}, "invalidity": "compile"}]})"));
  import(file("e.json", R"({"results": [{"configuration": {}, "invalidity": "compile"}]})"));
  import(file("f.log", R"({"input": ["", "", [], {}], "config": {"index": 0, "entity": []}, )"
                       R"("result": [[1.0], 0, 1, 1], "version": 0.2})"));
  import(file("g.log",
              R"({"input": ["a\u0000b", "c\n", [[]], {"k": null}], "config": {"index": 0, "entity": )"
              R"([["", "ot", 1e-320], ["\u00e9", "ot", [true]]]}, "result": [[1e-11], 0, 1e300, -1e300], )"
              R"("version": 0.2})"));
  for (const SessionRecord& session : sessions()) {
    EXPECT_TRUE(log_.trials(session.id).ok()) << session.workload.name;
    EXPECT_TRUE(space_from_text(session.knobs).ok()) << session.workload.name;
  }
}

TEST_F(Import, ComesOutAsAutotvmWroteIt) {
  import(stored("vta_c9.log.gz"));
  EXPECT_EQ(autotvm_lines(load_session(log_, sessions().at(0)).value()).value(),
            read_file(stored("vta_c9.log.gz")).value());
}

TEST_F(Import, OfOtherTasksComesOutAsAutotvmWroteItToo) {
  import(stored("others.log"));
  std::string text;
  for (const SessionRecord& session : sessions())
    text += autotvm_lines(load_session(log_, session).value()).value();
  const std::string whole = read_file(stored("others.log")).value();
  size_t lines = 0;
  for (size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    ++lines;
    EXPECT_THAT(whole, HasSubstr(text.substr(begin, end - begin)));
  }
  EXPECT_EQ(lines, 13U);
}

TEST(AutotvmLines, NeedATaskOfAutotvm) {
  TrialSet set;
  set.workload.name = "layer";
  set.target_spec = "cpu";
  set.target_identity = "cpu znver3";
  const auto lines = autotvm_lines(set);
  ASSERT_FALSE(lines.ok());
  EXPECT_EQ(lines.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(lines.error().message, HasSubstr("AutoTVM has no task for the target cpu"));
}

}  // namespace
}  // namespace tamis
