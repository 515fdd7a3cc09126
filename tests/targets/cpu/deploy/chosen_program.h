#pragma once

#include "tamis/targets.h"

#include <string>
#include <vector>

namespace tamis::cpu::testing {

/// A config of a task on a target cpu, as the command line would choose it.
struct ChosenProgram {
  SharedTask task;
  Config config;
};

/// The config with the given knobs, `tile_x=4`, the others at their first value; the default one without.
inline ChosenProgram choose_program(const std::string& spec, const std::vector<std::string>& knobs = {},
                                    int threads = 1, const std::string& target_spec = "cpu") {
  const auto target = tamis::make_target(target_spec, {{"threads", std::to_string(threads)}}).value();
  ChosenProgram chosen;
  chosen.task = bind_task(target, target->resolve(spec).value().front()).value();
  chosen.config = knobs.empty() ? chosen.task->default_config() : chosen.task->space().parse(knobs).value();
  return chosen;
}

}  // namespace tamis::cpu::testing
