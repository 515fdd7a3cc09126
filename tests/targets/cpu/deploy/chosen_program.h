#pragma once

#include "targets/targets.h"
#include "task/program_request.h"

#include <memory>
#include <string>
#include <vector>

namespace tamis::cpu::testing {

/// A config of a workload on a target cpu, as the command line would choose it.
struct ChosenProgram {
  std::string identity;
  Workload workload;
  Space space;
  Config config;

  ProgramRequest request() const { return {identity, workload, space, config}; }
};

/// The config with the given knobs, `tile_x=4`, the others at their first value; the default one without.
inline ChosenProgram choose_program(const std::string& spec, const std::vector<std::string>& knobs = {},
                                    int threads = 1, const std::string& target_spec = "cpu") {
  TargetOptions options;
  options.threads = threads;
  const std::unique_ptr<Target> target = make_target(target_spec, options).value();
  ChosenProgram chosen;
  chosen.workload = target->workloads(spec).value().front();
  chosen.space = target->space(chosen.workload).value();
  chosen.config = knobs.empty() ? target->default_config(chosen.workload, chosen.space)
                                : chosen.space.parse(knobs).value();
  chosen.identity = target->identity(chosen.workload);
  return chosen;
}

}  // namespace tamis::cpu::testing
