#include "targets/gpu/runtime/cuda_choice.h"

#include "targets/gpu/runtime/fakes.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::gpu {
namespace {

using testing::fake_scope;
using ::testing::HasSubstr;
using testing::wishing;

TEST(CudaSpec, NamesADeviceOrAnArchitecture) {
  EXPECT_EQ(parse_cuda_spec("cuda").value(), (CudaChoice{0, ""}));
  EXPECT_EQ(parse_cuda_spec("cuda:3").value(), (CudaChoice{3, ""}));
  EXPECT_EQ(parse_cuda_spec("cuda:arch=sm_90a").value(), (CudaChoice{0, "sm_90a"}));
}

TEST(CudaSpec, NamesNothingElse) {
  for (const char* spec : {"cuda:", "cuda:-1", "cuda:x", "cuda:1:2", "opencl", "cuda:99999"}) {
    const Result<CudaChoice> choice = parse_cuda_spec(spec);
    ASSERT_FALSE(choice.ok()) << spec;
    EXPECT_THAT(choice.error().message, HasSubstr("write `cuda`, `cuda:1` for the second device"));
  }
  EXPECT_THAT(parse_cuda_spec("cuda:arch=90").error().message, HasSubstr("write one as sm_90"));
}

TEST(CudaBuilder, CompilesWithoutADriver) {
  const auto builder = open_cuda_builder(fake_scope(), "sm_90");
  ASSERT_TRUE(builder.ok()) << builder.error().message;
  EXPECT_EQ((*builder)->facts().architecture, "sm_90");
  EXPECT_EQ((*builder)->facts().driver, "NVRTC 13.0");
  EXPECT_EQ((*builder)->facts().group_items, 1024U);
  const std::vector<std::string> entries = {"scale"};
  EXPECT_FALSE((*builder)->compile(wishing({}), entries).failure);
}

TEST(CudaBuilder, RunsNothing) {
  const auto builder = open_cuda_builder(fake_scope(), "sm_90").value();
  const std::vector<std::string> entries = {"scale"};
  const Compiled compiled = builder->compile(wishing({}), entries);
  Launch launch;
  launch.entry = "scale";
  EXPECT_EQ(builder->allocate(1).error().kind, ErrorKind::unsupported);
  const auto ran = builder->launch(*compiled.program, launch, {}, kNever);
  EXPECT_EQ(std::get<Failure>(ran).message,
            "there is no device here to run code for sm_90; `tamis space WORKLOAD --target cuda:arch=sm_90 "
            "--build` builds configs without a device");
}

TEST(CudaBuilder, KnowsTheArchitecturesOfNvrtcOnly) {
  const auto builder = open_cuda_builder(fake_scope(), "sm_86");
  ASSERT_FALSE(builder.ok());
  EXPECT_THAT(builder.error().message, HasSubstr("it knows sm_80, sm_90, sm_100"));
}

}  // namespace
}  // namespace tamis::gpu
