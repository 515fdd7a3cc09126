#include "network/tuning/tuning.h"

#include "support/temporary_directory.h"
#include "tamis/formats.h"
#include "tamis/objective.h"
#include "tamis/table.h"
#include "tamis/trial_set.h"

#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

/// A recorded table of 8 x 8 tiles: large ones are fast up to a place that depends on `shape`, and those that
/// do not fit a memory of `limit` are invalid.
SharedTask layer(const std::string& name, double shape, int64_t limit = 256) {
  const std::vector<int64_t> powers = {1, 2, 4, 8, 16, 32, 64, 128};
  const Space product = Space::create({number_knob("h", powers), number_knob("w", powers)}).value();
  std::vector<ConfigKey> keys;
  for (uint64_t index = 0; index < product.size(); ++index)
    keys.push_back(product.key(product.config(index)));
  TrialSet table = named_trials(name, Space::create_listed(product.knobs(), keys).value(), {});
  for (uint64_t index = 0; index < product.size(); ++index) {
    Trial trial;
    trial.number = index;
    trial.config = table.space.config(index);
    trial.measured = true;
    const int64_t h = table.space.integer(trial.config, "h");
    const int64_t w = table.space.integer(trial.config, "w");
    if (h * w <= limit) {
      trial.costs = {1000 * shape * (1 + std::abs(std::log2(h) - shape)) * (1 + std::abs(std::log2(w) - 2))};
    } else {
      trial.verdict = Verdict::run_failed;
    }
    table.trials.push_back(std::move(trial));
  }
  return table::bind_table(std::make_shared<const TrialSet>(std::move(table))).value();
}

SharedTask hopeless_layer() { return layer("hopeless", 2, 0); }

/// What of a run does not depend on time.
struct Course {
  std::vector<size_t> picks;
  std::vector<std::vector<Config>> configs;
  std::optional<double> latency_ns;
  friend bool operator==(const Course&, const Course&) = default;
};

Course course_of(const NetworkResult& result) {
  Course course{result.picks, {}, result.latency_ns};
  for (const TunedTask& task : result.tasks) {
    course.configs.emplace_back();
    if (task.session)
      for (const Trial& trial : task.session->trials) course.configs.back().push_back(trial.config);
  }
  return course;
}

class TuneNetwork : public testing::Test {
 protected:
  TuneNetwork() {
    options_.session.seed = 3;
    options_.session.keep_trials = true;
    options_.budget.trials = 80;
    options_.least_gain = 0;
  }
  Result<NetworkResult> try_run(Log* log = nullptr) {
    return tune_network(tasks_, log, options_, progress_, stop_.get_token());
  }
  NetworkResult run(Log* log = nullptr) {
    auto result = try_run(log);
    EXPECT_TRUE(result.ok()) << result.error().message;
    return std::move(result).value();
  }
  Log open_log(const std::string& name) {
    return Log::open(directory_.file(name), LogMode::read_write).value();
  }
  /// Requests a stop at a trial, counted over all tasks and all that a resumed run measures.
  void stop_after(uint64_t trials) {
    stop_ = std::stop_source();
    progress_ = [this, trials, count = uint64_t{0}](const NetworkProgress&) mutable {
      if (++count == trials) stop_.request_stop();
    };
  }
  uint64_t trials_of(const NetworkResult& result, size_t task) const {
    return result.tasks[task].session ? result.tasks[task].session->counts.trials : 0;
  }

  TemporaryDirectory directory_;
  std::vector<NetworkTask> tasks_ = {{layer("first", 3), 4}, {layer("second", 4), 1}, {layer("third", 2), 2}};
  NetworkOptions options_;
  std::function<void(const NetworkProgress&)> progress_;
  std::stop_source stop_;
};

TEST_F(TuneNetwork, SpendsOneBudgetOnAllTasks) {
  options_.budget.trials = 61;
  const NetworkResult result = run();
  EXPECT_EQ(result.end, NetworkEnd::budget);
  EXPECT_EQ(result.counts.trials, 61U);
  EXPECT_EQ(trials_of(result, 0) + trials_of(result, 1) + trials_of(result, 2), 61U);
  ASSERT_TRUE(result.latency_ns && result.default_latency_ns);
  EXPECT_LT(*result.latency_ns, *result.default_latency_ns);
}

