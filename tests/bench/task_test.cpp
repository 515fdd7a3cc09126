#include "cpu_peers/task.h"

#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::peers {
namespace {

TEST(Task, RefusesInt8) {
  const Workload workload = parse_spec("dense:n=1,ci=2,co=4").value();
  const auto task = make_task(workload, 0, 1);
  ASSERT_FALSE(task.ok());
  EXPECT_EQ(task.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(task.error().message, ::testing::HasSubstr("type=float32"));
}

TEST(Task, RefusesWhatLibrariesAreNotCalledWith) {
  for (const char* keys : {"activation=silu", "residual=1"}) {
    const auto task =
        make_task(parse_spec("dense:ci=2,co=4,type=float32," + std::string(keys)).value(), 0, 1);
    ASSERT_FALSE(task.ok()) << keys;
    EXPECT_EQ(task.error().kind, ErrorKind::unsupported);
  }
}

TEST(ChangeLayout, PutsChannelsLast) {
  const std::vector<float> nchw = {1, 2, 3, 4, 5, 6};  // two channels of three pixels
  const ActivationShape shape = {1, 2, 3};
  EXPECT_EQ(change_layout(nchw, shape, Layout::nchw, Layout::nhwc), (std::vector<float>{1, 4, 2, 5, 3, 6}));
}

TEST(ChangeLayout, LosesNothingOnTheWayThereAndBack) {
  std::vector<float> values(2 * 32 * 15);
  std::iota(values.begin(), values.end(), 0.0F);
  const ActivationShape shape = {2, 32, 15};
  for (const Layout layout : {Layout::nchw, Layout::nhwc, Layout::nchw16c}) {
    const auto there = change_layout(values, shape, Layout::nchw, layout);
    EXPECT_EQ(change_layout(there, shape, layout, Layout::nchw), values) << to_string(layout);
  }
}

}  // namespace
}  // namespace tamis::peers
