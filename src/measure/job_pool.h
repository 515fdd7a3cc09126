#pragma once

#include "measure/device_event.h"
#include "measure/measurer.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

namespace tamis {

/// What came of a turn of a job.
struct JobResult {
  std::vector<Trial> finished;                   ///< to be reported; none when it was given up
  std::vector<const MeasureRequest*> passed_on;  ///< to be tried again, by another job where there is one
  std::vector<DeviceEvent> events;
  bool retired = false;  ///< whether the job takes no more requests
};

/// What the jobs of a pool do. Calls of one job never overlap.
struct JobWork {
  /// Tries a request that was passed on so often before. An error when nothing can be tried any more.
  std::function<Result<JobResult>(size_t job, const MeasureRequest& request, size_t passes,
                                  std::stop_token stop)>
      attempt;
  /// Called when there is nothing to try for a job, perhaps more than once: what becomes of all that it held
  /// back. May be empty.
  std::function<JobResult(size_t job, std::stop_token stop)> settle = nullptr;
};

/// Who is told, on the thread that calls run_jobs.
struct JobListener {
  std::function<Status(Trial)> finished;  ///< under the rules of Measurer::measure
  std::function<void(const DeviceEvent&)> event = nullptr;
};

/// Runs the requests on the named jobs, each on a thread of its own (a single job: on the calling thread) and
/// taking the next request as soon as it is free. A request that a job passes on goes to a job that did not
/// have it yet, as long as there is one that is not retired. All threads have ended when it returns; what is
/// then not finished was given up because of `stop`, or because every job is retired. Errors: the first one
/// of a job or of the listener; io when not a single thread can be started.
Status run_jobs(std::span<const MeasureRequest> requests, std::span<const size_t> jobs, const JobWork& work,
                const JobListener& listener, std::stop_token stop);

}  // namespace tamis
