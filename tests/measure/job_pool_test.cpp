#include "measure/job_pool.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tamis {
namespace {

class RequestQueueTest : public testing::Test {
 protected:
  RequestQueueTest() {
    for (size_t i = 0; i < requests_.size(); ++i) requests_[i].number = i;
    queue_.add(addresses_of(requests_));
  }
  std::array<MeasureRequest, 3> requests_;
  std::array<size_t, 2> jobs_ = {4, 7};
  RequestQueue queue_{jobs_};
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
    ListedRequests feed(addresses_of(requests));
    ASSERT_TRUE(run_jobs(feed, std::span(jobs).first(count), {attempt}, {keep}, {}).ok());
    for (const MeasureRequest& request : requests) {
      EXPECT_EQ(trials[request.number].config, request.config);
      EXPECT_EQ(trials[request.number].proposer, request.proposer);
      EXPECT_EQ(trials[request.number].device, "board");
    }
  }
}

/// Gives `count` requests, as many at a time as jobs are free, and notes what it was asked.
class CountedSource final : public RequestSource {
 public:
  explicit CountedSource(uint64_t count) : count_(count) {}
  Result<std::vector<MeasureRequest>> next(size_t free) override {
    most_free = std::max(most_free, free);
    std::vector<MeasureRequest> requests;
    for (; requests.size() < free && given < count_; ++given) requests.push_back({given, Config{{0}}, "a"});
    return requests;
  }
  uint64_t given = 0;
  size_t most_free = 0;

 private:
  uint64_t count_;
};

JobResult finished(const Assignment& next) {
  JobResult result;
  result.finished.push_back({next.request, Trial()});
  return result;
}

class SourcedJobs : public testing::TestWithParam<size_t> {
 protected:
  Status run(RequestSource& source, const JobWork& work, std::stop_token stop = {}) {
    SourcedRequests feed(source);
    const auto keep = [&](const Trial& trial) {
      ++reported_[trial.number];
      return Status();
    };
    const Status ran = run_jobs(feed, std::span(jobs_).first(GetParam()), work, {keep}, std::move(stop));
    under_way_ = feed.under_way();
    return ran;
  }
  std::array<size_t, 4> jobs_ = {0, 1, 2, 3};
  std::map<uint64_t, int> reported_;
  size_t under_way_ = 0;
};

TEST_P(SourcedJobs, TryEverythingOnceAndAskForNoMoreThanIsFree) {
  CountedSource source(500);
  const auto attempt = [](size_t, const Assignment& next, const std::stop_token&) -> Result<JobResult> {
    return finished(next);
  };
  ASSERT_TRUE(run(source, {attempt}).ok());
  EXPECT_EQ(reported_.size(), 500U);
  for (const auto& [number, times] : reported_) EXPECT_EQ(times, 1) << number;
  EXPECT_LE(source.most_free, GetParam());
  EXPECT_EQ(under_way_, 0U);
}

/// Gives the next request only when the one before it was reported, so that all jobs but one are idle.
class OneByOne final : public RequestSource {
 public:
  explicit OneByOne(const std::map<uint64_t, int>& reported) : reported_(reported) {}
  Result<std::vector<MeasureRequest>> next(size_t) override {
    if (given_ > reported_.size() || given_ == 50) return std::vector<MeasureRequest>();
    return std::vector<MeasureRequest>{{given_++, Config{{0}}, "a"}};
  }

 private:
  const std::map<uint64_t, int>& reported_;
  uint64_t given_ = 0;
};

TEST_P(SourcedJobs, AskAgainWhenSomethingIsFinished) {
  OneByOne source(reported_);
  const auto attempt = [](size_t, const Assignment& next, const std::stop_token&) -> Result<JobResult> {
    return finished(next);
  };
  ASSERT_TRUE(run(source, {attempt}).ok());
  EXPECT_EQ(reported_.size(), 50U);
}

TEST_P(SourcedJobs, PassOnAndSettleWhatWasHeldBack) {
  CountedSource source(100);
  // Every job holds back its first request until there is nothing to try, and passes on every tenth once.
  std::array<std::optional<Assignment>, 4> held;
  const auto attempt = [&](size_t job, const Assignment& next, const std::stop_token&) -> Result<JobResult> {
    if (next.request->number % 10 == 9 && next.passes == 0) {
      JobResult passed;
      passed.passed_on.push_back(next.request);
      return passed;
    }
    if (held.at(job)) return finished(next);
    held.at(job) = next;
    return JobResult();
  };
  const auto settle = [&](size_t job, const std::stop_token&) {
    return held.at(job) ? finished(*std::exchange(held.at(job), std::nullopt)) : JobResult();
  };
  ASSERT_TRUE(run(source, {attempt, settle}).ok());
  EXPECT_EQ(reported_.size(), 100U);
  for (const auto& [number, times] : reported_) EXPECT_EQ(times, 1) << number;
}

