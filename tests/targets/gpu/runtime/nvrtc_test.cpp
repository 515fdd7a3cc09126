#include "targets/gpu/runtime/nvrtc.h"

#include "targets/gpu/runtime/fakes.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::gpu {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Nvrtc, SaysItsVersionAndArchitectures) {
  const auto nvrtc = testing::fake_nvrtc();
  EXPECT_EQ(nvrtc->version(), "13.0");
  EXPECT_EQ(nvrtc->major(), 13);
  EXPECT_THAT(nvrtc->architectures(), ElementsAre(80, 90, 100));
}

TEST(Nvrtc, MustHaveAllFunctions) {
  const auto driver = open_cuda_library(testing::fake_scope());
  ASSERT_TRUE(driver.ok()) << driver.error().message;
  const auto nvrtc = Nvrtc::load(*driver);
  ASSERT_FALSE(nvrtc.ok());
  EXPECT_EQ(nvrtc.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(nvrtc.error().message, HasSubstr("has no function nvrtcGetErrorString"));
}

TEST(Nvrtc, ShowsWhatStandsBehindTheNulOfALog) {
  NvrtcRequest request;
  request.text = "//fake log ptxas info    : 0 bytes gmem|ptxas error   : the cause\n//fake fail 6\n";
  const auto result = testing::fake_nvrtc()->compile(request);
  ASSERT_TRUE(result.ok());
  EXPECT_FALSE(result->compiled);
  EXPECT_FALSE(result->invalid_option);
  EXPECT_EQ(result->log, "ptxas info    : 0 bytes gmem\nptxas error   : the cause");
}

TEST(Nvrtc, TellsAnInvalidOptionFromAnInvalidSource) {
  NvrtcRequest request;
  request.text = "//fake fail 5\n";
  EXPECT_TRUE(testing::fake_nvrtc()->compile(request).value().invalid_option);
}

TEST(Nvrtc, ThatFailsItselfIsAnError) {
  NvrtcRequest request;
  request.text = "//fake fail 7\n//fake log no builtins\n";
  const auto result = testing::fake_nvrtc()->compile(request);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::io);
  EXPECT_THAT(result.error().message, HasSubstr("no builtins"));
}

TEST(Nvrtc, NamesTheKernelsOfTheCubin) {
  NvrtcRequest request;
  request.entries = {"scale<4>"};
  const auto result = testing::fake_nvrtc()->compile(request);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->names.at("scale<4>"), "scale_4_");
}

TEST(PtxasLog, SaysWhatEachKernelUses) {
  const auto kernels = read_ptxas_log(
      "ptxas info    : 0 bytes gmem\n"
      "ptxas info    : Compiling entry function '_Z1bILi3EEvPf' for 'sm_90'\n"
      "ptxas info    : Function properties for _Z1bILi3EEvPf\n"
      "ptxas         .     0 bytes stack frame, 12 bytes spill stores, 20 bytes spill loads\n"
      "ptxas info    : Used 10 registers, used 1 barriers\n"
      "ptxas info    : Compile time = 5.962 ms\n"
      "ptxas info    : Compiling entry function 'a' for 'sm_90'\n"
      "ptxas info    : Function properties for a\n"
      "ptxas         .     160 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
      "ptxas info    : Used 40 registers, used 2 barriers, 176 bytes cumulative stack size, 512 bytes "
      "smem\n");
  ASSERT_EQ(kernels.size(), 2U);
  const PtxasFacts first{10, 1, 0, 12, 20, 0};
  const PtxasFacts second{40, 2, 176, 0, 0, 512};
  EXPECT_EQ(kernels.at("_Z1bILi3EEvPf"), first);
  EXPECT_EQ(kernels.at("a"), second);
}

TEST(PtxasLog, DoesNotTakeACalledFunctionForItsKernel) {
  const auto kernels = read_ptxas_log(
      "ptxas info    : Compiling entry function 'a' for 'sm_90'\n"
      "ptxas info    : Function properties for a\n"
      "ptxas         .     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
      "ptxas info    : Used 40 registers, used 0 barriers\n"
      "ptxas info    : Function properties for helper\n"
      "ptxas         .     64 bytes stack frame, 8 bytes spill stores, 0 bytes spill loads\n");
  EXPECT_EQ(kernels.at("a").stack_bytes, 0U);
}

TEST(PtxasLog, IsPassedOverInMessages) {
  EXPECT_EQ(without_ptxas_reports(
                "ptxas info    : 0 bytes gmem\n\nptxas         .     0 bytes\nk.cu(1): error: x\n"),
            "k.cu(1): error: x");
}

TEST(PtxasLog, TellsWhatIsTooMuchFromWhatIsWrong) {
  EXPECT_TRUE(complains_of_resources(
      "ptxas error   : Entry function 'a' uses too much shared data (0x13880 bytes, 0xc000 max)"));
  EXPECT_TRUE(complains_of_resources(
      "ptxas error   : File uses too much global constant data (0x11170 bytes, 0x10000 max)"));
  EXPECT_FALSE(complains_of_resources("k.cu(1): error: too many arguments in function call"));
  EXPECT_FALSE(complains_of_resources("ptxas fatal   : Ptx assembly aborted due to errors"));
}

}  // namespace
}  // namespace tamis::gpu
