#include "targets/gpu/device_reference.h"

#include "targets/gpu/runtime/cuda_choice.h"
#include "targets/gpu/runtime/opencl_runtime.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tamis::gpu {
namespace {

TEST(DeviceReference, CompilesForCuda) {
  auto builder = open_cuda_builder(usual_scope(), "sm_90");
  if (!builder.ok()) GTEST_SKIP() << builder.error().message;
  const std::vector<std::string> entries = {"tamis_reference"};
  const Compiled compiled = (*builder)->compile(DeviceReference::source(Language::cuda), entries);
  ASSERT_FALSE(compiled.failure) << compiled.failure->message;
  EXPECT_EQ(compiled.program->parameter_count("tamis_reference"), 2U);
  EXPECT_EQ(compiled.features.get("spill_store_bytes"), 0);
}

TEST(DeviceReference, IsNotThereWhereNothingRuns) {
  auto builder = open_cuda_builder(usual_scope(), "sm_90");
  if (!builder.ok()) GTEST_SKIP() << builder.error().message;
  EXPECT_EQ(DeviceReference::create(**builder, Language::cuda), nullptr);
}

TEST(DeviceReference, TakesTimeOnADeviceOfOpenCl) {
  auto runtime = open_opencl_runtime({});
  if (!runtime.ok()) GTEST_SKIP() << runtime.error().message;
  const auto reference = DeviceReference::create(**runtime, Language::opencl);
  ASSERT_NE(reference, nullptr);
  reference->run();
  const int64_t once = reference->now_ns();
  EXPECT_GT(once, 0);
  reference->run();
  EXPECT_GT(reference->now_ns(), once);
}

}  // namespace
}  // namespace tamis::gpu
