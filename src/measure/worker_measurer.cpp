#include "measure/device_guard.h"
#include "measure/job_pool.h"
#include "measure/supervisor.h"
#include "tamis/measurer.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

namespace tamis {
namespace {

/// The worker program: `worker_path` when not empty, else `tamis-worker` beside the running program, else
/// `../libexec/tamis/tamis-worker` from there, else where this build installs it.
Result<std::string> find_worker(const std::string& worker_path) {
  namespace fs = std::filesystem;
  std::vector<fs::path> places;
  std::error_code code;
  if (!worker_path.empty()) {
    places.emplace_back(worker_path);
  } else {
    if (const fs::path self = fs::read_symlink("/proc/self/exe", code); !code) {
      const fs::path folder = self.parent_path();
      places.push_back(folder / "tamis-worker");
      // An installed tree may have been moved, or installed under another prefix than it was configured for.
      places.push_back(folder.parent_path() / "libexec" / "tamis" / "tamis-worker");
    }
    places.emplace_back(TAMIS_INSTALLED_WORKER);
  }
  std::string tried;
  for (const fs::path& place : places) {
    if (fs::is_regular_file(place, code) && ::access(place.c_str(), X_OK) == 0) return place.string();
    tried += (tried.empty() ? "" : " nor at ") + place.string();
  }
  return not_found(fmt::format(
      "there is no worker program at {}; install tamis-worker, or name it with worker_path", tried));
}

class WorkerMeasurer final : public Measurer {
 public:
  explicit WorkerMeasurer(const std::shared_ptr<WorkerPlan>& plan)
      : listener_(plan->options.recovery.event), guards_(make_guards(plan)) {}

  Status measure(std::span<const MeasureRequest> requests, const std::function<Status(Trial)>& finished,
                 std::stop_token stop) override {
    return run(requests, guards_.size(), finished, stop);
  }

  Status measure_in_turn(std::span<const MeasureRequest> requests,
                         const std::function<Status(Trial)>& finished, std::stop_token stop) override {
    return run(requests, 1, finished, stop);
  }

 private:
  static std::vector<DeviceGuard> make_guards(const std::shared_ptr<WorkerPlan>& plan) {
    const Target& target = plan->task->target();
    GuardOptions options;
    options.recovery = plan->options.recovery;
    options.retry = plan->options.retry;
    // Whoever prepares for faulty devices expects that one may be away.
    options.quarantines = options.recovery.canary || !options.recovery.reset_command.empty() ||
                          target.traits().devices.size() > 1;
    std::vector<DeviceGuard> guards;
    for (int slot = 0; slot < plan->options.jobs; ++slot) {
      options.slot = static_cast<size_t>(slot);
      options.device = device_name(target, options.slot);
      guards.emplace_back(options, std::make_unique<Supervisor>(plan, slot));
    }
    return guards;
  }

  /// On so many devices that are fit, and on others where those become unfit.
  Status run(std::span<const MeasureRequest> requests, size_t jobs,
             const std::function<Status(Trial)>& finished, const std::stop_token& stop) {
    std::vector<const MeasureRequest*> left = addresses_of(requests);
    while (!left.empty() && !stop.stop_requested()) {
      std::vector<size_t> fit = fit_devices();
      if (fit.empty()) return none_left();
      fit.resize(std::min(fit.size(), jobs));
      std::unordered_set<uint64_t> done;
      const auto note = [&](Trial trial) {
        done.insert(trial.number);
        return finished(std::move(trial));
      };
      TAMIS_TRY(run_jobs(left, fit, work(), {note, listener_}, stop));
      std::erase_if(left, [&](const MeasureRequest* request) { return done.contains(request->number); });
    }
    return {};
  }

  JobWork work() {
    return {[this](size_t job, const Assignment& next, const std::stop_token& stopping) {
              return guards_[job].attempt(next, stopping);
            },
            [this](size_t job, const std::stop_token& stopping) { return guards_[job].settle(stopping); }};
  }

  std::vector<size_t> fit_devices() const {
    std::vector<size_t> fit;
    for (size_t job = 0; job < guards_.size(); ++job)
      if (!guards_[job].quarantine_reason()) fit.push_back(job);
    return fit;
  }

  Error none_left() const {
    std::string reasons;
    for (const DeviceGuard& guard : guards_)
      reasons +=
          fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", guard.label(), *guard.quarantine_reason());
    return io_error(fmt::format(
        "no device is left that is fit to be used ({}); what was tried is kept: fix a device, then resume",
        reasons));
  }

  std::function<void(const DeviceEvent&)> listener_;
  std::vector<DeviceGuard> guards_;  // one per job
};

}  // namespace

Result<std::unique_ptr<Measurer>> make_worker_measurer(SharedTask task, const MeasureOptions& options) {
  TAMIS_TRY(check_options(*task, options));
  TAMIS_ASSIGN(std::string program, find_worker(options.worker_path));
  const auto plan = std::make_shared<WorkerPlan>(std::move(program), std::move(task), options);
  return std::unique_ptr<Measurer>(std::make_unique<WorkerMeasurer>(plan));
}

}  // namespace tamis
