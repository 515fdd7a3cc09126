#include "measure/options.h"

#include "base/file.h"
#include "space/membership.h"

#include <fmt/format.h>

namespace tamis {

/// More repetitions than this would not tell more of a config.
constexpr int kMostRepeats = 10;

Status check_jobs(const Target& target, int jobs) {
  if (jobs < 1 || jobs > 256)
    return invalid_input(fmt::format("jobs is {}; it must lie between 1 and 256", jobs));
  if (const int most = target.job_limits().most; jobs > most)
    return invalid_input(fmt::format(
        "{} jobs would disturb one another's latencies; this target takes at most {}", jobs, most));
  return {};
}

namespace {

Status check_care(const MeasureTask& task, const DeviceRecovery& care) {
  if (care.failure_repeats < 0 || care.failure_repeats > kMostRepeats)
    return invalid_input(
        fmt::format("failing configs cannot be repeated {} times; it must lie between 0 and {}",
                    care.failure_repeats, kMostRepeats));
  if (care.reset_deadline.count() <= 0)
    return invalid_input("the deadline of a reset must be longer than 0 ms");
  if (care.canary && (!belongs(*task.space, *care.canary) || !task.space->allows(*care.canary)))
    return invalid_input("the canary is no config that the space allows");
  return {};
}

}  // namespace

Status check_options(const MeasureTask& task, const MeasureOptions& options) {
  if (task.target == nullptr || task.workload == nullptr || task.space == nullptr)
    return Error{ErrorKind::internal, "a measurer needs a target, a workload and a space"};
  TAMIS_TRY(check_jobs(*task.target, options.jobs));
  if (options.run_deadline.count() <= 0 || options.build_deadline.count() <= 0)
    return invalid_input("the deadlines of building and running must be longer than 0 ms");
  if (options.device_lost_retries < 0)
    return invalid_input(
        fmt::format("device_lost_retries is {}; it must not be negative", options.device_lost_retries));
  TAMIS_TRY(check_care(task, options.care));
  TAMIS_TRY(validate(*task.workload));
  if (!options.save_programs.empty()) TAMIS_TRY(make_directories(options.save_programs));
  return {};
}

}  // namespace tamis
