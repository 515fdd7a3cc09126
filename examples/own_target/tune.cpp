// Tunes a target of its own with a strategy and an initializer of its own: own_target WORKER SIZE TRIALS
#include "tamis/tamis.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "strategy.h"
#include "transpose.h"

namespace {

tamis::Status tune(const std::string& worker, const std::string& size, uint64_t trials) {
  TAMIS_ASSIGN(const auto target, example::make_transpose("transpose", {{"scratch", "8192"}}));
  TAMIS_ASSIGN(const auto workloads, target->resolve(size));
  TAMIS_ASSIGN(const auto task, tamis::bind_task(target, workloads[0], {{"rows <= 64"}}));
  tamis::SessionOptions options;
  options.strategy = "climb";
  options.make_strategy = example::make_climb;
  options.measure.worker_path = worker;
  options.budget.trials = trials;
  TAMIS_ASSIGN(const auto result, tamis::run_session(task, nullptr, options, {}, {}));
  if (!result.best) return tamis::not_found("no config was valid; allow more trials");
  std::printf("%s: %.1f us with %s, %llu of %llu trials invalid\n", task->workload().name.c_str(),
              result.best->cost() / 1000.0, task->space().describe(result.best->config).c_str(),
              static_cast<unsigned long long>(result.counts.invalid),
              static_cast<unsigned long long>(result.counts.trials));
  return {};
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) return std::puts("usage: own_target WORKER SIZE TRIALS"), 2;
  const tamis::Status status = tune(arguments[1], arguments[2], std::strtoull(arguments[3], nullptr, 10));
  if (!status.ok()) std::fprintf(stderr, "own_target: %s\n", status.error().message.c_str());
  return status.ok() ? 0 : 1;
}
