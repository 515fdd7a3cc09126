#include "experiment/tuning_report.h"

#include "base/json.h"
#include "base/text.h"
#include "drawing/text_width.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using testing::HasSubstr;
using testing::Not;

Trial trial(uint64_t number, Verdict verdict, double latency_ns) {
  Trial made;
  made.number = number;
  made.config.choices = {0, 1};
  made.verdict = verdict;
  made.measured = verdict != Verdict::resource_exceeded;
  if (verdict == Verdict::valid) {
    made.costs = {latency_ns};
    made.features.set("cycles", latency_ns / 10);
  } else {
    made.message = "too big";
  }
  return made;
}

class ReportedTask final : public Task {
 public:
  using Task::Task;
  BuildOutcome build(const Config&) const override { return {}; }
};

/// A task of this workload; `bound_ns` as Task has it.
SharedTask task_of(Workload workload, double bound_ns) {
  TaskFacts facts;
  facts.workload = std::move(workload);
  facts.space = Space::create({split_knob("tile", 8, 2), number_knob("threads", {1, 2})}).value();
  facts.bound_ns = bound_ns;
  return std::make_shared<const ReportedTask>(std::move(facts));
}

SharedTask named_task(const std::string& name, double bound_ns) {
  Workload workload;
  workload.name = name;
  return task_of(std::move(workload), bound_ns);
}

/// A workload that took `best` ns tuned and `untuned` ns untuned, 0 for one that was never valid.
SessionResult result_of(const std::string& name, double best, double untuned) {
  SessionResult made;
  made.task = named_task(name, 1000);
  made.session.id = 1;
  made.session.strategy = "random";
  made.session.initializer = "none";
  made.search_ns = 8'000'000;
  made.wall_ns = 2'000'000'000;
  std::vector<Trial> trials = {trial(0, Verdict::resource_exceeded, 0), trial(1, Verdict::run_timeout, 0),
                               trial(2, Verdict::resource_exceeded, 0)};
  if (best > 0) {
    trials.push_back(trial(3, Verdict::valid, best));
    made.best = trials.back();
  }
  for (const Trial& one : trials) made.counts.add(one);
  for (const Trial& one : trials) made.reasons.add(one);
  made.default_trial = trial(0, untuned > 0 ? Verdict::valid : Verdict::wrong_result, untuned);
  return made;
}

TEST(TuningReport, ShowsNoBoundWhereNoneIsKnown) {
  TuningReport report{"table", "", {result_of("net.a", 2000, 8000)}};
  EXPECT_THAT(draw(report), HasSubstr("50.0 % of the arithmetic bound"));
  report.results[0].task = named_task("net.a", 0);
  EXPECT_THAT(draw(report), Not(HasSubstr("bound.")));
  EXPECT_THAT(draw(report), Not(HasSubstr("of bound")));
  EXPECT_THAT(draw(report), HasSubstr("net.a             200  2.0 us      0.0   8.0 us"));
}

size_t longest_line(const std::string& text) {
  size_t longest = 0;
  for (const std::string& line : split_text(text, '\n')) longest = std::max(longest, columns_of(line));
  return longest;
}

SessionResult with_many_verdicts(const std::string& name) {
  SessionResult made = result_of(name, 2000, 8000);
  for (const Verdict verdict : {Verdict::build_failed, Verdict::launch_failed, Verdict::crashed}) {
    made.counts.add(trial(9, verdict, 0));
    made.reasons.add(trial(9, verdict, 0));
  }
  return made;
}

TEST(TuningReport, FitsIntoAnyWindow) {
  const TuningReport report{
      "vta",
      "",
      {with_many_verdicts("resnet18.C2"), with_many_verdicts("conv2d:n=1,ci=64,h=56,w=56,co=64,k=3")}};
  for (const size_t columns : std::vector<size_t>{20, 30, 40, 60, 80, 100, 110, 120, 200})
    EXPECT_LE(longest_line(draw(report, columns)), columns) << draw(report, columns);
  EXPECT_EQ(draw(report, 1000), draw(report));
}