TEST_F(TuneNetwork, TriesEveryTaskFirstWithItsDefaultConfig) {
  options_.budget.trials = 27;
  const NetworkResult result = run();
  EXPECT_THAT(result.picks, ElementsAre(0, 1, 2));
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(trials_of(result, i), 9U);
    EXPECT_EQ(result.tasks[i].session->default_trial->number, 0U);
  }
}

TEST_F(TuneNetwork, LeavesTasksUntriedWhereTheBudgetEndsBefore) {
  options_.budget.trials = 12;
  const NetworkResult result = run();
  EXPECT_EQ(trials_of(result, 1), 3U);
  EXPECT_FALSE(result.tasks[2].session);
  EXPECT_FALSE(result.latency_ns) << "nobody knows how long the third takes";
}

TEST_F(TuneNetwork, SumsWhatTheTasksReached) {
  const NetworkResult result = run();
  double sum = 0;
  for (const TunedTask& task : result.tasks)
    sum += task.session->best->cost() * static_cast<double>(task.of.occurrences);
  EXPECT_DOUBLE_EQ(*result.latency_ns, sum);
}

TEST_F(TuneNetwork, MakesTheSameChoicesEveryTime) { EXPECT_EQ(course_of(run()), course_of(run())); }

TEST_F(TuneNetwork, GoesOnAsIfNeverInterrupted) {
  for (const Scheduling scheduling : {Scheduling::gradient, Scheduling::proportional}) {
    options_.scheduling = scheduling;
    options_.session.resume = false;
    progress_ = nullptr;
    stop_ = std::stop_source();
    const Course undisturbed = course_of(run());
    // At a default config, at the end of a batch, and within batches.
    for (const uint64_t cut : {1, 9, 13, 27, 40, 59}) {
      Log log = open_log(std::to_string(cut) + std::string(to_string(scheduling)));
      options_.session.resume = false;
      stop_after(cut);
      const NetworkResult cut_off = run(&log);
      EXPECT_EQ(cut_off.end, NetworkEnd::interrupted);
      EXPECT_EQ(cut_off.counts.trials, cut);
      options_.session.resume = true;
      stop_after(5);
      run(&log);
      stop_after(1000);
      EXPECT_EQ(course_of(run(&log)), undisturbed) << cut;
      EXPECT_EQ(log.sessions().value().size(), 3U) << "one for each task";
    }
  }
}

TEST_F(TuneNetwork, TellsTheLogWhichSessionsItHas) {
  options_.name = "net";
  Log log = open_log("named");
  const NetworkResult result = run(&log);
  const std::vector<NetworkRecord> networks = log.networks().value();
  ASSERT_EQ(networks.size(), 1U);
  EXPECT_EQ(networks[0].name, "net");
  EXPECT_EQ(networks[0].tasks, 3U);
  EXPECT_EQ(networks[0].started_unix_ms, result.tasks[0].session->session.started_unix_ms);
  std::vector<NetworkLayer> layers;
  for (size_t i = 0; i < tasks_.size(); ++i)
    layers.push_back({i, result.tasks[i].session->session.id, tasks_[i].occurrences});
  EXPECT_EQ(networks[0].layers, layers);
  // Going on with it is the same network, another run is another one.
  options_.session.resume = true;
  run(&log);
  EXPECT_EQ(log.networks().value(), networks);
  options_.session.resume = false;
  run(&log);
  EXPECT_EQ(log.networks().value().size(), 2U);
}

TEST_F(TuneNetwork, TellsTheLogOfPairsAndOfNoTaskWithoutTrials) {
  options_.name = "net";
  tasks_.push_back({layer("pair", 1), 1, std::nullopt, std::array<size_t, 2>{0, 1}});
  Log log = open_log("pairs");
  run(&log);
  const std::vector<NetworkRecord> networks = log.networks().value();
  ASSERT_EQ(networks.size(), 1U);
  EXPECT_EQ(networks[0].tasks, 3U);
  ASSERT_EQ(networks[0].layers.size(), 4U);
  EXPECT_EQ(networks[0].layers[3].parts, (std::array<uint64_t, 2>{0, 1}));
  options_.budget.trials = 3;
  Log other = open_log("short");
  run(&other);
  EXPECT_EQ(other.networks().value().at(0).layers.size(), 1U);
  options_.name = "";
  Log unnamed = open_log("unnamed");
  run(&unnamed);
  EXPECT_TRUE(unnamed.networks().value().empty());
}

