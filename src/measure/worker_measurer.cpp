#include "measure/attempt.h"
#include "measure/find_worker.h"
#include "measure/job_pool.h"
#include "measure/measurer.h"
#include "measure/options.h"
#include "measure/supervisor.h"

#include <utility>
#include <vector>

namespace tamis {
namespace {

class WorkerMeasurer final : public Measurer {
 public:
  WorkerMeasurer(const MeasureTask& task, const MeasureOptions& options, WorkerPlan plan)
      : task_(task), options_(options) {
    for (plan.hello.slot = 0; plan.hello.slot < options.jobs; ++plan.hello.slot)
      supervisors_.emplace_back(plan);
  }

  Status measure(std::span<const MeasureRequest> requests, const std::function<Status(Trial)>& finished,
                 std::stop_token stop) override {
    return run(requests, supervisors_.size(), finished, std::move(stop));
  }

  Status measure_in_turn(std::span<const MeasureRequest> requests,
                         const std::function<Status(Trial)>& finished, std::stop_token stop) override {
    return run(requests, 1, finished, std::move(stop));
  }

 private:
  Status run(std::span<const MeasureRequest> requests, size_t jobs,
             const std::function<Status(Trial)>& finished, std::stop_token stop) {
    const auto try_request = [this](size_t job, const MeasureRequest& request,
                                    const std::stop_token& stopping) {
      Supervisor& supervisor = supervisors_[job];
      const std::string save = program_path(options_.save_programs, task_, request.config);
      return retry_device_lost(
          options_.device_lost_retries, [&] { return supervisor.try_config(request, save, stopping); },
          [&] {
            supervisor.discard_worker();
            return Status();
          });
    };
    return run_jobs(requests, jobs, try_request, finished, std::move(stop));
  }

  MeasureTask task_;
  MeasureOptions options_;
  std::vector<Supervisor> supervisors_;  // one a job
};

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
  plan.space_fingerprint = task.space->fingerprint();
  plan.build_deadline = options.build_deadline;
  plan.run_deadline = options.run_deadline;
  plan.memory_limit_bytes = options.memory_limit_bytes;
  return std::unique_ptr<Measurer>(std::make_unique<WorkerMeasurer>(task, options, plan));
}

}  // namespace tamis
