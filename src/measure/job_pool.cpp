#include "measure/job_pool.h"

#include <algorithm>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// What the threads of one run_jobs share; everything but the references is guarded by `mutex_`.
class Pool {
 public:
  Pool(std::span<const MeasureRequest* const> requests, std::span<const size_t> jobs, const JobWork& work,
       std::stop_token outer)
      : work_(work), jobs_(jobs), queue_(requests, jobs), forward_(std::move(outer), [this] { stop(); }) {}

  /// Starts as many further threads as could be of use. Errors: io when there is not a single one.
  Status start(size_t count) {
    for (; started_ < jobs_.size() && count > 0; --count) {
      const size_t job = jobs_[started_];
      try {
        threads_.emplace_back([this, job] { run(job); });
      } catch (const std::system_error& error) {
        if (threads_.empty())
          return io_error(fmt::format("no thread can be started to measure on: {}", error.what()));
        give_up_starting();
        return {};
      }
      std::lock_guard lock(mutex_);
      ++started_;
    }
    return {};
  }

  /// What the jobs have to tell; nothing when all threads have ended and all was told. `wanted` says how many
  /// more threads could be of use.
  std::optional<JobResult> next_news(size_t& wanted) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return has_news() || more_wanted() > 0 || ended_ == started_; });
    wanted = more_wanted();
    if (!has_news() && wanted == 0) return std::nullopt;
    return std::exchange(news_, JobResult());
  }

  void fail(Error error) {
    {
      std::lock_guard lock(mutex_);
      if (!error_) error_ = std::move(error);
    }
    stop();
  }

  Status status() {
    std::lock_guard lock(mutex_);
    return error_ ? Status(*error_) : Status();
  }

 private:
  void stop() {
    stop_.request_stop();
    std::lock_guard lock(mutex_);
    changed_.notify_all();
  }

  bool has_news() const { return !news_.finished.empty() || !news_.events.empty(); }

  /// A request that was passed on may be for a job whose thread was not needed at first.
  size_t more_wanted() const {
    const bool idle = started_ < jobs_.size() && !stop_.stop_requested();
    return idle && any_passed_on_ && !queue_.empty() ? jobs_.size() - started_ : 0;
  }

  /// Fewer threads than asked for only make it slower.
  void give_up_starting() {
    std::lock_guard lock(mutex_);
    for (size_t i = started_; i < jobs_.size(); ++i) queue_.remove_job(jobs_[i]);
    jobs_ = jobs_.first(started_);
    changed_.notify_all();
  }

  /// The next request for a job, waited for as long as another job may still pass one on.
  Assignment take(size_t job, bool wait) {
    std::unique_lock lock(mutex_);
    Assignment next;
    const auto decided = [&] {
      if (stop_.stop_requested()) return true;
      next = queue_.take(job);
      return next.request != nullptr || (queue_.empty() && busy_ == 0);
    };
    if (wait) {
      changed_.wait(lock, decided);
    } else {
      decided();
    }
    if (next.request != nullptr) ++busy_;
    return next;
  }

  void take_in(size_t job, JobResult result) {
    std::lock_guard lock(mutex_);
    --busy_;
    for (const MeasureRequest* request : result.passed_on) queue_.pass_on(job, *request);
    any_passed_on_ = any_passed_on_ || !result.passed_on.empty();
    if (result.job_ended) queue_.remove_job(job);
    news_.finished.insert(news_.finished.end(), std::make_move_iterator(result.finished.begin()),
                          std::make_move_iterator(result.finished.end()));
    news_.events.insert(news_.events.end(), result.events.begin(), result.events.end());
    changed_.notify_all();
  }

  /// Whether the job goes on.
  bool try_one(size_t job, const Assignment& next) {
    Result<JobResult> result = work_.attempt(job, next, stop_.get_token());
    if (!result.ok()) {
      take_in(job, {});
      fail(result.error());
      return false;
    }
    const bool ended = result->job_ended;
    take_in(job, std::move(*result));
    return !ended;
  }

  /// Whether the job goes on.
  bool settle(size_t job) {
    if (!work_.settle) return true;
    {
      std::lock_guard lock(mutex_);
      ++busy_;  // it may pass requests on
    }
    JobResult result = work_.settle(job, stop_.get_token());
    const bool ended = result.job_ended;
    take_in(job, std::move(result));
    return !ended;
  }

  void run(size_t job) {
    for (bool goes_on = true; goes_on;) {
      Assignment next = take(job, false);
      if (next.request == nullptr) {
        if (!settle(job)) break;
        next = take(job, true);
      }
      goes_on = next.request != nullptr && try_one(job, next);
    }
    settle(job);  // after an error something may be held back still
    std::lock_guard lock(mutex_);
    ++ended_;
    changed_.notify_all();
  }

  const JobWork& work_;
  std::span<const size_t> jobs_;
  std::stop_source stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  RequestQueue queue_;
  size_t busy_ = 0;  // jobs that may pass requests on
  size_t started_ = 0;
  size_t ended_ = 0;
  bool any_passed_on_ = false;
  JobResult news_;  // not told yet
  std::optional<Error> error_;
  // After all that it touches, and before the threads, so that it ends after them.
  std::stop_callback<std::function<void()>> forward_;
  std::vector<std::jthread> threads_;  // last, so that they have ended before the rest goes
};