TEST_F(TuneNetwork, GoesOnWithALargerBudget) {
  const Course whole = course_of(run());
  Log log = open_log("log");
  options_.budget.trials = 44;
  run(&log);
  options_.session.resume = true;
  options_.budget.trials = 80;
  const NetworkResult resumed = run(&log);
  EXPECT_EQ(course_of(resumed), whole);
  EXPECT_EQ(resumed.tasks[0].session->resumed + resumed.tasks[1].session->resumed +
                resumed.tasks[2].session->resumed,
            44U);
}

TEST_F(TuneNetwork, TriesNothingAgainWhereTheBudgetIsSpent) {
  Log log = open_log("log");
  run(&log);
  options_.session.resume = true;
  uint64_t tried = 0;
  progress_ = [&](const NetworkProgress&) { ++tried; };
  run(&log);
  EXPECT_EQ(tried, 0U);
}

TEST_F(TuneNetwork, StartsATaskFromWhatTheOthersHave) {
  Log log = open_log("log");
  run(&log);
  const std::vector<SessionRecord> sessions = log.sessions().value();
  ASSERT_EQ(sessions.size(), 3U);
  EXPECT_EQ(sessions[0].learnt_from, "");
  EXPECT_THAT(sessions[1].learnt_from, HasSubstr("9:"));
  EXPECT_THAT(sessions[2].learnt_from, HasSubstr(" 9:"));
}

TEST_F(TuneNetwork, StartsEachTaskFromNothingWhereAsked) {
  Log log = open_log("log");
  options_.transfer = false;
  run(&log);
  for (const SessionRecord& session : log.sessions().value()) EXPECT_EQ(session.learnt_from, "");
}

TEST_F(TuneNetwork, EndsWhereEverythingWasTried) {
  options_.budget.trials.reset();
  const NetworkResult result = run();
  EXPECT_EQ(result.end, NetworkEnd::exhausted);
  EXPECT_EQ(result.counts.trials, 3 * 64U);
  for (const TunedTask& task : result.tasks) EXPECT_EQ(task.session->stop_reason, StopReason::exhausted);
}

TEST_F(TuneNetwork, GivesWhatATaskCannotUseToTheOthers) {
  tasks_[0].task = table::bind_table(std::make_shared<const TrialSet>(
                                         read_recorded_table(TAMIS_TEST_DATA "/tables/tiny_T4.json").value()))
                       .value();
  const uint64_t configs = *known_count(tasks_[0].task->space());
  options_.scheduling = Scheduling::equal;
  options_.budget.trials = configs + 100;
  const NetworkResult result = run();
  EXPECT_EQ(trials_of(result, 0), configs);
  EXPECT_EQ(result.counts.trials, configs + 100);
}

TEST_F(TuneNetwork, EndsWhereNothingIsExpectedToGain) {
  options_.budget.trials.reset();
  options_.least_gain = 0.02;
  const NetworkResult result = run();
  EXPECT_EQ(result.end, NetworkEnd::no_gain);
  EXPECT_LT(result.counts.trials, 3 * 64U);
}

TEST_F(TuneNetwork, EndsAfterSoManyTrialsWithoutALesserLatency) {
  options_.budget.trials.reset();
  options_.budget.early_stop = 24;
  const NetworkResult result = run();
  EXPECT_EQ(result.end, NetworkEnd::early_stop);
  EXPECT_LT(result.counts.trials, 3 * 64U);
}

TEST_F(TuneNetwork, GivesATaskWithNothingValidNoMoreThanAnEqualShare) {
  tasks_.push_back({hopeless_layer(), 9});
  const NetworkResult result = run();
  EXPECT_LE(trials_of(result, 3), 80 / 4 + options_.session.batch);
  EXPECT_GE(trials_of(result, 3), 9U);
  EXPECT_FALSE(result.latency_ns);
  EXPECT_EQ(result.counts.trials, 80U);
}

