#include "targets/gpu/runtime/cuda_compiler.h"

#include "support/temporary_directory.h"
#include "targets/gpu/runtime/cuda_headers.h"
#include "targets/gpu/runtime/fakes.h"

#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::gpu {
namespace {

using testing::fake_nvrtc;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::wishing;

const std::vector<std::string> kScale = {"scale"};

CudaCompiler compiler() { return CudaCompiler::create(fake_nvrtc(), "sm_90").value(); }

DeviceFacts device() { return facts_of_architecture("sm_90").value(); }

Launch launch_of(uint64_t threads, uint64_t shared_bytes = 0) {
  Launch launch;
  launch.entry = "scale";
  launch.grid.group = {threads, 1, 1};
  launch.shared_bytes = shared_bytes;
  return launch;
}

TEST(CudaCompiler, ListsTheArchitecturesThatNvrtcKnows) {
  const auto made = CudaCompiler::create(fake_nvrtc(), "sm_33");
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().message, "NVRTC 13.0 does not compile for sm_33; it knows sm_80, sm_90, sm_100");
}

TEST(CudaCompiler, RevealsWhatAProgramUses) {
  const Compiled compiled = compiler().compile(wishing({"registers 64", "shared 2048"}), kScale);
  ASSERT_FALSE(compiled.failure) << compiled.failure->message;
  EXPECT_EQ(compiled.features.get("registers"), 64);
  EXPECT_EQ(compiled.features.get("shared_bytes"), 2048);
  EXPECT_EQ(compiled.features.get("stack_bytes"), 16);
  EXPECT_EQ(compiled.features.get("spill_store_bytes"), 8);
  EXPECT_EQ(compiled.features.get("spill_load_bytes"), 4);
  EXPECT_EQ(compiled.features.get("barriers"), 1);
  EXPECT_GT(compiled.features.get("code_bytes"), 0);
  EXPECT_EQ(compiled.program->parameter_count("scale"), 3U);
  EXPECT_FALSE(compiled.program->code().empty());
}

TEST(CudaCompiler, KnowsAKernelByTheNameThatTheSourceHasForIt) {
  const std::vector<std::string> entries = {"scale<4>"};
  const Compiled compiled = compiler().compile(wishing({"parameters 8,4"}), entries);
  ASSERT_FALSE(compiled.failure);
  EXPECT_EQ(compiled.program->parameter_count("scale<4>"), 2U);
  EXPECT_EQ(compiled.program->parameter_count("scale"), std::nullopt);
}

TEST(CudaCompiler, LoadsWhatAnotherCompiled) {
  const std::vector<std::string> entries = {"scale<4>", "scale<8>"};
  const Compiled compiled = compiler().compile(wishing({"parameters 8,4"}), entries);
  ASSERT_FALSE(compiled.failure);
  const Result<Compiled> loaded = load_cubin(compiled.program->pack(), entries, "sm_90");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->program->code(), compiled.program->code());
  EXPECT_EQ(loaded->program->pack(), compiled.program->pack());
  EXPECT_EQ(loaded->program->parameter_count("scale<4>"), 2U);
  EXPECT_EQ(load_cubin(compiled.program->pack(), kScale, "sm_90").error().kind, ErrorKind::corrupt);
}

TEST(CudaCompiler, LoadsNothingForADeviceThatDoesNotRunIt) {
  const std::string packed = compiler().compile(wishing({}), kScale).program->pack();
  for (const char* architecture : {"sm_80", "sm_89", "sm_100"}) {
    const Result<Compiled> loaded = load_cubin(packed, kScale, architecture);
    ASSERT_FALSE(loaded.ok()) << architecture;
    EXPECT_EQ(loaded.error().kind, ErrorKind::unsupported);
    EXPECT_THAT(loaded.error().message, HasSubstr("it was built for sm_90, and the device is of"));
  }
}

TEST(CudaCompiler, LoadsNothingThatIsDamaged) {
  const std::string packed = compiler().compile(wishing({}), kScale).program->pack();
  for (size_t size = 0; size < packed.size(); ++size)
    EXPECT_FALSE(load_cubin(packed.substr(0, size), kScale, "sm_90").ok()) << size;
  for (size_t at = 0; at < packed.size(); ++at) {
    std::string flipped = packed;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x81);
    const Result<Compiled> loaded = load_cubin(flipped, kScale, "sm_90");
    if (loaded.ok()) {  // what was flipped is code, or a name of the same kernel
      EXPECT_NE(loaded->program, nullptr) << at;
    }
  }
}

TEST(CudaCompiler, SaysWhyASourceDoesNotCompile) {
  const Compiled compiled =
      compiler().compile(wishing({"log kernel(1): error: identifier \"y\" is undefined", "fail 6"}), kScale);
  ASSERT_TRUE(compiled.failure);
  EXPECT_EQ(compiled.failure->verdict, Verdict::build_failed);
  EXPECT_EQ(compiled.failure->message, "kernel(1): error: identifier \"y\" is undefined");
  EXPECT_EQ(compiled.program, nullptr);
}

TEST(CudaCompiler, TellsTooMuchSharedMemoryFromAFaultyProgram) {
  const Compiled compiled = compiler().compile(
      wishing({"log ptxas info    : 0 bytes gmem|ptxas error   : Entry function 'scale' uses too much shared "
               "data (0x10000 bytes, 0xc000 max)",
               "fail 6"}),
      kScale);
  ASSERT_TRUE(compiled.failure);
  EXPECT_EQ(compiled.failure->verdict, Verdict::resource_exceeded);
  EXPECT_THAT(compiled.failure->message, HasSubstr("uses too much shared data"));
  EXPECT_THAT(compiled.failure->message, Not(HasSubstr("gmem")));
}

