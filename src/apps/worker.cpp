#include "tamis/worker.h"

#include "apps/worker_arguments.h"
#include "process/stop_on_signal.h"
#include "tamis/fleet.h"
#include "tamis/targets.h"
#include "tamis/version.h"

#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace {

using tamis::worker::Arguments;
using tamis::worker::Purpose;

constexpr int kFailed = 2;

int fail(const tamis::Error& error) {
  std::fprintf(stderr, "tamis-worker: %s\n", error.message.c_str());
  return kFailed;
}

int say(const std::string& text) { return std::fputs(text.c_str(), stdout) < 0 ? kFailed : 0; }

/// Until a signal lets it finish what it has.
tamis::Status serve_fleet(tamis::FleetWorker worker) {
  // What runs what a config makes is this program too, in processes of their own.
  std::error_code unknown;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", unknown);
  if (!unknown) worker.worker_path = self.string();
  worker.note = [](const std::string& line) { std::fprintf(stderr, "tamis-worker: %s\n", line.c_str()); };
  const tamis::StopOnSignal signals;
  return tamis::serve_fleet(worker, tamis::make_target, signals.token());
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  tamis::Result<Arguments> arguments = tamis::worker::read_arguments(words);
  if (!arguments.ok()) return fail(arguments.error());
  if (arguments->purpose == Purpose::help) return say(tamis::worker::help());
  if (arguments->purpose == Purpose::version)
    return say(std::string("tamis-worker ") + tamis::kVersion + "\n");
  const tamis::Status served = arguments->purpose == Purpose::fleet
                                   ? serve_fleet(std::move(arguments->fleet))
                                   : tamis::run_worker_program(tamis::make_target);
  return served.ok() ? 0 : fail(served.error());
}
