#include "measure/request_queue.h"

#include <algorithm>

namespace tamis {
namespace {

bool contains(const std::vector<size_t>& jobs, size_t job) {
  return std::find(jobs.begin(), jobs.end(), job) != jobs.end();
}

}  // namespace

RequestQueue::RequestQueue(std::span<const MeasureRequest> requests, std::span<const size_t> jobs)
    : jobs_(jobs.begin(), jobs.end()) {
  for (const MeasureRequest& request : requests) waiting_.push_back(&request);
}

bool RequestQueue::suits(size_t job, const MeasureRequest* request) const {
  const auto passed = passed_by_.find(request);
  if (passed == passed_by_.end() || !contains(passed->second, job)) return true;
  return std::all_of(jobs_.begin(), jobs_.end(), [&](size_t one) { return contains(passed->second, one); });
}

Assignment RequestQueue::take(size_t job) {
  const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                  [&](const MeasureRequest* request) { return suits(job, request); });
  if (found == waiting_.end()) return {};
  const MeasureRequest* request = *found;
  waiting_.erase(found);
  const auto passed = passed_by_.find(request);
  return {request, passed == passed_by_.end() ? 0 : passed->second.size()};
}

void RequestQueue::pass_on(size_t job, const MeasureRequest& request) {
  passed_by_[&request].push_back(job);
  waiting_.push_back(&request);
}

void RequestQueue::retire(size_t job) { std::erase(jobs_, job); }

}  // namespace tamis
