// Sessions and studies that version 0.1.0 began (tests/data/sessions): they go on with exactly the trials
// that it would have made. `tamis` is of another generation since, which chooses otherwise among many
// configs; among as few as here it goes on as it did where its sessions count as of today's generation.
#include "base/file.h"
#include "base/text.h"
#include "log/sqlite.h"
#include "session/study_testing.h"
#include "support/temporary_directory.h"
#include "tamis/formats.h"
#include "tamis/log.h"
#include "tamis/session.h"
#include "tamis/table.h"
#include "targets/command/command_target.h"
#include "targets/vta/vta_target.h"

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

const std::string kFolder = std::string(TAMIS_TEST_DATA) + "/sessions";
/// Version 0.1.0 heeded neither how long trials take nor which are under way.
const std::string kTamis = "tamis:invalid_cost=1:pending=0";
const std::vector<std::string> kStrategies = {"annealing", "autotvm", "bayes",  "forest", "genetic",
                                              "grid",      "ml2",     "random", "rl",     kTamis};

/// The configs of every session of a log, by their indexes.
std::map<int64_t, std::vector<uint64_t>> expected_configs(const std::string& name) {
  std::map<int64_t, std::vector<uint64_t>> configs;
  for (const std::string& line : split_text(read_file(kFolder + "/" + name + ".configs").value(), '\n')) {
    std::vector<uint64_t> numbers;
    for (const std::string& word : split_text(line, ' '))
      if (const auto number = parse_integer(word)) numbers.push_back(static_cast<uint64_t>(*number));
    if (!numbers.empty())
      configs[static_cast<int64_t>(numbers.front())] = {numbers.begin() + 1, numbers.end()};
  }
  return configs;
}

/// Tries configs of VTA as they are today, but gives valid ones the time that version 0.1.0 counted.
class RecordedTimes final : public Measurer {
 public:
  RecordedTimes(SharedTask task, std::unique_ptr<Measurer> measurer)
      : task_(std::move(task)), measurer_(std::move(measurer)) {
    for (const std::string& line : split_text(read_file(kFolder + "/vta.cycles").value(), '\n')) {
      const std::vector<std::string> words = split_text(line, ' ');
      if (words.size() == 2) cycles_[parse_integer(words[0]).value()] = parse_integer(words[1]).value();
    }
  }

  Status measure(std::span<const MeasureRequest> requests, const std::function<Status(Trial)>& finished,
                 std::stop_token stop) override {
    return measurer_->measure(
        requests, [&](Trial trial) { return finished(retimed(std::move(trial))); }, stop);
  }
  Status measure_in_turn(std::span<const MeasureRequest> requests,
                         const std::function<Status(Trial)>& finished, std::stop_token stop) override {
    return measurer_->measure_in_turn(
        requests, [&](Trial trial) { return finished(retimed(std::move(trial))); }, stop);
  }

 private:
  Trial retimed(Trial trial) const {
    if (trial.verdict != Verdict::valid) return trial;
    const int64_t cycles = cycles_.at(static_cast<int64_t>(task_->space().index(trial.config)));
    trial.costs = {static_cast<double>(cycles) * 10.0};
    trial.features.set("cycles", static_cast<double>(cycles));
    return trial;
  }

  SharedTask task_;
  std::unique_ptr<Measurer> measurer_;
  std::map<int64_t, int64_t> cycles_;
};

Result<std::unique_ptr<Measurer>> make_recorded_times(const SharedTask& task, const MeasureOptions& options) {
  TAMIS_ASSIGN(std::unique_ptr<Measurer> measurer, make_in_process_measurer(task, options));
  return std::unique_ptr<Measurer>(std::make_unique<RecordedTimes>(task, std::move(measurer)));
}

class RecordedSessions : public testing::Test {
 protected:
  /// A copy of a recorded log that can be written, as version 0.1.0 wrote it.
  std::string unpack_as_it_was(const std::string& name) {
    const std::string path = directory_.file(name + ".tamis");
    EXPECT_TRUE(write_file(path, read_file(kFolder + "/" + name + ".tamis.gz").value()).ok());
    return path;
  }
  /// The same with the sessions of `tamis` as of today's generation, with the options of then.
  std::string unpack(const std::string& name) {
    const std::string path = unpack_as_it_was(name);
    EXPECT_TRUE(Log::open(path, LogMode::read_write).ok()) << "which brings its schema up to date";
    sqlite::Database log = sqlite::Database::open(path, sqlite::OpenMode::read_write).value();
    const std::string update =
        "UPDATE sessions SET generation = 3, strategy = '" + kTamis + "' WHERE strategy = 'tamis'";
    EXPECT_TRUE(log.execute(update.c_str()).ok());
    return path;
  }

