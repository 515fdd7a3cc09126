#pragma once

#include "tamis/measurer.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tamis {

/// A request on its way to a job.
struct Assignment {
  const MeasureRequest* request = nullptr;
  size_t passes = 0;  ///< how often it was passed on before
};

/// The requests that wait for a job, in their order, and which jobs had those that were passed on. Not thread
/// safe.
class RequestQueue {
 public:
  explicit RequestQueue(std::span<const size_t> jobs) : jobs_(jobs.begin(), jobs.end()) {}

  /// Puts requests behind those that wait; they must stay where they are until forget() or the end of this.
  void add(std::span<const MeasureRequest* const> requests) {
    waiting_.insert(waiting_.end(), requests.begin(), requests.end());
  }
  /// The next request that a job may try (may_try). No request when there is none for it now.
  Assignment take(size_t job);
  /// Puts back a request that a job could not finish.
  void pass_on(size_t job, const MeasureRequest& request);
  /// Takes note that a request is finished: another may lie at its place.
  void forget(const MeasureRequest& request) { passed_by_.erase(&request); }
  /// Takes note that a job takes no more requests.
  void remove_job(size_t job) { std::erase(jobs_, job); }

  size_t size() const { return waiting_.size(); }
  bool empty() const { return waiting_.empty(); }
  bool any_job_left() const { return !jobs_.empty(); }

 private:
  std::deque<const MeasureRequest*> waiting_;
  std::vector<size_t> jobs_;  // those that still take requests
  std::unordered_map<const MeasureRequest*, std::vector<size_t>> passed_by_;
};

/// What came of trying a request.
struct Tried {
  const MeasureRequest* request = nullptr;
  Trial trial;  ///< but for what it has of the request
};

/// What came of a turn of a job.
struct JobResult {
  std::vector<Tried> finished;                   ///< to be reported; none when it was given up
  std::vector<const MeasureRequest*> passed_on;  ///< to be tried again, by another job where there is one
  std::vector<DeviceEvent> events;
  bool job_ended = false;  ///< whether the job takes no more requests
};

/// What the jobs of a pool do. Calls of one job never overlap.
struct JobWork {
  /// Tries a request. An error when nothing can be tried any more.
  std::function<Result<JobResult>(size_t job, const Assignment& next, const std::stop_token& stop)> attempt;
  /// Called when there is nothing to try for a job, perhaps more than once: what becomes of all that it held
  /// back. May be empty.
  std::function<JobResult(size_t job, const std::stop_token& stop)> settle = nullptr;
  /// MeasureOptions::finish_under_way: attempts are not told of a stop that comes once this is requested.
  std::stop_token finish_under_way = {};
};

/// Who is told, on the thread that calls run_jobs.
struct JobListener {
  /// Gets trials that are complete: with the number, config and proposer of their requests. Under the rules
  /// of Measurer::measure.
  std::function<Status(Trial&&)> finished;
  std::function<void(const DeviceEvent&)> event = nullptr;
};

/// Where jobs get their requests, whoever keeps them.
class RequestFeed {
 public:
  virtual ~RequestFeed() = default;
  /// As RequestSource::next, but that it may give more than `free`. What it gives stays where it is until it
  /// is released.
  virtual Result<std::vector<const MeasureRequest*>> next(size_t free) = 0;
  /// The request was finished and reported.
  virtual void release(const MeasureRequest& request) = 0;
};

/// Requests that are all there.
class ListedRequests final : public RequestFeed {
 public:
  /// They must outlive this.
  explicit ListedRequests(std::vector<const MeasureRequest*> requests) : requests_(std::move(requests)) {}

  Result<std::vector<const MeasureRequest*>> next(size_t) override { return std::exchange(requests_, {}); }
  void release(const MeasureRequest&) override {}

 private:
  std::vector<const MeasureRequest*> requests_;
};

/// For ListedRequests: all requests.
inline std::vector<const MeasureRequest*> addresses_of(std::span<const MeasureRequest> requests) {
  std::vector<const MeasureRequest*> addresses;
  addresses.reserve(requests.size());
  for (const MeasureRequest& request : requests) addresses.push_back(&request);
  return addresses;
}

/// Keeps what a source gives until it is reported.
class SourcedRequests final : public RequestFeed {
 public:
  /// It must outlive this.
  explicit SourcedRequests(RequestSource& source) : source_(source) {}

  Result<std::vector<const MeasureRequest*>> next(size_t free) override;
  void release(const MeasureRequest& request) override { kept_.erase(&request); }
  /// How many were given and not reported.
  size_t under_way() const { return kept_.size(); }

 private:
  RequestSource& source_;
  std::unordered_map<const MeasureRequest*, std::unique_ptr<const MeasureRequest>> kept_;
};

/// Runs the requests of a feed on the named jobs, each on a thread of its own (a single job: on the calling
/// thread) and taking the next request as soon as it is free. The feed and the listener are called on the
/// calling thread, and the feed only after all that was finished was reported. A request that a job passes on
/// goes to a job that did not have it yet, as long as there is one that takes requests. All threads have
/// ended when it returns; what is then not finished was given up because of `stop`, or because no job takes
/// requests any more. Errors: the first one of a job, of the listener or of the feed; io when not a single
/// thread can be started.
Status run_jobs(RequestFeed& feed, std::span<const size_t> jobs, const JobWork& work,
                const JobListener& listener, std::stop_token stop);

}  // namespace tamis
