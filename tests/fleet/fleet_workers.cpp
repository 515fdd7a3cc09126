#include "fleet/fleet_workers.h"

#include "base/file.h"

#include <csignal>
#include <utility>

namespace tamis {

Result<size_t> FleetWorkers::add(const TestWorker& worker) {
  Worker added;
  added.arguments = {program_,      "--server", url_,          "--type", worker.type, "--device",
                     worker.device, "--target", worker.target, "--role", worker.role};
  for (const auto& [name, value] : worker.settings) {
    added.arguments.emplace_back("--setting");
    added.arguments.push_back(name + "=" + value);
  }
  if (!worker.key_file.empty()) {
    added.arguments.emplace_back("--key");
    added.arguments.push_back(worker.key_file);
  }
  workers_.push_back(std::move(added));
  TAMIS_TRY(restart(workers_.size() - 1));
  return workers_.size() - 1;
}

Status FleetWorkers::restart(size_t number) {
  TAMIS_ASSIGN(workers_.at(number).program,
               BackgroundProgram::start(workers_.at(number).arguments, output_file(number)));
  return {};
}

std::optional<int> FleetWorkers::stop(size_t number, std::chrono::milliseconds patience) {
  signal(number, SIGTERM);
  return wait(number, patience);
}

double FleetWorkers::processor_seconds() const {
  double sum = 0;
  for (const Worker& worker : workers_) sum += worker.program.processor_seconds();
  return sum;
}

std::string FleetWorkers::output(size_t number) const {
  const auto text = read_file(output_file(number));
  return text.ok() ? *text : std::string();
}

}  // namespace tamis
