#pragma once

#include "fleet/background_program.h"
#include "support/temporary_directory.h"
#include "tamis/result.h"
#include "tamis/target.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tamis {

/// How a worker of a fleet is started in a test: the arguments of fleet_test_worker.
struct TestWorker {
  std::string device;
  std::string type = "board";
  std::string target = "trial";
  Settings settings = {};  ///< of the target: what the device is like
  std::string role = "both";
  std::string key_file = {};
};

/// Workers of a fleet in processes of their own (fleet_test_worker), which end with this. Not thread safe.
class FleetWorkers {
 public:
  /// `program` is the path of fleet_test_worker, `url` the server's.
  FleetWorkers(std::string program, std::string url) : program_(std::move(program)), url_(std::move(url)) {}

  /// Starts one; its number, from 0. It may take a while until it is registered. Errors: as spawn.
  Result<size_t> add(const TestWorker& worker);
  size_t size() const { return workers_.size(); }
  /// SIGKILL for the worker alone; what it started to try a config is left to itself.
  void kill(size_t number) { workers_.at(number).program.kill(); }
  void signal(size_t number, int which) { workers_.at(number).program.signal(which); }
  /// Starts one again that ended or was killed, as it was. Errors: as spawn.
  Status restart(size_t number);
  /// SIGTERM, and waits for its end: its status as waitpid() gives it, nothing where it did not end in time.
  std::optional<int> stop(size_t number, std::chrono::milliseconds patience);
  /// Waits for the end of one that ends by itself, as stop().
  std::optional<int> wait(size_t number, std::chrono::milliseconds patience) {
    return workers_.at(number).program.wait(patience);
  }
  bool running(size_t number) const { return workers_.at(number).program.running(); }
  pid_t pid(size_t number) const { return workers_.at(number).program.pid(); }
  /// BackgroundProgram::processor_seconds, of all workers together.
  double processor_seconds() const;
  /// All that it wrote.
  std::string output(size_t number) const;

 private:
  struct Worker {
    std::vector<std::string> arguments;
    BackgroundProgram program;
  };
  std::string output_file(size_t number) const { return directory_.file("worker" + std::to_string(number)); }

  std::string program_;
  std::string url_;
  TemporaryDirectory directory_;
  std::vector<Worker> workers_;
};

}  // namespace tamis
