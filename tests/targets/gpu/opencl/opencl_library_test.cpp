#include "targets/gpu/runtime/opencl_library.h"

#include "targets/gpu/runtime/opencl_program.h"
#include "targets/gpu/runtime/opencl_runtime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::gpu {
namespace {

using ::testing::HasSubstr;

std::vector<OpenClDevice> two_devices() {
  return {{nullptr, nullptr, "pthread-Some CPU", CL_DEVICE_TYPE_CPU},
          {nullptr, nullptr, "Some GPU", CL_DEVICE_TYPE_GPU}};
}

TEST(OpenClLibrary, SaysWhatToInstallWhereThereIsNone) {
  const auto library = OpenClLibrary::open("libNoOpenCL.so.1");
  ASSERT_FALSE(library.ok());
  EXPECT_EQ(library.error().kind, ErrorKind::not_found);
  EXPECT_THAT(library.error().message, HasSubstr("libNoOpenCL.so.1 cannot be loaded"));
  EXPECT_THAT(library.error().message, HasSubstr("ocl-icd-libopencl1"));
}

TEST(OpenClLibrary, NamesTheFunctionThatALibraryLacks) {
  const auto library = OpenClLibrary::open("libc.so.6");
  ASSERT_FALSE(library.ok());
  EXPECT_EQ(library.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(library.error().message, HasSubstr("clGetPlatformIDs"));
}

TEST(OpenClLibrary, IsMissedByWhoeverOpensADevice) {
  OpenClOptions options;
  options.library = "libNoOpenCL.so.1";
  const auto runtime = open_opencl_runtime(options);
  ASSERT_FALSE(runtime.ok());
  EXPECT_THAT(runtime.error().message, HasSubstr("pocl-opencl-icd"));
}

TEST(ChooseDevice, TakesTheFirstGpuWhereNoneIsNamed) {
  EXPECT_EQ(choose_device(two_devices(), "").value().name, "Some GPU");
}

TEST(ChooseDevice, TakesANumber) {
  EXPECT_EQ(choose_device(two_devices(), "0").value().name, "pthread-Some CPU");
}

TEST(ChooseDevice, TakesAPartOfANameInAnyCase) {
  EXPECT_EQ(choose_device(two_devices(), "some gpu").value().name, "Some GPU");
}

TEST(ChooseDevice, RefusesAPartOfSeveralNames) {
  const auto chosen = choose_device(two_devices(), "some");
  ASSERT_FALSE(chosen.ok());
  EXPECT_THAT(chosen.error().message, HasSubstr("0 (pthread-Some CPU), 1 (Some GPU)"));
}

TEST(ChooseDevice, ListsTheDevicesWhereTheNumberIsTooLarge) {
  const auto chosen = choose_device(two_devices(), "2");
  ASSERT_FALSE(chosen.ok());
  EXPECT_THAT(chosen.error().message, HasSubstr("no OpenCL device with number 2"));
  EXPECT_THAT(chosen.error().message, HasSubstr("1 (Some GPU)"));
}

TEST(ChooseDevice, ListsTheDevicesWhereNoneHasTheName) {
  const auto chosen = choose_device(two_devices(), "riva");
  ASSERT_FALSE(chosen.ok());
  EXPECT_THAT(chosen.error().message, HasSubstr("\"riva\""));
}

TEST(NormalLog, ReplacesTemporaryFiles) {
  EXPECT_EQ(normal_log("error: /tmp/a b/../cache/tempfile_p0Hb7C.cl:1:55: use of undeclared identifier 'y'\n"
                       "Device pthread-x failed to build the program\n",
                       "mm.cl"),
            "error: /tmp/a mm.cl:1:55: use of undeclared identifier 'y'");
  EXPECT_EQ(normal_log("error: /tmp/tempfile_AAAAAA.cl:1:2: x", "k"),
            normal_log("error: /tmp/tempfile_BBBBBB.cl:1:2: x", "k"));
}

TEST(NormalLog, LeavesOtherTextAlone) {
  EXPECT_EQ(normal_log("mm.cl:3: warning: unused\n\n", "mm.cl"), "mm.cl:3: warning: unused");
}

TEST(ErrorName, KnowsWhatCodesAreCalled) {
  EXPECT_EQ(error_name(-5), "CL_OUT_OF_RESOURCES (-5)");
  EXPECT_EQ(error_name(-9999), "error -9999");
}

}  // namespace
}  // namespace tamis::gpu
