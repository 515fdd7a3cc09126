#include "cpu_peers/peer.h"
#include "cpu_peers/tuned_configs.h"
#include "tamis/targets.h"
#include "targets/cpu/runtime/loaded_kernel.h"

#include <map>

#include <fmt/format.h>

namespace tamis::peers {
namespace {

/// The target for each number of threads.
using Targets = std::map<int, std::shared_ptr<const Target>>;

/// The task's data with the activations in the layout of `workload`, which must be valid.
WorkloadData relay(const Task& task, const Workload& workload) {
  WorkloadData data = task.data;
  if (workload.layout != task.workload.layout)
    data.input = change_layout(task.input(), input_shape(workload), task.workload.layout, workload.layout);
  return data;
}

/// A program of tamis: tuned, or as the target has it untuned, with activations in one layout.
class TamisPeer final : public Peer {
 public:
  TamisPeer(Layout layout, Targets targets, std::shared_ptr<const TunedConfigs> tuned)
      : family_(tuned ? kTamis : kTamisDefault),
        name_(fmt::format("{} {}", family_, to_string(layout))),
        layout_(layout),
        targets_(std::move(targets)),
        tuned_(std::move(tuned)) {}

  const std::string& name() const override { return name_; }
  const std::string& family() const override { return family_; }
  Result<PreparedCall> prepare(const Task& task) const override;

 private:
  std::string family_, name_;
  Layout layout_;
  Targets targets_;
  std::shared_ptr<const TunedConfigs> tuned_;  // none for the default
};

Result<PreparedCall> TamisPeer::prepare(const Task& task) const {
  const Operator op = task.workload.op;
  if ((op == Operator::dense || op == Operator::matmul) && layout_ != Layout::nchw)
    return unsupported(fmt::format("{} is for convolutions", name_));
  Workload workload = task.workload;
  workload.layout = layout_;
  if (const Status valid = validate(workload); !valid.ok()) return unsupported(valid.error().message);
  TAMIS_ASSIGN(const SharedTask bound, bind_task(targets_.at(task.threads), workload));
  const Space& space = bound->space();
  Config config = bound->default_config();
  if (tuned_) {
    TAMIS_ASSIGN(config, tuned_->find(to_string(bound->identity()), workload, space));
  }
  const BuildOutcome built = bound->build(config);
  if (built.verdict != Verdict::valid) return unsupported(fmt::format("{}: {}", name_, built.message));
  const auto& artifact = static_cast<const cpu::CpuArtifact&>(*built.artifact);
  TAMIS_ASSIGN(const std::shared_ptr<cpu::LoadedKernel> kernel,
               cpu::LoadedKernel::load(artifact, relay(task, workload)));
  PreparedCall call;
  call.implementation = space.describe(config);
  call.run = [kernel] { kernel->run(); };
  call.output = [kernel, workload, wanted = task.workload.layout] {
    const Tensor output = kernel->output();
    if (workload.layout == wanted) return output.values<float>();
    return change_layout(output.values<float>(), output_shape(workload), workload.layout, wanted);
  };
  return call;
}

}  // namespace

Result<Peers> tamis_peers(const std::vector<int>& threads, const std::string& log) {
  Targets targets;
  for (const int count : threads) {
    TAMIS_ASSIGN(targets[count], make_target("cpu", {{"threads", std::to_string(count)}}));
  }
  std::shared_ptr<const TunedConfigs> tuned;
  if (!log.empty()) {
    TAMIS_ASSIGN(TunedConfigs read, TunedConfigs::read(log));
    tuned = std::make_shared<const TunedConfigs>(std::move(read));
  }
  Peers peers;
  constexpr Layout kLayouts[] = {Layout::nchw, Layout::nhwc, Layout::nchw16c};
  if (tuned)
    for (const Layout layout : kLayouts) peers.push_back(std::make_unique<TamisPeer>(layout, targets, tuned));
  for (const Layout layout : kLayouts) peers.push_back(std::make_unique<TamisPeer>(layout, targets, nullptr));
  return peers;
}

}  // namespace tamis::peers