  /// Goes on with every session of a target and compares what it tries.
  void expect_to_go_on(const std::shared_ptr<const Target>& made, const std::string& workload,
                       const std::vector<TrialSet>& related = {}) {
    const SharedTask task = bind_task(made, made->resolve(workload).value().front()).value();
    // Programs of users run in processes of their own anyway.
    expect_to_go_on(task, unpack(made->spec()), related, make_in_process_measurer);
  }
  static void expect_to_go_on(const SharedTask& task, const std::string& path,
                              const std::vector<TrialSet>& related, const MeasurerFactory& make_measurer) {
    const std::string& spec = task->target().spec();
    const auto expected = expected_configs(spec.substr(0, spec.find(':')));
    ASSERT_EQ(expected.size(), kStrategies.size());
    Log log = Log::open(path, LogMode::read_write).value();
    for (size_t i = 0; i < kStrategies.size(); ++i) {
      SCOPED_TRACE(kStrategies[i]);
      SessionOptions options;
      options.strategy = kStrategies[i];
      options.seed = 7;
      options.budget.trials = 80;
      options.resume = true;
      options.related = &related;
      options.finalists = 2;
      options.make_measurer = make_measurer;
      const auto result = run_session(task, &log, options, {}, {});
      ASSERT_TRUE(result.ok()) << result.error().message;
      const auto id = static_cast<int64_t>(i + 1);
      EXPECT_EQ(result->session.id, id) << result->resume_note;
      EXPECT_EQ(result->resumed, 37U);
      EXPECT_FALSE(result->learnt_at_once);
      std::vector<uint64_t> configs;
      for (const Trial& trial : log.trials(id).value()) configs.push_back(task->space().index(trial.config));
      EXPECT_EQ(configs, expected.at(id));
    }
  }

  TemporaryDirectory directory_;
};

TEST_F(RecordedSessions, OfVtaGoOnWhereTheDeviceIsTheSame) {
  // Since then the simulator counts other cycles and says so by its generation, so that these sessions are
  // not resumed with it. On a device that still takes the times of 0.1.0, the strategies go on as they did;
  // its default device was that of the HLS design.
  const auto target = vta::make_target("vta:hls", {}).value();
  const SharedTask task = bind_task(target, target->resolve("resnet18.C9").value().front()).value();
  const std::string path = unpack("vta");
  {
    sqlite::Database log = sqlite::Database::open(path, sqlite::OpenMode::read_write).value();
    const std::string sql = "UPDATE sessions SET target_identity = '" + to_string(task->identity()) + "'";
    ASSERT_TRUE(log.execute(sql.c_str()).ok());
  }
  expect_to_go_on(task, path, {}, make_recorded_times);
}

TEST_F(RecordedSessions, OfVtaAreNotMixedWithTrialsOfAnotherTiming) {
  const auto target = vta::make_target("vta", {}).value();
  const SharedTask task = bind_task(target, target->resolve("resnet18.C9").value().front()).value();
  Log log = Log::open(unpack("vta"), LogMode::read_write).value();
  SessionOptions options;
  options.strategy = "random";
  options.seed = 7;
  options.budget.trials = 4;
  options.resume = true;
  const auto result = run_session(task, &log, options, {}, {});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->session.id, static_cast<int64_t>(kStrategies.size() + 1));
  EXPECT_EQ(result->resumed, 0U);
  EXPECT_THAT(result->resume_note,
              ::testing::HasSubstr("so its trials are neither continued nor learnt from"));
}

TEST_F(RecordedSessions, OfTablesThatLearntFromOthersGoOn) {
  const std::string tables = std::string(TAMIS_TEST_DATA) + "/vta/";
  expect_to_go_on(table::make_target("table", {}).value(), tables + "resnet18.C9.csv",
                  read_related(tables + "resnet18.C8.csv.gz").value());
}

TEST_F(RecordedSessions, OfCommandsGoOn) {
  expect_to_go_on(command::make_target("command", {}).value(), kFolder + "/pipeline.json");
}

TEST_F(RecordedSessions, OfAnotherGenerationAreLearntAtOnce) {
  const auto target = command::make_target("command", {}).value();
  const SharedTask task =
      bind_task(target, target->resolve(kFolder + "/pipeline.json").value().front()).value();
  Log log = Log::open(unpack_as_it_was("command"), LogMode::read_write).value();
  SessionOptions options;
  options.strategy = "tamis";
  options.seed = 7;
  options.budget.trials = 40;
  options.resume = true;
  options.make_measurer = make_in_process_measurer;
  const auto result = run_session(task, &log, options, {}, {});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->resumed, 37U);
  EXPECT_TRUE(result->learnt_at_once);
  EXPECT_NE(result->resume_note.find("(generation 1, now 3)"), std::string::npos) << result->resume_note;
}

/// What record_studies.py does after 8 asks.
void go_on(Study& study, std::vector<AskedConfig>& pending) {
  for (size_t step = 8; step < 13; ++step) {
    for (AskedConfig& asked : ask(study, 1 + step % 5)) pending.push_back(std::move(asked));
    for (; pending.size() > 3; pending.pop_back()) tell(study, pending.back());
  }
  for (const AskedConfig& asked : pending) tell(study, asked);
}

TEST_F(RecordedSessions, OfStudiesGoOn) {
  const auto expected = expected_configs("studies");
  ASSERT_EQ(expected.size(), kStrategies.size());
  const std::string path = unpack("studies");
  for (size_t i = 0; i < kStrategies.size(); ++i) {
    SCOPED_TRACE(kStrategies[i]);
    StudyOptions options = options_of(path, true);
    options.strategy = kStrategies[i];
    options.initializer = "none";
    // Python enumerates what constraints allow.
    Result<Study> opened = Study::open(small_space().enumerated().value(), options);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    Study study = std::move(opened).value();
    ASSERT_EQ(study.session().id, static_cast<int64_t>(i + 1)) << study.resume_note();
    EXPECT_GT(study.resumed(), 0U);
    std::vector<AskedConfig> pending = ask(study, 1000);
    go_on(study, pending);
    EXPECT_EQ(config_indexes(study), expected.at(study.session().id));
  }
}

}  // namespace
}  // namespace tamis
