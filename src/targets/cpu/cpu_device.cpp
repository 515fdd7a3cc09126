#include "targets/cpu/cpu_device.h"

#include "targets/cpu/runtime/loaded_kernel.h"
#include "targets/cpu/timing/cache_flusher.h"
#include "targets/cpu/timing/cores.h"
#include "targets/timing/calm_sampling.h"

#include <optional>

#include <fmt/format.h>

namespace tamis::cpu {
namespace {

/// A config is one of hundreds and the best are measured again in the finals, so each is worth about as much
/// time as building it takes, and little where its first runs already show that it will not win.
constexpr std::chrono::milliseconds kTimeBudget{10};
constexpr double kHopelessFactor = 1.6;

/// So much is read between two runs with the same copy of the weights: about the packed weights of a ResNet,
/// more than most caches that cores share, and filled in a few hundredths of a second.
constexpr size_t kWeightsBytes = size_t{128} << 20;

class CpuDevice : public Device {
 public:
  CpuDevice(std::string name, const CpuDeviceOptions& options)
      : name_(std::move(name)), sampler_(timing::ReferenceKernel(monotonic_ns)) {
    if (options.caches == Caches::cold) flusher_.emplace(options.threads);
    if (options.caches != Caches::network) return;
    // Without that memory the weights are as warm as they are: a latency then says less, and is still one.
    if (Result<AlignedBytes> copies = AlignedBytes::create(kWeightsBytes); copies.ok())
      weights_ = std::move(*copies);
  }

  const std::string& name() const override { return name_; }

  RunOutcome run(const Artifact& artifact, const WorkloadData& data, const RunOptions& options) override {
    RunOutcome outcome;
    const auto& program = static_cast<const CpuArtifact&>(artifact);
    Result<std::unique_ptr<LoadedKernel>> loaded = LoadedKernel::load(program, data);
    if (!loaded.ok()) {
      outcome.verdict = Verdict::launch_failed;
      outcome.message = loaded.error().message;
      return outcome;
    }
    LoadedKernel& kernel = **loaded;
    kernel.run();
    outcome.output = kernel.output();
    timing::SamplingOptions sampling;
    sampling.time_budget = kTimeBudget;
    sampling.hopeless_factor = kHopelessFactor;
    sampling.incumbent_ns = options.incumbent_ns;
    timing::SamplingEnvironment environment;
    environment.preemptions = timing::count_preemptions;
    if (flusher_) environment.before_run = [&] { flusher_->flush(); };
    if (weights_.size() > 0 && kernel.copy_weights(weights_))
      environment.before_run = [&] { kernel.turn_weights(); };
    const timing::Sampling taken = sampler_.sample([&] { kernel.run(); }, sampling, environment);
    outcome.costs = taken.samples_ns;
    taken.describe(outcome.features);
    return outcome;
  }

 private:
  std::string name_;
  timing::CalmSampler sampler_;
  std::optional<CacheFlusher> flusher_;
  AlignedBytes weights_;  // copies of a program's weights, which runs take in turn
};

}  // namespace

Result<std::unique_ptr<Device>> open_cpu_device(const CpuDeviceOptions& options) {
  TAMIS_ASSIGN(const std::vector<int> allowed, allowed_cores());
  const std::vector<int> cores = cores_of_slot(allowed, options.slot, options.threads);
  TAMIS_TRY(pin_team(cores));
  const std::string name = cores.size() == 1 ? fmt::format("cpu core {}", cores[0])
                                             : fmt::format("cpu cores {}-{}", cores.front(), cores.back());
  return std::unique_ptr<Device>(std::make_unique<CpuDevice>(name, options));
}

}  // namespace tamis::cpu
