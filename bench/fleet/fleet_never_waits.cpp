// How much of a fleet's devices a search keeps at work whose trials take differently long: with batches, and
// without. Usage: fleet_never_waits [--devices 32] [--seconds 60] [--shortest 20] [--longest 2000]
//     [--strategy tamis]
//
// The devices are simulated: they sleep, for a time that is log-uniform over the configs and the same for a
// config in both sessions. Each is served by a process of its own; server, workers and tuner share this
// machine. Both sessions run one after the other on the same devices, as many seconds each.

#include "base/clock.h"
#include "fleet/test_fleet.h"
#include "fleet/trial_target.h"
#include "support/temporary_directory.h"
#include "tamis/session.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace {

struct Options {
  size_t devices = 32;
  int seconds = 60;
  double shortest_ms = 20;
  double longest_ms = 2000;
  std::string strategy = "tamis";
  std::string program = TAMIS_BUILD_BIN "/fleet_test_worker";
};

std::string diary_of(const tamis::TemporaryDirectory& folder, size_t device) {
  return folder.file("diary" + std::to_string(device));
}

/// How long a device was at work between two moments, in s, by its diary.
double worked(const std::string& diary, int64_t from_ns, int64_t to_ns) {
  std::ifstream file(diary);
  std::string what;
  uint64_t index = 0;
  int64_t at = 0;
  int64_t began = -1;
  int64_t sum = 0;
  const auto add = [&](int64_t end) {
    if (began >= 0) sum += std::max<int64_t>(0, std::min(end, to_ns) - std::max(began, from_ns));
    began = -1;
  };
  while (file >> what >> index >> at) {
    if (what == "end") add(at);
    if (what == "begin") began = at;
  }
  add(to_ns);  // what was under way when the time was over
  return static_cast<double>(sum) / 1e9;
}

tamis::Result<double> run(const Options& options, const tamis::bench::TestFleet& fleet,
                          const tamis::TemporaryDirectory& folder, bool asynchronous) {
  tamis::SessionOptions session;
  session.strategy = options.strategy;
  session.asynchronous = asynchronous;
  session.batch = options.devices;
  session.with_default = false;
  session.measure.run_deadline = std::chrono::seconds(30);
  session.budget.trials.reset();
  session.budget.time = std::chrono::seconds(options.seconds);
  TAMIS_ASSIGN(session.make_measurer, tamis::make_fleet_measurers(fleet.tuning()));
  const int64_t begin = tamis::monotonic_ns();
  TAMIS_ASSIGN(const auto result,
               tamis::run_session(tamis::trial_task("trial:free"), nullptr, session, {}, {}));
  const int64_t end = begin + int64_t{options.seconds} * 1'000'000'000;
  double sum = 0;
  for (size_t i = 0; i < options.devices; ++i) sum += worked(diary_of(folder, i), begin, end);
  const auto trials = static_cast<double>(result.counts.trials);
  fmt::print(
      "{:<8} {:6.0f} trials, {:5.1f} a second, devices {:.1f} % at work, {:.2f} ms of search a trial\n",
      asynchronous ? "async" : "batches", trials, trials / options.seconds,
      100 * sum / (static_cast<double>(options.devices) * options.seconds),
      static_cast<double>(result.search_ns) / 1e6 / trials);
  std::fflush(stdout);
  return trials;
}

tamis::Status compare(const Options& options) {
  const tamis::TemporaryDirectory folder;
  TAMIS_ASSIGN(auto fleet,
               tamis::bench::TestFleet::start(
                   options.program, options.devices, [&](size_t number, tamis::TestWorker& worker) {
                     worker.target = "trial:free";
                     worker.settings = {{"shortest_ms", std::to_string(options.shortest_ms)},
                                        {"longest_ms", std::to_string(options.longest_ms)},
                                        {"diary", diary_of(folder, number)}};
                   }));
  TAMIS_ASSIGN(const double batches, run(options, fleet, folder, false));
  TAMIS_ASSIGN(const double async, run(options, fleet, folder, true));
  fmt::print("{:.2f} times the trials\n", async / batches);
  return {};
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("Devices of a fleet at work with batches and without");
  Options options;
  app.add_option("--devices", options.devices)->check(CLI::Range(1, 256));
  app.add_option("--seconds", options.seconds)->check(CLI::Range(1, 3600));
  app.add_option("--shortest", options.shortest_ms, "ms")->check(CLI::Range(0.1, 1e6));
  app.add_option("--longest", options.longest_ms, "ms")->check(CLI::Range(0.1, 1e6));
  app.add_option("--strategy", options.strategy);
  CLI11_PARSE(app, argc, argv);
  const tamis::Status ran = compare(options);
  if (ran.ok()) return 0;
  fmt::print(stderr, "fleet_never_waits: {}\n", ran.error().message);
  return 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "fleet_never_waits: %s\n", error.what());
  return 1;
}
