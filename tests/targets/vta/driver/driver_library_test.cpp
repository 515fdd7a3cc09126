#include "targets/vta/driver/driver_library.h"

#include "base/file.h"
#include "support/temporary_directory.h"
#include "targets/vta/driver/driver_device.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

using ::testing::HasSubstr;

TEST(DriverLibrary, LoadsTheTenFunctions) {
  const auto library = DriverLibrary::load(TAMIS_BUILD_BIN "/test_driver.so");
  ASSERT_TRUE(library.ok()) << library.error().message;
  EXPECT_NE((*library)->functions.device_run, nullptr);
  EXPECT_NE((*library)->functions.invalidate_cache, nullptr);
}

TEST(DriverLibrary, NamesTheFirstMissingFunction) {
  const auto library = DriverLibrary::load(TAMIS_BUILD_BIN "/incomplete_driver.so");
  ASSERT_FALSE(library.ok());
  EXPECT_EQ(library.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(library.error().message, HasSubstr("incomplete_driver.so does not export VTAFlushCache"));
}

TEST(DriverLibrary, RefusesWhatIsNoLibrary) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("driver.so");
  ASSERT_TRUE(write_file(path, "int VTADeviceRun();").ok());
  for (const std::string& wrong : {path, directory.path(), directory.file("missing.so")}) {
    const auto library = DriverLibrary::load(wrong);
    ASSERT_FALSE(library.ok());
    EXPECT_EQ(library.error().kind, ErrorKind::not_found);
    EXPECT_THAT(library.error().message, HasSubstr("cannot load the driver library: " + wrong));
  }
}

TEST(DriverLibrary, AsksForAName) {
  const auto library = DriverLibrary::load("");
  ASSERT_FALSE(library.ok());
  EXPECT_EQ(library.error().kind, ErrorKind::invalid_input);
}

TEST(DriverLibrary, FindsABareNameInTheWorkingDirectory) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(TAMIS_BUILD_BIN);
  EXPECT_TRUE(DriverLibrary::load("test_driver.so").ok());
  std::filesystem::current_path(before);
}

}  // namespace
}  // namespace tamis::vta
