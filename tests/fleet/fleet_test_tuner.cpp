// Tunes on a fleet for tests, in a process that can be killed. Usage: fleet_test_tuner --server URL --log
// FILE
//     [--spec trial] [--trials 100] [--seed 1] [--strategy random] [--resume] [--priority 1] [--name NAME]
//     [--type TYPE]... [--key FILE]
//
// Ends with a line `N trials, M taken from the log`; SIGTERM ends it early.

#include "fleet/trial_target.h"
#include "measure/fault_target.h"
#include "tamis/fleet.h"
#include "tamis/log.h"
#include "tamis/session.h"

#include <csignal>
#include <cstdio>
#include <stop_token>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>

namespace {

struct Options {
  tamis::FleetTuning fleet;
  std::string log;
  std::string spec = "trial";
  tamis::SessionOptions session;
};

/// A stop that SIGTERM requests.
std::stop_source stop_at_sigterm() {
  static sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  std::stop_source stop;
  std::thread([stop]() mutable {
    int number = 0;
    sigwait(&ending, &number);
    stop.request_stop();
  }).detach();
  return stop;
}

tamis::Status tune(Options& options) {
  TAMIS_ASSIGN(options.session.make_measurer, tamis::make_fleet_measurers(options.fleet));
  TAMIS_ASSIGN(tamis::Log log, tamis::Log::open(options.log, tamis::LogMode::read_write));
  TAMIS_ASSIGN(const auto target, tamis::make_fleet_test_target(options.spec, {}));
  TAMIS_ASSIGN(const auto task, tamis::bind_task(target, tamis::small_workload()));
  const std::stop_source stop = stop_at_sigterm();
  TAMIS_ASSIGN(const auto result, tamis::run_session(task, &log, options.session, {}, stop.get_token()));
  std::printf("%llu trials, %llu taken from the log\n", static_cast<unsigned long long>(result.counts.trials),
              static_cast<unsigned long long>(result.resumed));
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Tunes on a fleet for tests");
  Options options;
  options.session.strategy = "random";
  options.session.seed = 1;
  options.session.asynchronous = true;
  options.session.budget.trials = 100;
  options.session.measure.memory_limit_bytes = 0;  // sanitizers reserve terabytes
  app.add_option("--server", options.fleet.address.url)->required();
  app.add_option("--log", options.log)->required();
  app.add_option("--spec", options.spec);
  app.add_option("--trials", *options.session.budget.trials);
  app.add_option("--seed", options.session.seed);
  app.add_option("--strategy", options.session.strategy);
  app.add_flag("--resume", options.session.resume);
  app.add_option("--priority", options.fleet.priority);
  app.add_option("--name", options.fleet.name);
  app.add_option("--type", options.fleet.device_types);
  app.add_option("--key", options.fleet.address.key_file);
  CLI11_PARSE(app, argc, argv);
  const tamis::Status tuned = tune(options);
  if (tuned.ok()) return 0;
  std::fprintf(stderr, "%s\n", tuned.error().message.c_str());
  return 2;
}
