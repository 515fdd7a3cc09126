#include "cpu_peers/summary.h"

#include "base/json.h"
#include "bench/scripted_peer.h"
#include "cpu_peers/tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::peers {
namespace {

using ::testing::DoubleNear;
using ::testing::HasSubstr;

/// One form with its least latency.
struct Form {
  std::string peer;
  std::string family;
  double minimum_ns;
};

TaskSummary summary_of(const std::string& workload, const std::vector<Form>& forms, int threads = 1) {
  Task task = testing::small_task();
  task.workload.name = workload;
  task.threads = threads;
  TaskOutcome outcome;
  outcome.rates = {{100, 98}, {110, 55}};
  for (const Form& form : forms) {
    PeerOutcome peer;
    peer.peer = form.peer;
    peer.family = form.family;
    peer.samples.calls_ns = {form.minimum_ns * 3, form.minimum_ns, form.minimum_ns * 2};
    outcome.peers.push_back(peer);
  }
  return summarise(task, std::move(outcome));
}

/// tamis takes 10 ns, oneDNN as given.
TaskSummary against_onednn(const std::string& workload, double onednn_ns, int threads = 1) {
  return summary_of(workload, {{"tamis", kTamis, 10}, {"onednn", kOnednn, onednn_ns}}, threads);
}

TEST(GeometricMean, IsTheRootOfTheProduct) {
  EXPECT_THAT(geometric_mean({2, 8}).value(), DoubleNear(4, 1e-12));
  EXPECT_THAT(geometric_mean({3}).value(), DoubleNear(3, 1e-12));
}

TEST(GeometricMean, IsNothingForNothing) { EXPECT_EQ(geometric_mean({}), std::nullopt); }

TEST(Summary, TakesTheFastestFormOfAFamily) {
  const TaskSummary summary =
      summary_of("a.b", {{"nchw", kOnednn, 40}, {"nhwc", kOnednn, 20}, {"blocked", kOnednn, 30}});
  ASSERT_EQ(summary.best.size(), 1);
  EXPECT_EQ(summary.best[0].form, "nhwc");
  EXPECT_EQ(summary.best[0].minimum_ns, 20);
  EXPECT_EQ(summary.best[0].median_ns, 40);
}

TEST(Summary, KeepsTheFastestPeakAndTheLowestRate) {
  const TaskSummary summary = summary_of("a.b", {});
  EXPECT_EQ(summary.peak_gflops, 110);
  EXPECT_EQ(summary.calmness, 0.5);
  EXPECT_THAT(draw_task(summary, false), HasSubstr("disturbed"));
}

TEST(Summary, NamesTheSuiteOfAMemberOnly) {
  EXPECT_EQ(summary_of("resnet18.C2", {}).suite, "resnet18");
  EXPECT_EQ(summary_of("dense:n=1,ci=2,co=4,clip_max=0.5", {}).suite, "");
}

TEST(Summary, CountsTwoOperationsAMultiplyAccumulate) {
  const TaskSummary summary = summary_of("a.b", {});
  EXPECT_EQ(summary.operations, 2 * 2 * 4);
  EXPECT_EQ(summary.gflops(8), 2);
}

TEST(Ratio, IsAboveOneWhereTamisIsFaster) {
  const TaskSummary summary = summary_of("a.b", {{"tamis", kTamis, 10},
                                                 {"default", kTamisDefault, 5},
                                                 {"direct", kOnednn, 20},
                                                 {"winograd", kOnednnWinograd, 8},
                                                 {"openblas", kOpenblas, 6}});
  EXPECT_EQ(ratio(summary, Opponent::onednn), 2);
  EXPECT_EQ(ratio(summary, Opponent::onednn_best), 0.8);
  EXPECT_EQ(ratio(summary, Opponent::library), 0.6);
  EXPECT_EQ(ratio(summary, Opponent::untuned), 0.5);
}

TEST(Ratio, IsNothingWhereOneSideIsMissing) {
  EXPECT_EQ(ratio(summary_of("a.b", {{"tamis", kTamis, 10}}), Opponent::library), std::nullopt);
  EXPECT_EQ(ratio(summary_of("a.b", {{"direct", kOnednn, 10}}), Opponent::onednn), std::nullopt);
}

TEST(Ratio, DoesNotCountAWrongResult) {
  Task task = testing::small_task();
  TaskOutcome outcome;
  outcome.peers.resize(2);
  outcome.peers[0] = {"tamis", kTamis, "", {{10}}, "2 of 4 elements differ", true};
  outcome.peers[1] = {"direct", kOnednn, "", {{20}}, {}, false};
  const TaskSummary summary = summarise(task, std::move(outcome));
  EXPECT_EQ(ratio(summary, Opponent::onednn), std::nullopt);
  ASSERT_EQ(summary.wrong().size(), 1);
  EXPECT_THAT(draw_task(summary, false),
              HasSubstr("WRONG RESULT: tamis is not counted: 2 of 4 elements differ"));
}

TEST(GroupMeans, AreOfEachSuiteAndThreadCount) {
  const auto means = group_means({against_onednn("vgg16.a", 20), against_onednn("vgg16.b", 80),
                                  against_onednn("vgg16.a", 5, 2), against_onednn("dense:n=1,ci=2,co=4", 1)});
  ASSERT_EQ(means.size(), 6);  // three opponents are there, for one and for two threads
  EXPECT_EQ(means[0].group, "vgg16");
  EXPECT_EQ(means[0].threads, 1);
  EXPECT_EQ(means[0].tasks, 2);
  EXPECT_THAT(means[0].mean, DoubleNear(4, 1e-12));
  EXPECT_EQ(means[0].lowest, 2);
  EXPECT_EQ(means[0].lowest_workload, "vgg16.a");
  EXPECT_EQ(means[3].threads, 2);
  EXPECT_EQ(means[3].lowest, 0.5);
}

TEST(GroupMeans, JoinTheThreeNetworksWhereAllAreThere) {
  const auto means = group_means({against_onednn("resnet18.a", 20), against_onednn("resnet50.a", 40),
                                  against_onednn("mobilenet_v1.a", 80), against_onednn("vgg16.a", 1)});
  const auto& joined = means.back();
  EXPECT_EQ(joined.group, "resnet18 + resnet50 + mobilenet_v1");
  EXPECT_EQ(joined.tasks, 3);
  EXPECT_THAT(joined.mean, DoubleNear(4, 1e-12));
}

TEST(GroupMeans, AreNoneWhereTamisWasNotMeasured) {
  EXPECT_TRUE(group_means({summary_of("vgg16.a", {{"direct", kOnednn, 10}})}).empty());
}

TEST(Tables, ShowTheShareOfThePeak) {
  const std::string text = draw_task(against_onednn("a.b", 16), false);  // 16 operations: 1 GFLOP/s of 110
  EXPECT_THAT(text, HasSubstr("1 %"));
  EXPECT_THAT(text, HasSubstr("1.0"));
}

TEST(Tables, SayWhyTamisIsMissing) {
  TaskOutcome outcome;
  outcome.peers.resize(2);
  outcome.peers[0] = {"tamis nchw", kTamis, "", {}, "the log has no valid trial", false};
  outcome.peers[1] = {"blocked", kOnednnWinograd, "", {}, "no such form", false};
  const std::string text = draw_task(summarise(testing::small_task(), std::move(outcome)), false);
  EXPECT_THAT(text, HasSubstr("tamis nchw is missing: the log has no valid trial"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("no such form")));
}

TEST(Tables, ShowRatiosOnlyWhereTamisWasMeasured) {
  EXPECT_EQ(draw_ratios({summary_of("a.b", {{"direct", kOnednn, 10}})}), "");
  EXPECT_THAT(draw_ratios({against_onednn("a.b", 25)}), HasSubstr("2.50"));
}

TEST(Tables, WriteRatiosAndFormsAsJson) {
  const std::vector<TaskSummary> summaries = {against_onednn("vgg16.a", 25)};
  const Json json = to_json(summaries, group_means(summaries), "oneDNN 2.6.3");
  EXPECT_EQ(json["tasks"][0]["ratios"]["oneDNN"], 2.5);
  EXPECT_EQ(json["tasks"][0]["forms"][1]["minimum_ns"], 25);
  EXPECT_EQ(json["means"][0]["workloads"], 1);
}

}  // namespace
}  // namespace tamis::peers
