#include "base/file.h"
#include "measure/attempt.h"
#include "measure/job_pool.h"
#include "measure/measurer.h"
#include "measure/options.h"

#include <array>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

class InProcessMeasurer final : public Measurer {
 public:
  InProcessMeasurer(const MeasureTask& task, const MeasureOptions& options,
                    std::vector<std::unique_ptr<Device>> devices)
      : task_(task),
        options_(options),
        data_(make_data(*task.workload, options.data_seed)),
        devices_(std::move(devices)) {}

  Status measure(std::span<const MeasureRequest> requests, const std::function<Status(Trial)>& finished,
                 std::stop_token stop) override {
    std::vector<size_t> all(devices_.size());
    std::iota(all.begin(), all.end(), size_t{0});
    return run(requests, all, finished, std::move(stop));
  }

  Status measure_in_turn(std::span<const MeasureRequest> requests,
                         const std::function<Status(Trial)>& finished, std::stop_token stop) override {
    constexpr std::array<size_t, 1> kFirst = {0};
    return run(requests, kFirst, finished, std::move(stop));
  }

 private:
  Status run(std::span<const MeasureRequest> requests, std::span<const size_t> jobs,
             const std::function<Status(Trial)>& finished, std::stop_token stop) {
    const auto attempt_request = [this](size_t job, const MeasureRequest& request, size_t,
                                        const std::stop_token&) -> Result<JobResult> {
      TAMIS_ASSIGN(Trial trial, try_until_there(job, request));
      JobResult turn;
      turn.finished.push_back(std::move(trial));
      return turn;
    };
    return run_jobs(requests, jobs, {attempt_request}, {finished}, std::move(stop));
  }

  /// Again with another device where one was lost: any will do, so it need not be that of another job.
  Result<Trial> try_until_there(size_t job, const MeasureRequest& request) {
    for (int retry = 0;; ++retry) {
      TAMIS_ASSIGN(Trial trial, try_once(job, request));
      if (trial.verdict != Verdict::device_lost) return trial;
      // After the last retry too: whatever is tried next on this job deserves a device that is there.
      TAMIS_TRY(renew(job));
      if (retry >= options_.device_lost_retries) return trial;
    }
  }

  Result<Trial> try_once(size_t job, const MeasureRequest& request) {
    const AttemptOptions options{options_.run_deadline,
                                 program_path(options_.save_programs, task_, request.config),
                                 request.incumbent_ns};
    TAMIS_ASSIGN(Trial trial, attempt(task_, *devices_[job], data_, request.config, options, [](Phase) {}));
    trial.number = request.number;
    trial.proposer = request.proposer;
    return trial;
  }

  Status renew(size_t job) {
    auto device = task_.target->open_device({static_cast<int>(job)});
    if (!device.ok()) return device.error().within("a device was lost and no other can be opened");
    devices_[job] = std::move(*device);
    return {};
  }

  MeasureTask task_;
  MeasureOptions options_;
  WorkloadData data_;
  std::vector<std::unique_ptr<Device>> devices_;  // one a job
};

}  // namespace

Result<std::unique_ptr<Measurer>> make_in_process_measurer(const MeasureTask& task,
                                                           const MeasureOptions& options) {
  TAMIS_TRY(check_options(task, options));
  const DeviceRecovery& care = options.care;
  if (care.canary || !care.reset_command.empty() || care.failure_repeats > 0)
    return invalid_input(fmt::format(
        "configs of the target {} are tried in this process, where no device can fail: leave out the reset "
        "command, the canary and the repetition of failures",
        task.target->spec()));
  std::vector<std::unique_ptr<Device>> devices;
  for (int job = 0; job < options.jobs; ++job) {
    TAMIS_ASSIGN(auto device, task.target->open_device({job}));
    devices.push_back(std::move(device));
  }
  return std::unique_ptr<Measurer>(std::make_unique<InProcessMeasurer>(task, options, std::move(devices)));
}

}  // namespace tamis
