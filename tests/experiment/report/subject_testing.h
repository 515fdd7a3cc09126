#pragma once

#include "experiment/report/subject.h"
#include "tamis/targets.h"
#include "tamis/task.h"
#include "targets/vta/codegen/artifact.h"
#include "targets/vta/simulator/simulator.h"

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace tamis::report::samples {

inline SharedTask task_of(const std::string& target, const std::string& spec, const Settings& settings = {}) {
  const auto made = make_target(target, settings);
  EXPECT_TRUE(made.ok()) << made.error().message;
  const auto workloads = (*made)->resolve(spec);
  EXPECT_TRUE(workloads.ok()) << workloads.error().message;
  const auto task = bind_task(*made, workloads->front());
  EXPECT_TRUE(task.ok()) << task.error().message;
  return *task;
}

/// A trial of a config on VTA, as the simulator gives it; nothing where it does not come to its end.
inline std::optional<Trial> try_on_vta(const Task& task, const Config& config) {
  const BuildOutcome built = task.build(config);
  const auto program = std::dynamic_pointer_cast<const vta::VtaArtifact>(built.artifact);
  if (!program) return std::nullopt;
  vta::Launch launch = program->launch;
  const vta::SimulationOutcome ran = vta::simulate(program->hardware, launch, {.functional = false});
  if (ran.stop != vta::Stop::finished) return std::nullopt;
  Trial trial;
  trial.config = config;
  trial.measured = true;
  trial.costs = {program->hardware.memory.to_ns(static_cast<double>(ran.counters.cycles))};
  trial.features = built.features;
  for (const auto& [name, value] : to_features(ran.counters).values) trial.features.set(name, value);
  return trial;
}

/// What a report gets of a task, from a log: its space is without constraints.
inline Subject subject_of(const Task& task) {
  Subject subject;
  subject.workload = task.workload();
  subject.target_spec = task.target().spec();
  subject.target_identity = to_string(task.identity());
  subject.space = Space::create(task.space().knobs()).value();
  return subject;
}

/// The same with the best of some configs on VTA, and with the default config.
inline Subject subject_on_vta(const Task& task, uint64_t configs = 64) {
  Subject subject = subject_of(task);
  subject.default_trial = try_on_vta(task, task.default_config());
  const uint64_t step = std::max<uint64_t>(1, task.space().size() / configs);
  for (uint64_t index = 0; index < task.space().size(); index += step) {
    std::optional<Trial> trial = try_on_vta(task, task.space().config(index));
    if (trial && (!subject.best || trial->cost() < subject.best->cost())) subject.best = std::move(trial);
  }
  EXPECT_TRUE(subject.best);
  return subject;
}

}  // namespace tamis::report::samples
