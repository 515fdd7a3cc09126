#include "targets/vta/simulator_device.h"

#include "targets/vta/codegen/artifact.h"
#include "targets/vta/simulator/simulator.h"

namespace tamis::vta {
namespace {

Verdict to_verdict(Stop stop) {
  switch (stop) {
    case Stop::finished:
      return Verdict::valid;
    case Stop::trapped:
      return Verdict::run_failed;
    case Stop::hung:
    case Stop::timeout:
      return Verdict::run_timeout;
  }
  return Verdict::run_failed;
}

RunOutcome failed_run(std::string message) {
  RunOutcome outcome;
  outcome.verdict = Verdict::run_failed;
  outcome.message = std::move(message);
  return outcome;
}

}  // namespace

RunOutcome SimulatorDevice::run(const Artifact& artifact, const WorkloadData& data,
                                const RunOptions& options) {
  const auto& program = static_cast<const VtaArtifact&>(artifact);
  Result<Launch> loaded = load_operands(program, data);
  if (!loaded.ok()) return failed_run(loaded.error().message);
  Launch launch = std::move(*loaded);
  std::optional<Launch> before;
  if (!options.save_program.empty()) before = launch;
  const SimulationOutcome simulated = simulate(program.hardware, launch, {});
  RunOutcome outcome;
  if (simulated.stop == Stop::finished) {
    outcome.output = read_output(program, launch);
    if (before) {
      if (const Status saved = save_launch(options.save_program, program, *before, launch); !saved.ok())
        outcome.message = saved.error().message;
    }
  }
  outcome.verdict = to_verdict(simulated.stop);
  if (outcome.verdict != Verdict::valid) outcome.message = simulated.message;
  outcome.features = to_features(simulated.counters);
  if (outcome.verdict == Verdict::valid)
    outcome.costs = {program.hardware.memory.to_ns(static_cast<double>(simulated.counters.cycles))};
  return outcome;
}

}  // namespace tamis::vta
