#pragma once

#include "measure/measurer.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>

namespace tamis {

/// Tries one request on behalf of a job (0 to jobs - 1; calls of one job never overlap). Nothing when it was
/// given up because of the stop token; an error when no config can be tried any more.
using TryRequest = std::function<Result<std::optional<Trial>>(size_t job, const MeasureRequest& request,
                                                              std::stop_token stop)>;

/// Runs the requests on up to `jobs` threads of its own (one job: on the calling thread), each taking the
/// next one as soon as it is free, and calls `finished` on the calling thread for every trial under the rules
/// of Measurer::measure. All threads have ended when it returns. Errors: the first one of `try_request` or
/// `finished`; io when not a single thread can be started.
Status run_jobs(std::span<const MeasureRequest> requests, size_t jobs, const TryRequest& try_request,
                const std::function<Status(Trial)>& finished, std::stop_token stop);

/// Calls `try_once` until the verdict is not device_lost, at most 1 + `retries` times; before every further
/// time `renew` gets another device. Returns what the last call returned, or the error of `renew`.
Result<std::optional<Trial>> retry_device_lost(int retries,
                                               const std::function<Result<std::optional<Trial>>()>& try_once,
                                               const std::function<Status()>& renew);

}  // namespace tamis