TEST(TuningReport, BreaksWhatIsInvalidBeforeColumnsAreLeftOut) {
  const TuningReport report{"vta", "", {with_many_verdicts("net.a")}};
  const std::string text = draw(report, 110);
  EXPECT_THAT(text, HasSubstr(" resource_exceeded 28.6 %,\n"));
  EXPECT_THAT(text, Not(HasSubstr("A wider window")));
  EXPECT_THAT(draw(report, 80), HasSubstr("(A wider window also shows: best cycles, measured"));
}

TEST(TuningReport, ShowsNamesAndMessagesThatOrderATerminalAbout) {
  SessionResult one = result_of("a\033[2J", 2000, 8000);
  Trial bad = trial(4, Verdict::crashed, 0);
  bad.message = "red\033[31m";
  one.reasons.add(bad);
  EXPECT_THAT(draw(TuningReport{"vta", "", {one}}), Not(HasSubstr("\033")));
}

TEST(TuningReport, ShowsOperationsInASecondWhereNoBoundIsKnown) {
  SessionResult one = result_of("net.a", 2000, 8000);
  one.task = task_of(parse_spec("dense:n=10,ci=1000,co=100").value(), 0);
  one.best->features = {};
  const std::string text = draw(TuningReport{"cpu", "", {one}});
  EXPECT_THAT(text, HasSubstr("  best  G ops/s  default"));
  EXPECT_THAT(text, HasSubstr("2.0 us   1000.0"));
  EXPECT_THAT(text, Not(HasSubstr("cycles")));
  one.task = task_of(parse_spec("external:some/table").value(), 0);
  EXPECT_THAT(draw(TuningReport{"table", "", {one}}), Not(HasSubstr("ops")));
}

TEST(TuningReport, ShowsEveryLatencyInTheUnitThatFits) {
  const std::string text =
      draw(TuningReport{"table", "", {result_of("tiny", 41.5, 83), result_of("huge", 2.5e9, 1.5e6)}});
  EXPECT_THAT(text, HasSubstr("41.5 ns"));
  EXPECT_THAT(text, HasSubstr("83 ns    2.0x"));
  EXPECT_THAT(text, HasSubstr("2.500 s"));
  EXPECT_THAT(text, HasSubstr("1.500 ms"));
  EXPECT_THAT(text, Not(HasSubstr("best us")));
}

TEST(TuningReport, CountsTheLayersOfANetworkAsOftenAsItRunsThem) {
  TuningReport report{"cpu", "", {result_of("a", 2000, 8000), result_of("b", 1000, 3000)}};
  report.occurrences = {3, 1};
  EXPECT_DOUBLE_EQ(totals(report).best_ns, 7000);
  EXPECT_DOUBLE_EQ(totals(report).default_ns, 27000);
  EXPECT_THAT(draw(report),
              HasSubstr("Total of 2 workloads, each as often as the network runs it: 7.0 us tuned"));
  EXPECT_THAT(draw(report), HasSubstr("workload  times"));
  EXPECT_EQ(to_json(report)["workloads"][0]["occurrences"], 3);
  report.occurrences.clear();
  EXPECT_FALSE(to_json(report)["workloads"][0].contains("occurrences"));
}

TEST(TuningReport, CountsOneAsOne) {
  SessionResult one = result_of("a", 2000, 8000);
  one.counts = {};
  one.counts.add(trial(0, Verdict::resource_exceeded, 0));
  one.counts.flaky = 1;
  one.counts.finals = 1;
  one.counts.same_code = 1;
  const std::string text = draw(TuningReport{"table", "", {one}});
  EXPECT_THAT(text, HasSubstr("1 trial: 0 reached the device, 1 was rejected while building; 1 invalid"));
  EXPECT_THAT(text, HasSubstr("1 trial was the same code as an earlier one and was not measured again.\n"));
  EXPECT_THAT(text, HasSubstr("1 of the trials was flaky: its runs disagreed."));
  EXPECT_THAT(text, HasSubstr("tried again 1 time in turn"));
}

