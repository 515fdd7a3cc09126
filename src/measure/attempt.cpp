#include "measure/attempt.h"

#include "base/clock.h"
#include "measure/check.h"
#include "trial/reaches_device.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

namespace tamis {
namespace {

/// Turns what a target must not return into a verdict with a message that blames the target.
void refuse_contradictions(BuildOutcome& built) {
  if (built.verdict != Verdict::valid || built.artifact != nullptr) return;
  built.verdict = Verdict::build_failed;
  built.message = "the target reported a successful build without a program";
}

void refuse_contradictions(RunOutcome& ran) {
  if (ran.verdict != Verdict::valid) return;
  Status checked = ran.latencies_ns.empty() ? invalid_input("no latency") : Status();
  for (const double latency : ran.latencies_ns)
    if (checked.ok()) checked = check_latency_ns(latency);
  if (checked.ok()) return;
  ran.verdict = Verdict::run_failed;
  ran.message = fmt::format("the device reported {}", checked.error().message);
}

void take(Trial& trial, RunOutcome ran, const MeasureTask& task, const WorkloadData& data) {
  refuse_contradictions(ran);
  trial.verdict = ran.verdict;
  trial.message = std::move(ran.message);
  // A device that went away says nothing of the config, so it does not count as a measurement of it; nor does
  // a program that builds only when it is run, and fails to.
  trial.measured = ran.verdict != Verdict::device_lost && reaches_device(ran.verdict);
  std::move(ran.features.values.begin(), ran.features.values.end(),
            std::back_inserter(trial.features.values));
  if (trial.verdict != Verdict::valid) return;
  if (!ran.output.empty()) {
    if (auto difference = find_difference(*task.workload, data, ran.output)) {
      trial.verdict = Verdict::wrong_result;
      trial.message = std::move(*difference);
      return;
    }
  }
  trial.message.clear();
  trial.latencies_ns = std::move(ran.latencies_ns);
}

}  // namespace

Result<Trial> attempt(const MeasureTask& task, Device& device, const WorkloadData& data, const Config& config,
                      const AttemptOptions& options, const std::function<void(Phase)>& announce) {
  Trial trial;
  trial.config = config;
  announce(Phase::building);
  const int64_t build_begin = monotonic_ns();
  BuildOutcome built = task.target->build(*task.workload, *task.space, config);
  trial.build_ns = monotonic_ns() - build_begin;
  refuse_contradictions(built);
  trial.features = std::move(built.features);
  if (built.verdict == Verdict::valid) {
    announce(Phase::running);
    const int64_t run_begin = monotonic_ns();
    RunOutcome ran =
        device.run(*built.artifact, data, {options.run_deadline, options.save_program, options.incumbent_ns});
    if (ran.verdict == Verdict::valid && !options.save_program.empty() && !ran.message.empty())
      return io_error(fmt::format("the program could not be saved: {}", ran.message));
    take(trial, std::move(ran), task, data);
    trial.run_ns = monotonic_ns() - run_begin;
    trial.device = device.name();
  } else {
    trial.verdict = built.verdict;
    trial.message = std::move(built.message);
  }
  trial.finished_unix_ms = unix_ms();
  return trial;
}

std::string program_path(const std::string& directory, const MeasureTask& task, const Config& config) {
  if (directory.empty()) return {};
  std::string name = task.workload->name.empty() ? to_spec(*task.workload) : task.workload->name;
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '-' && c != '_') c = '_';
  return fmt::format("{}/{}-{}.json.gz", directory, name, task.space->index(config));
}

}  // namespace tamis
