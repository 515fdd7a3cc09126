#pragma once

#include "measure/measurer.h"

#include <cstddef>
#include <deque>
#include <span>
#include <unordered_map>
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
  /// The requests must outlive this.
  RequestQueue(std::span<const MeasureRequest> requests, std::span<const size_t> jobs);

  /// The next request for a job: none that it passed on itself, unless every job that is left did. No request
  /// when there is none for it now.
  Assignment take(size_t job);
  /// Puts back a request that a job could not finish.
  void pass_on(size_t job, const MeasureRequest& request);
  /// Takes note that a job takes no more requests.
  void retire(size_t job);

  bool empty() const { return waiting_.empty(); }
  bool any_job_left() const { return !jobs_.empty(); }

 private:
  bool suits(size_t job, const MeasureRequest* request) const;

  std::deque<const MeasureRequest*> waiting_;
  std::vector<size_t> jobs_;  // those that are not retired
  std::unordered_map<const MeasureRequest*, std::vector<size_t>> passed_by_;
};

}  // namespace tamis
