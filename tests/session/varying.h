#pragma once

#include "session/scripted.h"
#include "tamis/log.h"

#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tamis {

/// What a device says when it runs a config (by index) for the n-th time, from 0.
using Script = std::function<RunOutcome(uint64_t config, int run)>;

inline RunOutcome latency(double ns) {
  RunOutcome outcome;
  outcome.costs = {ns};
  return outcome;
}

inline RunOutcome failure(Verdict verdict, const std::string& message) {
  RunOutcome outcome;
  outcome.verdict = verdict;
  outcome.message = message;
  return outcome;
}

struct IndexArtifact final : Artifact {
  uint64_t index = 0;
};

/// What running the configs of a task showed: the order in which they ran and what each was told.
struct Runs {
  Script script;
  std::vector<uint64_t> order;
  std::vector<double> incumbents;
  std::map<uint64_t, int> count;
};

class ScriptedDevice final : public Device {
 public:
  explicit ScriptedDevice(std::shared_ptr<Runs> runs) : runs_(std::move(runs)) {}
  const std::string& name() const override { return name_; }
  RunOutcome run(const Artifact& artifact, const WorkloadData&, const RunOptions& options) override {
    const uint64_t index = static_cast<const IndexArtifact&>(artifact).index;
    runs_->order.push_back(index);
    runs_->incumbents.push_back(options.incumbent_ns);
    return runs_->script(index, runs_->count[index]++);
  }

 private:
  std::shared_ptr<Runs> runs_;
  std::string name_ = "scripted";
};

class VaryingTask final : public Task {
 public:
  using Task::Task;
  BuildOutcome build(const Config& config) const override {
    auto artifact = std::make_shared<IndexArtifact>();
    artifact->index = space().index(config);
    return {Verdict::valid, "", {}, artifact};
  }
};

/// Ten configs whose latencies a test scripts.
class VaryingTarget final : public Target {
 public:
  VaryingTarget(std::shared_ptr<Runs> runs, bool vary)
      : Target("varying", {}, {.needs_isolation = false, .latencies_vary = vary}), runs_(std::move(runs)) {}
  Result<std::unique_ptr<Task>> bind(const Workload& workload) const override {
    TaskFacts facts;
    facts.workload = workload;
    facts.space = Space::create({number_knob("a", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})}).value();
    facts.identity = {"varying", "", {}};
    facts.default_config = facts.space.config(0);
    return std::unique_ptr<Task>(std::make_unique<VaryingTask>(std::move(facts)));
  }
  Result<std::unique_ptr<Device>> open_device(const DeviceOptions&) const override {
    return std::unique_ptr<Device>(std::make_unique<ScriptedDevice>(runs_));
  }

 private:
  std::shared_ptr<Runs> runs_;
};

/// A session on such a target, with all of its configs.
struct VaryingSession {
  explicit VaryingSession(Script script) {
    runs.script = std::move(script);
    options.finalists = 3;
    options.budget.trials.reset();
  }
  SessionResult run(Log* log) {
    const std::shared_ptr<Runs> shared(std::shared_ptr<Runs>(), &runs);
    const auto target = std::make_shared<const VaryingTarget>(shared, vary);
    const SharedTask task = bind_task(target, small_workload_of(), {.constraints = constraints}).value();
    auto result = run_session(task, log, options, {}, stop.get_token());
    EXPECT_TRUE(result.ok()) << result.error().message;
    return std::move(*result);
  }
  Runs runs;
  bool vary = true;
  std::vector<std::string> constraints;
  SessionOptions options = scripted_options();
  std::stop_source stop;
};

/// Config 9 looks best once and never again; 4 is the best in truth.
inline RunOutcome lucky_nine(uint64_t config, int run) {
  if (config == 9) return latency(run == 0 ? 50 : 500);
  return latency(100 + 10 * (config > 4 ? static_cast<double>(config) - 4 : 4 - static_cast<double>(config)));
}

}  // namespace tamis
