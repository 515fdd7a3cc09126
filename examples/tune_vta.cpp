// Tunes one layer of ResNet-18 for VTA through the C++ API: tune_vta LOG TRIALS
#include "tamis/tamis.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

tamis::Status tune(const std::string& log_path, uint64_t trials) {
  TAMIS_ASSIGN(const auto workloads, tamis::resolve_workloads("resnet18.C11"));
  tamis::SessionOptions options;
  options.budget.trials = trials;
  TAMIS_ASSIGN(const auto target, tamis::make_target("vta"));
  TAMIS_ASSIGN(const auto task, tamis::bind_task(target, workloads[0]));
  TAMIS_ASSIGN(tamis::Log log, tamis::Log::open(log_path, tamis::LogMode::read_write));
  TAMIS_ASSIGN(const auto result, tamis::run_session(task, &log, options, {}, {}));
  if (!result.best) return tamis::not_found("no config was valid; allow more trials");
  std::printf("%s: %.1f us with %s\n", workloads[0].name.c_str(), result.best->cost() / 1000.0,
              task->space().describe(result.best->config).c_str());
  return {};
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return std::puts("usage: tune_vta LOG TRIALS"), 2;
  const tamis::Status status = tune(arguments[1], std::strtoull(arguments[2], nullptr, 10));
  if (!status.ok()) std::fprintf(stderr, "tune_vta: %s\n", status.error().message.c_str());
  return status.ok() ? 0 : 1;
}