TEST_F(TuneNetwork, HasNoBudgetForNothingValidOnceTheOthersGainNothing) {
  tasks_.push_back({hopeless_layer(), 9});
  options_.budget.trials.reset();
  options_.least_gain = 0.05;
  const NetworkResult result = run();
  EXPECT_EQ(result.end, NetworkEnd::no_gain);
  EXPECT_LT(trials_of(result, 3), 64U);
}

TEST_F(TuneNetwork, TellsTheLatencyOfTheNetworkAfterEachTrial) {
  std::vector<NetworkProgress> told;
  progress_ = [&](const NetworkProgress& progress) { told.push_back(progress); };
  const NetworkResult result = run();
  ASSERT_EQ(told.size(), 80U);
  EXPECT_EQ(told.front().missing, 2U);
  for (size_t i = 0; i < told.size(); ++i) {
    EXPECT_EQ(told[i].trials, i + 1);
    EXPECT_EQ(told[i].total, 80U);
  }
  EXPECT_EQ(told[0].task, 0U);
  EXPECT_EQ(told[9].task, 1U);
  EXPECT_EQ(told.back().missing, 0U);
  EXPECT_DOUBLE_EQ(told.back().latency_ns, *result.latency_ns);
}

TEST_F(TuneNetwork, TellsWhatItGainsOverTheDefaultsAndAllTrialsByVerdict) {
  std::optional<double> untuned;
  Counts all;
  progress_ = [&](const NetworkProgress& progress) {
    if (untuned) {
      EXPECT_EQ(progress.default_latency_ns, untuned);
    }
    untuned = progress.default_latency_ns;
    all = *progress.others;
    all.add(*progress.session->counts);
    EXPECT_EQ(all.trials, progress.trials);
  };
  const NetworkResult result = run();
  EXPECT_EQ(untuned, result.default_latency_ns);
  EXPECT_EQ(all.by_verdict, result.counts.by_verdict);
}

TEST_F(TuneNetwork, EndsWithinItsBudgetOfTime) {
  options_.budget.trials.reset();
  options_.budget.time = std::chrono::milliseconds(0);
  const NetworkResult result = run();
  EXPECT_EQ(result.end, NetworkEnd::budget);
  EXPECT_EQ(result.counts.trials, 0U);
}

TEST_F(TuneNetwork, BeginsNothingWhereItIsStoppedBefore) {
  stop_.request_stop();
  const NetworkResult result = run();
  EXPECT_EQ(result.end, NetworkEnd::interrupted);
  EXPECT_THAT(result.picks, ElementsAre());
}

TEST_F(TuneNetwork, PicksByTheSlopeWhereTheStrategyHasNoIdea) {
  options_.session.strategy = "random";
  const NetworkResult result = run();
  EXPECT_EQ(result.counts.trials, 80U);
  EXPECT_THAT(result.picks, Contains(0));
}

TEST_F(TuneNetwork, RefusesWhatCannotBeMeant) {
  const auto message = [&] { return try_run().error().message; };
  options_.least_gain = 2;
  EXPECT_THAT(message(), HasSubstr("the least gain worth a batch is 2"));
  options_.least_gain = 0;
  options_.budget.early_stop = 0;
  EXPECT_THAT(message(), HasSubstr("early stopping after 0 trials"));
  options_.budget.early_stop.reset();
  tasks_[1].occurrences = 0;
  EXPECT_THAT(message(), HasSubstr("the network never runs second"));
  tasks_[1] = tasks_[0];
  EXPECT_THAT(message(), HasSubstr("first and first are the same task"));
  tasks_[1].task = nullptr;
  EXPECT_THAT(message(), HasSubstr("a task of the network is missing"));
  tasks_.clear();
  EXPECT_THAT(message(), HasSubstr("no tasks"));
}

TEST_F(TuneNetwork, RefusesAnotherObjectiveThanLatency) {
  const Space space = Space::create({number_knob("h", {1, 2})}).value();
  PlainTask plain;
  plain.space = space;
  plain.objective = parse_objective("energy:J").value();
  tasks_ = {{make_plain_task(std::move(plain)).value(), 1}};
  EXPECT_THAT(try_run().error().message, HasSubstr("is tuned for energy"));
}

TEST_F(TuneNetwork, NamesTheTaskThatFails) {
  options_.session.strategy = "unknown";
  EXPECT_THAT(try_run().error().message, HasSubstr("first: "));
}

}  // namespace
}  // namespace tamis::network