TEST(CudaCompiler, SaysThatAnOptionIsNotTaken) {
  const Compiled compiled =
      compiler().compile(wishing({"log nvrtc: error: unrecognized option -O3 found", "fail 5"}), kScale);
  ASSERT_TRUE(compiled.failure);
  EXPECT_EQ(compiled.failure->verdict, Verdict::build_failed);
  EXPECT_THAT(compiled.failure->message, HasSubstr("NVRTC takes not all options"));
}

TEST(CudaCompiler, SaysWhichKernelTheSourceLacks) {
  const Compiled compiled = compiler().compile(
      wishing({"log __nv_name_map(3): error: identifier \"scale\" is undefined",
               "log __nv_name_map(3): error: Error in parsing name expression for lowered name lookup.",
               "fail 6"}),
      kScale);
  ASSERT_TRUE(compiled.failure);
  EXPECT_THAT(compiled.failure->message, HasSubstr("the source has no kernel scale"));
}

TEST(CudaCompiler, RefusesACubinThatCannotBeRead) {
  const Compiled compiled = compiler().compile(wishing({"garbage"}), kScale);
  ASSERT_TRUE(compiled.failure);
  EXPECT_EQ(compiled.failure->verdict, Verdict::build_failed);
  EXPECT_THAT(compiled.failure->message, HasSubstr("no cubin that can be read"));
}

TEST(CudaCompiler, CompilesNoOpenCl) {
  Source source = wishing({});
  source.language = Language::opencl;
  const Compiled compiled = compiler().compile(source, kScale);
  ASSERT_TRUE(compiled.failure);
  EXPECT_THAT(compiled.failure->message, HasSubstr("is OpenCL C, and this target compiles CUDA C++"));
}

TEST(CudaCompiler, LeavesOutEmptyOptionsAndOtherArchitectures) {
  Source source = wishing({"options"});
  source.options = {"", "-arch=sm_80", "-arch", "sm_80", "--use_fast_math"};
  const Compiled compiled = compiler().compile(source, kScale);
  ASSERT_FALSE(compiled.failure);
  EXPECT_THAT(compiled.log, HasSubstr("--gpu-architecture=sm_90\n-Xptxas\n-v\n--use_fast_math\n"));
  EXPECT_THAT(compiled.log, Not(HasSubstr("sm_80")));
}

TEST(CudaCompiler, GivesTheSameCodeForTheSameSource) {
  const Compiled one = compiler().compile(wishing({"registers 64"}), kScale);
  const Compiled other = compiler().compile(wishing({"registers 64"}), kScale);
  const Compiled third = compiler().compile(wishing({"registers 65"}), kScale);
  EXPECT_EQ(one.program->code(), other.program->code());
  EXPECT_NE(one.program->code(), third.program->code());
}

TEST(CubinFit, SaysTheOccupancyOfALaunch) {
  const Compiled compiled = compiler().compile(wishing({"registers 64"}), kScale);
  const Fit fit = compiled.program->fit(device(), launch_of(256));
  EXPECT_FALSE(fit.failure);
  EXPECT_EQ(fit.occupancy, 0.5);
}

TEST(CubinFit, RefusesMoreThreadsThanTheLaunchBounds) {
  const Compiled compiled = compiler().compile(wishing({"threads 128"}), kScale);
  const Fit fit = compiled.program->fit(device(), launch_of(256));
  ASSERT_TRUE(fit.failure);
  EXPECT_EQ(fit.failure->verdict, Verdict::resource_exceeded);
  EXPECT_THAT(fit.failure->message, HasSubstr("256 threads, and the launch bounds of scale allow 128"));
}

TEST(CubinFit, RefusesMoreRegistersThanABlockMayHave) {
  const Compiled compiled = compiler().compile(wishing({"registers 128"}), kScale);
  const Fit fit = compiled.program->fit(device(), launch_of(1024));
  ASSERT_TRUE(fit.failure);
  EXPECT_EQ(fit.failure->verdict, Verdict::resource_exceeded);
  EXPECT_THAT(fit.failure->message, HasSubstr("128 registers for each of 1024 threads"));
}

TEST(CubinFit, RefusesMoreSharedMemoryThanABlockMayHave) {
  const Compiled compiled = compiler().compile(wishing({"shared 40000"}), kScale);
  const Fit fit = compiled.program->fit(device(), launch_of(32, 200000));
  ASSERT_TRUE(fit.failure);
  EXPECT_EQ(fit.failure->verdict, Verdict::resource_exceeded);
  EXPECT_THAT(fit.failure->message, HasSubstr("240000 bytes of shared memory, 200000 of them dynamic"));
}

TEST(CubinFit, HasNoOccupancyOnAnUnknownArchitecture) {
  const Compiled compiled = compiler().compile(wishing({}), kScale);
  DeviceFacts unknown = device();
  unknown.architecture = "sm_999";
  EXPECT_FALSE(compiled.program->fit(unknown, launch_of(32)).occupancy);
}

TEST(StandInHeaders, AreThoseThatTheSourceIncludes) {
  const auto headers = stand_in_headers("#include <stdint.h>\n#include \"math.h\"\n", {});
  EXPECT_EQ(headers.size(), 2U);
  EXPECT_THAT(headers.at("stdint.h"), HasSubstr("uint32_t"));
  EXPECT_THAT(headers.at("math.h"), HasSubstr("M_PI"));
}

TEST(StandInHeaders, GiveWayToFilesOfTheIncludeFolders) {
  const TemporaryDirectory folder;
  std::ofstream(folder.file("math.h")) << "own";
  EXPECT_FALSE(stand_in_headers("#include <math.h>\n", {folder.path()}).contains("math.h"));
}

}  // namespace
}  // namespace tamis::gpu
