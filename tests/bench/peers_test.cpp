// Every form of every library, and tamis, computes the reference result, or says why it cannot.
#include "cpu_peers/peer.h"
#include "cpu_peers/threads.h"
#include "tamis/measurer.h"
#include "targets/cpu/timing/cores.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::peers {
namespace {

constexpr const char* kSpecs[] = {
    "conv2d:ci=16,h=9,w=7,co=32,k=3,pad=1",
    "conv2d:ci=16,h=9,w=7,co=32,k=3,pad=1,layout=nhwc",
    "conv2d:n=2,ci=16,h=9,w=7,co=32,k=3,pad=1,layout=nchw16c",
    "conv2d:ci=32,h=30,w=20,co=64,k=3,pad=1",
    "conv2d:ci=3,h=15,w=15,co=16,k=7,stride=2,pad=3,relu=0",
    "conv2d:ci=32,h=8,w=8,co=48,k=1,clip_max=6",
    "conv2d:n=2,ci=32,h=8,w=8,co=48,k=1,layout=nhwc,bias=0",
    "conv2d:ci=32,h=9,w=9,co=48,k=1,stride=2,clip_min=-1,clip_max=none",
    "conv2d:ci=8,h=12,w=12,co=8,k=3,pad=2,dilation=2",
    "conv2d:ci=4,h=5,w=5,co=4,kh=1,kw=5,pad_w=4,stride_w=3",
    "grouped_conv2d:ci=32,h=8,w=8,co=64,k=3,pad=1,groups=4",
    "grouped_conv2d:ci=32,h=8,w=8,co=64,k=1,groups=2,layout=nhwc",
    "depthwise_conv2d:ci=32,h=11,w=11,k=3,stride=2,pad=1,clip_max=6",
    "depthwise_conv2d:ci=32,h=11,w=11,k=3,pad=1,layout=nhwc",
    "dense:n=5,ci=33,co=17",
    "dense:n=1,ci=33,co=17,relu=0",
    "matmul:batch=3,m=5,n=7,k=9",
    "matmul:batch=1,m=6,n=16,k=8,transpose_a=1,relu=0,bias=0",
    "matmul:batch=2,m=4,n=8,k=16,transpose_b=1",
    "matmul:batch=2,m=1,n=8,k=16,transpose_a=1,transpose_b=1",
};

Peers all_peers(int threads) {
  Peers peers = tamis_peers({threads}, "").value();
  for (auto& peer : onednn_peers()) peers.push_back(std::move(peer));
  for (auto& peer : openblas_peers()) peers.push_back(std::move(peer));
  return peers;
}

Task task_of(const std::string& spec, int threads) {
  return make_task(parse_spec(spec, {DataType::float32}).value(), 7, threads).value();
}

void expect_reference_results(int threads) {
  for (const char* spec : kSpecs) {
    const Task task = task_of(spec, threads);
    std::set<std::string> families;
    for (const auto& peer : all_peers(threads)) {
      const Result<PreparedCall> call = peer->prepare(task);
      if (!call.ok()) {
        EXPECT_EQ(call.error().kind, ErrorKind::unsupported) << call.error().message;
        continue;
      }
      families.insert(peer->family());
      call->run();
      call->run();
      EXPECT_EQ(find_difference(task.workload, task.data, call->output()), std::nullopt)
          << peer->name() << " of " << spec << " with " << threads << " threads";
    }
    EXPECT_THAT(families, ::testing::IsSupersetOf({kTamisDefault, kOnednn, kOpenblas})) << spec;
  }
}

TEST(Peers, ComputeTheReferenceResult) { expect_reference_results(1); }

TEST(Peers, ComputeTheReferenceResultWithTwoThreads) {
  if (cpu::allowed_cores().value().size() < 2) GTEST_SKIP() << "needs two cores";
  expect_reference_results(2);
}

TEST(Peers, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const auto& peer : all_peers(1)) EXPECT_TRUE(names.insert(peer->name()).second) << peer->name();
}

TEST(Peers, RefuseATransposedConvolution) {
  const Task task = task_of("conv2d_transpose:ci=4,h=4,w=4,co=4,k=3", 1);
  for (const auto& peer : all_peers(1)) {
    if (peer->name().starts_with("tamis")) continue;
    EXPECT_FALSE(peer->prepare(task).ok()) << peer->name();
  }
}

TEST(Threads, ThatAreMoreThanTheCoresAreRefused) {
  const auto used = use_threads(2, {0});
  ASSERT_FALSE(used.ok());
  EXPECT_EQ(used.error().kind, ErrorKind::invalid_input);
}

}  // namespace
}  // namespace tamis::peers
