// What a fleet costs: trials a second through the server with trials that take no time, and what it adds to
// one trial. Usage: fleet_overhead [--workers 8] [--seconds 10] [--single 300] [--trials N]
//
// The server is Debian's nats-server on loopback; server, workers and tuner share this machine, so what they
// need of the processor is printed too. With --trials the session ends after so many trials instead, and
// memory is printed on the way.

#include "base/median.h"
#include "fleet/test_fleet.h"
#include "fleet/trial_target.h"
#include "tamis/measurer.h"
#include "tamis/session.h"

#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  size_t workers = 8;
  int seconds = 10;
  int single = 300;
  uint64_t trials = 0;
  std::string program;
};

double resident_mb() {
  std::ifstream file("/proc/self/statm");
  uint64_t all = 0;
  uint64_t resident = 0;
  file >> all >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

double own_processor_seconds() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

tamis::Result<tamis::bench::TestFleet> start(const Options& options, size_t workers) {
  return tamis::bench::TestFleet::start(
      options.program, workers, [](size_t, tamis::TestWorker& worker) { worker.target = "trial:large"; });
}

tamis::Status print_throughput(const Options& options) {
  TAMIS_ASSIGN(auto fleet, start(options, options.workers));
  tamis::SessionOptions session;
  session.strategy = "random";
  session.asynchronous = true;
  session.with_default = false;
  session.budget.trials.reset();
  if (options.trials > 0) {
    session.budget.trials = options.trials;
  } else {
    session.budget.time = std::chrono::seconds(options.seconds);
  }
  TAMIS_ASSIGN(session.make_measurer, tamis::make_fleet_measurers(fleet.tuning()));
  const double tuner_began = own_processor_seconds();
  const double server_began = fleet.server().processor_seconds();
  const double workers_began = fleet.workers().processor_seconds();
  const auto begin = Clock::now();
  const auto show = [&](const tamis::Progress& progress) {
    if (progress.counts->trials % 50'000 != 0) return;
    fmt::print("{:8} trials: this process holds {:.0f} MB, the server {:.0f} MB\n", progress.counts->trials,
               resident_mb(), static_cast<double>(fleet.server().resident_bytes()) / 1e6);
    std::fflush(stdout);
  };
  TAMIS_ASSIGN(const auto result,
               tamis::run_session(tamis::trial_task("trial:large"), nullptr, session, show, {}));
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  const auto trials = static_cast<double>(result.counts.trials);
  fmt::print("{} workers: {:.0f} trials in {:.1f} s, {:.0f} a second; search {:.3f} ms a trial\n",
             options.workers, trials, seconds, trials / seconds,
             static_cast<double>(result.search_ns) / 1e6 / trials);
  const auto us = [&](double seconds_used) { return 1e6 * seconds_used / trials; };
  fmt::print("processor time a trial: tuner {:.0f} us, server {:.0f} us, workers {:.0f} us\n",
             us(own_processor_seconds() - tuner_began), us(fleet.server().processor_seconds() - server_began),
             us(fleet.workers().processor_seconds() - workers_began));
  return {};
}

/// The median time that one trial takes by itself, in ms.
tamis::Result<double> time_single(tamis::Measurer& measurer, const tamis::SharedTask& task, int count) {
  std::vector<double> times;
  for (int i = 0; i < count; ++i) {
    const tamis::MeasureRequest request{static_cast<uint64_t>(i),
                                        task->space().config(static_cast<uint64_t>(i)), "bench"};
    const auto begin = Clock::now();
    TAMIS_TRY(measurer.measure({&request, 1}, [](const tamis::Trial&) { return tamis::Status(); }, {}));
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
  }
  return tamis::median(std::move(times));
}

tamis::Status print_latency(const Options& options) {
  TAMIS_ASSIGN(auto fleet, start(options, 1));
  const tamis::SharedTask task = tamis::trial_task("trial:large");
  TAMIS_ASSIGN(const auto make, tamis::make_fleet_measurers(fleet.tuning()));
  TAMIS_ASSIGN(const auto remote, make(task, {}));
  TAMIS_ASSIGN(const auto local, tamis::make_measurer(task, {}));
  TAMIS_ASSIGN(const double local_ms, time_single(*local, task, options.single));
  TAMIS_ASSIGN(const double remote_ms, time_single(*remote, task, options.single));
  fmt::print("one trial at a time, median of {}: {:.3f} ms on the fleet, {:.3f} ms here; added {:.3f} ms\n",
             options.single, remote_ms, local_ms, remote_ms - local_ms);
  return {};
}

tamis::Status run(const Options& options) {
  TAMIS_TRY(print_throughput(options));
  return options.single > 0 ? print_latency(options) : tamis::Status();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("What a fleet costs");
  Options options;
  options.program = TAMIS_BUILD_BIN "/fleet_test_worker";
  app.add_option("--workers", options.workers)->check(CLI::Range(1, 256));
  app.add_option("--seconds", options.seconds)->check(CLI::Range(1, 3600));
  app.add_option("--single", options.single, "trials one at a time")->check(CLI::Range(0, 100'000));
  app.add_option("--trials", options.trials, "end after so many");
  CLI11_PARSE(app, argc, argv);
  const tamis::Status ran = run(options);
  if (ran.ok()) return 0;
  fmt::print(stderr, "fleet_overhead: {}\n", ran.error().message);
  return 1;
}
