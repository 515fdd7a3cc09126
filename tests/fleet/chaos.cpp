#include "fleet/chaos.h"

#include "base/file.h"
#include "process/exit_status.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string>
#include <thread>

namespace tamis {

void ChaosTest::start_tuner(const Disturbances& wanted, bool resume) {
  std::vector<std::string> arguments = {tuner_program(),
                                        "--server",
                                        server_->url(),
                                        "--log",
                                        log_file(),
                                        "--trials",
                                        std::to_string(wanted.trials),
                                        "--seed",
                                        std::to_string(wanted.seed),
                                        "--strategy",
                                        wanted.strategy};
  if (resume) arguments.emplace_back("--resume");
  auto started = BackgroundProgram::start(arguments, directory_.file("tuner"));
  ASSERT_TRUE(started.ok()) << started.error().message;
  tuner_ = std::move(*started);
}

uint64_t ChaosTest::progress() const {
  const auto log = Log::open(log_file(), LogMode::read);
  if (!log.ok()) return 0;
  const auto sessions = log->sessions();
  if (!sessions.ok() || sessions->empty()) return 0;
  const auto end = log->end(sessions->back().id);
  return end.ok() ? *end : 0;
}

std::vector<Trial> ChaosTest::logged() const {
  const auto log = Log::open(log_file(), LogMode::read);
  EXPECT_TRUE(log.ok()) << log.error().message;
  if (!log.ok()) return {};
  const auto sessions = log->sessions();
  EXPECT_EQ(sessions->size(), 1U) << "a tuner that was killed was not resumed";
  if (sessions->empty()) return {};
  auto trials = log->trials(sessions->back().id);
  EXPECT_TRUE(trials.ok()) << trials.error().message;
  return trials.ok() ? std::move(*trials) : std::vector<Trial>();
}

void ChaosTest::restart_workers() {
  for (size_t i = 0; i < workers_->size(); ++i) {
    // One that found the lease of its device still taken has ended.
    if (workers_->running(i) && workers_->wait(i, std::chrono::milliseconds(0)))
      restarts_[i] = Clock::now() + std::chrono::seconds(1);
    if (!workers_->running(i) && Clock::now() >= restarts_[i]) {
      const Status restarted = workers_->restart(i);
      EXPECT_TRUE(restarted.ok()) << restarted.error().message;
    }
  }
}

void ChaosTest::kill_a_worker() {
  const size_t number = chance_.below(workers_->size());
  workers_->kill(number);
  restarts_[number] = Clock::now() + std::chrono::milliseconds(chance_.below(1500));
}

void ChaosTest::disturb(const Disturbances& wanted, Disturbed& done, double share) {
  const auto due = [share](const std::vector<double>& at, uint64_t count) {
    return count < at.size() && share >= at[count];
  };
  if (due(wanted.server_kills, done.server_kills)) {
    ++done.server_kills;
    const Status restarted = server_->kill_and_restart(std::chrono::milliseconds(chance_.below(1000)));
    EXPECT_TRUE(restarted.ok()) << restarted.error().message;
  }
  if (due(wanted.stalls, done.stalls)) {
    ++done.stalls;
    server_->stall();
    std::this_thread::sleep_for(std::chrono::seconds(2));
    server_->resume();
  }
  if (due(wanted.tuner_kills, done.tuner_kills)) {
    ++done.tuner_kills;
    tuner_.kill();
    start_tuner(wanted, true);
  }
}

Disturbed ChaosTest::tune_disturbed(const Disturbances& wanted) {
  TestWorker worker;
  worker.settings = {{"shortest_ms", std::to_string(wanted.shortest_ms)},
                     {"longest_ms", std::to_string(wanted.longest_ms)}};
  if (workers_->size() == 0) start_workers(wanted.workers, worker);
  restarts_.resize(workers_->size());
  chance_ = Random(wanted.seed);
  std::unique_ptr<MessageDoubler> doubler;
  if (wanted.doubled_messages) doubler = MessageDoubler::start(server_->url()).value();
  Disturbed done;
  const auto begin = Clock::now();
  auto next_kill = begin + wanted.between_worker_kills;
  start_tuner(wanted, false);
  std::optional<int> ended;
  const auto patience = begin + std::chrono::minutes(9);
  while (!ended && Clock::now() < patience && !HasFailure()) {
    restart_workers();
    if (wanted.between_worker_kills.count() > 0 && Clock::now() >= next_kill) {
      kill_a_worker();
      ++done.worker_kills;
      next_kill += wanted.between_worker_kills / 2 +
                   std::chrono::milliseconds(
                       chance_.below(static_cast<uint64_t>(wanted.between_worker_kills.count())));
    }
    disturb(wanted, done, static_cast<double>(progress()) / static_cast<double>(wanted.trials));
    ended = tuner_.wait(std::chrono::milliseconds(100));
  }
  EXPECT_TRUE(ended) << "the tuner has " << progress() << " trials and does not end";
  if (ended) {
    EXPECT_EQ(*ended, 0) << describe_status(*ended);
  }
  const auto output = read_file(directory_.file("tuner"));
  if (HasFailure() && output.ok()) std::printf("the tuner wrote:\n%s\n", output->c_str());
  done.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  done.doubled = doubler ? doubler->doubled() : 0;
  return done;
}

void ChaosTest::expect_as_undisturbed(const Disturbances& wanted) const {
  const std::vector<Trial> trials = logged();
  std::vector<uint64_t> numbers;
  for (const Trial& trial : trials) numbers.push_back(trial.number);
  std::sort(numbers.begin(), numbers.end());
  ASSERT_EQ(numbers.size(), wanted.trials);
  for (size_t i = 0; i < numbers.size(); ++i) ASSERT_EQ(numbers[i], i);
  const SharedTask task = trial_task();
  SessionOptions options = session_;
  options.seed = wanted.seed;
  options.strategy = wanted.strategy;
  options.with_default = true;
  options.measure.jobs = 2;
  options.budget.trials = wanted.trials;
  const auto undisturbed = run_session(task, nullptr, options, {}, {});
  ASSERT_TRUE(undisturbed.ok()) << undisturbed.error().message;
  EXPECT_EQ(outcomes(task->space(), trials), outcomes(task->space(), undisturbed->trials));
}

void ChaosTest::expect_resumes_exactly(const Disturbances& wanted) const {
  const SharedTask task = trial_task();
  SessionOptions options = session_;
  options.seed = wanted.seed;
  options.strategy = wanted.strategy;
  options.with_default = true;
  options.budget.trials = wanted.trials;
  options.resume = true;
  auto log = Log::open(log_file(), LogMode::read_write);
  ASSERT_TRUE(log.ok()) << log.error().message;
  const auto resumed = run_session(task, &*log, options, {}, {});
  ASSERT_TRUE(resumed.ok()) << resumed.error().message;
  EXPECT_EQ(resumed->resumed, wanted.trials) << resumed->resume_note;
  EXPECT_FALSE(resumed->learnt_at_once) << resumed->at_once_reason;
}

}  // namespace tamis
