#include "measure/job_pool.h"

#include "measure/attempt.h"

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
  Pool(std::span<const size_t> jobs, const JobWork& work, std::stop_token outer)
      : work_(work), jobs_(jobs), queue_(jobs), forward_(std::move(outer), [this] {
          if (!work_.finish_under_way.stop_requested()) give_up_.request_stop();
          stop();
        }) {}

  /// What the jobs have to tell, and what could be done for them.
  struct News {
    JobResult result;
    size_t threads = 0;  ///< how many more could be of use
    size_t free = 0;     ///< jobs that have nothing to try
  };

  /// Waits for news; nothing when all threads have ended and all was told.
  std::optional<News> next_news() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] {
      return has_news() || more_wanted() > 0 || hungry() > 0 || is_over() || ended_ == started_;
    });
    if (is_over()) close();
    News news{std::exchange(news_, JobResult()), more_wanted(), hungry()};
    const bool any = !news.result.finished.empty() || !news.result.events.empty();
    if (!any && news.threads == 0 && news.free == 0 && ended_ == started_) return std::nullopt;
    // What follows from what is told may be something to try.
    if (any) dry_ = false;
    return news;
  }

  /// Jobs for which the feed is to be asked.
  size_t free_jobs() {
    std::lock_guard lock(mutex_);
    return hungry();
  }

  /// Takes in what the feed gave for free jobs. Errors: as start().
  Status add(std::span<const MeasureRequest* const> requests) {
    size_t idle = 0;
    {
      std::lock_guard lock(mutex_);
      queue_.add(requests);
      dry_ = requests.empty();
      idle = idle_;
      changed_.notify_all();
    }
    return requests.size() > idle ? start(requests.size() - idle) : Status();
  }

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

  /// Takes note that a request was reported.
  void forget(const MeasureRequest& request) {
    std::lock_guard lock(mutex_);
    queue_.forget(request);
  }

  void fail(Error error) {
    {
      std::lock_guard lock(mutex_);
      if (!error_) error_ = std::move(error);
    }
    give_up_.request_stop();
    stop();
  }

  Status status() {
    std::lock_guard lock(mutex_);
    return error_ ? Status(*error_) : Status();
  }

 private:
  /// What a job does next.
  enum class Turn { attempt, settle, end };

  void stop() {
    stop_.request_stop();
    std::lock_guard lock(mutex_);
    changed_.notify_all();
  }

  void close() {
    closed_ = true;
    changed_.notify_all();
  }

  bool has_news() const { return !news_.finished.empty() || !news_.events.empty(); }

  /// A request that was passed on may be for a job whose thread was not needed at first.
  size_t more_wanted() const {
    const bool idle = started_ < jobs_.size() && !stop_.stop_requested();
    return idle && any_passed_on_ && !queue_.empty() ? jobs_.size() - started_ : 0;
  }

  /// How many jobs the feed is to be asked for.
  size_t hungry() const {
    if (dry_ || closed_ || stop_.stop_requested() || !queue_.any_job_left()) return 0;
    const size_t free = idle_ + jobs_.size() - started_;
    return free > queue_.size() ? free - queue_.size() : 0;
  }

  /// Whether nothing is under way, held back or untold from which anything could follow.
  bool is_over() const {
    return !closed_ && dry_ && queue_.empty() && busy_ == 0 && unsettled_ == 0 && !has_news();
  }

  /// Fewer threads than asked for only make it slower.
  void give_up_starting() {
    std::lock_guard lock(mutex_);
    for (size_t i = started_; i < jobs_.size(); ++i) queue_.remove_job(jobs_[i]);
    jobs_ = jobs_.first(started_);
    changed_.notify_all();
  }

  /// Waits for something to try, which `next` then is; one that is not `settled` does that as soon as there
  /// is nothing. Whoever has a turn is busy.
  Turn wait_for_turn(size_t job, bool settled, Assignment& next) {
    std::unique_lock lock(mutex_);
    ++idle_;
    if (!settled) ++unsettled_;
    changed_.notify_all();
    changed_.wait(lock, [&] {
      if (stop_.stop_requested() || closed_) return true;
      next = queue_.take(job);
      return next.request != nullptr || (dry_ && !settled);
    });
    --idle_;
    if (!settled) --unsettled_;
    const bool ends = next.request == nullptr && settled;
    if (!ends) ++busy_;
    if (ends) return Turn::end;
    return next.request != nullptr ? Turn::attempt : Turn::settle;
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
    Result<JobResult> result = work_.attempt(job, next, give_up_.get_token());
    if (!result.ok()) {
      take_in(job, {});
      fail(result.error());
      return false;
    }
    const bool ended = result->job_ended;
    take_in(job, std::move(*result));
    return !ended;
  }

  /// Whether the job goes on. It is busy, as what it held back may be passed on.
  bool settle(size_t job) {
    JobResult result;
    if (work_.settle) result = work_.settle(job, stop_.get_token());
    const bool ended = result.job_ended;
    take_in(job, std::move(result));
    return !ended;
  }

  void run(size_t job) {
    bool settled = false;
    for (bool goes_on = true; goes_on;) {
      Assignment next;
      const Turn turn = wait_for_turn(job, settled, next);
      if (turn == Turn::end) break;
      goes_on = turn == Turn::attempt ? try_one(job, next) : settle(job);
      settled = turn == Turn::settle;
    }
    if (!settled) settle_last(job);  // after an error something may be held back still
    std::lock_guard lock(mutex_);
    ++ended_;
    changed_.notify_all();
  }

  void settle_last(size_t job) {
    {
      std::lock_guard lock(mutex_);
      ++busy_;
    }
    settle(job);
  }

  const JobWork& work_;
  std::span<const size_t> jobs_;
  std::stop_source stop_;     // nothing further is begun
  std::stop_source give_up_;  // what is under way is not waited for
  std::mutex mutex_;
  std::condition_variable changed_;
  RequestQueue queue_;
  size_t busy_ = 0;       // jobs that may pass requests on
  size_t idle_ = 0;       // jobs that wait for something to try
  size_t unsettled_ = 0;  // those of them that may hold something back
  size_t started_ = 0;
  size_t ended_ = 0;
  bool any_passed_on_ = false;
  bool dry_ = false;     // whether the feed has nothing unless something is finished
  bool closed_ = false;  // whether it has nothing at all any more
  JobResult news_;       // not told yet
  std::optional<Error> error_;
  // After all that it touches, and before the threads, so that it ends after them.
  std::stop_callback<std::function<void()>> forward_;
  std::vector<std::jthread> threads_;  // last, so that they have ended before the rest goes
};

