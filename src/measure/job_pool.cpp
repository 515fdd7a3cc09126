#include "measure/job_pool.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

/// What the threads of one run_jobs share; everything but the references is guarded by `mutex`.
class Pool {
 public:
  Pool(std::span<const MeasureRequest> requests, const TryRequest& try_request, std::stop_token outer)
      : requests_(requests),
        try_request_(try_request),
        forward_(std::move(outer), [this] { stop_.request_stop(); }) {}

  Status start(size_t jobs) {
    try {
      for (size_t job = 0; job < jobs; ++job) {
        threads_.emplace_back([this, job] { work(job); });
        std::lock_guard lock(mutex_);
        ++started_;
      }
    } catch (const std::system_error& error) {
      // Fewer threads than asked for only make it slower.
      if (threads_.empty())
        return io_error(fmt::format("no thread can be started to measure on: {}", error.what()));
    }
    return {};
  }

  /// The next finished trial; nothing when all threads have ended and none is left.
  std::optional<Trial> next_finished() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !finished_.empty() || ended_ == started_; });
    if (finished_.empty()) return std::nullopt;
    Trial trial = std::move(finished_.front());
    finished_.pop_front();
    return trial;
  }

  void fail(Error error) {
    std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
    stop_.request_stop();
  }

  Status status() {
    std::lock_guard lock(mutex_);
    return error_ ? Status(*error_) : Status();
  }

 private:
  const MeasureRequest* take_request() {
    std::lock_guard lock(mutex_);
    if (stop_.stop_requested() || next_ == requests_.size()) return nullptr;
    return &requests_[next_++];
  }

  void work(size_t job) {
    while (const MeasureRequest* request = take_request()) {
      Result<std::optional<Trial>> tried = try_request_(job, *request, stop_.get_token());
      if (!tried.ok()) {
        fail(tried.error());
      } else if (tried->has_value()) {
        std::lock_guard lock(mutex_);
        finished_.push_back(std::move(**tried));
        changed_.notify_one();
      }
    }
    std::lock_guard lock(mutex_);
    ++ended_;
    changed_.notify_one();
  }

  std::span<const MeasureRequest> requests_;
  const TryRequest& try_request_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> forward_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t next_ = 0;
  size_t started_ = 0;
  size_t ended_ = 0;
  std::deque<Trial> finished_;
  std::optional<Error> error_;
  std::vector<std::jthread> threads_;  // last, so that they have ended before the rest goes
};

/// One job needs no thread of its own, and for a target that answers in a microsecond a thread is most of the
/// time.
Status run_here(std::span<const MeasureRequest> requests, const TryRequest& try_request,
                const std::function<Status(Trial)>& finished, const std::stop_token& stop) {
  for (const MeasureRequest& request : requests) {
    if (stop.stop_requested()) break;
    TAMIS_ASSIGN(std::optional<Trial> trial, try_request(0, request, stop));
    if (trial) TAMIS_TRY(finished(std::move(*trial)));
  }
  return {};
}

}  // namespace

Status run_jobs(std::span<const MeasureRequest> requests, size_t jobs, const TryRequest& try_request,
                const std::function<Status(Trial)>& finished, std::stop_token stop) {
  if (requests.empty() || stop.stop_requested()) return {};
  if (jobs == 1) return run_here(requests, try_request, finished, stop);
  Pool pool(requests, try_request, std::move(stop));
  TAMIS_TRY(pool.start(std::min(jobs, requests.size())));
  bool deliver = true;
  while (auto trial = pool.next_finished()) {
    if (!deliver) continue;
    if (Status status = finished(std::move(*trial)); !status.ok()) {
      pool.fail(status.error());
      deliver = false;
    }
  }
  return pool.status();
}

Result<std::optional<Trial>> retry_device_lost(int retries,
                                               const std::function<Result<std::optional<Trial>>()>& try_once,
                                               const std::function<Status()>& renew) {
  for (int retry = 0;; ++retry) {
    Result<std::optional<Trial>> tried = try_once();
    const bool lost = tried.ok() && tried->has_value() && (*tried)->verdict == Verdict::device_lost;
    if (!lost) return tried;
    // After the last retry too: whatever is tried next on this job deserves a device that is there.
    TAMIS_TRY(renew());
    if (retry >= retries) return tried;
  }
}

}  // namespace tamis
