#include "measure/attempt.h"
#include "measure/job_pool.h"
#include "tamis/measurer.h"

#include <new>
#include <numeric>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

class InProcessMeasurer final : public Measurer {
 public:
  InProcessMeasurer(SharedTask task, const MeasureOptions& options,
                    std::vector<std::unique_ptr<Device>> devices)
      : task_(std::move(task)),
        options_(options),
        data_(make_data(task_->workload(), options.data_seed)),
        devices_(std::move(devices)) {}

  Status measure(std::span<const MeasureRequest> requests, const std::function<Status(Trial)>& finished,
                 std::stop_token stop) override {
    return run(requests, devices_.size(), finished, std::move(stop));
  }

  Status measure_in_turn(std::span<const MeasureRequest> requests,
                         const std::function<Status(Trial)>& finished, std::stop_token stop) override {
    return run(requests, 1, finished, std::move(stop));
  }

 private:
  Status run(std::span<const MeasureRequest> requests, size_t job_count,
             const std::function<Status(Trial)>& finished, std::stop_token stop) {
    std::vector<size_t> jobs(job_count);
    std::iota(jobs.begin(), jobs.end(), size_t{0});
    const auto attempt_request = [this](size_t job, const Assignment& next,
                                        const std::stop_token&) -> Result<JobResult> {
      TAMIS_ASSIGN(Trial trial, try_until_there(job, *next.request));
      JobResult result;
      result.finished.push_back({next.request, std::move(trial)});
      return result;
    };
    return run_jobs(addresses_of(requests), jobs, {attempt_request}, {finished}, std::move(stop));
  }

  /// Again with another device where one was lost: any will do, so it need not be that of another job.
  Result<Trial> try_until_there(size_t job, const MeasureRequest& request) {
    try {
      return try_again_where_lost(job, request);
    } catch (const std::bad_alloc&) {
      return Error{ErrorKind::internal,
                   "memory is used up by a config that was tried in this process; let the target be isolated "
                   "(TargetTraits::needs_isolation), so that it ends a worker process instead"};
    }
  }

  Result<Trial> try_again_where_lost(size_t job, const MeasureRequest& request) {
    const RunOptions options = run_options(*task_, options_, request);
    for (size_t lost = 0;; ++lost) {
      TAMIS_ASSIGN(Trial trial,
                   attempt(*task_, *devices_[job], data_, request.config, options, [](Phase) {}));
      if (trial.verdict != Verdict::device_lost) return trial;
      // After the last retry too: whatever is tried next on this job deserves a device that is there.
      TAMIS_TRY(renew(job));
      if (!options_.retry.tries_again(trial.verdict, lost)) return trial;
    }
  }

  Status renew(size_t job) {
    auto device = task_->target().open_device({static_cast<int>(job)});
    if (!device.ok()) return device.error().within("a device was lost and no other can be opened");
    devices_[job] = std::move(*device);
    return {};
  }

  SharedTask task_;
  MeasureOptions options_;
  WorkloadData data_;
  std::vector<std::unique_ptr<Device>> devices_;  // one per job
};

}  // namespace

Result<std::unique_ptr<Measurer>> make_in_process_measurer(SharedTask task, const MeasureOptions& options) {
  TAMIS_TRY(check_options(*task, options));
  const DeviceRecovery& recovery = options.recovery;
  if (recovery.canary || !recovery.reset_command.empty() || options.retry.failure_repeats > 0)
    return invalid_input(fmt::format(
        "configs of the target {} are tried in this process, where no device can fail: leave out the reset "
        "command, the canary and the repetition of failures",
        task->target().spec()));
  std::vector<std::unique_ptr<Device>> devices;
  for (int job = 0; job < options.jobs; ++job) {
    TAMIS_ASSIGN(auto device, task->target().open_device({job}));
    devices.push_back(std::move(device));
  }
  return std::unique_ptr<Measurer>(
      std::make_unique<InProcessMeasurer>(std::move(task), options, std::move(devices)));
}

}  // namespace tamis
