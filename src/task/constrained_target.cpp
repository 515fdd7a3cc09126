#include "task/constrained_target.h"

#include "space/expression.h"

#include <utility>

namespace tamis {
namespace {

class ConstrainedTarget final : public Target {
 public:
  ConstrainedTarget(std::unique_ptr<Target> target, std::vector<std::string> constraints)
      : target_(std::move(target)), constraints_(std::move(constraints)) {}

  const std::string& spec() const override { return target_->spec(); }
  Result<std::vector<Workload>> workloads(const std::string& text) const override {
    return target_->workloads(text);
  }
  std::string identity(const Workload& workload) const override { return target_->identity(workload); }
  Result<Space> space(const Workload& workload) const override {
    TAMIS_ASSIGN(const Space space, target_->space(workload));
    Result<std::vector<Constraint>> constraints = parse_constraints(constraints_, space.knobs());
    if (!constraints.ok()) return constraints.error().within("a constraint on " + workload.name);
    return space.constrained(std::move(*constraints));
  }
  Config default_config(const Workload& workload, const Space& space) const override {
    return target_->default_config(workload, space);
  }
  std::vector<Config> suggestions(const Workload& workload, const Space& space) const override {
    return target_->suggestions(workload, space);
  }
  double bound_ns(const Workload& workload) const override { return target_->bound_ns(workload); }
  BuildOutcome build(const Workload& workload, const Space& space, const Config& config) const override {
    return target_->build(workload, space, config);
  }
  bool builds_freely() const override { return target_->builds_freely(); }
  bool latencies_vary() const override { return target_->latencies_vary(); }
  JobLimits job_limits() const override { return target_->job_limits(); }
  Result<std::unique_ptr<Device>> open_device(const DeviceOptions& options) const override {
    return target_->open_device(options);
  }

 private:
  std::unique_ptr<Target> target_;
  std::vector<std::string> constraints_;
};

}  // namespace

std::unique_ptr<Target> constrain(std::unique_ptr<Target> target, std::vector<std::string> constraints) {
  if (constraints.empty()) return target;
  return std::make_unique<ConstrainedTarget>(std::move(target), std::move(constraints));
}

}  // namespace tamis
