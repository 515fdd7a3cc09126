#include "targets/gpu/runtime/cuda_runtime.h"

#include "targets/gpu/runtime/fakes.h"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::gpu {
namespace {

using ::testing::ElementsAre;
using testing::fake_scope;
using ::testing::HasSubstr;
using testing::wishing;

/// What the fake driver tells of itself.
class FakeDriver {
 public:
  FakeDriver() { function<void()>("fake_cuda_reset")(); }
  ~FakeDriver() {
    ::unsetenv("FAKE_CUDA");
    ::unsetenv("FAKE_CUDA_VERSION");
    ::unsetenv("FAKE_NVML");
  }
  int calls(const char* name) const { return function<int(const char*)>("fake_cuda_calls")(name); }
  int buffers() const { return function<int()>("fake_cuda_buffers")(); }
  static void fail(const std::string& wishes) { ::setenv("FAKE_CUDA", wishes.c_str(), 1); }

 private:
  template <class Signature>
  static Signature* function(const char* name) {
    void* library = ::dlopen((std::string(TAMIS_FAKES) + "/libcuda.so.1").c_str(), RTLD_NOW | RTLD_LOCAL);
    return reinterpret_cast<Signature*>(::dlsym(library, name));
  }
};

Deadline soon() { return deadline_after(std::chrono::milliseconds(50)); }

std::vector<std::byte> bytes_of(const auto& value) {
  std::vector<std::byte> bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

class CudaRuntimeTest : public ::testing::Test {
 protected:
  std::unique_ptr<Runtime> open() {
    auto runtime = open_cuda_runtime(fake_scope(), 0);
    EXPECT_TRUE(runtime.ok()) << runtime.error().message;
    return runtime.ok() ? std::move(*runtime) : nullptr;
  }
  static std::shared_ptr<const CompiledProgram> compile(Runtime& runtime, const std::string& entry,
                                                        const Source& source) {
    const std::vector<std::string> entries = {entry};
    const Compiled compiled = runtime.compile(source, entries);
    EXPECT_FALSE(compiled.failure) << compiled.failure->message;
    return compiled.program;
  }
  /// Runs a kernel without parameters.
  static std::variant<double, Failure> run(Runtime& runtime, const std::string& entry,
                                           uint64_t shared_bytes = 0) {
    const auto program = compile(runtime, entry, wishing({"parameters "}));
    return runtime.launch(*program, launch_of(entry, shared_bytes), {}, soon());
  }
  static Launch launch_of(const std::string& entry, uint64_t shared_bytes = 0) {
    Launch launch;
    launch.entry = entry;
    launch.shared_bytes = shared_bytes;
    return launch;
  }

  FakeDriver driver_;
};

TEST_F(CudaRuntimeTest, KnowsItsDevice) {
  const auto runtime = open();
  const DeviceFacts& facts = runtime->facts();
  EXPECT_EQ(facts.name, "Fake H100");
  EXPECT_EQ(facts.architecture, "sm_90");
  EXPECT_EQ(facts.driver, "CUDA driver 13.0, NVRTC 13.0");
  EXPECT_EQ(facts.group_items, 1024U);
  EXPECT_EQ(facts.group_sizes[2], 64U);
  EXPECT_EQ(facts.shared_bytes, 227U << 10);
  EXPECT_EQ(facts.compute_units, 132);
  EXPECT_EQ(facts.memory_bytes, uint64_t{80} << 30);
  EXPECT_FALSE(facts.is_cpu);
}

TEST_F(CudaRuntimeTest, RunsAKernelOnTheMemoryOfTheDevice) {
  const auto runtime = open();
  const auto program = compile(*runtime, "scale", wishing({"parameters 8,8,4"}));
  const std::vector<float> input = {1, 2, 3, 4};
  auto in = runtime->allocate(16).value();
  auto out = runtime->allocate(16).value();
  ASSERT_TRUE(runtime->write(*in, std::as_bytes(std::span(input))).ok());
  const std::vector<Argument> arguments = {out, in, bytes_of(2.5F)};
  const auto took = runtime->launch(*program, launch_of("scale"), arguments, soon());
  ASSERT_TRUE(std::holds_alternative<double>(took)) << std::get<Failure>(took).message;
  EXPECT_DOUBLE_EQ(std::get<double>(took), 250'000);
  std::vector<float> output(4);
  ASSERT_TRUE(runtime->read(*out, std::as_writable_bytes(std::span(output))).ok());
  EXPECT_THAT(output, ElementsAre(2.5F, 5.0F, 7.5F, 10.0F));
}

TEST_F(CudaRuntimeTest, GivesKernelsAPartOfABuffer) {
  const auto runtime = open();
  const auto program = compile(*runtime, "scale", wishing({"parameters 8,8,4"}));
  std::vector<float> values(64 + 4, 1);
  auto whole = runtime->allocate(values.size() * 4).value();
  ASSERT_TRUE(runtime->write(*whole, std::as_bytes(std::span(values))).ok());
  const auto part = runtime->part_of(whole, 256, 16).value();
  EXPECT_FALSE(runtime->part_of(whole, 256, 17).ok());
  whole.reset();  // the part keeps it
  const std::vector<Argument> arguments = {part, part, bytes_of(2.5F)};
  ASSERT_TRUE(
      std::holds_alternative<double>(runtime->launch(*program, launch_of("scale"), arguments, soon())));
  std::vector<float> output(4);
  ASSERT_TRUE(runtime->read(*part, std::as_writable_bytes(std::span(output))).ok());
  EXPECT_THAT(output, ElementsAre(2.5F, 2.5F, 2.5F, 2.5F));
  EXPECT_EQ(driver_.buffers(), 1);
}

TEST_F(CudaRuntimeTest, GivesEverythingBack) {
  {
    const auto runtime = open();
    const auto buffer = runtime->allocate(16).value();
    run(*runtime, "nothing");
    EXPECT_EQ(driver_.buffers(), 1);
  }
  EXPECT_EQ(driver_.buffers(), 0);
  EXPECT_EQ(driver_.calls("cuModuleUnload"), 1);
  EXPECT_EQ(driver_.calls("cuEventDestroy_v2"), 2);
  EXPECT_EQ(driver_.calls("cuStreamDestroy_v2"), 1);
  EXPECT_EQ(driver_.calls("cuDevicePrimaryCtxRelease_v2"), 1);
}

TEST_F(CudaRuntimeTest, LoadsAProgramOnce) {
  const auto runtime = open();
  const auto program = compile(*runtime, "nothing", wishing({"parameters "}));
  EXPECT_FALSE(runtime->prepare(*program, launch_of("nothing"), {}, soon(), nullptr));
  for (int i = 0; i < 3; ++i) runtime->launch(*program, launch_of("nothing"), {}, soon());
  EXPECT_EQ(driver_.calls("cuModuleLoadDataEx"), 1);
}

TEST_F(CudaRuntimeTest, KeepsTheLastTwoProgramsLoaded) {
  const auto runtime = open();
  const auto launch = [&](const std::shared_ptr<const CompiledProgram>& program) {
    runtime->launch(*program, launch_of("nothing"), {}, soon());
  };
  const auto stays = compile(*runtime, "nothing", wishing({"parameters ", "log stays"}));
  for (const char* other : {"log one", "log two"}) {
    const auto program = compile(*runtime, "nothing", wishing({"parameters ", other}));
    for (int i = 0; i < 2; ++i) {
      launch(program);
      launch(stays);
    }
  }
  EXPECT_EQ(driver_.calls("cuModuleLoadDataEx"), 3);
  EXPECT_EQ(driver_.calls("cuModuleUnload"), 1);
}

TEST_F(CudaRuntimeTest, ReadsClocks) {
  const auto runtime = open();
  const std::optional<DeviceClocks> clocks = runtime->clocks();
  ASSERT_TRUE(clocks);
  EXPECT_EQ(clocks->multiprocessor_mhz, 1980U);
  EXPECT_EQ(clocks->memory_mhz, 3201U);
  EXPECT_EQ(clocks->held_back_by, 4U);  // being idle holds nothing back
  EXPECT_EQ(runtime->clocks()->multiprocessor_mhz, 1965U);
}

TEST_F(CudaRuntimeTest, TellsNoClocksWhereNvmlDoesNot) {
  for (const char* function : {"nvmlInit_v2", "nvmlDeviceGetHandleByPciBusId_v2", "nvmlDeviceGetClockInfo"}) {
    ::setenv("FAKE_NVML", (std::string(function) + "=3").c_str(), 1);
    EXPECT_FALSE(open()->clocks()) << function;
  }
  ::unsetenv("FAKE_NVML");
  SearchScope without = fake_scope();
  without.variable = [all = without.variable](const char* name) {
    return std::string(name) == "TAMIS_NVML" ? std::nullopt : all(name);
  };
  EXPECT_FALSE(open_cuda_runtime(without, 0).value()->clocks());
}

TEST_F(CudaRuntimeTest, WritesOverMemoryOnTheDevice) {
  const auto runtime = open();
  const auto buffer = runtime->allocate(16).value();
  const std::vector<std::byte> bytes(16, std::byte{7});
  ASSERT_TRUE(runtime->overwrite(*buffer, bytes).ok());
  EXPECT_EQ(driver_.calls("cuMemsetD8Async"), 1);
  EXPECT_EQ(driver_.calls("cuMemcpyHtoD_v2"), 0);
  FakeDriver::fail("cuMemsetD8Async=1");
  EXPECT_THAT(runtime->overwrite(*buffer, bytes).error().message, HasSubstr("writing over memory"));
}

TEST_F(CudaRuntimeTest, AsksForDynamicSharedMemoryAbove48KiB) {
  const auto runtime = open();
  EXPECT_TRUE(std::holds_alternative<double>(run(*runtime, "nothing", 40 << 10)));
  EXPECT_EQ(driver_.calls("cuFuncSetAttribute"), 0);
  EXPECT_TRUE(std::holds_alternative<double>(run(*runtime, "nothing", 100 << 10)));
  EXPECT_EQ(driver_.calls("cuFuncSetAttribute"), 1);
}

TEST_F(CudaRuntimeTest, EndsTheWaitForAKernelThatDoesNotEnd) {
  {
    const auto runtime = open();
    const auto buffer = runtime->allocate(16).value();
    const auto ran = run(*runtime, "forever");
    ASSERT_TRUE(std::holds_alternative<Failure>(ran));
    EXPECT_EQ(std::get<Failure>(ran).verdict, Verdict::run_timeout);
    EXPECT_TRUE(std::get<Failure>(ran).process_lost);
  }
  // Freeing would wait for the kernel.
  EXPECT_EQ(driver_.calls("cuMemFree_v2"), 0);
  EXPECT_EQ(driver_.calls("cuDevicePrimaryCtxRelease_v2"), 0);
}

TEST_F(CudaRuntimeTest, SaysThatAnIllegalAddressCostsTheProcess) {
  const auto runtime = open();
  const auto ran = run(*runtime, "fail_700");
  ASSERT_TRUE(std::holds_alternative<Failure>(ran));
  EXPECT_EQ(std::get<Failure>(ran).verdict, Verdict::run_failed);
  EXPECT_TRUE(std::get<Failure>(ran).process_lost);
  EXPECT_THAT(std::get<Failure>(ran).message, HasSubstr("CUDA_ERROR_700: as the fake driver was told"));
}

class CudaLaunchFailure : public CudaRuntimeTest,
                          public ::testing::WithParamInterface<std::tuple<const char*, Verdict, bool>> {};

TEST_P(CudaLaunchFailure, IsAVerdict) {
  const auto& [wish, verdict, lost] = GetParam();
  const auto runtime = open();
  FakeDriver::fail(wish);
  const auto ran = run(*runtime, "nothing");
  ASSERT_TRUE(std::holds_alternative<Failure>(ran));
  EXPECT_EQ(std::get<Failure>(ran).verdict, verdict);
  EXPECT_EQ(std::get<Failure>(ran).process_lost, lost);
  FakeDriver::fail("");
}

INSTANTIATE_TEST_SUITE_P(
    OfEachFunction, CudaLaunchFailure,
    ::testing::Values(std::tuple("cuLaunchKernel=1", Verdict::launch_failed, false),
                      std::tuple("cuLaunchKernel=701", Verdict::resource_exceeded, false),
                      std::tuple("cuLaunchKernel=46", Verdict::device_lost, false),
                      std::tuple("cuEventRecord=400", Verdict::launch_failed, false),
                      std::tuple("cuEventQuery=702", Verdict::run_timeout, true),
                      std::tuple("cuEventQuery=719", Verdict::run_failed, true),
                      std::tuple("cuEventQuery=214", Verdict::run_failed, true),
                      std::tuple("cuEventElapsedTime=999", Verdict::run_failed, true),
                      std::tuple("cuModuleLoadDataEx=2", Verdict::resource_exceeded, false),
                      std::tuple("cuModuleGetFunction=500", Verdict::launch_failed, false)));

TEST_F(CudaRuntimeTest, SaysWhatTheDriverLoadsWhereItTakesNoProgram) {
  const auto runtime = open();
  FakeDriver::fail("cuModuleLoadDataEx=209");
  const auto ran = run(*runtime, "nothing");
  EXPECT_THAT(std::get<Failure>(ran).message, HasSubstr("the driver runs programs of CUDA 13.0 and older"));
}

TEST_F(CudaRuntimeTest, SaysThatSharedMemoryIsNotGiven) {
  const auto runtime = open();
  FakeDriver::fail("cuFuncSetAttribute=1");
  const auto ran = run(*runtime, "nothing", 100 << 10);
  EXPECT_THAT(std::get<Failure>(ran).message, HasSubstr("asking for 102400 bytes of dynamic shared memory"));
}

TEST_F(CudaRuntimeTest, RefusesArgumentsThatTheKernelDoesNotTake) {
  const auto runtime = open();
  const auto program = compile(*runtime, "scale", wishing({"parameters 8,8,4"}));
  const auto buffer = runtime->allocate(16).value();
  const std::vector<Argument> two = {buffer, buffer};
  const auto few = runtime->prepare(*program, launch_of("scale"), two, soon(), nullptr);
  ASSERT_TRUE(few);
  EXPECT_EQ(few->verdict, Verdict::launch_failed);
  EXPECT_EQ(few->message, "scale has 3 parameters and was given 2 arguments");
  const std::vector<Argument> wide = {buffer, buffer, bytes_of(2.5)};
  const auto wrong = runtime->prepare(*program, launch_of("scale"), wide, soon(), nullptr);
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->message, "parameter 3 of scale has 4 bytes, and its argument 8 (a scalar)");
  EXPECT_EQ(driver_.calls("cuLaunchKernel"), 0);
}

TEST_F(CudaRuntimeTest, RefusesALaunchThatIsTooLarge) {
  const auto runtime = open();
  const auto program = compile(*runtime, "nothing", wishing({"parameters "}));
  Launch launch = launch_of("nothing");
  launch.grid.group = {64, 32, 1};
  auto failure = runtime->prepare(*program, launch, {}, soon(), nullptr);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->verdict, Verdict::resource_exceeded);
  EXPECT_EQ(failure->message, "nothing: groups of 64 x 32 x 1 = 2048 items; the device has at most 1024");
  launch.grid.group = {1, 1, 128};
  failure = runtime->prepare(*program, launch, {}, soon(), nullptr);
  EXPECT_EQ(failure->message, "nothing: groups of 128 items along z; the device has at most 64");
  launch.grid.group = {1, 1, 1};
  launch.grid.groups = {1, 70000, 1};
  failure = runtime->prepare(*program, launch, {}, soon(), nullptr);
  EXPECT_EQ(failure->message, "nothing: 70000 groups along y; the device has at most 65535");
}

TEST_F(CudaRuntimeTest, RefusesAnEntryThatWasNotCompiled) {
  const auto runtime = open();
  const auto program = compile(*runtime, "nothing", wishing({"parameters "}));
  const auto failure = runtime->prepare(*program, launch_of("other"), {}, soon(), nullptr);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->message, "the program was not compiled for the kernel other");
}

