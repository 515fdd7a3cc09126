// A worker of fleets for tests, and, without arguments, the program in which it tries configs
// (run_worker_program). Usage: fleet_test_worker --server URL --type TYPE --device NAME [--target SPEC]
// [--setting NAME=VALUE]...
//     [--role both] [--key FILE] [--slot 0]
//
// SIGTERM lets it finish what it tries and end.

#include "fleet/trial_target.h"
#include "tamis/fleet.h"
#include "tamis/worker.h"

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

namespace {

int report(const tamis::Status& served) {
  if (served.ok()) return 0;
  std::fprintf(stderr, "%s\n", served.error().message.c_str());
  return 2;
}

int serve(const tamis::FleetWorker& worker) {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  std::stop_source stop;
  std::thread([&ending, stop]() mutable {
    int number = 0;
    sigwait(&ending, &number);
    stop.request_stop();
  }).detach();
  const int status = report(tamis::serve_fleet(worker, tamis::make_fleet_test_target, stop.get_token()));
  // The thread that waits for the signal reads a local variable of this function.
  std::_Exit(status);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 1) return report(tamis::run_worker_program(tamis::make_fleet_test_target));
  CLI::App app("A worker of fleets for tests");
  tamis::FleetWorker worker;
  std::vector<std::string> settings;
  std::string role = "both";
  app.add_option("--server", worker.address.url)->required();
  app.add_option("--type", worker.device_type)->required();
  app.add_option("--device", worker.device)->required();
  app.add_option("--target", worker.target);
  app.add_option("--setting", settings);
  app.add_option("--role", role);
  app.add_option("--key", worker.address.key_file);
  app.add_option("--slot", worker.slot);
  CLI11_PARSE(app, argc, argv);
  for (const std::string& setting : settings) {
    const size_t equals = setting.find('=');
    if (equals != std::string::npos) worker.settings[setting.substr(0, equals)] = setting.substr(equals + 1);
  }
  const auto parsed = tamis::parse_fleet_role(role);
  if (!parsed.ok()) return report(parsed.error());
  worker.role = *parsed;
  worker.worker_path = std::filesystem::read_symlink("/proc/self/exe");
  worker.note = [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); };
  return serve(worker);
}
