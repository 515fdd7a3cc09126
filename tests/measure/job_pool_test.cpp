#include "measure/job_pool.h"

#include <array>
#include <span>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tamis {
namespace {

class RequestQueueTest : public testing::Test {
 protected:
  RequestQueueTest() {
    for (size_t i = 0; i < requests_.size(); ++i) requests_[i].number = i;
  }
  std::array<MeasureRequest, 3> requests_;
  std::array<size_t, 2> jobs_ = {4, 7};
  RequestQueue queue_{addresses_of(requests_), jobs_};
};

TEST_F(RequestQueueTest, GivesRequestsInTheirOrder) {
  for (uint64_t number = 0; number < 3; ++number) {
    const Assignment next = queue_.take(number % 2 == 0 ? 4 : 7);
    ASSERT_NE(next.request, nullptr);
    EXPECT_EQ(next.request->number, number);
    EXPECT_EQ(next.passes, 0U);
  }
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(queue_.take(4).request, nullptr);
}

TEST_F(RequestQueueTest, GivesWhatAJobPassedOnToAnother) {
  for (int i = 0; i < 3; ++i) (void)queue_.take(4);
  queue_.pass_on(4, requests_[1]);
  EXPECT_EQ(queue_.take(4).request, nullptr);
  const Assignment other = queue_.take(7);
  EXPECT_EQ(other.request, &requests_[1]);
  EXPECT_EQ(other.passes, 1U);
}

TEST_F(RequestQueueTest, GivesItToTheSameOneWhereNoOtherIsLeft) {
  for (int i = 0; i < 3; ++i) (void)queue_.take(4);
  queue_.pass_on(4, requests_[1]);
  queue_.remove_job(7);
  EXPECT_EQ(queue_.take(4).request, &requests_[1]);
  queue_.pass_on(4, requests_[1]);
  EXPECT_EQ(queue_.take(4).passes, 2U);
  EXPECT_TRUE(queue_.any_job_left());
  queue_.remove_job(4);
  EXPECT_FALSE(queue_.any_job_left());
}

TEST(JobPool, CompletesTrialsWithWhatTheyHaveOfTheirRequests) {
  const std::vector<MeasureRequest> requests = {{7, Config{{1}}, "a"}, {9, Config{{2}}, "b"}};
  const auto attempt = [](size_t, const Assignment& next, const std::stop_token&) -> Result<JobResult> {
    Trial trial;
    trial.number = 100;
    trial.device = "board";
    JobResult result;
    result.finished.push_back({next.request, std::move(trial)});
    return result;
  };
  const std::array<size_t, 2> jobs = {0, 1};
  for (size_t count = 1; count <= jobs.size(); ++count) {
    std::vector<Trial> trials(10);
    const auto keep = [&](const Trial& trial) {
      trials.at(trial.number) = trial;
      return Status();
    };
    ASSERT_TRUE(run_jobs(addresses_of(requests), std::span(jobs).first(count), {attempt}, {keep}, {}).ok());
    for (const MeasureRequest& request : requests) {
      EXPECT_EQ(trials[request.number].config, request.config);
      EXPECT_EQ(trials[request.number].proposer, request.proposer);
      EXPECT_EQ(trials[request.number].device, "board");
    }
  }
}

}  // namespace
}  // namespace tamis