TEST_F(CudaRuntimeTest, SaysWhenAKernelIsAboutToBegin) {
  const auto runtime = open();
  const auto program = compile(*runtime, "nothing", wishing({"parameters "}));
  int begun = 0;
  const auto count = [&] { ++begun; };
  EXPECT_FALSE(runtime->prepare(*program, launch_of("nothing"), {}, soon(), count));
  EXPECT_EQ(begun, 1);
  EXPECT_TRUE(runtime->prepare(*program, launch_of("other"), {}, soon(), count));
  EXPECT_EQ(begun, 1);
}

TEST_F(CudaRuntimeTest, WritesConstantArrays) {
  const auto runtime = open();
  const auto program = compile(*runtime, "nothing", wishing({"parameters "}));
  std::vector<std::byte> bytes(16, std::byte{7});
  EXPECT_TRUE(runtime->write_symbol(*program, "weights", bytes).ok());
  EXPECT_EQ(driver_.calls("cuMemcpyHtoD_v2"), 1);
  EXPECT_TRUE(runtime->write_symbol(*program, "dropped", bytes).ok());
  EXPECT_EQ(driver_.calls("cuMemcpyHtoD_v2"), 1);
  bytes.resize(17);
  EXPECT_EQ(runtime->write_symbol(*program, "weights", bytes).error().message,
            "the __constant__ array weights has 16 bytes, and its argument 17");
  FakeDriver::fail("cuModuleGetGlobal_v2=1");
  EXPECT_THAT(runtime->write_symbol(*program, "weights", bytes).error().message,
              HasSubstr("looking for the __constant__ array weights: CUDA_ERROR_1"));
}

