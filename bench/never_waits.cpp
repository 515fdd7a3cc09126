// How much of several devices a search keeps at work whose trials take differently long: with batches, and
// without. Usage: never_waits [--devices 32] [--seconds 60] [--shortest 20] [--longest 2000]
//     [--strategy tamis] [--values 11]
//
// The devices are simulated: they sleep, for a time that is log-uniform over the configs and the same for a
// config in both sessions. Both run in turn on the same devices, as many seconds each.

#include "tamis/random.h"
#include "tamis/session.h"
#include "tamis/task.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  int devices = 32;
  int seconds = 60;
  double shortest_ms = 20;
  double longest_ms = 2000;
  std::string strategy = "tamis";
  size_t values = 11;  ///< of each of four knobs
};

/// When devices were at work.
class Diary {
 public:
  void add(Clock::time_point begin, Clock::time_point end) {
    const std::lock_guard lock(mutex_);
    spans_.emplace_back(begin, end);
  }
  /// How long devices were at work, all together, in a span of time; seconds.
  double worked(Clock::time_point begin, Clock::time_point end) const {
    std::chrono::duration<double> sum{0};
    for (const auto& [from, to] : spans_)
      sum += std::max(Clock::duration(0), std::min(to, end) - std::max(from, begin));
    return sum.count();
  }

 private:
  std::mutex mutex_;
  std::vector<std::pair<Clock::time_point, Clock::time_point>> spans_;
};

struct Program final : tamis::Artifact {
  std::chrono::duration<double, std::milli> takes{0};
  double latency_ns = 0;
};

class SleepingDevice final : public tamis::Device {
 public:
  explicit SleepingDevice(Diary& diary) : diary_(diary) {}
  const std::string& name() const override { return name_; }
  tamis::RunOutcome run(const tamis::Artifact& artifact, const tamis::WorkloadData&,
                        const tamis::RunOptions&) override {
    const auto& program = static_cast<const Program&>(artifact);
    const auto begin = Clock::now();
    std::this_thread::sleep_for(program.takes);
    diary_.add(begin, Clock::now());
    tamis::RunOutcome outcome;
    outcome.costs = {program.latency_ns};
    return outcome;
  }

 private:
  Diary& diary_;
  std::string name_;
};

class SleepingTask final : public tamis::Task {
 public:
  SleepingTask(tamis::TaskFacts facts, const Options& options) : Task(std::move(facts)), options_(options) {}
  tamis::BuildOutcome build(const tamis::Config& config) const override {
    tamis::Random random(space().index(config));
    auto program = std::make_shared<Program>();
    const double share = random.uniform();
    program->takes = std::chrono::duration<double, std::milli>(
        options_.shortest_ms * std::pow(options_.longest_ms / options_.shortest_ms, share));
    program->latency_ns = 1000;
    for (size_t i = 0; i < config.choices.size(); ++i)
      program->latency_ns += 100 * std::pow(config.choices[i] - 3.0 - static_cast<double>(i), 2);
    return {tamis::Verdict::valid, "", {}, program};
  }

 private:
  Options options_;
};

class SleepingTarget final : public tamis::Target {
 public:
  SleepingTarget(const Options& options, Diary& diary)
      : Target("sleeping", {}, {.needs_isolation = false}), options_(options), diary_(diary) {}
  tamis::Result<std::unique_ptr<tamis::Task>> bind(const tamis::Workload& workload) const override {
    std::vector<int64_t> values(options_.values);
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int64_t>(i);
    tamis::TaskFacts facts;
    facts.workload = workload;
    facts.space = tamis::Space::create({tamis::number_knob("a", values), tamis::number_knob("b", values),
                                        tamis::number_knob("c", values), tamis::number_knob("d", values)})
                      .value();
    facts.identity = {"sleeping", "", {}};
    facts.default_config = facts.space.config(0);
    return std::unique_ptr<tamis::Task>(std::make_unique<SleepingTask>(std::move(facts), options_));
  }
  tamis::Result<std::unique_ptr<tamis::Device>> open_device(const tamis::DeviceOptions&) const override {
    return std::unique_ptr<tamis::Device>(std::make_unique<SleepingDevice>(diary_));
  }

 private:
  Options options_;
  Diary& diary_;
};

/// Trials a session made in the given time.
tamis::Result<double> run(const Options& options, bool asynchronous) {
  Diary diary;
  const auto target = std::make_shared<const SleepingTarget>(options, diary);
  const auto workloads = tamis::resolve_workloads("matmul:m=2,n=2,k=2");
  if (!workloads.ok()) return workloads.error();
  const auto task = tamis::bind_task(target, workloads->front());
  if (!task.ok()) return task.error();
  tamis::SessionOptions session;
  session.strategy = options.strategy;
  session.asynchronous = asynchronous;
  session.batch = static_cast<uint64_t>(options.devices);
  session.with_default = false;
  session.measure.jobs = options.devices;
  session.budget.trials.reset();
  session.budget.time = std::chrono::seconds(options.seconds);
  const auto begin = Clock::now();
  const auto result = tamis::run_session(*task, nullptr, session, {}, {});
  if (!result.ok()) return result.error();
  const auto end = begin + std::chrono::seconds(options.seconds);
  const double busy = diary.worked(begin, end) / (options.devices * static_cast<double>(options.seconds));
  const auto trials = static_cast<double>(result->counts.trials);
  fmt::print(
      "{:<8} {:6.0f} trials, {:5.1f} a second, devices {:.1f} % at work, {:.2f} ms of search a trial\n",
      asynchronous ? "async" : "batches", trials, trials / options.seconds, 100 * busy,
      static_cast<double>(result->search_ns) / 1e6 / trials);
  std::fflush(stdout);
  return trials;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Devices at work with batches and without");
  Options options;
  app.add_option("--devices", options.devices)->check(CLI::Range(1, 256));
  app.add_option("--seconds", options.seconds)->check(CLI::Range(1, 3600));
  app.add_option("--shortest", options.shortest_ms, "ms")->check(CLI::Range(0.1, 1e6));
  app.add_option("--longest", options.longest_ms, "ms")->check(CLI::Range(0.1, 1e6));
  app.add_option("--strategy", options.strategy);
  app.add_option("--values", options.values, "of each of the four knobs: 12 make a space judged in parts")
      ->check(CLI::Range(2, 100));
  CLI11_PARSE(app, argc, argv);
  const auto batches = run(options, false);
  const auto async = batches.ok() ? run(options, true) : batches;
  if (!async.ok()) {
    fmt::print(stderr, "never_waits: {}\n", async.error().message);
    return 1;
  }
  fmt::print("{:.2f} times the trials\n", *async / *batches);
  return 0;
}
