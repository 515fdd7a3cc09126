#include "measure/attempt.h"
#include "measure/device_guard.h"
#include "measure/find_worker.h"
#include "measure/job_pool.h"
#include "measure/measurer.h"
#include "measure/options.h"
#include "measure/supervisor.h"

#include <algorithm>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

/// A device as the worker of one job reaches it.
class WorkerLink final : public DeviceLink {
 public:
  WorkerLink(const MeasureTask& task, std::string save_programs, WorkerPlan plan)
      : task_(task), save_programs_(std::move(save_programs)), supervisor_(std::move(plan)) {}

  Result<bool> open(const std::stop_token& stop) override { return supervisor_.ensure_worker(stop); }
  Result<std::optional<Trial>> try_config(const MeasureRequest& request,
                                          const std::stop_token& stop) override {
    return supervisor_.try_config(request, program_path(save_programs_, task_, request.config), stop);
  }
  void close() override { supervisor_.discard_worker(); }

 private:
  MeasureTask task_;
  std::string save_programs_;
  Supervisor supervisor_;
};

class WorkerMeasurer final : public Measurer {
 public:
  WorkerMeasurer(DeviceRecovery care, std::vector<DeviceGuard> keepers)
      : care_(std::move(care)), keepers_(std::move(keepers)) {}

  Status measure(std::span<const MeasureRequest> requests, const std::function<Status(Trial)>& finished,
                 std::stop_token stop) override {
    return run(requests, keepers_.size(), finished, stop);
  }

  Status measure_in_turn(std::span<const MeasureRequest> requests,
                         const std::function<Status(Trial)>& finished, std::stop_token stop) override {
    return run(requests, 1, finished, stop);
  }

 private:
  /// On so many devices that are fit, and on others where those become unfit.
  Status run(std::span<const MeasureRequest> requests, size_t jobs,
             const std::function<Status(Trial)>& finished, const std::stop_token& stop) {
    std::vector<MeasureRequest> left(requests.begin(), requests.end());
    while (!left.empty() && !stop.stop_requested()) {
      std::vector<size_t> fit = fit_devices();
      if (fit.empty()) return none_left();
      fit.resize(std::min(fit.size(), jobs));
      std::unordered_set<uint64_t> done;
      const auto note = [&](Trial trial) {
        done.insert(trial.number);
        return finished(std::move(trial));
      };
      TAMIS_TRY(run_jobs(left, fit, work(), {note, care_.event}, stop));
      std::erase_if(left, [&](const MeasureRequest& request) { return done.contains(request.number); });
    }
    return {};
  }

  JobWork work() {
    return {
        [this](size_t job, const MeasureRequest& request, size_t passes, const std::stop_token& stopping) {
          return keepers_[job].attempt(request, passes, stopping);
        },
        [this](size_t job, const std::stop_token& stopping) { return keepers_[job].settle(stopping); }};
  }

  std::vector<size_t> fit_devices() const {
    std::vector<size_t> fit;
    for (size_t job = 0; job < keepers_.size(); ++job)
      if (!keepers_[job].quarantine()) fit.push_back(job);
    return fit;
  }

  Error none_left() const {
    std::string reasons;
    for (const DeviceGuard& keeper : keepers_)
      reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", keeper.label(), *keeper.quarantine());
    return io_error(fmt::format(
        "no device is left that is fit to be used ({}); what was tried is kept: mend a device and resume",
        reasons));
  }

  DeviceRecovery care_;
  std::vector<DeviceGuard> keepers_;  // one a job
};

std::vector<DeviceGuard> make_keepers(const MeasureTask& task, const TargetOptions& target_options,
                                      const MeasureOptions& options, WorkerPlan plan) {
  const std::vector<std::string>& names = target_options.devices;
  KeeperOptions keeper;
  keeper.care = options.care;
  keeper.lost_retries = static_cast<size_t>(options.device_lost_retries);
  // Whoever takes care of devices expects that one may be away.
  keeper.quarantines = options.care.canary || !options.care.reset_command.empty() || names.size() > 1;
  std::vector<DeviceGuard> keepers;
  for (int slot = 0; slot < options.jobs; ++slot) {
    plan.hello.slot = slot;
    keeper.slot = static_cast<size_t>(slot);
    keeper.device = keeper.slot < names.size() ? names[keeper.slot] : std::string();
    keepers.emplace_back(keeper, std::make_unique<WorkerLink>(task, options.save_programs, plan));
  }
  return keepers;
}

}  // namespace

Result<std::unique_ptr<Measurer>> make_worker_measurer(const MeasureTask& task,
                                                       const TargetOptions& target_options,
                                                       const MeasureOptions& options) {
  TAMIS_TRY(check_options(task, options));
  WorkerPlan plan;
  TAMIS_ASSIGN(plan.program, find_worker(options.worker_path));
  plan.hello = {kProtocolVersion, task.target->spec(), target_options,
                *task.workload,   options.data_seed,   options.run_deadline.count()};
  plan.data = std::make_shared<SharedData>(*task.workload, options.data_seed);
  plan.space_fingerprint = knobs_fingerprint(*task.space);
  plan.build_deadline = options.build_deadline;
  plan.run_deadline = options.run_deadline;
  plan.memory_limit_bytes = options.memory_limit_bytes;
  return std::unique_ptr<Measurer>(std::make_unique<WorkerMeasurer>(
      options.care, make_keepers(task, target_options, options, std::move(plan))));
}

}  // namespace tamis
