#include "session/scripted.h"

#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

struct BowlArtifact final : Artifact {
  uint64_t index = 0;
  double latency_ns = 0;
  std::string code;
  std::string code_hash() const override { return code; }
};

class BowlDevice final : public Device {
 public:
  explicit BowlDevice(bool runs_long) : runs_long_(runs_long) {}
  const std::string& name() const override { return name_; }
  RunOutcome run(const Artifact& artifact, const WorkloadData& data, const RunOptions&) override {
    const auto& bowl = static_cast<const BowlArtifact&>(artifact);
    RunOutcome outcome;
    if (runs_long_) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    if (bowl.code.empty() && bowl.index % 11 == 10) return {Verdict::device_lost, "gone", {}, {}, {}};
    outcome.costs = {bowl.latency_ns};
    outcome.output = data.output;
    return outcome;
  }

 private:
  bool runs_long_;
  std::string name_ = "bowl";
};

class BowlTask final : public Task {
 public:
  BowlTask(TaskFacts facts, bool tells_code) : Task(std::move(facts)), tells_code_(tells_code) {}
  BuildOutcome build(const Config& config) const override {
    const auto artifact = std::make_shared<BowlArtifact>();
    artifact->index = space().index(config);
    Features features;
    features.set("index", static_cast<double>(artifact->index));
    std::this_thread::sleep_for(std::chrono::microseconds(artifact->index * 37 % 300));
    if (artifact->index % 7 == 6) return {Verdict::resource_exceeded, "too large", features, nullptr};
    const int64_t first = space().integer(config, "a");
    const int64_t coded = tells_code_ ? first / 2 * 2 : first;
    const double a = static_cast<double>(coded) - 7;
    const double b = static_cast<double>(space().integer(config, "b")) - 3;
    artifact->latency_ns = 100 + a * a + b * b;
    if (tells_code_) artifact->code = fmt::format("{} {}", coded, b);
    return {Verdict::valid, "", features, artifact};
  }

 private:
  bool tells_code_;
};

class BowlTarget final : public Target {
 public:
  explicit BowlTarget(const BowlOptions& options)
      : Target("bowl", {},
               {.needs_isolation = false,
                .builds_freely = options.builds_freely,
                .latencies_vary = options.runs_long}),
        default_index_(options.default_index),
        tells_code_(options.tells_code),
        runs_long_(options.runs_long) {}
  Result<std::unique_ptr<Task>> bind(const Workload& workload) const override {
    const std::vector<int64_t> values = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    TaskFacts facts;
    facts.workload = workload;
    facts.space = Space::create({number_knob("a", values), number_knob("b", values)}).value();
    facts.identity = {"bowl", "1", {}};
    facts.default_config = facts.space.config(default_index_);
    facts.bound_ns = 50;
    return std::unique_ptr<Task>(std::make_unique<BowlTask>(std::move(facts), tells_code_));
  }
  Result<std::unique_ptr<Device>> open_device(const DeviceOptions&) const override {
    return std::unique_ptr<Device>(std::make_unique<BowlDevice>(runs_long_));
  }

 private:
  uint64_t default_index_;
  bool tells_code_;
  bool runs_long_;
};

}  // namespace

Workload small_workload_of(int64_t output_channels) {
  Workload workload;
  workload.name = "small";
  workload.shape = {.n = 1, .ci = 2, .h = 3, .w = 3, .co = output_channels};
  return workload;
}

SharedTask make_bowl_task(const BowlOptions& options, const Workload& workload) {
  return bind_task(std::make_shared<const BowlTarget>(options), workload,
                   {.constraints = options.constraints, .hints = options.hints})
      .value();
}

Result<std::vector<Config>> ScriptedStrategy::propose(size_t count) {
  std::vector<Config> batch;
  Random choice(random_.next() ^ digest_);
  while (batch.size() < count && proposed_.size() < space_.size()) {
    const uint64_t index = choice.below(space_.size());
    if (!proposed_.insert(index).second) continue;
    Config config = space_.config(index);
    if (space_.allows(config)) batch.push_back(std::move(config));
  }
  return batch;
}

Status ScriptedStrategy::learn(std::span<const Trial> trials) {
  for (const Trial& trial : trials) {
    proposed_.insert(space_.index(trial.config));
    digest_ = stable_hash(fmt::format("{} {} {} {}", digest_, trial.number, space_.index(trial.config),
                                      trial.costs.empty() ? 0.0 : trial.cost()));
  }
  return {};
}

SessionOptions scripted_options(int jobs) {
  SessionOptions options;
  options.strategy = "scripted";
  options.initializer = "none";
  options.seed = 5;
  options.with_default = false;
  options.make_strategy = factory_of<ScriptedStrategy>();
  options.make_measurer = [](const SharedTask& task, const MeasureOptions& measure) {
    return make_in_process_measurer(task, measure);
  };
  options.measure.jobs = jobs;
  options.measure.retry.device_lost_retries = 0;
  return options;
}

}  // namespace tamis
