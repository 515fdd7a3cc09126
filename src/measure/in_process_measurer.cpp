#include "base/file.h"
#include "measure/attempt.h"
#include "measure/job_pool.h"
#include "measure/measurer.h"
#include "measure/options.h"

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
    return run(requests, devices_.size(), finished, std::move(stop));
  }

  Status measure_in_turn(std::span<const MeasureRequest> requests,
                         const std::function<Status(Trial)>& finished, std::stop_token stop) override {
    return run(requests, 1, finished, std::move(stop));
  }

 private:
  Status run(std::span<const MeasureRequest> requests, size_t jobs,
             const std::function<Status(Trial)>& finished, std::stop_token stop) {
    const auto try_request = [this](size_t job, const MeasureRequest& request, const std::stop_token&) {
      return retry_device_lost(
          options_.device_lost_retries, [&] { return try_once(job, request); }, [&] { return renew(job); });
    };
    return run_jobs(requests, jobs, try_request, finished, std::move(stop));
  }

  Result<std::optional<Trial>> try_once(size_t job, const MeasureRequest& request) {
    const AttemptOptions options{options_.run_deadline,
                                 program_path(options_.save_programs, task_, request.config),
                                 request.incumbent_ns};
    TAMIS_ASSIGN(Trial trial, attempt(task_, *devices_[job], data_, request.config, options, [](Phase) {}));
    trial.number = request.number;
    trial.proposer = request.proposer;
    return std::optional<Trial>(std::move(trial));
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
  std::vector<std::unique_ptr<Device>> devices;
  for (int job = 0; job < options.jobs; ++job) {
    TAMIS_ASSIGN(auto device, task.target->open_device({job}));
    devices.push_back(std::move(device));
  }
  return std::unique_ptr<Measurer>(std::make_unique<InProcessMeasurer>(task, options, std::move(devices)));
}

}  // namespace tamis