TEST_F(CudaRuntimeTest, SaysThatMemoryIsUsedUp) {
  const auto runtime = open();
  FakeDriver::fail("cuMemAlloc_v2=2");
  const auto buffer = runtime->allocate(1 << 20);
  ASSERT_FALSE(buffer.ok());
  EXPECT_EQ(buffer.error().kind, ErrorKind::io);
  EXPECT_THAT(buffer.error().message, HasSubstr("allocating 1048576 bytes of the device: CUDA_ERROR_2"));
}

TEST_F(CudaRuntimeTest, SaysThatACopyFailed) {
  const auto runtime = open();
  const auto buffer = runtime->allocate(4).value();
  std::vector<std::byte> four(4);
  std::vector<std::byte> five(5);
  EXPECT_THAT(runtime->write(*buffer, five).error().message, HasSubstr("5 bytes do not fit a buffer of 4"));
  EXPECT_THAT(runtime->read(*buffer, five).error().message, HasSubstr("5 bytes do not fit a buffer of 4"));
  FakeDriver::fail("cuMemcpyHtoD_v2=1,cuMemcpyDtoH_v2=1");
  EXPECT_THAT(runtime->write(*buffer, four).error().message, HasSubstr("copying to the device"));
  EXPECT_THAT(runtime->read(*buffer, four).error().message, HasSubstr("copying from the device"));
}

