#include "session/scripted.h"

#include <chrono>
#include <thread>

#include <fmt/format.h>

namespace tamis {
namespace {

struct BowlArtifact final : Artifact {
  uint64_t index = 0;
  double latency_ns = 0;
};

class BowlDevice final : public Device {
 public:
  const std::string& name() const override { return name_; }
  RunOutcome run(const Artifact& artifact, const WorkloadData& data, const RunOptions&) override {
    const auto& bowl = static_cast<const BowlArtifact&>(artifact);
    RunOutcome outcome;
    if (bowl.index % 11 == 10) return {Verdict::device_lost, "gone", {}, {}, {}};
    outcome.latencies_ns = {bowl.latency_ns};
    outcome.output = data.output;
    return outcome;
  }

 private:
  std::string name_ = "bowl";
};

class BowlTarget final : public Target {
 public:
  const std::string& spec() const override { return spec_; }
  std::string identity(const Workload&) const override { return "bowl 1"; }
  Result<Space> space(const Workload&) const override {
    const std::vector<int64_t> values = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    return Space::create({number_knob("a", values), number_knob("b", values)});
  }
  Config default_config(const Workload&, const Space& space) const override { return space.config(0); }
  double bound_ns(const Workload&) const override { return 50; }
  BuildOutcome build(const Workload&, const Space& space, const Config& config) const override {
    const auto artifact = std::make_shared<BowlArtifact>();
    artifact->index = space.index(config);
    std::this_thread::sleep_for(std::chrono::microseconds(artifact->index * 37 % 300));
    if (artifact->index % 7 == 6) return {Verdict::resource_exceeded, "too large", {}, nullptr};
    const double a = static_cast<double>(space.integer(config, "a")) - 7;
    const double b = static_cast<double>(space.integer(config, "b")) - 3;
    artifact->latency_ns = 100 + a * a + b * b;
    return {Verdict::valid, "", {}, artifact};
  }
  Result<std::unique_ptr<Device>> open_device(const DeviceOptions&) const override {
    return std::unique_ptr<Device>(std::make_unique<BowlDevice>());
  }

 private:
  std::string spec_ = "bowl";
};

}  // namespace

std::unique_ptr<Target> make_bowl_target() { return std::make_unique<BowlTarget>(); }

Result<std::vector<Config>> ScriptedStrategy::propose(size_t count) {
  std::vector<Config> batch;
  Random choice(random_.next() ^ digest_);
  while (batch.size() < count && proposed_.size() < space_.size()) {
    const uint64_t index = choice.below(space_.size());
    if (proposed_.insert(index).second) batch.push_back(space_.config(index));
  }
  return batch;
}

Status ScriptedStrategy::learn(std::span<const Trial> trials) {
  for (const Trial& trial : trials) {
    digest_ = stable_hash(fmt::format("{} {} {} {}", digest_, trial.number, space_.index(trial.config),
                                      trial.latencies_ns.empty() ? 0.0 : trial.latency_ns()));
  }
  return {};
}

SessionParts scripted_parts(int jobs) {
  SessionParts parts;
  parts.make_strategy = [](const SearchProblem& problem) -> Result<std::unique_ptr<Strategy>> {
    return std::unique_ptr<Strategy>(std::make_unique<ScriptedStrategy>(problem));
  };
  parts.make_measurer = [jobs](const MeasureTask& task) {
    MeasureOptions options;
    options.jobs = jobs;
    options.device_lost_retries = 0;
    return make_in_process_measurer(task, options);
  };
  return parts;
}

}  // namespace tamis
