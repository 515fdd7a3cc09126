// Emitted CUDA programs, built by NVIDIA's compiler. Skipped where it is not found.

#include "tamis/targets.h"
#include "tamis/task.h"
#include "targets/gpu/deploy/shell.h"
#include "targets/gpu/emission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::gpu {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(EmittedCuda, HasACubinForTheArchitectureAndHostCodeThatCompiles) {
  const auto target = make_target("cuda:arch=sm_90").value();
  for (const char* spec : {"conv2d:ci=16,h=9,w=9,co=32,k=3,pad=1", "matmul:m=64,n=64,k=64,type=int8"}) {
    const Result<SharedTask> task = bind_task(target, target->resolve(spec).value().front());
    if (!task.ok()) GTEST_SKIP() << task.error().message;
    for (const Config& config : (*task)->suggestions()) {
      const auto files = emit_program(**task, config, {"kernel", 0});
      ASSERT_TRUE(files.ok()) << files.error().message << " " << (*task)->space().describe(config);
      ASSERT_EQ(files->size(), 5U);
      EXPECT_EQ((*files)[1].name, "kernel.cubin");
      EXPECT_THAT((*files)[1].content, StartsWith("\x7f"
                                                  "ELF"));
      EXPECT_THAT((*files)[2].content, HasSubstr("kernel.cubin is for sm_90"));
      const TemporaryDirectory directory;
      write_files(directory, *files);
      EXPECT_TRUE(compiles_for_cuda(directory, "kernel"));
    }
  }
}

}  // namespace
}  // namespace tamis::gpu