TEST_P(SourcedJobs, EndWithTheSourcesError) {
  class Failing final : public RequestSource {
   public:
    Result<std::vector<MeasureRequest>> next(size_t) override {
      if (++asked_ == 3) return io_error("no more ideas");
      return std::vector<MeasureRequest>{{asked_, Config{{0}}, "a"}};
    }

   private:
    uint64_t asked_ = 0;
  } source;
  const auto attempt = [](size_t, const Assignment& next, const std::stop_token&) -> Result<JobResult> {
    return finished(next);
  };
  const Status ran = run(source, {attempt});
  ASSERT_FALSE(ran.ok());
  EXPECT_EQ(ran.error().message, "no more ideas");
}

TEST_P(SourcedJobs, GiveUpWhatIsUnderWayWhenStopped) {
  CountedSource source(1'000'000);
  std::stop_source stop;
  const auto attempt = [&](size_t, const Assignment& next, const std::stop_token&) -> Result<JobResult> {
    if (next.request->number == 40) stop.request_stop();
    return finished(next);
  };
  ASSERT_TRUE(run(source, {attempt}, stop.get_token()).ok());
  EXPECT_GE(reported_.size(), 40U);
  EXPECT_LT(reported_.size(), 100U);
}

TEST_P(SourcedJobs, FinishWhatIsUnderWayWhereThatIsAskedFor) {
  for (const bool gently : {false, true}) {
    CountedSource source(1'000'000);
    reported_.clear();
    std::stop_source stop;
    std::atomic<uint64_t> begun = 0, told = 0;
    const auto attempt = [&](size_t, const Assignment& next,
                             const std::stop_token& given_up) -> Result<JobResult> {
      ++begun;
      if (next.request->number == 40) stop.request_stop();
      if (!given_up.stop_requested()) return finished(next);
      ++told;
      return JobResult();
    };
    JobWork work{attempt};
    if (gently) work.finish_under_way = stop.get_token();
    ASSERT_TRUE(run(source, work, stop.get_token()).ok());
    EXPECT_LT(begun, 100U);
    if (gently) {
      EXPECT_EQ(told, 0U);
      EXPECT_EQ(reported_.size(), begun);
    } else {
      EXPECT_GE(told, 1U);
    }
  }
}

TEST_P(SourcedJobs, GiveUpWhatIsUnderWayForAnotherStop) {
  CountedSource source(1'000'000);
  std::stop_source stop, user;
  std::atomic<uint64_t> told = 0;
  const auto attempt = [&](size_t, const Assignment& next,
                           const std::stop_token& given_up) -> Result<JobResult> {
    if (next.request->number == 40) stop.request_stop();
    if (!given_up.stop_requested()) return finished(next);
    ++told;
    return JobResult();
  };
  JobWork work{attempt};
  work.finish_under_way = user.get_token();
  ASSERT_TRUE(run(source, work, stop.get_token()).ok());
  EXPECT_GE(told, 1U);
}

TEST_P(SourcedJobs, LeaveUndoneWhatNoJobTakes) {
  CountedSource source(10);
  const auto attempt = [](size_t, const Assignment& next, const std::stop_token&) -> Result<JobResult> {
    JobResult result;
    result.passed_on.push_back(next.request);
    result.job_ended = true;
    return result;
  };
  ASSERT_TRUE(run(source, {attempt}).ok());
  EXPECT_TRUE(reported_.empty());
  EXPECT_GT(under_way_, 0U);
}

INSTANTIATE_TEST_SUITE_P(Jobs, SourcedJobs, testing::Values(1, 2, 4));

/// A job whose request takes until others have done twenty: whoever waits for it waits for ever.
TEST(JobPool, KeepsOtherJobsAtWorkWhileOneTakesLong) {
  CountedSource source(30);
  SourcedRequests feed(source);
  std::mutex mutex;
  std::condition_variable changed;
  int done = 0;
  const auto attempt = [&](size_t, const Assignment& next, const std::stop_token&) -> Result<JobResult> {
    std::unique_lock lock(mutex);
    if (next.request->number == 0) changed.wait(lock, [&] { return done >= 20; });
    ++done;
    changed.notify_all();
    return finished(next);
  };
  const std::array<size_t, 2> jobs = {0, 1};
  uint64_t reported = 0;
  const auto keep = [&](const Trial&) {
    ++reported;
    return Status();
  };
  ASSERT_TRUE(run_jobs(feed, jobs, {attempt}, {keep}, {}).ok());
  EXPECT_EQ(reported, 30U);
}

}  // namespace
}  // namespace tamis