TEST_F(CudaRuntimeTest, TakesBuffersOfNothing) {
  const auto runtime = open();
  const auto buffer = runtime->allocate(0).value();
  EXPECT_TRUE(runtime->write(*buffer, {}).ok());
  EXPECT_TRUE(runtime->read(*buffer, {}).ok());
}

TEST_F(CudaRuntimeTest, SaysThatThereIsNoDevice) {
  FakeDriver::fail("cuInit=100");
  const auto runtime = open_cuda_runtime(fake_scope(), 0);
  ASSERT_FALSE(runtime.ok());
  EXPECT_EQ(runtime.error().kind, ErrorKind::not_found);
  EXPECT_THAT(runtime.error().message, HasSubstr("has no device that this process may use"));
}

TEST_F(CudaRuntimeTest, SaysHowManyDevicesThereAre) {
  const auto runtime = open_cuda_runtime(fake_scope(), 2);
  ASSERT_FALSE(runtime.ok());
  EXPECT_EQ(runtime.error().message, "there is no CUDA device 2: this process may use 2, numbered from 0");
}

TEST_F(CudaRuntimeTest, PassesOnWhatTheDriverSaysWhileItIsOpened) {
  for (const char* function :
       {"cuInit", "cuDriverGetVersion", "cuDeviceGetCount", "cuDeviceGet", "cuDeviceGetName",
        "cuDeviceTotalMem_v2", "cuDeviceGetAttribute", "cuDeviceGetPCIBusId", "cuDevicePrimaryCtxRetain",
        "cuCtxSetCurrent", "cuStreamCreate", "cuEventCreate"}) {
    FakeDriver::fail(std::string(function) + "=3");
    const auto runtime = open_cuda_runtime(fake_scope(), 0);
    ASSERT_FALSE(runtime.ok()) << function;
    EXPECT_EQ(runtime.error().kind, ErrorKind::io) << function;
    EXPECT_THAT(runtime.error().message, HasSubstr("CUDA_ERROR_3")) << function;
  }
}

TEST_F(CudaRuntimeTest, ListsTheDevices) {
  const auto names = list_cuda_devices(fake_scope());
  ASSERT_TRUE(names.ok());
  EXPECT_THAT(*names, ElementsAre("Fake H100", "Fake H200"));
}

TEST_F(CudaRuntimeTest, NeedsADriverWithAllFunctions) {
  SearchScope scope = fake_scope();
  scope.variable = [](const char*) { return std::string(TAMIS_FAKES) + "/libnvrtc.so.13"; };
  const auto runtime = open_cuda_runtime(scope, 0);
  ASSERT_FALSE(runtime.ok());
  EXPECT_EQ(runtime.error().kind, ErrorKind::unsupported);
}

}  // namespace
}  // namespace tamis::gpu