/// The one place where a trial gets what it has of its request.
Trial&& complete(Tried& tried) {
  tried.trial.number = tried.request->number;
  tried.trial.config = tried.request->config;
  tried.trial.proposer = tried.request->proposer;
  return std::move(tried.trial);
}

/// Tells the listener; after its first error nothing more.
Status tell(JobResult&& result, const JobListener& listener) {
  for (const DeviceEvent& event : result.events)
    if (listener.event) listener.event(event);
  for (Tried& tried : result.finished) TAMIS_TRY(listener.finished(complete(tried)));
  return {};
}

/// One job needs no thread of its own, and for a target that answers in a microsecond a thread is most of the
/// time.
Status run_here(std::span<const MeasureRequest* const> requests, std::span<const size_t> jobs,
                const JobWork& work, const JobListener& listener, const std::stop_token& stop) {
  RequestQueue queue(requests, jobs);
  const size_t job = jobs.front();
  const auto try_all = [&]() -> Status {
    for (bool more = true; more;) {
      Assignment next;
      if (queue.any_job_left() && !stop.stop_requested()) next = queue.take(job);
      JobResult result;
      if (next.request != nullptr) {
        TAMIS_ASSIGN(result, work.attempt(job, next, stop));
      } else if (work.settle) {
        result = work.settle(job, stop);
      }
      more = next.request != nullptr || !result.passed_on.empty();
      for (const MeasureRequest* request : result.passed_on) queue.pass_on(job, *request);
      if (result.job_ended) queue.remove_job(job);
      TAMIS_TRY(tell(std::move(result), listener));
    }
    return {};
  };
  Status tried = try_all();
  std::stop_source stopped;
  stopped.request_stop();
  // Nothing may be held back when the requests are gone.
  if (!tried.ok() && work.settle) (void)work.settle(job, stopped.get_token());
  return tried;
}

}  // namespace

Assignment RequestQueue::take(size_t job) {
  // Few requests are ever passed on.
  const auto passed_by = [&](const MeasureRequest* request) {
    const auto passed = passed_by_.find(request);
    return passed == passed_by_.end() ? std::span<const size_t>() : std::span<const size_t>(passed->second);
  };
  const auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](const MeasureRequest* request) {
    return may_try(job, passed_by(request), jobs_);
  });
  if (found == waiting_.end()) return {};
  const MeasureRequest* request = *found;
  waiting_.erase(found);
  return {request, passed_by(request).size()};
}

void RequestQueue::pass_on(size_t job, const MeasureRequest& request) {
  passed_by_[&request].push_back(job);
  waiting_.push_back(&request);
}

Status run_jobs(std::span<const MeasureRequest* const> requests, std::span<const size_t> jobs,
                const JobWork& work, const JobListener& listener, std::stop_token stop) {
  if (requests.empty() || jobs.empty() || stop.stop_requested()) return {};
  if (jobs.size() == 1) return run_here(requests, jobs, work, listener, stop);
  Pool pool(requests, jobs, work, std::move(stop));
  size_t wanted = requests.size();
  TAMIS_TRY(pool.start(wanted));
  bool deliver = true;
  while (std::optional<JobResult> news = pool.next_news(wanted)) {
    if (wanted > 0) TAMIS_TRY(pool.start(wanted));
    if (!deliver) continue;
    if (Status told = tell(std::move(*news), listener); !told.ok()) {
      pool.fail(told.error());
      deliver = false;
    }
  }
  return pool.status();
}

}  // namespace tamis