/// Who is told, and what the requests come from.
struct Ends {
  const JobListener& listener;
  RequestFeed& feed;
};

/// Tells the listener, then lets go of what was reported; after its first error nothing more.
Status tell(JobResult&& result, const Ends& ends, const std::function<void(const MeasureRequest&)>& forget) {
  for (const DeviceEvent& event : result.events)
    if (ends.listener.event) ends.listener.event(event);
  for (Tried& tried : result.finished) {
    TAMIS_TRY(ends.listener.finished(complete(tried.trial, *tried.request)));
    forget(*tried.request);
    ends.feed.release(*tried.request);
  }
  return {};
}

/// One job needs no thread of its own, and for a target that answers in a microsecond a thread is most of the
/// time.
Status run_here(const Ends& ends, std::span<const size_t> jobs, const JobWork& work,
                const std::stop_token& stop) {
  RequestQueue queue(jobs);
  const size_t job = jobs.front();
  std::stop_source give_up(std::nostopstate);
  std::optional<std::stop_callback<std::function<void()>>> forward;
  if (work.finish_under_way.stop_possible()) {
    give_up = std::stop_source();
    forward.emplace(stop, [&] {
      if (!work.finish_under_way.stop_requested()) give_up.request_stop();
    });
  }
  const std::stop_token attempt_stop = forward ? give_up.get_token() : stop;
  const auto forget = [&](const MeasureRequest& request) { queue.forget(request); };
  const auto try_all = [&]() -> Status {
    for (bool more = true; more;) {
      const bool takes = queue.any_job_left() && !stop.stop_requested();
      if (takes && queue.empty()) {
        TAMIS_ASSIGN(const std::vector<const MeasureRequest*> requests, ends.feed.next(1));
        queue.add(requests);
      }
      Assignment next;
      if (takes) next = queue.take(job);
      JobResult result;
      if (next.request != nullptr) {
        TAMIS_ASSIGN(result, work.attempt(job, next, attempt_stop));
      } else if (work.settle) {
        result = work.settle(job, stop);
      }
      more = next.request != nullptr || !result.passed_on.empty() || !result.finished.empty();
      for (const MeasureRequest* request : result.passed_on) queue.pass_on(job, *request);
      if (result.job_ended) queue.remove_job(job);
      TAMIS_TRY(tell(std::move(result), ends, forget));
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

/// Tells what a pool has to tell and feeds it.
Status serve(Pool& pool, const Ends& ends, Pool::News& news) {
  TAMIS_TRY(tell(std::move(news.result), ends, [&](const MeasureRequest& request) { pool.forget(request); }));
  if (news.threads > 0) TAMIS_TRY(pool.start(news.threads));
  const size_t free = pool.free_jobs();
  if (free == 0) return {};
  TAMIS_ASSIGN(const std::vector<const MeasureRequest*> requests, ends.feed.next(free));
  return pool.add(requests);
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

Result<std::vector<const MeasureRequest*>> SourcedRequests::next(size_t free) {
  TAMIS_ASSIGN(std::vector<MeasureRequest> requests, source_.next(free));
  std::vector<const MeasureRequest*> given;
  given.reserve(requests.size());
  for (MeasureRequest& request : requests) {
    auto kept = std::make_unique<const MeasureRequest>(std::move(request));
    given.push_back(kept.get());
    kept_.emplace(given.back(), std::move(kept));
  }
  return given;
}

Status run_jobs(RequestFeed& feed, std::span<const size_t> jobs, const JobWork& work,
                const JobListener& listener, std::stop_token stop) {
  if (jobs.empty() || stop.stop_requested()) return {};
  const Ends ends{listener, feed};
  if (jobs.size() == 1) return run_here(ends, jobs, work, stop);
  TAMIS_ASSIGN(const std::vector<const MeasureRequest*> first, feed.next(jobs.size()));
  if (first.empty()) return {};
  Pool pool(jobs, work, std::move(stop));
  TAMIS_TRY(pool.add(first));
  bool deliver = true;
  while (std::optional<Pool::News> news = pool.next_news()) {
    if (!deliver) continue;
    if (Status served = serve(pool, ends, *news); !served.ok()) {
      pool.fail(served.error());
      deliver = false;
    }
  }
  return pool.status();
}

}  // namespace tamis
