#include "experiment/report/document.h"

#include "base/bytes.h"
#include "base/file.h"
#include "support/json_schema.h"
#include "support/temporary_directory.h"

#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::report {
namespace {

using ::testing::HasSubstr;

Space reported_space() {
  return Space::create({split_knob("tile", 8, 2), number_knob("threads", {1, 2, 4}),
                        name_knob("layout", {"a", "it's"})})
      .value();
}

SessionRecord reported_session(uint64_t seed) {
  SessionRecord record;
  record.target_spec = "vta";
  record.target_identity = "vta of a test";
  record.workload.name = "resnet18.C2";
  record.workload.shape = {.n = 1, .ci = 64, .h = 56, .w = 56, .co = 64};
  record.knobs = knobs_to_text(reported_space());
  record.space_fingerprint = reported_space().fingerprint();
  record.constraints = R"(["threads <= 4"])";
  record.strategy = "random";
  record.initializer = "none";
  record.seed = seed;
  record.batch = 8;
  record.started_unix_ms = 1'700'000'000'000;
  record.with_default = true;
  return record;
}

Trial reported_trial(uint64_t number, Verdict verdict, double cost) {
  Trial trial;
  trial.number = number;
  trial.config = reported_space().config(number);
  trial.verdict = verdict;
  trial.measured = verdict == Verdict::valid;
  if (verdict == Verdict::valid)
    trial.costs = {cost};
  else
    trial.message = "because <b>" + std::string(to_string(verdict)) + "</b>";
  trial.device = trial.measured ? "simulator" : "";
  trial.proposer = "random";
  trial.build_ns = 2'000;
  trial.run_ns = 3'000;
  trial.finished_unix_ms = 1'700'000'000'000 + 10 * static_cast<int64_t>(number);
  return trial;
}

/// Every verdict, the best trial last but one.
std::vector<Trial> reported_trials() {
  std::vector<Trial> trials = {reported_trial(0, Verdict::valid, 400),
                               reported_trial(1, Verdict::valid, 300)};
  for (const Verdict verdict : kVerdicts)
    if (verdict != Verdict::valid) trials.push_back(reported_trial(trials.size(), verdict, 0));
  trials.push_back(reported_trial(trials.size(), Verdict::valid, 100));
  trials.push_back(reported_trial(trials.size(), Verdict::valid, 200));
  return trials;
}

class ReportDocument : public ::testing::Test {
 protected:
  std::string log_path() const { return directory_.file("tuning.tamis"); }

  int64_t add_session(const SessionRecord& record, const std::vector<Trial>& trials,
                      const std::optional<Finals>& finals = {}) {
    Log log = Log::open(log_path(), LogMode::read_write).value();
    const int64_t id = log.add_session(record).value();
    EXPECT_TRUE(log.append(id, trials).ok());
    if (finals) {
      EXPECT_TRUE(log.append(id, *finals).ok());
    }
    return id;
  }

  Json document(const SessionFilter& filter = {}) const {
    return make_document(std::vector{read_report_log(log_path(), filter).value()});
  }