TEST(TuningReport, TellsOfTheFinalsAndWhoFailedInThem) {
  TuningReport report{"cpu", "", {result_of("net.a", 2000, 8000)}};
  EXPECT_THAT(draw(report), Not(HasSubstr("Finals")));
  Finals finals;
  finals.finalists = {{3, Verdict::valid, "", 5, {2000, 2100, 1900, 2000, 2000}},
                      {7, Verdict::crashed, "signal SIGSEGV", 2, {}}};
  report.results[0].finals = finals;
  report.results[0].counts.finals = 7;
  EXPECT_THAT(draw(report), HasSubstr("Finals: the best were tried again 7 times in turn.\n"
                                      "net.a: trial 7 was valid, but not in the finals: crashed: signal "
                                      "SIGSEGV\n"));
  EXPECT_THAT(draw(report), HasSubstr("net.a: trial 3 is the best of them with a probability of 100.0 %, and "
                                      "within 1.0 % of it with 100.0 %\n"));
  const Json json = to_json(report);
  EXPECT_EQ(json.at("workloads").at(0).at("evidence").at("good"), 1);
  EXPECT_EQ(json.at("total").at("counts").at("finals"), 7);
  const Json& held = json.at("workloads").at(0).at("finals");
  EXPECT_EQ(held.at(0).at("latency_ns"), 2000);
  EXPECT_TRUE(held.at(1).at("latency_ns").is_null());
  EXPECT_EQ(held.at(1).at("message"), "signal SIGSEGV");
}

TEST(TuningReport, DrawsARowAWorkloadAndTheTotal) {
  const TuningReport report{
      "vta", "tamis.sqlite", {result_of("net.a", 2000, 8000), result_of("net.b", 4000, 4000)}};
  const std::string rule(120, '-');
  const std::string invalid = "  resource_exceeded 50.0 %, run_timeout 25.0 %\n";
  EXPECT_EQ(draw(report),
            "workload  best cycles    best  of bound  default  faster  trials  measured  invalid\n" + rule +
                "\n" + "net.a             200  2.0 us    50.0 %   8.0 us    4.0x       4         2" +
                invalid + "net.b             400  4.0 us    25.0 %   4.0 us    1.0x       4         2" +
                invalid + "\n" +
                "Total of 2 workloads: 6.0 us tuned, 12.0 us with the default schedule, 2.0x faster, "
                "33.3 % of the arithmetic bound.\n"
                "8 trials: 4 reached the device, 4 were rejected while building; 6 invalid (75.0 %).\n"
                "Why trials are invalid (of each verdict the most frequent message):\n"
                "     4  resource_exceeded  too big  (first: trial 0)\n"
                "     2  run_timeout        too big  (first: trial 1)\n"
                "Log: tamis.sqlite\n");
}

TEST(TuningReport, SpeaksOfASingleWorkload) {
  EXPECT_THAT(draw(TuningReport{"vta", "", {result_of("a", 2000, 8000)}}),
              HasSubstr("Total of 1 workload: 2.0 us"));
}

TEST(TuningReport, LeavesOutOfTheTotalWhatHasNothingToCompare) {
  const TuningReport report{
      "vta", "", {result_of("good", 2000, 8000), result_of("bad", 0, 8000), result_of("no_default", 500, 0)}};
  const TuningTotals sum = totals(report);
  EXPECT_EQ(sum.results, 1U);
  EXPECT_EQ(sum.best_ns, 2000);
  EXPECT_EQ(sum.default_ns, 8000);
  EXPECT_EQ(sum.counts.trials, 11U);
  const std::string text = draw(report);
  EXPECT_THAT(text, HasSubstr("Total of 1 of 3 workloads (the others have no valid best or default)"));
  EXPECT_THAT(text, Not(HasSubstr("Log:")));
}

TEST(TuningReport, DrawsDashesForWhatIsNotKnownAndNoColumnThatMeansNothing) {
  const std::string text = draw(TuningReport{"vta", "", {result_of("bad", 0, 0)}});
  EXPECT_THAT(text, HasSubstr("bad          -         -        -       -       3         1"));
  EXPECT_THAT(text, Not(HasSubstr("cycles")));
  EXPECT_THAT(text, Not(HasSubstr("Total")));
}

