#include "measure/attempt.h"
#include "measure/device_links.h"
#include "measure/guarded_measurer.h"
#include "tamis/measurer.h"

#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

/// What the devices of all jobs try configs with.
struct InProcessPlan {
  SharedTask task;
  MeasureOptions options;
  WorkloadData data;
};

/// A device in this process. One that was lost is closed, and another opened in its place: any will do.
class OpenedDevice final : public DeviceLink {
 public:
  OpenedDevice(std::shared_ptr<const InProcessPlan> plan, int slot, std::unique_ptr<Device> device)
      : plan_(std::move(plan)), slot_(slot), device_(std::move(device)) {}

  Status open(const std::stop_token&) override {
    if (device_ || plan_->options.only_build) return {};
    auto device = plan_->task->target().open_device({slot_});
    if (!device.ok()) return device.error().within("a device was lost and no other can be opened");
    device_ = std::move(*device);
    return {};
  }

  Result<std::optional<Trial>> try_config(const MeasureRequest& request, const std::stop_token&) override {
    TAMIS_TRY(check_program(request, plan_->options));
    try {
      if (plan_->options.only_build || request.keep != nullptr) {
        TAMIS_ASSIGN(Trial built, attempt_build(
                                      *plan_->task, request.config, [](Phase) {}, request.keep.get()));
        return std::optional(std::move(built));
      }
      const auto find_same = [&](const std::string& code) -> Result<std::optional<uint64_t>> {
        return same_code(request, code);
      };
      Result<Trial> trial =
          attempt(*plan_->task, *device_, plan_->data, request.config,
                  run_options(*plan_->task, plan_->options, request),
                  {.announce = [](Phase) {}, .find_same = find_same}, request.program.get());
      if (!trial.ok()) return trial.error();
      if (trial->same_code_as) take_over(*trial, *request.known->find(trial->code_hash));
      return std::optional<Trial>(std::move(*trial));
    } catch (const std::bad_alloc&) {
      return Error{ErrorKind::internal,
                   "memory is used up by a config that was tried in this process; let the target be isolated "
                   "(TargetTraits::needs_isolation), so that it ends a worker process instead"};
    }
  }

  void close() override { device_.reset(); }

 private:
  std::shared_ptr<const InProcessPlan> plan_;
  int slot_;
  std::unique_ptr<Device> device_;
};

}  // namespace

Status check_in_process(const Target& target, const MeasureOptions& options) {
  const DeviceRecovery& recovery = options.recovery;
  if (!recovery.canary && recovery.reset_command.empty() && options.retry.failure_repeats == 0) return {};
  return invalid_input(fmt::format(
      "configs of the target {} are tried in this process, where no device can fail: leave out the reset "
      "command, the canary and the repetition of failures",
      target.spec()));
}

Result<std::vector<std::unique_ptr<DeviceLink>>> make_in_process_links(SharedTask task,
                                                                       const MeasureOptions& options,
                                                                       const LinkSlots& slots) {
  TAMIS_TRY(check_options(*task, options));
  TAMIS_TRY(check_in_process(task->target(), options));
  WorkloadData data = options.only_build ? WorkloadData() : make_data(task->workload(), options.data_seed);
  const auto plan =
      std::make_shared<const InProcessPlan>(InProcessPlan{std::move(task), options, std::move(data)});
  std::vector<std::unique_ptr<DeviceLink>> links;
  for (int slot = slots.first; slot < slots.first + slots.count; ++slot) {
    // At once, so that a device that is not there is an error before anything is measured.
    std::unique_ptr<Device> device;
    if (!options.only_build) {
      TAMIS_ASSIGN(device, plan->task->target().open_device({slot}));
    }
    links.push_back(std::make_unique<OpenedDevice>(plan, slot, std::move(device)));
  }
  return links;
}

Result<std::unique_ptr<Measurer>> make_in_process_measurer(SharedTask task, const MeasureOptions& options) {
  const SharedTask kept = task;
  TAMIS_ASSIGN(auto links, make_in_process_links(std::move(task), options, {0, options.jobs}));
  return std::unique_ptr<Measurer>(
      std::make_unique<GuardedMeasurer>(kept->target(), options, std::move(links)));
}

}  // namespace tamis