  TemporaryDirectory directory_;
};

TEST_F(ReportDocument, FitsItsSchema) {
  Finals finals;
  finals.after_trials = reported_trials().size();
  finals.finalists = {{12, Verdict::valid, "", 6, {100, 101, 102, 103, 104, 105}},
                      {1, Verdict::valid, "", 2, {300, 301}},
                      {13, Verdict::crashed, "died", 1, {}}};
  add_session(reported_session(1), reported_trials(), finals);
  add_session(reported_session(2), reported_trials());
  add_session(reported_session(3), {});
  DocumentOptions options{"A title", 1'700'000'000'000};
  const std::string text = to_text(make_document(std::vector{read_report_log(log_path()).value()}, options));
  const std::optional<bool> fits = fits_schema(kReportSchema, text);
  if (!fits) GTEST_SKIP() << "python3-jsonschema is missing";
  EXPECT_TRUE(*fits) << text;
}

TEST_F(ReportDocument, CountsTrialsMeasurementsAndInvalidOnesApart) {
  add_session(reported_session(1), reported_trials());
  const Json made = document();
  const Json& counts = made.at("sessions").at(0).at("counts");
  EXPECT_EQ(counts.at("trials"), 14);
  EXPECT_EQ(counts.at("measurements"), 4);
  EXPECT_EQ(counts.at("invalid"), 10);
}

TEST_F(ReportDocument, NamesTheBestAndTheDefault) {
  add_session(reported_session(1), reported_trials());
  const Json made = document();
  const Json& session = made.at("sessions").at(0);
  EXPECT_EQ(session.at("best").at("value"), 100);
  EXPECT_EQ(session.at("best").at("row"), 12);
  EXPECT_EQ(session.at("best").at("from"), "trial");
  EXPECT_EQ(session.at("best").at("config"), reported_space().describe(reported_space().config(12)));
  EXPECT_EQ(session.at("default").at("value"), 400);
}

TEST_F(ReportDocument, TakesTheWinnerOfTheFinalsUnlessSomethingWasTriedSince) {
  Finals finals;
  finals.after_trials = reported_trials().size();
  finals.finalists = {{13, Verdict::valid, "", 6, {90, 91, 92, 93, 94, 95}},
                      {12, Verdict::valid, "", 6, {100, 101, 102, 103, 104, 105}}};
  add_session(reported_session(1), reported_trials(), finals);
  const Json made = document();
  const Json& best = made.at("sessions").at(0).at("best");
  EXPECT_EQ(best.at("number"), 13);
  EXPECT_EQ(best.at("from"), "finals");
  EXPECT_EQ(best.at("value"), 92.5);
  EXPECT_EQ(best.at("low"), 90);
  EXPECT_EQ(best.at("high"), 95);
  EXPECT_GT(best.at("probability_best"), 0.9);
  finals.after_trials -= 1;
  add_session(reported_session(2), reported_trials(), finals);
  EXPECT_EQ(document().at("sessions").at(1).at("best").at("number"), 12);
}

TEST_F(ReportDocument, GroupsSessionsThatDifferInTheSeedAlone) {
  add_session(reported_session(1), reported_trials());
  add_session(reported_session(2), reported_trials());
  SessionRecord other = reported_session(3);
  other.strategy = "tamis";
  add_session(other, reported_trials());
  const Json made = document();
  EXPECT_EQ(made.at("spaces").size(), 1);
  const Json& sessions = made.at("sessions");
  EXPECT_EQ(sessions.at(0).at("group"), sessions.at(1).at("group"));
  EXPECT_EQ(sessions.at(0).at("group"), "random");
  EXPECT_EQ(sessions.at(2).at("group"), "tamis");
  other.workload.name = "resnet18.C3";
  add_session(other, reported_trials());
  EXPECT_EQ(document().at("spaces").size(), 2);
}

TEST_F(ReportDocument, NamesWhatTellsGroupsOfOneStrategyApart) {
  SessionRecord record = reported_session(1);
  add_session(record, reported_trials());
  record.batch = 0;
  add_session(record, reported_trials());
  const Json made = document();
  EXPECT_EQ(made.at("sessions").at(0).at("group"), "random, batches of 8");
  EXPECT_EQ(made.at("sessions").at(1).at("group"), "random, without batches");
}

TEST_F(ReportDocument, HasAnEmptyLogAndOneWithNothingValid) {
  ASSERT_TRUE(Log::open(log_path(), LogMode::read_write).ok());
  EXPECT_EQ(document().at("sessions").size(), 0);
  add_session(reported_session(1), {reported_trial(0, Verdict::build_failed, 0)});
  const Json made = document();
  const Json& session = made.at("sessions").at(0);
  EXPECT_FALSE(session.contains("best"));
  EXPECT_EQ(session.at("default").at("verdict"), "build_failed");
  EXPECT_EQ(session.at("messages"), Json::array({"because <b>build_failed</b>"}));
}

TEST_F(ReportDocument, NegatesNoValueOfAnObjectiveThatIsMaximised) {
  SessionRecord record = reported_session(1);
  record.objective = parse_objective("GFLOP/s:max").value();
  Trial trial = reported_trial(0, Verdict::valid, 0);
  trial.costs = {-12.5};
  add_session(record, {trial});
  const Json made = document();
  const Json& session = made.at("sessions").at(0);
  EXPECT_EQ(session.at("best").at("value"), 12.5);
  EXPECT_EQ(session.at("objective").at("direction"), "maximize");
}

TEST_F(ReportDocument, SaysThatNoRuleWasFound) {
  add_session(reported_session(1), reported_trials());
  const Json made = document();
  EXPECT_FALSE(made.contains("rules"));
  EXPECT_THAT(made.at("how").dump(), HasSubstr("No rule over the knobs"));
}

TEST_F(ReportDocument, RepeatsATrialByACommandLine) {
  add_session(reported_session(1), reported_trials());
  const Json made = document();
  const Json& session = made.at("sessions").at(0);
  const auto command = session.at("repeat_command").get<std::string>();
  EXPECT_THAT(command, HasSubstr("tamis tune "));
  EXPECT_THAT(command, HasSubstr(" --target vta "));
  EXPECT_THAT(command, HasSubstr(" --config {config}"));
  EXPECT_THAT(session.at("best").at("command").get<std::string>(),
              HasSubstr("tile=1 threads=1 'layout=it'\\''s'"));
}

TEST_F(ReportDocument, BoundsWhatItHoldsOfMessages) {
  std::vector<Trial> trials;
  for (uint64_t i = 0; i < 20'000; ++i) {
    Trial& trial = trials.emplace_back(reported_trial(i % 24, Verdict::crashed, 0));
    trial.number = i;
    trial.message = std::string(480, 'x') + std::to_string(i);
  }
  add_session(reported_session(1), trials);
  const Json made = document();
  EXPECT_LT(to_text(made).size(), size_t{8} << 20);
  EXPECT_THAT(made.at("how").dump(), HasSubstr("a page holds 4 MB"));
}

TEST_F(ReportDocument, ReadsFilesOfOtherPrograms) {
  const std::string path = directory_.file("table.csv");
  ASSERT_TRUE(write_file(path,
                         "workload,index,tile,verdict,latency_ns,message\nt,0,1,valid,30,\nt,1,2,crashed,,it "
                         "died\nt,2,4,valid,20,\n")
                  .ok());
  const Json made = make_document(std::vector{read_report_log(path).value()});
  ASSERT_EQ(made.at("sessions").size(), 1);
  EXPECT_EQ(made.at("sessions").at(0).at("strategy"), "recorded");
  EXPECT_EQ(made.at("sessions").at(0).at("best").at("value"), 20);
  EXPECT_FALSE(made.at("sessions").at(0).contains("repeat_command"));
}

TEST(ReportSessionTest, GivesRowsThatFollowOthers) {
  ReportSession session = ReportSession::create(reported_session(1), "tuning.tamis").value();
  const std::vector<Trial> trials = reported_trials();
  for (size_t i = 0; i < 4; ++i) ASSERT_TRUE(session.add(trials[i]).ok());
  const TrialRows::Texts texts = session.rows().texts();
  for (size_t i = 4; i < trials.size(); ++i) ASSERT_TRUE(session.add(trials[i]).ok());
  const Json append = session.append_json(3, 4, texts);
  EXPECT_EQ(append.at("session"), 3);
  EXPECT_EQ(append.at("from"), 4);
  EXPECT_EQ(append.at("trials").at("count"), 10);
  EXPECT_EQ(append.at("counts").at("trials"), 14);
  EXPECT_EQ(append.at("messages").size(), 8);  // of the ten, two came before
  EXPECT_EQ(append.at("devices").size(), 0);
  EXPECT_TRUE(append.at("trials").contains("number"));
}

TEST(ReportSessionTest, RefusesATrialOfAnotherSpace) {
  ReportSession session = ReportSession::create(reported_session(1), "tuning.tamis").value();
  Trial trial = reported_trial(0, Verdict::valid, 1);
  trial.config.choices.back() = 9;
  EXPECT_FALSE(session.add(trial).ok());
}

}  // namespace
}  // namespace tamis::report