TEST(TuningReport, SaysWhyTheDefaultFailedAndWhatToDoNext) {
  const std::string kept = draw(TuningReport{"command", "my.tamis", {result_of("bad", 0, 0)}});
  EXPECT_THAT(kept, HasSubstr("bad: the default config is wrong_result: too big\n"));
  EXPECT_TRUE(
      kept.ends_with("No trial of bad was valid: correct what the messages above say, and tune again "
                     "without --resume; `tamis show my.tamis --session 1` has every message.\n"))
      << kept;
  EXPECT_TRUE(
      draw(TuningReport{"command", "", {result_of("bad", 0, 0)}})
          .ends_with("No trial of bad was valid: correct what the messages above say, and tune again.\n"));
  EXPECT_THAT(draw(TuningReport{"command", "", {result_of("good", 100, 200)}}), Not(HasSubstr("tune again")));
}

TEST(TuningReport, OfAnInterruptedRunMayBeEmpty) {
  EXPECT_THAT(draw(TuningReport{"vta", "", {}}), HasSubstr("0 trials: 0 reached the device"));
  SessionResult nothing = result_of("a", 0, 0);
  nothing.counts = {};
  nothing.reasons = {};
  nothing.default_trial.reset();
  EXPECT_THAT(draw(TuningReport{"vta", "", {nothing}}), HasSubstr("none"));
  EXPECT_EQ(to_json(TuningReport{"vta", "", {nothing}}).at("workloads").at(0).at("search_ms_per_trial"), 0.0);
}

TEST(TuningReport, SaysTheSameInJson) {
  const Json json =
      to_json(TuningReport{"vta", "tamis.sqlite", {result_of("a", 2000, 8000), result_of("b", 0, 0)}});
  EXPECT_EQ(json.at("target"), "vta");
  EXPECT_EQ(json.at("log"), "tamis.sqlite");
  const Json& first = json.at("workloads").at(0);
  EXPECT_EQ(first.at("workload"), "a");
  EXPECT_EQ(first.at("configs"), 8);
  EXPECT_EQ(first.at("best").at("latency_ns"), 2000);
  EXPECT_EQ(first.at("best").at("index"), 4);
  EXPECT_EQ(first.at("best").at("knobs").at("threads"), 2);
  EXPECT_EQ(first.at("best").at("knobs").at("tile"), (Json{8, 1}));
  EXPECT_EQ(first.at("default").at("latency_ns"), 8000);
  EXPECT_EQ(first.at("counts").at("by_verdict").at("resource_exceeded"), 2);
  EXPECT_EQ(first.at("ending"), "budget");
  EXPECT_EQ(first.at("search_ms_per_trial"), 2.0);
  EXPECT_EQ(first.at("wall_s"), 2.0);
  const Json& second = json.at("workloads").at(1);
  EXPECT_TRUE(second.at("best").is_null());
  EXPECT_TRUE(second.at("default").at("latency_ns").is_null());
  EXPECT_EQ(second.at("default").at("message"), "too big");
  EXPECT_EQ(json.at("total").at("workloads"), 1);
  EXPECT_EQ(json.at("total").at("counts").at("trials"), 7);
}

TEST(TuningReport, SaysInJsonWhatResumingCameTo) {
  SessionResult result = result_of("a", 2000, 8000);
  EXPECT_FALSE(to_json(TuningReport{"vta", "", {result}}).at("workloads").at(0).contains("resume_note"));
  result.resume_note = "a new session begins";
  EXPECT_EQ(to_json(TuningReport{"vta", "", {result}}).at("workloads").at(0).at("resume_note"),
            "a new session begins");
}

TEST(TuningReport, WritesLatenciesInTheirUnit) {
  EXPECT_EQ(format_latency(890), "890 ns");
  EXPECT_EQ(format_latency(56'700), "56.7 us");
  EXPECT_EQ(format_latency(1'234'000), "1.234 ms");
  EXPECT_EQ(format_latency(2.5e9), "2.500 s");
}

}  // namespace
}  // namespace tamis
