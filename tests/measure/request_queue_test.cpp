#include "measure/request_queue.h"

#include <array>

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
  RequestQueue queue_{requests_, jobs_};
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
  queue_.retire(7);
  EXPECT_EQ(queue_.take(4).request, &requests_[1]);
  queue_.pass_on(4, requests_[1]);
  EXPECT_EQ(queue_.take(4).passes, 2U);
  EXPECT_TRUE(queue_.any_job_left());
  queue_.retire(4);
  EXPECT_FALSE(queue_.any_job_left());
}

}  // namespace
}  // namespace tamis
