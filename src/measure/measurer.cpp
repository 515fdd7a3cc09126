#include "tamis/measurer.h"

#include "base/file.h"
#include "measure/device_links.h"
#include "tamis/space.h"
#include "trial/inferred.h"

#include <mutex>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// Whether a program comes to this whenever it runs, as far as the program decides.
bool is_of_the_program(Verdict verdict) {
  return verdict == Verdict::valid || verdict == Verdict::launch_failed ||
         verdict == Verdict::resource_exceeded || verdict == Verdict::wrong_result;
}

}  // namespace

void KnownPrograms::add(const Trial& trial) {
  const bool ran = !trial.code_hash.empty() && !trial.same_code_as;
  if (!ran || !is_of_the_program(trial.verdict) || is_flaky(trial)) return;
  const std::unique_lock lock(mutex_);
  if (trials_.size() < kMost) trials_.try_emplace(trial.code_hash, trial);
}

const Trial* KnownPrograms::find(const std::string& code_hash) const {
  const std::shared_lock lock(mutex_);
  const auto found = trials_.find(code_hash);
  return found == trials_.end() ? nullptr : &found->second;
}

bool KnownPrograms::empty() const {
  const std::shared_lock lock(mutex_);
  return trials_.empty();
}

Status Measurer::measure_from(RequestSource& source, const std::function<Status(Trial)>& finished,
                              std::stop_token stop) {
  while (!stop.stop_requested()) {
    TAMIS_ASSIGN(const std::vector<MeasureRequest> requests, source.next(1));
    if (requests.empty()) break;
    TAMIS_TRY(measure(requests, finished, stop));
  }
  return {};
}

std::string_view to_string(DeviceEventKind kind) {
  switch (kind) {
    case DeviceEventKind::reset:
      return "reset";
    case DeviceEventKind::canary_failed:
      return "canary_failed";
    case DeviceEventKind::quarantined:
      return "quarantined";
    case DeviceEventKind::differs:
      return "differs";
    case DeviceEventKind::reference:
      return "reference";
  }
  return {};
}

std::string describe(const DeviceEvent& event) {
  switch (event.kind) {
    case DeviceEventKind::reset:
      return fmt::format("{} was reset: {}", event.device, event.reason);
    case DeviceEventKind::canary_failed:
      return fmt::format("{} failed a config that is known to be valid: {}", event.device, event.reason);
    case DeviceEventKind::quarantined:
      return fmt::format("{} is used no more: {}", event.device, event.reason);
    case DeviceEventKind::differs:
      return fmt::format("{} differs from its equals: {}", event.device, event.reason);
    case DeviceEventKind::reference:
      return event.reason;
  }
  return {};
}

namespace {

Status check_job_count(int jobs) {
  if (jobs >= 1 && jobs <= 256) return {};
  return invalid_input(fmt::format("jobs is {}; it must lie between 1 and 256", jobs));
}

}  // namespace

Status check_jobs(const Target& target, int jobs) {
  TAMIS_TRY(check_job_count(jobs));
  if (const int most = target.traits().jobs.most; jobs > most)
    return invalid_input(fmt::format(
        "{} jobs would disturb one another's latencies; this target takes at most {}", jobs, most));
  return {};
}

Status check_options(const Task& task, const MeasureOptions& options) {
  // Builds do not disturb one another as runs do.
  TAMIS_TRY(options.only_build ? check_job_count(options.jobs) : check_jobs(task.target(), options.jobs));
  if (options.run_deadline.count() <= 0 || options.build_deadline.count() <= 0)
    return invalid_input("the deadlines of building and running must be longer than 0 ms");
  TAMIS_TRY(options.retry.check());
  if (options.recovery.reset_deadline.count() <= 0)
    return invalid_input("the deadline of a reset must be longer than 0 ms");
  const std::optional<Config>& canary = options.recovery.canary;
  if (canary && (!belongs(task.space(), *canary) || !task.space().allows(*canary)))
    return invalid_input("the canary is not a config that the space allows");
  if (!options.save_programs.empty()) TAMIS_TRY(make_directories(options.save_programs));
  return {};
}

Result<std::vector<std::unique_ptr<DeviceLink>>> make_device_links(SharedTask task,
                                                                   const MeasureOptions& options,
                                                                   const LinkSlots& slots) {
  if (task->target().traits().needs_isolation) return make_worker_links(std::move(task), options, slots);
  return make_in_process_links(std::move(task), options, slots);
}

Result<std::unique_ptr<Measurer>> make_measurer(SharedTask task, const MeasureOptions& options) {
  if (task->target().traits().needs_isolation) return make_worker_measurer(std::move(task), options);
  return make_in_process_measurer(std::move(task), options);
}

}  // namespace tamis
